// The page of a person's keys: a button, then the key itself. The server says whether it may be that one, and keeps it.

import { post } from "./api.js";
import { named } from "./shortcuts.js";

const form = document.getElementById("shortcuts");
const told = document.getElementById("told");
let learning = null; // the row whose key is asked for
let swallowed = false; // the key that went down was the answer: going up, it must not press a button

function wait(row) {
  learning?.classList.remove("learning");
  learning = row;
  row?.classList.add("learning");
}

async function change(values) {
  const data = new FormData();
  for (const [name, value] of Object.entries(values)) data.set(name, value);
  const answer = await post(form.getAttribute("action"), data).catch(() => null);
  const said = answer && [200, 409].includes(answer.status) ? await answer.json() : null;
  told.textContent = said?.sentence ?? (answer?.status === 401 ? told.dataset.out : told.dataset.failed);
  told.classList.toggle("alert", !answer?.ok);
  if (!said || !answer.ok) return;
  wait(null);
  for (const place of form.querySelectorAll("kbd[data-name]")) place.textContent = said.keys[place.dataset.name] || place.dataset.none;
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-does]");
  if (!button) return;
  const row = button.closest("[data-shortcut]");
  const name = row.dataset.shortcut;
  if (button.dataset.does === "clear") {
    wait(null);
    change({ action: "clear", name });
    return;
  }
  wait(row);
  told.classList.remove("alert");
  told.textContent = told.dataset.wait.replace("{what}", row.querySelector("th").textContent);
});
addEventListener("keydown", (event) => {
  if (!learning || event.isComposing) return;
  if (event.key === "Tab" || event.key === "Escape") { // leaves: Tab is never trapped, and nothing is changed
    wait(null);
    told.classList.remove("alert");
    told.textContent = told.dataset.left;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  swallowed = true;
  const key = named(event);
  if (key && !event.repeat) change({ action: "learn", name: learning.dataset.shortcut, key });
}, { capture: true });
addEventListener("keyup", (event) => {
  if (swallowed) event.preventDefault();
  swallowed = false;
}, { capture: true });
