// The proofreading page: joins the player, the text, the points and the keys. The page works without this file.

import { fragment } from "./api.js";
import { Lock } from "./lock.js";
import { Player } from "./player.js";
import { Points } from "./points.js";
import { Saver } from "./autosave.js";

const id = (name) => document.getElementById(name);
const form = id("letter");
const fields = [...form.querySelectorAll('textarea[name="text"]')];
const player = new Player(id("player"));
const lock = new Lock(id("lock"));
const conflict = id("conflict");
const saver = new Saver(form, id("saved"), {
  locked: (then) => lock.close(then),
  conflict: () => conflict.open || conflict.showModal(),
  saved: (told) => points.told(told),
});
const points = new Points(id("points"), player, saver, fields);

// Both texts are shown by the server, from a plain posting of the form.
conflict.addEventListener("close", () => {
  if (conflict.returnValue !== "compare") return;
  saver.leaving = true;
  form.requestSubmit(id("save"));
});

form.addEventListener("submit", (event) => {
  const action = event.submitter?.value ?? "save";
  if (saver.leaving || !/^(save$|tick:)/.test(action)) {
    saver.leaving = true; // the browser goes to another page, with the whole text
    return;
  }
  event.preventDefault();
  saver.save(action);
});

// Text areas as tall as their text, where the browser does not do it by itself.
if (!CSS.supports("field-sizing", "content")) {
  const fit = (field) => {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  };
  fields.forEach((field) => { fit(field); field.addEventListener("input", () => fit(field)); });
}

// The preview: the letter as it would be printed, over the page.
const sheets = id("sheets");
async function preview() {
  const body = sheets.querySelector(".body");
  body.textContent = body.dataset.wait;
  sheets.showModal();
  if (saver.dirty) await saver.save();
  const answer = await fragment(`${id("preview").href}?partie=1`).catch(() => null);
  if (answer?.ok && !answer.redirected) body.innerHTML = await answer.text();
  else body.textContent = body.dataset.failed;
}
id("preview").addEventListener("click", (event) => {
  if (event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  preview();
});

// Keys: bare function keys and Alt or Ctrl with another key; none of them writes anything into the text.
const keys = {
  F4: () => player.toggle(),
  F7: () => player.skip(-3),
  F8: () => player.skip(3),
  F2: () => player.speed(-1),
  F3: () => player.speed(1),
  F9: () => (sheets.open ? sheets.close() : preview()),
  "Alt+ArrowDown": () => points.step(1),
  "Alt+ArrowUp": () => points.step(-1),
  "Alt+Enter": () => points.answer("heard"),
  "Ctrl+s": () => saver.save(),
  "Ctrl+Enter": () => form.requestSubmit(id("hand-over")),
};
addEventListener("keydown", (event) => {
  if (lock.dialog.open || event.isComposing) return;
  const name = `${event.ctrlKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${event.key}`;
  const action = keys[name];
  if (!action || event.shiftKey || event.metaKey) return;
  event.preventDefault();
  action();
}, { capture: true });
