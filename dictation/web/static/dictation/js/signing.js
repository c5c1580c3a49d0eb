// The signing page: passages to hear. The rest is a plain form.

import { Player, play } from "./player.js";

const player = new Player(document.querySelector(".decide"));
document.querySelector(".decide").addEventListener("click", (event) => {
  const button = event.target.closest(".listen");
  if (!button) return;
  const answer = document.querySelector(`audio[data-question="${button.dataset.answer}"]`);
  if (answer) play(answer);
  else player.hear(Number(button.dataset.start), Number(button.dataset.end));
});

// Figures and drugs alone, or everything that changed.
const all = document.getElementById("all-changes");
const filter = () => document.querySelector(".changes").classList.toggle("only-grave", !all.checked);
all?.addEventListener("change", filter);
if (all) filter();
