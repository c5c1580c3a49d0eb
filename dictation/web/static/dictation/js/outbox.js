// Outbox: what was dictated and is not at the hospital yet, encrypted in this browser, sent piece by piece.
// A piece leaves this browser's memory when the hospital has said that it has it; the key never leaves the browser and
// cannot be read out of it. A take belongs to the author it was said by (computers are shared): nobody else is shown it,
// nobody else's name is put under it. Nothing here knows the page.

const NAME = "dictaphone";
const AGAIN = 3000; // milliseconds before a failed sending is tried again
const RENEWED = new Error("signed in again: at once, with the new token");

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const all = (take) => IDBKeyRange.bound([take.id], [take.id, Infinity]); // keys of its pieces

function opened() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("keys");
    request.result.createObjectStore("takes", { keyPath: "id" });
    request.result.createObjectStore("pieces", { keyPath: ["take", "number"] });
  };
  return done(request);
}

/** Whether this browser holds a dictation of this author's. */
export async function unsent(owner) {
  if (!(await indexedDB.databases()).some(({ name }) => name === NAME)) return false;
  const takes = (await opened()).transaction("takes").objectStore("takes");
  return (await done(takes.getAll())).some((row) => row.owner === owner);
}

export class Outbox {
  /** owner: RPPS of the author at the page. on: {changed(), refused(code, sentence), problems(list), received(take)} */
  static async open(address, csrf, owner, on) {
    const box = new Outbox();
    Object.assign(box, { address, csrf, owner, on, base: await opened() });
    box.key = await box.#key();
    addEventListener("online", () => box.send());
    addEventListener("focus", () => box.send()); // signed in again in another tab, and back
    return box;
  }

  #store(name, mode = "readonly") {
    return this.base.transaction(name, mode, { durability: "strict" }).objectStore(name);
  }

  async #key() {
    const known = await done(this.#store("keys").get("outbox"));
    if (known) return known;
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    await done(this.#store("keys", "readwrite").put(key, "outbox"));
    return key;
  }

  async #seal(bytes) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.key, bytes) };
  }

  #unseal({ iv, data }) {
    return crypto.subtle.decrypt({ name: "AES-GCM", iv }, this.key, data);
  }

  /** The dictation of this author that this browser holds, or null: one at a time. */
  async take() {
    const row = (await done(this.#store("takes").getAll())).find(({ owner }) => owner === this.owner);
    if (!row) return null;
    return JSON.parse(new TextDecoder().decode(await this.#unseal(row.sealed)));
  }

  /** take: {id, about, stretches: [[piece, first, last]], next, ending} */
  async keep(take) {
    const sealed = await this.#seal(new TextEncoder().encode(JSON.stringify(take)));
    await done(this.#store("takes", "readwrite").put({ id: take.id, owner: this.owner, sealed }));
  }

  /** One more piece of sound of a take. */
  async add(take, number, samples) {
    const sealed = await this.#seal(samples);
    await done(this.#store("pieces", "readwrite").put({ take: take.id, number, sealed }));
    this.send();
  }

  /** The pieces of a take that are still here and nowhere else, in their order. */
  async #pieces(take) {
    return (await done(this.#store("pieces").getAll(all(take)))).filter((piece) => piece.sealed);
  }

  /** Their numbers. */
  async waiting(take) {
    return take ? (await this.#pieces(take)).map((piece) => piece.number) : [];
  }

  /** All the sound of a take, in its order; pieces that are gone from here come back from the hospital. */
  async sound(take) {
    const out = [];
    for (const [number, first, last] of take.stretches) {
      const row = await done(this.#store("pieces").get([take.id, number]));
      const bytes = row?.sealed ? await this.#unseal(row.sealed) : await this.#back(take, number);
      out.push(new Int16Array(bytes).subarray(first, last));
    }
    const all = new Int16Array(out.reduce((sum, part) => sum + part.length, 0));
    out.reduce((at, part) => (all.set(part, at), at + part.length), 0);
    return all;
  }

  async #back(take, number) {
    const answer = await this.#ask(`${this.address}dictees/${take.id}/morceaux/${number}`, {});
    if (!answer.ok) throw new Error(`piece ${number}: ${answer.status}`);
    return answer.arrayBuffer();
  }

  #ask(url, options) {
    const headers = { Accept: "application/json", "X-CSRFToken": this.csrf, ...options.headers };
    return fetch(url, { ...options, headers, credentials: "same-origin", cache: "no-store" });
  }

  /** Send what waits, then the end when it was said. One at a time; tries again by itself. */
  async send() {
    if (this.sending) return;
    this.sending = true;
    clearTimeout(this.again);
    try {
      while (await this.#next());
    } catch (error) {
      this.again = setTimeout(() => this.send(), error === RENEWED ? 0 : AGAIN);
      if (error !== RENEWED) this.on.changed(false);
    } finally {
      this.sending = false;
    }
  }

  async #next() {
    const take = await this.take();
    if (!take) return false;
    const [piece] = await this.#pieces(take);
    if (piece) {
      const body = await this.#unseal(piece.sealed);
      const url = `${this.address}dictees/${take.id}/morceaux/${piece.number}`;
      if (!(await this.#accepted(await this.#ask(url, { method: "PUT", body })))) return false;
      await done(this.#store("pieces", "readwrite").put({ take: take.id, number: piece.number }));
      this.on.changed(true);
      return true;
    }
    if (!take.ending) return false;
    const body = JSON.stringify({ stretches: take.stretches, about: take.about });
    const headers = { "Content-Type": "application/json" };
    const answer = await this.#ask(`${this.address}dictees/${take.id}`, { method: "POST", body, headers });
    if (answer.status === 422) {
      await this.keep({ ...take, ending: false });
      this.on.problems((await answer.json()).problems);
      return false;
    }
    if (!(await this.#accepted(answer))) return false;
    await this.#clear(take);
    this.on.received(take);
    return false;
  }

  /** True when it was taken. A server in trouble is asked again later; a refusal is said. */
  async #accepted(answer) {
    if (answer.ok) {
      this.renewed = false;
      return true;
    }
    if (answer.status >= 500) throw new Error(String(answer.status));
    const told = await answer.json().catch(() => ({}));
    if (told.code === "E_FORM_EXPIRED" && !this.renewed && await this.#renew()) throw RENEWED;
    if (answer.status === 410) await this.empty();
    this.on.refused(told.code ?? "", told.sentence ?? "");
    return false;
  }

  /** Signed in again in another tab: take the new token. False when it is somebody else who did. */
  async #renew() {
    const answer = await this.#ask(`${this.address}liste`, {});
    const { author, csrf } = answer.ok ? await answer.json() : {};
    if (author !== this.owner) return false;
    this.csrf = csrf;
    this.renewed = true;
    return true;
  }

  /** Throw the take away, here and there. */
  async discard(take) {
    await this.#ask(`${this.address}dictees/${take.id}`, { method: "DELETE" }).catch(() => null);
    await this.#clear(take);
  }

  async #clear(take) {
    await done(this.#store("pieces", "readwrite").delete(all(take)));
    await done(this.#store("takes", "readwrite").delete(take.id));
  }

  /** Nothing of any dictation is left in this browser. */
  async empty() {
    for (const name of ["pieces", "takes"]) await done(this.#store(name, "readwrite").clear());
  }
}
