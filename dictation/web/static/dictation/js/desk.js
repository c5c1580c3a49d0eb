// The proofreading page: joins the player, the text, the points and the keys. The page works without this file.

import { fragment, post } from "./api.js";
import { Blocks } from "./blocks.js";
import { Editor } from "./editor.js";
import { Find } from "./find.js";
import { Holding } from "./holding.js";
import { Lock } from "./lock.js";
import { Pedal } from "./pedal.js";
import { Player } from "./player.js";
import { Points } from "./points.js";
import { Saver } from "./autosave.js";
import { named } from "./shortcuts.js";
import { Words } from "./words.js";

const id = (name) => document.getElementById(name);
const form = id("letter");
const fields = [...form.querySelectorAll('textarea[name="text"]')];
const player = new Player(id("player"));
const editor = new Editor(form, player, { onClick: id("click").checked });
const lock = new Lock(id("lock"));
const conflict = id("conflict");
const saver = new Saver(form, id("saved"), {
  locked: (then) => lock.close(then),
  conflict: () => conflict.open || conflict.showModal(),
  saved: (told) => { points.told(told); editor.told(told); },
});
const points = new Points(id("points"), player, saver, editor);
new Blocks(id("blocks"), editor);
const find = new Find(id("find"), editor);
const words = id("word") && new Words(id("word"), editor, saver); // a secretary’s
id("word-open")?.addEventListener("click", () => words.open());
id("find-open").addEventListener("click", () => find.open());
new Holding(id("held"), fields, {
  lost: () => (saver.dirty ? saver.save() : undefined),
  taken: () => location.reload(),
});

// What the desk remembers of this person, on the server: computers are shared.
function remember(name, value) {
  const data = new FormData();
  data.set("name", name);
  data.set("value", JSON.stringify(value));
  post(form.dataset.preferences, data).catch(() => null);
}
const speeds = JSON.parse(form.dataset.speeds);
player.onSpeed = (speed) => remember("speeds", Object.assign(speeds, { [form.dataset.author]: speed }));
const rewinds = JSON.parse(form.dataset.rewinds);
id("rewind").addEventListener("change", (event) => {
  player.rewind = Number(event.target.value);
  remember("rewinds", Object.assign(rewinds, { [form.dataset.author]: player.rewind }));
});
id("click").addEventListener("change", (event) => {
  editor.onClick = event.target.checked;
  remember("click", event.target.checked);
});
id("next").addEventListener("change", (event) => remember("next", event.target.checked));
new Pedal(id("pedal"), player, JSON.parse(id("pedal").dataset.keys), (keys) => remember("pedal", keys));

// Both texts are shown by the server, from a plain posting of the form.
conflict.addEventListener("close", () => {
  if (conflict.returnValue !== "compare") return;
  saver.leave();
  form.requestSubmit(id("save"));
});

form.addEventListener("submit", (event) => {
  const { submitter } = event;
  const action = submitter?.value ?? "save";
  if (saver.leaving || !/^(save$|tick:)/.test(action)) {
    if (saver.leaving || !saver.running) return saver.leave();
    event.preventDefault(); // what is being saved first: its answer is the version this text comes from
    return void saver.chain.then((saved) => saved && form.requestSubmit(submitter));
  }
  event.preventDefault();
  if (!action.startsWith("tick:asked:")) saver.save(action);
});

// Today’s other letters: what is corrected here is stored first.
id("elsewhere").addEventListener("click", async (event) => {
  if (!saver.dirty || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  if (await saver.save()) location.href = event.target.href;
});

// A question to the author, about the words that are selected and with their sound.
const question = id("question");
const about = question.querySelector("form");
function ask(point) {
  const section = editor.current ?? (point && editor.sections[Number(point.dataset.section ?? -1)]);
  const { value = "", selectionStart = 0, selectionEnd = 0 } = section?.field ?? {};
  const word = section?.wordAt(selectionStart);
  const whole = selectionEnd > selectionStart ? value.slice(selectionStart, selectionEnd) : word ? value.slice(word[0], word[1]) : "";
  const heard = section && selectionEnd > selectionStart ? section.anchors.filter(([first, last]) => last > selectionStart && first < selectionEnd) : word ? [word] : [];
  const sound = point?.dataset.start !== undefined ? [point.dataset.start, point.dataset.end] : heard.length ? [heard[0][2], heard.at(-1)[3]] : ["", ""];
  about.elements.quote.value = point?.dataset.quote || whole;
  about.elements.section.value = section?.field.dataset.kind ?? "";
  about.elements.key.value = point?.dataset.key ?? "";
  [about.elements.start.value, about.elements.end.value] = sound;
  question.querySelector(".about").textContent = about.elements.quote.value;
  question.showModal();
}
id("ask-open").addEventListener("click", () => ask());
id("points").addEventListener("click", (event) => {
  const button = event.target.closest('.verdict[data-verdict="asked"]');
  if (!button) return;
  event.preventDefault();
  ask(button.closest(".point"));
});
id("questions")?.addEventListener("click", (event) => {
  const button = event.target.closest(".use-answer");
  if (button) editor.use(button.dataset);
});
about.addEventListener("submit", async (event) => {
  if (event.submitter?.value === "cancel") {
    event.preventDefault();
    question.close();
    return;
  }
  if (!saver.dirty) {
    saver.leave();
    return;
  }
  event.preventDefault(); // the text first, then the question
  const { submitter } = event;
  if (await saver.save()) about.requestSubmit(submitter);
});

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

// Keys: those of this person (dictation/shortcuts.py); none of them writes anything into the text.
const help = id("keys");
const toggle = (dialog) => (dialog.open ? dialog.close() : dialog.showModal());
const does = {
  help: () => toggle(help),
  play: () => player.toggle(),
  play_too: () => player.toggle(),
  back: () => player.skip(-3),
  forward: () => player.skip(3),
  slower: () => player.speed(-1),
  faster: () => player.speed(1),
  from_here: () => editor.hearWord({ on: true }),
  replay: () => player.replay(),
  preview: () => (sheets.open ? sheets.close() : preview()),
  next_point: () => points.step(1),
  previous_point: () => points.step(-1),
  next_hole: () => editor.hole(1),
  previous_hole: () => editor.hole(-1),
  right: () => (points.here ? points.answer("heard") : editor.hearWord()),
  question: () => ask(points.here),
  save: () => saver.save(),
  word: () => words?.open(),
  find: () => find.open(),
  hand_over: () => form.requestSubmit(id("hand-over")),
  hold: () => {
    form.querySelector("details.hold").open = true;
    id("reason").focus();
  },
};
const keys = JSON.parse(form.dataset.keys);
addEventListener("keydown", (event) => {
  if (lock.dialog.open || question.open || words?.dialog.open || event.isComposing) return;
  const action = does[keys[named(event)]];
  if (!action) return;
  event.preventDefault();
  action();
}, { capture: true });
id("keys-print").addEventListener("click", () => print());
id("keys-open").addEventListener("click", () => help.showModal());

// The page opens on the first point, its sound a moment before it, unless it asks something; nothing plays by itself.
const [first] = points.open;
if (first && !id("ask-back") && !location.hash && !fields.some((field) => field.readOnly)) {
  points.go(first, false);
  if (first.dataset.start !== undefined) player.seek(Number(first.dataset.start) - 1);
}
