// A word of the letter into the vocabulary: what it means is said first, a person confirms, the answer stays on the page.

import { post } from "./api.js";

export class Words {
  /** dialog: its form posts the words. editor, saver: see their modules. */
  constructor(dialog, editor, saver) {
    Object.assign(this, { dialog, editor, saver });
    this.form = dialog.querySelector("form");
    [this.told, this.heard] = [".told", ".heard"].map((one) => dialog.querySelector(one));
    this.adds = [...dialog.querySelectorAll(".adds")]; // for the service of the letter, for the whole hospital
    this.chosen = [null, 0, 0];
    document.addEventListener("selectionchange", () => { // the button takes the focus, not the selection it is about
      const { current } = editor;
      if (current) this.chosen = [current, current.field.selectionStart, current.field.selectionEnd];
    });
    this.form.addEventListener("submit", (event) => {
      if (!this.adds.includes(event.submitter)) return;
      event.preventDefault();
      this.#ask(event.submitter.value);
    });
    dialog.addEventListener("close", () => {
      const [section, ...place] = this.chosen;
      section?.select(...place);
    });
  }

  async open() {
    const [section, first, last] = this.chosen;
    this.words = section?.field.value.slice(first, last).trim() ?? "";
    this.dialog.querySelector(".about").textContent = this.words;
    this.heard.hidden = true;
    this.#allow(false);
    this.told.textContent = this.words ? "" : this.told.dataset.none;
    this.dialog.showModal();
    if (!this.words) return;
    if (this.saver.dirty) await this.saver.save(); // the server looks for the word in the text it has
    await this.#ask("");
  }

  #allow(may) {
    for (const button of this.adds) button.disabled = !may;
  }

  /** What adding would mean; then, with whose word it is to be, adding. */
  async #ask(whose) {
    const data = new FormData();
    data.set("words", this.words);
    if (whose) data.set("sure", "1");
    data.set("for", whose);
    const answer = await post(this.form.getAttribute("action"), data).catch(() => null);
    const told = answer?.ok ? await answer.json() : { may: false, sentence: this.told.dataset.failed };
    this.told.textContent = told.sentence;
    this.#allow(told.may);
    (told.may ? this.adds[0] : this.form.querySelector('button[value="close"]')).focus();
    if (!told.word) return;
    this.dialog.querySelector(".about").textContent = told.word;
    this.heard.hidden = !told.heard;
    this.heard.querySelector("q").textContent = told.heard;
  }
}
