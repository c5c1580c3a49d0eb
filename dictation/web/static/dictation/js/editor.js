// The editor: a plain text area per section over a mirror that draws the marks, and the sound behind every word.
// The text is a string and nothing else; marks and times lie beside it, and nothing here can corrupt a letter.

import { play } from "./player.js";

const WORD_LEAD = 0.25; // seconds heard before a word: its own beginning, and not the word before it
const HOLE = /\[[^[\]\n]{2,60}\]/g; // « [à compléter] »

/** One section: `box` holds the mirror and the text area; `anchors` are [first, last, start, end, kept], and the question for an answer's word. */
export class Section {
  constructor(box, anchors) {
    this.field = box.querySelector("textarea");
    this.mirror = box.querySelector(".mirror");
    this.anchors = anchors;
    this.quotes = []; // [{quote, start, risk, done}] of the points whose words stand here
    this.found = []; // [first, last, class] of what somebody looks for
    this.lit = null;
    this.before = this.field.value;
    this.field.addEventListener("input", () => this.edited());
    this.paint();
  }

  /** Shift the anchors by what two texts have in common; what was replaced takes the whole sound of what it replaces. */
  edited() {
    const { before } = this;
    const after = this.field.value;
    let head = 0;
    const most = Math.min(before.length, after.length);
    while (head < most && before[head] === after[head]) head += 1;
    let tail = 0;
    while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
    const [from, to, shift] = [head, before.length - tail, after.length - before.length];
    const kept = [];
    let replaced = null;
    for (const [first, last, start, end, ...more] of this.anchors) {
      if (last <= from) kept.push([first, last, start, end, ...more]);
      else if (first >= to) kept.push([first + shift, last + shift, start, end, ...more]);
      else if (end > 0) replaced = replaced ? [Math.min(replaced[0], first), Math.max(replaced[1], last), replaced[2], end] : [first, last, start, end];
    }
    if (replaced) kept.push([Math.min(replaced[0], from), Math.max(replaced[1] + shift, from), replaced[2], replaced[3], "changed"]);
    this.anchors = kept.filter(([first, last]) => last > first).sort((one, other) => one[0] - other[0]);
    this.before = after;
    this.lit = null;
    this.paint();
  }

  /** Fresh anchors from the server, for the text it was given. */
  told(text, anchors) {
    const { value } = this.field;
    if (text !== value.trim()) return; // typed on meanwhile: the next answer is on its way
    const shift = value.length - value.trimStart().length; // blank ends are not stored
    this.anchors = anchors.map(([first, last, ...more]) => [first + shift, last + shift, ...more]);
    this.paint();
  }

  /** The word at a place of the text. */
  wordAt(place) {
    return this.anchors.find(([first, last]) => first <= place && place <= last);
  }

  /** Where in the text the words heard between two moments stand now: [first, last], or null. */
  placeOf(start, end) {
    const heard = this.anchors.filter(([, , from, to, state]) => state !== "added" && from < end && to > start);
    return heard.length ? [heard[0][0], heard.at(-1)[1]] : null;
  }

  /** Where some words stand: [first, last], or null. Of several places, the one whose sound begins nearest to `start`. */
  find(quote, start) {
    const text = this.field.value;
    const places = [];
    for (let at = quote ? text.indexOf(quote) : -1; at >= 0; at = text.indexOf(quote, at + 1)) places.push(at);
    if (!places.length) return null;
    const away = (at) => {
      const word = this.anchors.find(([, last, , end]) => last > at && end > 0);
      return word && word[0] < at + quote.length ? Math.abs(word[2] - start) : Infinity;
    };
    const at = places.length > 1 && Number.isFinite(start) ? places.reduce((best, other) => (away(other) < away(best) ? other : best)) : places[0];
    return [at, at + quote.length];
  }

  /** Light the word heard at this moment; null for none. */
  light(seconds) {
    const now = seconds === null ? null : this.anchors.find(([, , start, end, state]) => state !== "added" && start <= seconds && seconds < end) ?? null;
    const same = now === this.lit || (now && this.lit && now[0] === this.lit[0]);
    if (same) return;
    this.lit = now;
    this.paint();
  }

  holes() {
    return [...this.field.value.matchAll(HOLE)].map((found) => [found.index, found.index + found[0].length]);
  }

  /** Insert at the caret, or in place of the selection, as typing would: undo takes it back. */
  insert(text) {
    this.field.focus();
    document.execCommand("insertText", false, text);
  }

  select(first, last) {
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(first, last);
    this.field.scrollIntoView({ block: "nearest" });
  }

