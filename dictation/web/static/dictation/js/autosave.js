// Autosave: what is typed is on the server within a second or so, one request at a time, and the page says so.
// Nothing is ever kept in the browser: these are shared computers.

import { post } from "./api.js";

const QUIET = 800; // milliseconds after the last key
const LONGEST = 1000; // milliseconds of continuous typing before a save all the same
const AGAIN = 4000; // milliseconds before a failed save is tried again

export class Saver {
  /** form: the letter. status: where its words are shown. on: {locked, conflict, saved} callbacks. */
  constructor(form, status, on) {
    Object.assign(this, { form, status, on });
    this.address = form.getAttribute("action"); // form.action is the button of that name
    this.edits = 0; // counts changes; a save knows how far it went
    this.savedEdits = 0;
    this.chain = Promise.resolve();
    this.running = 0; // saves asked for and not answered yet
    form.addEventListener("input", (event) => {
      if (event.target.name === "text") this.touched();
    });
    form.addEventListener("focusout", () => this.dirty && this.save());
    addEventListener("pagehide", () => this.dirty && !this.leaving && this.#leave());
    addEventListener("beforeunload", (event) => {
      if (this.dirty && !this.leaving) event.preventDefault();
    });
  }

  get dirty() {
    return this.edits > this.savedEdits;
  }

  touched() {
    this.edits += 1;
    this.#say("dirty");
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.save(), QUIET);
    this.longest ??= setTimeout(() => this.save(), LONGEST);
  }

  /** Save now, with a button's `action` when one was pressed. Resolves to the server's answer, or null. */
  save(action = "save") {
    clearTimeout(this.quiet);
    clearTimeout(this.longest);
    this.longest = undefined;
    if (action === "save" && this.next) return this.next; // it will take along what was typed until it leaves
    const sent = this.chain.then(() => {
      if (this.next === sent) this.next = undefined;
      return this.#send(action);
    });
    if (action === "save") this.next = sent;
    this.chain = sent;
    this.running += 1;
    sent.finally(() => { this.running -= 1; });
    return sent;
  }

  /** The browser goes to another page with the whole text: nothing more is saved from here. */
  leave() {
    this.leaving = true;
    for (const timer of [this.quiet, this.longest, this.again]) clearTimeout(timer);
  }

  async #send(action) {
    const upTo = this.edits;
    const data = new FormData(this.form);
    data.set("action", action);
    this.#say("saving");
    let answer;
    try {
      answer = await post(this.address, data);
    } catch {
      return this.#failed(action);
    }
    if (answer.status === 401) {
      this.#say("failed");
      this.on.locked(() => this.save(action));
      return null;
    }
    if (answer.status === 409 && (await answer.clone().json()).code === "E_CONFLICT") {
      this.#say("failed");
      this.on.conflict();
      return null;
    }
    if (answer.status === 409) { // the letter has moved on: the server's page says where it is
      this.leave();
      location.reload();
      return null;
    }
    if (!answer.ok) return this.#failed(action);
    const told = await answer.json();
    this.form.elements.version.value = told.version;
    this.savedEdits = upTo;
    if (this.dirty) this.#say("dirty");
    else this.#say("saved", told.saved_at);
    this.on.saved(told);
    return told;
  }

  #failed(action) {
    this.#say("failed");
    const again = setTimeout(() => this.save(action), AGAIN);
    if (action === "save") {
      clearTimeout(this.again); // somebody types on without the network: one plain save tries again, not each of them
      this.again = again;
    }
    return null;
  }

  #leave() {
    const data = new FormData(this.form);
    data.set("action", "save");
    navigator.sendBeacon(this.address, data);
  }

  #say(what, more = "") {
    this.status.className = `saved ${what}`;
    this.status.textContent = [this.status.dataset[what], more].filter(Boolean).join(" ");
  }
}
