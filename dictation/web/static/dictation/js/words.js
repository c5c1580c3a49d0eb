// A word of the letter into the vocabulary: what it means is said first, a person confirms, the answer stays on the page.

import { post } from "./api.js";

export class Words {
  /** dialog: its form posts the words. editor, saver: see their modules. */
  constructor(dialog, editor, saver) {
    Object.assign(this, { dialog, editor, saver });
    this.form = dialog.querySelector("form");
    [this.told, this.heard, this.add] = [".told", ".heard", 'button[value="add"]'].map((one) => dialog.querySelector(one));
    this.chosen = [null, 0, 0];
    document.addEventListener("selectionchange", () => { // the button takes the focus, not the selection it is about
      const { current } = editor;
      if (current) this.chosen = [current, current.field.selectionStart, current.field.selectionEnd];
    });
    this.form.addEventListener("submit", (event) => {
      if (event.submitter?.value !== "add") return;
      event.preventDefault();
      this.#ask(true);
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
    this.add.disabled = true;
    this.told.textContent = this.words ? "" : this.told.dataset.none;
    this.dialog.showModal();
    if (!this.words) return;
    if (this.saver.dirty) await this.saver.save(); // the server looks for the word in the text it has
    await this.#ask(false);
  }

  async #ask(sure) {
    const data = new FormData();
    data.set("words", this.words);
    if (sure) data.set("sure", "1");
    const answer = await post(this.form.getAttribute("action"), data).catch(() => null);
    const told = answer?.ok ? await answer.json() : { may: false, sentence: this.told.dataset.failed };
    this.told.textContent = told.sentence;
    this.add.disabled = !told.may;
    (told.may ? this.add : this.form.querySelector('button[value="close"]')).focus();
    if (!told.word) return;
    this.dialog.querySelector(".about").textContent = told.word;
    this.heard.hidden = !told.heard;
    this.heard.querySelector("q").textContent = told.heard;
  }
}
