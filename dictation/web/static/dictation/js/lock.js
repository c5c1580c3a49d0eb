// The lock: a page left alone asks for the password over itself, and goes on where it was.

import { ask, post, renewToken } from "./api.js";

const EVERY = 30_000; // milliseconds between two questions « are we still signed in? »

export class Lock {
  constructor(dialog) {
    this.dialog = dialog;
    this.form = dialog.querySelector("form");
    this.waiting = [];
    this.active = false; // somebody typed or moved since the last question
    for (const kind of ["keydown", "pointerdown", "scroll"]) addEventListener(kind, () => { this.active = true; }, { passive: true });
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#unlock();
    });
    setInterval(() => this.#look(), EVERY);
    document.addEventListener("visibilitychange", () => document.hidden || this.#look());
  }

  /** Lock now; `then` runs once the password was right. */
  close(then) {
    if (then) this.waiting.push(then);
    if (this.dialog.open) return;
    const field = document.activeElement;
    this.back = field instanceof HTMLTextAreaElement ? [field, field.selectionStart, field.selectionEnd] : null;
    document.body.classList.add("locked");
    this.dialog.showModal();
  }

  async #look() {
    const polling = !this.active;
    this.active = false;
    try {
      if ((await ask(this.form.action, { polling })).status === 401) this.close();
    } catch {
      // the network is away: the next question will tell
    }
  }

  async #unlock() {
    const alert = this.form.querySelector("[role=alert]");
    const answer = await post(this.form.action, new FormData(this.form)).catch(() => null);
    const told = answer ? await answer.json().catch(() => ({})) : {};
    this.form.elements.password.value = "";
    if (!answer?.ok) {
      alert.textContent = told.sentence ?? "";
      alert.hidden = !told.sentence;
      return;
    }
    alert.hidden = true;
    renewToken(told.csrf);
    document.body.classList.remove("locked");
    this.dialog.close();
    if (this.back) { // the same caret: hiding the page took it away
      const [field, first, last] = this.back;
      field.focus({ preventScroll: true });
      field.setSelectionRange(first, last);
    }
    this.waiting.splice(0).forEach((then) => then());
  }
}
