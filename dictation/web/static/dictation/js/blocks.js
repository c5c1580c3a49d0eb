// Text blocks: inserted from the list or by their abbreviation followed by a blank; undo takes either back.

export class Blocks {
  /** list: the select that holds them as options with data-text, data-abbreviation. editor: see editor.js. */
  constructor(list, editor) {
    this.editor = editor;
    this.last = editor.sections[0];
    const options = [...list.options].filter((option) => option.dataset.text);
    this.short = new Map(options.filter((o) => o.dataset.abbreviation).map((o) => [o.dataset.abbreviation, o.dataset.text]));
    for (const section of editor.sections) {
      section.field.addEventListener("focus", () => { this.last = section; });
      section.field.addEventListener("input", (event) => this.#expand(section, event));
    }
    list.addEventListener("change", () => {
      const chosen = list.selectedOptions[0];
      const own = editor.sections.find((section) => section.field.dataset.kind === chosen.dataset.section);
      const section = own ?? this.last;
      if (chosen.dataset.text && section) {
        if (own && own !== this.last) own.select(own.field.value.length, own.field.value.length);
        const { value, selectionStart } = section.field;
        const joined = selectionStart > 0 && !/\s$/.test(value.slice(0, selectionStart)) ? " " : "";
        section.insert(joined + chosen.dataset.text);
      }
      list.selectedIndex = 0;
    });
  }

  #expand(section, event) {
    if (event.inputType !== "insertText" || !/^\s$/.test(event.data ?? "")) return;
    const { value, selectionStart } = section.field;
    const word = /([\p{L}\p{N}.]+)\s$/u.exec(value.slice(0, selectionStart))?.[1];
    const text = word && this.short.get(word);
    if (!text) return;
    section.field.setSelectionRange(selectionStart - word.length - 1, selectionStart);
    document.execCommand("insertText", false, `${text} `);
  }
}
