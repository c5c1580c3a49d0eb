// A question answered by voice: at most half a minute, its words put into the field for the author to read and send.

import { Microphone } from "./microphone.js";

const LONGEST = 29; // seconds
const csrf = document.querySelector('meta[name="csrf"]').content;

for (const button of document.querySelectorAll(".speak")) {
  const form = button.closest("form");
  const told = form.querySelector(".heard");
  const label = button.textContent;
  let blocks = null;
  let timer = 0;
  const microphone = new Microphone(button.dataset.worklet, { samples: (block) => blocks?.push(block), stopped: () => end() });

  async function begin() {
    blocks = [];
    told.textContent = "";
    try {
      await microphone.start();
    } catch {
      blocks = null;
      await microphone.stop();
      told.textContent = button.dataset.noMicrophone;
      return;
    }
    button.textContent = button.dataset.stop;
    timer = setTimeout(end, LONGEST * 1000);
  }

  async function end() {
    clearTimeout(timer);
    const heard = blocks;
    blocks = null;
    await microphone.stop();
    button.textContent = label;
    if (!heard?.length) return;
    told.textContent = button.dataset.wait;
    const headers = { "X-CSRFToken": csrf, Accept: "application/json", "Content-Type": "application/octet-stream" };
    const answer = await fetch(button.dataset.url, { method: "POST", headers, body: new Blob(heard), credentials: "same-origin" }).catch(() => null);
    const { text = "", sound = "" } = answer?.ok ? await answer.json() : {};
    form.elements.sound.value = sound;
    if (text) form.elements.answer.value = text;
    told.textContent = text ? "" : button.dataset.nothing;
    form.elements.answer.focus();
  }

  button.addEventListener("click", () => (blocks ? end() : begin()));
}
