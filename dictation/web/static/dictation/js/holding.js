// Who holds the letter: renewed every half minute, given back on leaving; somebody else's letter is read, not written.

import { post } from "./api.js";

const EVERY = 30_000; // milliseconds; the server frees a letter after ninety seconds without a word

export class Holding {
  /** bar: the line that says who holds it. fields: the text areas. on.lost: runs before they are closed. */
  constructor(bar, fields, on) {
    Object.assign(this, { bar, fields, on });
    this.address = bar.dataset.address;
    bar.querySelector("button").addEventListener("click", (event) => {
      event.preventDefault();
      this.#say("take");
    });
    setInterval(() => document.hidden || this.#say("keep"), EVERY);
    addEventListener("pagehide", () => {
      if (bar.hidden) navigator.sendBeacon(this.address, this.#data("leave"));
    });
  }

  #data(action) {
    const data = new FormData();
    data.set("action", action);
    data.set("csrfmiddlewaretoken", document.querySelector('meta[name="csrf"]').content);
    return data;
  }

  async #say(action) {
    const answer = await post(this.address, this.#data(action)).catch(() => null);
    if (!answer?.ok) return;
    const told = await answer.json();
    if (action === "take" && told.mine) {
      this.on.taken(told);
      return;
    }
    if (!told.mine && this.bar.hidden) await this.on.lost();
    this.bar.hidden = told.mine;
    this.bar.querySelector(".who").textContent = told.who;
    this.bar.querySelector(".since").textContent = told.since;
    for (const field of this.fields) field.readOnly = !told.mine;
  }
}
