// Signing out: a dictation of one's own that is not at the hospital yet is shown first. It would lie in this browser,
// where its author is no longer known.

import { unsent } from "./outbox.js";

const form = document.getElementById("sign-out");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await unsent(form.dataset.author).catch(() => false)) location.href = form.dataset.dictaphone;
  else form.submit();
});
