// Pedals. Those that send keys are learnt by pressing them; Philips and Olympus ones speak HID where the browser can.
// Press plays, release pauses with its step back; a held pedal repeats nothing.

const PHILIPS = 0x0911; // Philips ACC2310, ACC2320, ACC2330
const OLYMPUS = 0x07b4; // Olympus RS-27H, RS-28H, RS-31H in HID mode
const BITS = { back: 1, play: 2, forward: 4 }; // of the first byte of a report

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
      for (const [action, code] of Object.entries(this.keys)) if (code === event.code) delete this.keys[action];
      this.keys[this.learning] = event.code;
      this.learning = null;
      this.#kept();
      return;
    }
    const action = Object.keys(this.keys).find((name) => this.keys[name] === event.code);
    if (!action || event.ctrlKey || event.altKey || event.shiftKey || event.metaKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!event.repeat) this.press(action, down);
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
      device.addEventListener("inputreport", ({ data }) => {
        const byte = data.byteLength ? data.getUint8(0) : 0;
        for (const [action, bit] of Object.entries(BITS)) this.press(action, Boolean(byte & bit));
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
    for (const place of this.box.querySelectorAll("[data-key]")) place.textContent = this.keys[place.dataset.key] ?? "–";
  }

  #say(words) {
    this.status.textContent = words;
  }
}
