// Points to check: listen to one, show it in the text, answer it, go to the next.

export class Points {
  /** list: the panel. player, saver: see their modules. fields: the text areas, in order. */
  constructor(list, player, saver, fields) {
    Object.assign(this, { list, player, saver, fields });
    this.waiting = list.querySelector("#waiting");
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

  /** Answer the present point and go on. */
  async answer(verdict) {
    const here = this.list.querySelector(".point.here");
    if (!here) return this.step(1);
    await this.saver.save(`tick:${verdict}:${here.dataset.key}`);
    return this.step(1);
  }

  /** What the server says about every point, shown. */
  told({ points, waiting }) {
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
    const total = Number(this.waiting.dataset.total);
    this.waiting.textContent = `${total - waiting}/${total}`;
  }

  #show(point) {
    const field = this.fields[Number(point.dataset.section)];
    if (!field || point.dataset.section === undefined) return;
    const at = point.dataset.quote ? field.value.indexOf(point.dataset.quote) : -1;
    field.focus({ preventScroll: true });
    if (at >= 0) field.setSelectionRange(at, at + point.dataset.quote.length);
    field.scrollIntoView({ block: "nearest" });
  }
}
