// Find and replace in the letter. What is found is drawn in the mirrors; what is replaced goes through the browser's own
// editing, match by match, so that undo takes each back. Nothing is replaced before somebody asked for that place.

const AROUND = 28; // characters shown before and after a match

/** What finds `words` in a text: any blank for a blank, either apostrophe for an apostrophe. Null for no words. */
export function pattern(words, sameCase) {
  if (!words.trim()) return null;
  const source = words.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replace(/[ \u00a0\u202f]/g, "[ \\u00a0\\u202f]").replace(/['\u2019]/g, "['\\u2019]");
  return new RegExp(source, sameCase ? "gu" : "giu");
}

export class Find {
  /** panel: the dialog. editor: see editor.js. */
  constructor(panel, editor) {
    Object.assign(this, { panel, editor });
    const part = (name) => panel.querySelector(`#find-${name}`);
    [this.what, this.by, this.sameCase, this.told, this.list, this.grave] = ["what", "with", "case", "told", "list", "grave"].map(part);
    this.all = part("all");
    // what harms when it is wrong (figures, units, sides, negations) is told before it is replaced in several places
    this.harmful = new RegExp(`\\d|(?<!\\p{L})(?:${this.grave.dataset.words})(?!\\p{L})`, "iu");
    this.at = -1; // which match is the present one
    this.found = []; // [section, first, last] in the order of the letter
    for (const field of [this.what, this.sameCase]) field.addEventListener("input", () => this.#look());
    this.by.addEventListener("input", () => this.#show());
    for (const { field } of editor.sections) field.addEventListener("input", () => panel.open && !this.replacing && this.#look());
    const on = (name, does) => part(name).addEventListener("click", does);
    on("next", () => this.step(1));
    on("previous", () => this.step(-1));
    on("one", () => this.one());
    on("every", () => { this.all.hidden = false; this.#show(); });
    on("everywhere", (event) => this.#replace(this.found, event.currentTarget));
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.#replace(this.found.filter(([section]) => section === Number(button.dataset.section)), this.what);
    });
    panel.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.submitter?.value === "close") this.close();
    });
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      else if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])") && !event.ctrlKey && !event.altKey) {
        event.preventDefault();
        this.step(event.shiftKey ? -1 : 1);
      }
    });
  }

  /** Open, on what is selected in the text; once more: back to the field. */
  open() {
    const { field } = this.editor.current ?? {};
    const chosen = field?.value.slice(field.selectionStart, field.selectionEnd) ?? "";
    if (field || !this.panel.open) this.from = field ? [this.editor.sections.indexOf(this.editor.current), field.selectionStart] : [0, 0];
    if (chosen.trim() && chosen.length <= 200 && !chosen.includes("\n")) this.what.value = chosen;
    if (!this.panel.open) this.panel.show();
    this.what.focus();
    this.what.select();
    this.#look();
  }

  /** Back to the text, the present match selected. */
  close() {
    const here = this.found[this.at];
    this.panel.close();
    this.all.hidden = true;
    this.#paint([]);
    const [section, ...place] = here ?? [this.from[0], this.from[1], this.from[1]];
    this.editor.sections[section]?.select(...place);
  }

  step(by) {
    if (!this.found.length) return;
    this.at = (this.at + by + this.found.length) % this.found.length;
    this.#show();
    const [section] = this.found[this.at];
    this.editor.sections[section].mirror.querySelector(".m-here")?.scrollIntoView({ block: "nearest" });
  }

  /** Replace the present match and go to the next. */
  one() {
    const here = this.found[this.at];
    if (here) this.#replace([here], this.panel.querySelector("#find-one"));
  }

  #look() {
    const wanted = pattern(this.what.value, this.sameCase.checked);
    this.found = wanted ? this.editor.sections.flatMap(({ field }, i) => [...field.value.matchAll(wanted)].map((match) => [i, match.index, match.index + match[0].length])) : [];
    const [section, place] = this.from;
    const next = this.found.findIndex(([i, first]) => i > section || (i === section && first >= place));
    this.at = this.found.length ? Math.max(0, next) : -1;
    this.#show();
  }

  #replace(matches, back) {
    const by = this.by.value;
    this.replacing = true;
    for (const [section, first, last] of matches.toReversed()) { // from the end: the places before it stay where they are
      const { field } = this.editor.sections[section];
      if (field.readOnly) continue;
      field.focus({ preventScroll: true });
      field.setSelectionRange(first, last);
      document.execCommand(by ? "insertText" : "delete", false, by);
    }
    this.replacing = false;
    const [section, first] = matches[0] ?? [0, 0];
    this.from = [section, matches.length === 1 ? first + by.length : first];
    this.#look();
    back.focus({ preventScroll: true });
    if (back.disabled || back.closest("[hidden]")) this.what.focus({ preventScroll: true });
  }

  #paint(found) {
    this.editor.sections.forEach((section, i) => {
      section.found = found.flatMap(([at, first, last], n) => (at === i ? [[first, last, n === this.at ? "m-found m-here" : "m-found"]] : []));
      section.paint();
    });
  }

  #show() {
    const { found, told: { dataset: words } } = this;
    const sections = [...new Set(found.map(([section]) => section))];
    const locked = this.editor.sections.some(({ field }) => field.readOnly);
    const fill = (text) => text.replace("{n}", found.length).replace("{s}", sections.length).replace("{at}", this.at + 1);
    this.told.textContent = this.what.value.trim() ? fill(!found.length ? words.none : found.length === 1 ? words.one : sections.length === 1 ? words.within : words.many) : "";
    this.#paint(found);
    for (const button of this.panel.querySelectorAll(".replaces")) button.disabled = !found.length || locked;
    for (const button of this.panel.querySelectorAll(".moves")) button.disabled = !found.length;
    if (!found.length) this.all.hidden = true;
    if (this.all.hidden) return;
    this.grave.hidden = ![this.what, this.by].some(({ value }) => this.harmful.test(value));
    this.panel.querySelector("#find-everywhere").textContent = fill(found.length === 1 ? this.all.dataset.one : this.all.dataset.many);
    const item = this.panel.querySelector("#find-section").content;
    this.list.replaceChildren(...sections.map((i) => {
      const own = found.filter(([section]) => section === i);
      const { field } = this.editor.sections[i];
      const line = item.cloneNode(true);
      line.querySelector("strong").textContent = document.querySelector(`label[for="${field.id}"]`).textContent;
      line.querySelector(".count").textContent = own.length;
      const button = line.querySelector("button");
      button.dataset.section = i;
      button.disabled = locked;
      line.querySelector("ul").replaceChildren(...own.map(([, first, last]) => this.#passage(field.value, first, last)));
      return line;
    }));
  }

  /** One match among its words, and what would stand there. */
  #passage(text, first, last) {
    const passage = this.panel.querySelector("#find-passage").content.cloneNode(true);
    const [before, gone, put, after] = passage.querySelectorAll("span, del, ins");
    before.textContent = `${first > AROUND ? "…" : ""}${text.slice(Math.max(0, first - AROUND), first)}`;
    gone.textContent = text.slice(first, last);
    put.textContent = this.by.value;
    after.textContent = `${text.slice(last, last + AROUND)}${last + AROUND < text.length ? "…" : ""}`;
    return passage;
  }
}
