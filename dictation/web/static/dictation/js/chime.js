// An urgent letter arrives while the list is open: said in words, and by two quiet notes that can be muted. The notes
// are made here, no file is fetched; nothing sounds before somebody touched the page, and nobody is named.

import { post } from "./api.js";

const NOTES = [[660, 0], [880, 0.16]]; // hertz, and seconds after the first
const LASTS = 0.35; // seconds of a note
const LOUD = 0.06; // of 1: to be noticed, not to startle

export class Chime {
  /** button: mutes, remembered for this person on the server. words: a status with what it may say. */
  constructor(button, words) {
    Object.assign(this, { button, words });
    this.known = null; // ids of the urgent letters seen so far; null before the first list
    this.touched = false;
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { this.touched = true; }, { once: true, capture: true });
    button.hidden = false;
    button.addEventListener("click", () => this.#mute());
  }

  get on() {
    return this.button.getAttribute("aria-pressed") === "true";
  }

  /** The ids of the urgent letters that wait now, separated by blanks. */
  told(ids) {
    const now = ids.split(" ").filter(Boolean);
    const fresh = this.known ? now.filter((id) => !this.known.has(id)) : [];
    this.known = new Set([...(this.known ?? []), ...now]);
    if (!fresh.length) return;
    const { one, many } = this.words.dataset;
    this.words.textContent = ""; // said again even when the words are the same
    this.words.textContent = fresh.length === 1 ? one : many.replace("{n}", fresh.length);
    if (this.on && this.touched) this.#sound();
  }

  #sound() {
    this.context ??= new AudioContext();
    this.context.resume();
    for (const [hertz, after] of NOTES) {
      const [note, volume, at] = [this.context.createOscillator(), this.context.createGain(), this.context.currentTime + after];
      note.frequency.value = hertz;
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(LOUD, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + LASTS);
      note.connect(volume).connect(this.context.destination);
      note.start(at);
      note.stop(at + LASTS);
    }
  }

  #mute() {
    const on = !this.on;
    this.button.setAttribute("aria-pressed", String(on));
    const words = this.button.querySelector("span");
    words.textContent = on ? words.dataset.on : words.dataset.off;
    const data = new FormData();
    data.set("name", "chime");
    data.set("value", JSON.stringify(on));
    post(this.button.dataset.preferences, data).catch(() => null);
    if (on) this.#sound(); // so that one knows it
  }
}