  #marks() {
    const marks = this.holes().map(([first, last]) => [first, last, "m-hole"]);
    for (const { quote, start, risk, done } of this.quotes) {
      const found = this.find(quote, start);
      if (found) marks.push([...found, done ? "m-done" : `m-point m-risk-${risk}`]);
    }
    marks.push(...this.found.filter(([, last]) => last <= this.field.value.length));
    if (this.lit) marks.push([this.lit[0], this.lit[1], "m-lit"]);
    return marks;
  }

  paint() {
    const text = this.field.value;
    const marks = this.#marks();
    const edges = [...new Set([0, text.length, ...marks.flatMap(([first, last]) => [first, last])])].sort((a, b) => a - b);
    const pieces = [];
    for (let i = 0; i + 1 < edges.length; i += 1) {
      const piece = text.slice(edges[i], edges[i + 1]);
      const names = marks.filter(([first, last]) => first <= edges[i] && edges[i + 1] <= last).map(([, , name]) => name);
      if (!names.length) {
        pieces.push(piece);
        continue;
      }
      const mark = document.createElement("mark");
      mark.className = names.join(" ");
      mark.textContent = piece;
      pieces.push(mark);
    }
    // A last line break shows in a text area and not in a block: the mirror needs one more character to be as tall.
    this.mirror.replaceChildren(...pieces, "\u200b");
  }
}

/** All sections of the letter, in order, and the clicks and keys that hear a word. */
export class Editor {
  constructor(form, player, { onClick = false } = {}) {
    this.player = player;
    this.onClick = onClick;
    this.sections = [...form.querySelectorAll(".editor")].map((box) => new Section(box, JSON.parse(box.dataset.anchors)));
    form.addEventListener("click", (event) => {
      if (event.target.matches(".editor textarea") && (event.ctrlKey || this.onClick)) this.hearWord();
    });
    const tick = () => {
      const seconds = player.sound.paused ? null : player.sound.currentTime;
      for (const section of this.sections) section.light(seconds);
      if (!player.sound.paused) requestAnimationFrame(tick);
    };
    for (const kind of ["play", "pause", "seeked"]) player.sound.addEventListener(kind, tick);
  }

  get current() {
    return this.sections.find((section) => section.field === document.activeElement);
  }

  /** Hear the word at the caret; with `on`, go on playing from there. */
  hearWord({ on = false } = {}) {
    const section = this.current;
    const word = section?.wordAt(section.field.selectionStart);
    if (!word) return false;
    if (word[5] && this.#hearAnswer(word[5])) return true;
    if (on) this.player.playFrom(word[2]);
    else this.player.hear(word[2], Math.max(word[3], word[2] + 0.3), WORD_LEAD);
    return true;
  }

  /** The answer a word was taken from, as it was said. */
  #hearAnswer(question) {
    const sound = document.querySelector(`audio[data-question="${question}"]`);
    if (!sound) return false;
    this.player.sound.pause();
    sound.currentTime = 0;
    play(sound);
    return true;
  }

  /** Put an answer behind the passage it is about, else at the end of its section; undo takes it back. */
  use({ answer, kind, quote }) {
    const section = this.sections.find((one) => one.field.dataset.kind === kind) ?? this.current ?? this.sections.at(-1);
    const { value } = section.field;
    const at = quote ? value.indexOf(quote) : -1;
    const end = at < 0 ? value.length : at + quote.length;
    section.select(end, end);
    section.insert(end > 0 && !/\s$/.test(value.slice(0, end)) ? ` ${answer}` : answer);
  }

  /** Select the next place holder (or the one before it, with -1), round the letter. */
  hole(by) {
    const all = this.sections.flatMap((section, i) => section.holes().map((place) => [i, ...place]));
    if (!all.length) return;
    const at = this.sections.indexOf(this.current);
    const caret = this.current?.field.selectionStart ?? -1;
    const after = ([i, first]) => i > at || (i === at && first > caret);
    const before = ([i, first]) => i < at || (i === at && first < caret);
    const [i, first, last] = by > 0 ? (all.find(after) ?? all[0]) : (all.findLast(before) ?? all.at(-1));
    this.sections[i].select(first, last);
  }

  /** What the server answered to a save. */
  told({ sections, anchors }) {
    const shown = this.sections.filter((section) => section.field.value.trim());
    if (!sections || sections.length !== shown.length) return;
    shown.forEach((section, i) => section.told(sections[i], anchors[i]));
  }

  /** The points' words, drawn under the text. */
  mark(points) {
    this.sections.forEach((section, i) => {
      section.quotes = points.filter((point) => point.section === i);
      section.paint();
    });
  }
}
