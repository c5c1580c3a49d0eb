// The worklist renews itself: the same rows are asked for again, and put in place only when they changed.
// Signed out meanwhile: the page goes to the sign-in by itself, so that no patient's name stays on a screen left alone.

import { fragment } from "./api.js";
import { Chime } from "./chime.js";

const list = document.getElementById("list");
const live = document.getElementById("live");
const chime = new Chime(document.getElementById("chime"), document.getElementById("arrived"));
let shown = "";
let stream = null;
let timer = 0;
let period = 0; // milliseconds between two rounds of the timer
let again = false; // a hint came while a question was under way
let asking = false;
let soon = 0; // the next round while something is being recognised

async function renew() {
  const chosen = document.activeElement?.closest?.("#filters");
  if (document.hidden || chosen) return;
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    await fetchRows();
  } finally {
    asking = false;
  }
  clearTimeout(soon);
  if (list.querySelector("progress")) soon = setTimeout(renew, 3000);
  if (again) {
    again = false;
    setTimeout(renew, 1000);
  }
}

async function fetchRows() {
  const address = new URL(location.href);
  address.searchParams.set("partie", "1");
  let answer;
  try {
    answer = await fragment(address);
  } catch {
    return; // the network is away: the next round tries again
  }
  if (answer.redirected) {
    location.reload();
    return;
  }
  if (!answer.ok) return;
  const text = await answer.text();
  if (text === shown || document.activeElement?.closest?.("#filters")) return;
  const focused = document.activeElement?.id;
  if (shown) list.innerHTML = text;
  shown = text;
  chime.told(document.getElementById("list-head").dataset.urgent);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

// A stream of hints while the page is looked at; asking by itself always, more often without a stream.
// A stream that cannot be had fails again every few seconds: the round under way goes on, or none would ever be reached.
function every(milliseconds) {
  if (milliseconds === period) return;
  period = milliseconds;
  clearInterval(timer);
  timer = setInterval(renew, milliseconds);
}

// One stream per browser: seven would use up the connections a browser opens to one host, and freeze every page.
let leave = null;
async function listen() {
  if (document.hidden) {
    leave?.();
    return;
  }
  if (stream || !navigator.locks) return;
  await navigator.locks.request("events", { ifAvailable: true }, (alone) => {
    if (!alone) {
      live.textContent = live.dataset.slow;
      return undefined;
    }
    open();
    return new Promise((resolve) => {
      leave = () => {
        stream?.close();
        stream = null;
        leave = null;
        resolve();
      };
    });
  });
}

function open() {
  stream = new EventSource(list.dataset.events);
  stream.addEventListener("open", () => {
    live.textContent = live.dataset.live;
    every(Number(list.dataset.calm));
  });
  stream.addEventListener("changed", renew);
  stream.addEventListener("error", () => {
    live.textContent = live.dataset.slow;
    every(Number(list.dataset.every));
  });
}

list.addEventListener("change", (event) => {
  if (event.target.closest("#filters")) event.target.form.requestSubmit();
});

// Keyboard: / searches, arrows choose a line, Enter opens it (it is a link).
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.ctrlKey && event.key === "Enter") {
    location.href = list.dataset.next;
    return;
  }
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

every(Number(list.dataset.every));
document.addEventListener("visibilitychange", () => { listen(); renew(); });
addEventListener("pagehide", () => leave?.());
listen();
renew();
