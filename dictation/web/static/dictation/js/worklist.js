// The worklist renews itself: the same rows are asked for again, and put in place only when they changed.
// Signed out meanwhile: the page goes to the sign-in by itself, so that no patient's name stays on a screen left alone.

import { fragment } from "./api.js";

const list = document.getElementById("list");
let shown = "";

async function renew() {
  const search = document.getElementById("q");
  if (document.hidden || search === document.activeElement) return;
  const address = new URL(location.href);
  address.searchParams.set("partie", "1");
  let answer;
  try {
    answer = await fragment(address);
  } catch {
    return; // the network is away: the next round tries again
  }
  if (answer.redirected) return location.reload();
  if (!answer.ok) return;
  const text = await answer.text();
  if (text === shown || search === document.activeElement) return;
  const focused = document.activeElement?.id;
  if (shown) list.innerHTML = text;
  shown = text;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

// Keyboard: / searches, arrows choose a line, Enter opens it (it is a link).
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("q").focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const rows = [...list.querySelectorAll('a[id^="row-"]')];
    if (!rows.length) return;
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = rows.indexOf(document.activeElement);
    event.preventDefault();
    rows[Math.max(0, Math.min(rows.length - 1, at + step))].focus();
  }
});

setInterval(renew, Number(list.dataset.every));
document.addEventListener("visibilitychange", renew);
renew();
