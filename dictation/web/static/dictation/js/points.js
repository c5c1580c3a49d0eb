// Points to check: listen to one, show it in the text, answer it, go to the next.

import { fragment } from "./api.js";

export class Points {
  /** list: the panel. player, saver, editor: see their modules. */
  constructor(list, player, saver, editor) {
    Object.assign(this, { list, player, saver, editor });
    this.#mark();
    // The caret left the words of the present point: Alt+Entrée is no longer about it.
    document.addEventListener("selectionchange", () => {
      const { field } = this.editor.current ?? {};
      if (!this.here || !field || !this.place) return;
      const [section, first, last] = this.place;
      const inside = this.editor.sections[section]?.field === field && field.selectionStart >= first && field.selectionEnd <= last + 1;
      if (!inside) this.#leave();
    });
    this.queue = list.querySelector("#queue");
    list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      const point = event.target.closest(".point");
      if (!button || !point) return;
      if (button.matches(".listen, .show")) this.go(point, button.matches(".listen"));
    });
  }

  get all() {
    return [...this.list.querySelectorAll(".point")];
  }

  get here() {
    return this.list.querySelector(".point.here");
  }

  get open() {
    return this.all.filter((point) => !point.dataset.verdict);
  }

  /** Make a point the present one: its words selected in the text, its sound heard. */
  go(point, listen = true) {
    this.all.forEach((other) => other.classList.toggle("here", other === point));
    point.scrollIntoView({ block: "nearest" });
    this.#show(point);
    const { start, end } = point.dataset;
    if (listen && start !== undefined) this.player.hear(Number(start), Number(end));
  }

  /** The next open point after the present one (or before it, with -1), round the list. */
  step(by) {
    const { all } = this;
    const at = all.findIndex((point) => point.classList.contains("here"));
    for (let i = 1; i <= all.length; i += 1) {
      const next = all[(at + by * i + all.length * (at < 0 && by < 0 ? 2 : 1)) % all.length];
      if (next && !next.dataset.verdict) return this.go(next);
    }
    return undefined;
  }

  /** Answer the present point and go on. False when there is no present point. */
  async answer(verdict) {
    const { here } = this;
    if (!here) return false;
    await this.saver.save(`tick:${verdict}:${here.dataset.key}`);
    this.step(1);
    return true;
  }

  /** What the server says about every point, shown; points a correction has brought, or made go, as well. */
  told({ points, waiting, left }) {
    const shown = new Set(this.all.map((point) => point.dataset.key));
    if (points.length !== shown.size || points.some((point) => !shown.has(point.key))) this.#renew();
    const known = new Map(points.map((point) => [point.key, point]));
    for (const point of this.all) {
      const now = known.get(point.dataset.key);
      if (!now) continue;
      point.dataset.verdict = now.verdict;
      point.classList.toggle("done", Boolean(now.verdict));
      for (const button of point.querySelectorAll(".verdict")) {
        button.setAttribute("aria-pressed", String(button.dataset.verdict === now.verdict));
      }
      const changed = point.querySelector(".changed");
      if (changed) changed.hidden = !now.changed;
    }
    const count = this.queue.querySelector("#waiting");
    const total = Number(count.dataset.total);
    count.textContent = `${total - waiting}/${total}`;
    this.queue.querySelector("#left").textContent = left;
    this.#mark();
  }

  /** The queue as the server has it now; the present point stays the present one, the caret where it is. */
  async #renew() {
    const answer = await fragment(this.queue.dataset.renew).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const html = await answer.text();
    const here = this.here?.dataset.key;
    this.queue.innerHTML = html;
    this.all.find((point) => point.dataset.key === here)?.classList.add("here");
    this.#mark();
  }

  #leave() {
    this.here?.classList.remove("here");
    this.place = null;
  }

  #mark() {
    this.editor.mark(this.all.map((point) => ({
      section: Number(point.dataset.section ?? -1),
      quote: point.dataset.quote,
      start: Number(point.dataset.start ?? NaN),
      risk: /risk-(\d)/.exec(point.className)?.[1],
      done: Boolean(point.dataset.verdict),
    })));
  }

  /** Its words, selected; when they were rewritten, the words that now stand on their sound. */
  #show(point) {
    this.place = null;
    const at = Number(point.dataset.section ?? -1);
    const section = this.editor.sections[at];
    if (!section) return;
    const { quote, start, end } = point.dataset;
    const found = section.find(quote, Number(start ?? NaN)) ?? (start !== undefined && section.placeOf(Number(start), Number(end)));
    this.place = found ? [at, ...found] : [at, 0, section.field.value.length];
    if (found) section.select(...found);
    else section.field.focus({ preventScroll: true });
  }
}
