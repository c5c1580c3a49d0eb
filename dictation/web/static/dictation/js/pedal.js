// Pedals. Those that send keys are learnt by pressing them; Philips and Olympus ones speak HID where the browser can.
// Press plays, release pauses with its step back; a held pedal repeats nothing.

const PHILIPS = 0x0911;
const OLYMPUS = 0x07b4;
// What each pedal is in a report: "hid:VENDOR:BYTE:BIT", as a learnt one is kept. Philips ACC2310, 2320 (0911:1844) and
// ACC2330 (0911:091a) say it in their first byte; bit 8, the top pedal of an ACC2330, is nothing here. Olympus pedals
// send keys as they are sold, and are learnt like any other; what an RS-27H, RS-28H or RS-31H reports in another mode is
// published nowhere we know of, so it is learnt too: the first bit that goes up while we ask for it.
const KNOWN = { [PHILIPS]: { back: "hid:911:0:1", play: "hid:911:0:2", forward: "hid:911:0:4" } };
const ACTIONS = ["back", "play", "forward"];

/** The codes that are down in a report (a DataView of bytes). */
function pressed(vendor, data) {
  const down = [];
  for (let byte = 0; byte < data.byteLength; byte += 1) {
    for (let bit = 1; bit < 256; bit *= 2) if (data.getUint8(byte) & bit) down.push(`hid:${vendor.toString(16)}:${byte}:${bit}`);
  }
  return down;
}

export class Pedal {
  /** box: the panel of the pedal. keys: {play, back, forward} → event.code learnt before. remember: (keys) => void. */
  constructor(box, player, keys, remember) {
    Object.assign(this, { box, player, keys: { ...keys }, remember });
    this.learning = null;
    this.held = new Set();
    this.status = box.querySelector("[role=status]");
    for (const button of box.querySelectorAll("[data-learn]")) {
      button.addEventListener("click", () => {
        this.learning = button.dataset.learn;
        this.#say(button.dataset.press);
      });
    }
    box.querySelector("[data-forget]")?.addEventListener("click", () => {
      this.keys = {};
      this.#kept();
    });
    addEventListener("keydown", (event) => this.#key(event, true), { capture: true });
    addEventListener("keyup", (event) => this.#key(event, false), { capture: true });
    addEventListener("blur", () => this.#allUp());
    this.#shown();
    this.connect = box.querySelector("[data-connect]");
    if (navigator.hid) this.#hid();
    else this.connect.hidden = true;
  }

  #key(event, down) {
    if (this.learning && down) {
      // A key that writes would type into the letter: only keys that write nothing may be a pedal.
      if (event.key.length === 1 || ["Enter", "Backspace", "Delete", "Tab", "Escape"].includes(event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#learn(event.code);
      return;
    }
    const action = Object.keys(this.keys).find((name) => this.keys[name] === event.code);
    if (!action || event.ctrlKey || event.altKey || event.shiftKey || event.metaKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!event.repeat) this.press(action, down);
  }

  #learn(code) {
    for (const [action, known] of Object.entries(this.keys)) if (known === code) delete this.keys[action];
    this.keys[this.learning] = code;
    this.learning = null;
    this.#kept();
  }

  /** What a HID pedal reports, against what it reported before. */
  #reported(vendor, down, before) {
    const fresh = down.filter((code) => !before.includes(code));
    if (this.learning) {
      if (fresh.length) this.#learn(fresh[0]);
      return;
    }
    for (const action of ACTIONS) {
      const learnt = this.keys[action]?.startsWith(`hid:${vendor.toString(16)}:`);
      const code = learnt ? this.keys[action] : KNOWN[vendor]?.[action];
      if (code) this.press(action, down.includes(code));
    }
  }

  press(action, down) {
    if (down === this.held.has(action)) return;
    if (down) this.held.add(action);
    else this.held.delete(action);
    if (action === "play") {
      if (down) this.player.start();
      else this.player.stop();
    } else if (down) this.player.skip(action === "back" ? -3 : 3);
  }

  #allUp() {
    for (const action of [...this.held]) this.press(action, false);
  }

  async #hid() {
    const filters = [{ vendorId: PHILIPS }, { vendorId: OLYMPUS }];
    const open = async (device) => {
      if (!device.opened) await device.open();
      let before = [];
      device.addEventListener("inputreport", ({ data }) => {
        const down = pressed(device.vendorId, data);
        this.#reported(device.vendorId, down, before);
        before = down;
      });
      this.#say(this.status.dataset.connected);
    };
    this.connect.addEventListener("click", async () => {
      for (const device of await navigator.hid.requestDevice({ filters })) await open(device);
    });
    const ours = ({ vendorId }) => vendorId === PHILIPS || vendorId === OLYMPUS;
    navigator.hid.addEventListener("connect", ({ device }) => ours(device) && open(device));
    navigator.hid.addEventListener("disconnect", ({ device }) => {
      if (!ours(device)) return;
      this.#allUp();
      this.#say(this.status.dataset.gone);
    });
    for (const device of (await navigator.hid.getDevices()).filter(ours)) await open(device);
  }

  #kept() {
    this.#shown();
    this.#say(this.status.dataset.kept);
    this.remember(this.keys);
  }

  #shown() {
    for (const place of this.box.querySelectorAll("[data-key]")) {
      const code = this.keys[place.dataset.key] ?? "–";
      place.textContent = code.startsWith("hid:") ? place.dataset.hid : code;
    }
  }

  #say(words) {
    this.status.textContent = words;
  }
}
