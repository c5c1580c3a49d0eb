// The dictaphone page: patient and letter, the microphone, the tape, and what has reached the hospital.

import { Microphone, Playback, RATE, level } from "./microphone.js";
import { Outbox } from "./outbox.js";

const PIECE = 2 * RATE; // samples in one piece
const SIGNED_OUT = new Set(["E_SIGNED_OUT", "E_FORM_EXPIRED"]); // nobody is signed in, or somebody else
const id = (name) => document.getElementById(name);
const words = id("recorder").dataset;
const patients = [];
let take = null; // what is on the tape, see outbox.js
let buffer = []; // blocks heard since the last piece
let chain = Promise.resolve(); // pieces are kept in their order
let offline = false; // the last sending met no network
const playback = new Playback();

// One tab at a time: two would write different sounds under one number. Another one waits until this one is closed.
if (!await alone({ ifAvailable: true })) {
  id("record").hidden = true;
  tell(words.elsewhere, "refused");
  await alone({});
  tell("");
}

function alone(options) {
  return new Promise((told) => {
    navigator.locks.request("dictaphone", options, (lock) => {
      told(Boolean(lock));
      return lock ? new Promise(() => {}) : undefined;
    });
  });
}

const box = await Outbox.open(words.address, document.querySelector('meta[name="csrf"]').content, words.author, {
  changed: (online) => { offline = !online; show(); },
  refused: (code, sentence) => {
    if (code === "E_DEVICE_REVOKED") { take = null; tell(`${sentence} ${words.emptied}`, "refused"); } else tell(SIGNED_OUT.has(code) ? words.signedOut : sentence, "refused");
    show();
  },
  problems: (list) => {
    if (take) take.ending = false;
    id("problems").replaceChildren(...list.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    id("problems").hidden = false;
    show();
  },
  received: () => { take = null; playback.stop(); tell(words.received); show(); },
});

const microphone = new Microphone(words.worklet, {
  samples: (block) => {
    buffer.push(block);
    id("level").value = level(block);
    id("clock").textContent = clock(length() + buffer.length * block.length);
    if (buffer.length * block.length >= PIECE) cut();
  },
  stopped: async () => { await pause(); tell(words.silent, "refused"); },
});

/** What has been heard since the last piece becomes a piece. */
function cut() {
  const samples = new Int16Array(buffer.reduce((sum, block) => sum + block.length, 0));
  buffer.reduce((at, block) => (samples.set(block, at), at + block.length), 0);
  buffer = [];
  if (!samples.length) return chain;
  const number = take.next;
  take.next += 1;
  take.stretches.push([number, 0, samples.length]);
  const now = structuredClone(take);
  chain = chain.then(() => box.add(now, number, samples)).then(() => box.keep(now)).then(show);
  return chain;
}

async function record() {
  tell("");
  playback.stop();
  take ??= { id: crypto.randomUUID(), about: {}, stretches: [], next: 0, ending: false };
  take.about = about(); // what was chosen before the first word outlives a reload too
  await box.keep(take);
  try {
    await microphone.start();
  } catch (error) {
    await microphone.stop();
    // without the network a module that is not kept yet cannot be loaded: the microphone is not to blame
    const missing = error.name === "AbortError" && !navigator.onLine;
    tell(missing ? words.notKept : words.noMicrophone, "refused");
    if (!length()) await nothing();
    return show();
  }
  take.recording = true;
  id("clock").textContent = clock(length());
  return show();
}

/** A tape without a sound is none: no patient's name stays here for it. */
async function nothing() {
  await box.discard(take);
  take = null;
}

async function pause() {
  await microphone.stop();
  if (take) {
    take.recording = false;
    await cut();
  }
  id("level").value = 0;
  await show();
}

async function listen() {
  if (playback.context) return playback.stop();
  const sound = await box.sound(take).catch(() => null);
  if (!sound) return state(words.offline);
  const place = Number(id("place").value);
  const from = place >= Number(id("place").max) - 0.2 ? 0 : place; // at the end: all of it
  await playback.play(sound, Math.round(from * RATE), () => playback.stop());
  return follow();
}

function follow() {
  if (!playback.context) return;
  id("place").value = playback.place / RATE;
  if (playback.place < playback.length) requestAnimationFrame(follow);
  else playback.stop();
}

/** What comes after a place is left out: dictation goes on from there. */
async function fromHere() {
  playback.stop();
  let left = Math.round(Number(id("place").value) * RATE);
  take.stretches = take.stretches.map(([number, first, last]) => {
    const kept = Math.min(left, last - first);
    left -= kept;
    return [number, first, first + kept];
  }).filter(([, first, last]) => last > first);
  await box.keep(take);
  await record();
}

async function end() {
  id("problems").hidden = true;
  const patient = about().patient;
  if (!patient) return tell(words.nobody, "refused");
  await pause();
  Object.assign(take, { about: about(), ending: true });
  await box.keep(take);
  await show();
  return box.send();
}

function about() {
  const field = (name) => id(name).value.trim();
  const typed = Object.fromEntries(["last_name", "first_name", "birth_date", "sex", "hospital_number"].map((name) => [name, field(name)]));
  const chosen = patients[Number(id("patient").value)];
  const patient = id("patient").value === "" ? (Object.values(typed).some(Boolean) ? typed : null) : chosen;
  return { patient, letter_type: field("letter_type"), urgent: id("urgent").checked };
}

/** The form as it was before a reload. */
function remember({ patient, letter_type: kind, urgent }) {
  if (kind) id("letter_type").value = kind;
  id("urgent").checked = Boolean(urgent);
  if (!patient) return;
  const known = patients.findIndex((one) => one.hospital_number && one.hospital_number === patient.hospital_number);
  id("patient").value = known < 0 ? "" : String(known);
  id("typed").hidden = known >= 0;
  if (known >= 0) return;
  for (const name of ["last_name", "first_name", "birth_date", "sex", "hospital_number"]) id(name).value = patient[name] ?? "";
}

const length = () => (take?.stretches ?? []).reduce((sum, [, first, last]) => sum + last - first, 0);
const clock = (samples) => {
  const seconds = Math.floor(samples / RATE);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};
const spoken = (samples) => {
  const seconds = Math.round(samples / RATE);
  return seconds < 60 ? `${seconds}\u00a0s` : `${Math.floor(seconds / 60)}\u00a0min ${String(seconds % 60).padStart(2, "0")}`;
};

function tell(text, kind = "done") {
  id("told").hidden = !text;
  id("told").className = `notice notice-${kind}`;
  id("told").textContent = text;
}
function state(text) {
  id("state").textContent = text;
}

/** The buttons that make sense now, and where the sound is. */
async function show() {
  const recording = Boolean(take?.recording);
  const some = length() > 0;
  id("record").hidden = recording || Boolean(take?.ending);
  id("record").querySelector("span").textContent = some ? words.resume : words.record;
  id("pause").hidden = !recording;
  id("tape").hidden = recording || !some || Boolean(take?.ending);
  id("place").max = length() / RATE;
  if (!recording) {
    id("clock").textContent = clock(length());
    if (document.activeElement !== id("place") && !playback.context) id("place").value = length() / RATE;
  }
  const waiting = new Set(await box.waiting(take));
  const here = (take?.stretches ?? []).filter(([number]) => waiting.has(number)).reduce((sum, [, first, last]) => sum + last - first, 0);
  const away = offline && take ? ` ${words.offline}` : "";
  if (!some) return state(take ? `${words.none}${away}` : "");
  const there = words.there.replace("{seconds}", spoken(length() - here));
  return state(here ? `${words.here.replace("{seconds}", spoken(here))}, ${there}.${away}` : `${there}\u00a0: ${words.allThere}.${away}`);
}

async function expected() {
  const answer = await fetch(`${words.address}liste`, { headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" }).catch(() => null);
  if (answer?.status === 410) {
    await box.empty();
    take = null;
    tell(`${(await answer.json()).sentence} ${words.emptied}`, "refused");
    return show();
  }
  if (!answer?.ok) return undefined;
  for (const patient of (await answer.json()).patients) {
    const option = document.createElement("option");
    option.value = patients.push(patient) - 1;
    option.textContent = `${patient.last_name} ${patient.first_name}, ${patient.birth_date.split("-").reverse().join("/")}${patient.hospital_number ? `, IPP ${patient.hospital_number}` : ""}`;
    id("patient").append(option);
  }
  return undefined;
}

/** Brought here by signing out (leaving.js): not before this is sent or erased. */
function leaving() {
  if (location.hash !== words.leaving) return;
  history.replaceState(null, "", location.pathname);
  if (take) tell(words.unsent, "refused");
}

addEventListener("hashchange", leaving);
id("record").addEventListener("click", record);
id("pause").addEventListener("click", pause);
id("listen").addEventListener("click", listen);
id("place").addEventListener("input", () => playback.stop());
id("from-here").addEventListener("click", fromHere);
id("end").addEventListener("click", end);
id("discard").addEventListener("click", async () => {
  if (!confirm(words.sure)) return;
  playback.stop();
  const thrown = take;
  take = null;
  await box.discard(thrown);
  tell("");
  show();
});
id("patient").addEventListener("change", () => { id("typed").hidden = id("patient").value !== ""; });
id("about").addEventListener("submit", (event) => event.preventDefault());
addEventListener("beforeunload", (event) => take?.recording && event.preventDefault());
id("about").addEventListener("input", () => {
  if (!take) return;
  take.about = about();
  box.keep(take);
});
navigator.serviceWorker?.register(`${words.address}service.js`);
navigator.serviceWorker?.ready.then(({ active }) => {
  const own = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname).filter((path) => path.startsWith("/static/"));
  active.postMessage([...new Set([words.address, words.worklet, ...own])]);
});

// What was dictated before a reload, a crash, a dead battery is still here.
take = await box.take();
if (take) take.recording = false;
await show();
await expected();
if (take) {
  remember(take.about);
  if (!length()) await nothing();
}
leaving();
document.documentElement.dataset.ready = "1";
box.send();
