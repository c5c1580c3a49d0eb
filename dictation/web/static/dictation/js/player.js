// The player: one sound, its clock, its speed, and the stretch somebody asked to hear.

import { fragment } from "./api.js";

const LEAD = 0.6; // seconds heard before a passage begins
const TAIL = 0.4; // and after it ends

/** Play a sound. Pausing it before it has begun is no fault, though a browser calls it one. */
export function play(sound) {
  return sound.play().catch((error) => {
    if (error.name !== "AbortError") throw error;
  });
}

export class Player {
  /** box: the section that holds the audio element and, if it has them, our own controls. */
  constructor(box) {
    this.box = box;
    this.sound = box.querySelector("audio");
    this.rewind = Number(box.dataset.rewind || 0); // seconds stepped back at each pause
    this.until = null; // where a passage stops; null when playing on
    const { sound } = this;
    sound.addEventListener("timeupdate", () => this.#tick());
    sound.addEventListener("play", () => box.classList.add("playing"));
    sound.addEventListener("pause", () => box.classList.remove("playing"));
    this.controls = box.querySelector(".controls");
    if (this.controls) this.#drive();
  }

  get #length() {
    return Number.isFinite(this.sound.duration) ? this.sound.duration : 0;
  }

  toggle() {
    this.until = null;
    if (this.sound.paused) {
      play(this.sound);
    } else {
      this.sound.pause();
      this.seek(this.sound.currentTime - this.rewind);
    }
  }

  /** Play on; a pedal pressed. */
  start() {
    this.until = null;
    return play(this.sound);
  }

  /** Pause, a step back; a pedal released. */
  stop() {
    if (this.sound.paused) return;
    this.sound.pause();
    this.seek(this.sound.currentTime - this.rewind);
  }

  playFrom(seconds) {
    this.until = null;
    this.seek(seconds);
    return play(this.sound);
  }

  /** The last five seconds once more, slowly; then on at the speed of before. */
  replay() {
    const { sound } = this;
    const [end, rate] = [sound.currentTime, sound.playbackRate];
    this.seek(end - 5);
    this.until = end;
    sound.playbackRate = 0.75;
    const back = () => {
      if (!sound.paused) return;
      sound.playbackRate = rate;
      sound.removeEventListener("pause", back);
    };
    sound.addEventListener("pause", back);
    return play(sound);
  }

  seek(seconds) {
    this.sound.currentTime = Math.max(0, this.#length ? Math.min(seconds, this.#length) : seconds);
  }

  skip(seconds) {
    this.until = null;
    this.seek(this.sound.currentTime + seconds);
  }

  /** Play one passage, then stop. */
  hear(start, end, lead = LEAD) {
    this.seek(start - lead);
    this.until = end + TAIL;
    return play(this.sound);
  }

  /** One step slower (-1) or faster (+1) in the list of speeds. */
  speed(step) {
    const choice = this.controls.querySelector("#speed");
    choice.selectedIndex = Math.max(0, Math.min(choice.options.length - 1, choice.selectedIndex + step));
    choice.dispatchEvent(new Event("change"));
  }

  #tick() {
    if (this.until !== null && this.sound.currentTime >= this.until) {
      this.until = null;
      this.sound.pause();
    }
    this.show?.();
  }

  #drive() {
    const { sound, controls } = this;
    const [position, clock, whole, speed] = ["position", "clock", "whole", "speed"].map((id) => controls.querySelector(`#${id}`));
    sound.removeAttribute("controls");
    sound.classList.add("scripted");
    sound.preservesPitch = true;
    controls.hidden = false;
    controls.querySelector("#play").addEventListener("click", () => this.toggle());
    controls.querySelector("#back").addEventListener("click", () => this.skip(-3));
    controls.querySelector("#forward").addEventListener("click", () => this.skip(3));
    speed.addEventListener("change", () => {
      sound.playbackRate = Number(speed.value);
      this.onSpeed?.(speed.value);
    });
    sound.playbackRate = Number(speed.value);
    this.#draw(controls.querySelector("#waves"));
    position.addEventListener("input", () => { this.until = null; this.seek(Number(position.value)); });
    this.show = () => {
      position.value = sound.currentTime;
      clock.value = inMinutes(sound.currentTime);
      position.setAttribute("aria-valuetext", clock.value);
    };
    const measured = () => {
      position.max = this.#length || 1;
      whole.textContent = inMinutes(this.#length);
      this.#mark(controls.querySelector("#marks"));
      this.show();
    };
    if (sound.readyState >= 1) measured();
    sound.addEventListener("loadedmetadata", measured);
    sound.addEventListener("seeked", this.show);
  }

  /** The picture of the sound, to see silences and to click on. Drawn once; the range above it shows the place. */
  async #draw(canvas) {
    if (!canvas) return;
    canvas.addEventListener("click", (event) => {
      this.until = null;
      this.seek((event.offsetX / canvas.clientWidth) * this.#length);
    });
    const answer = await fragment(this.box.dataset.waves).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const { peaks } = await answer.json();
    const style = getComputedStyle(canvas);
    const paint = () => {
      const { clientWidth: width, clientHeight: height } = canvas;
      if (!width) return;
      canvas.width = width * devicePixelRatio;
      canvas.height = height * devicePixelRatio;
      const pen = canvas.getContext("2d");
      pen.fillStyle = style.color;
      const step = canvas.width / peaks.length;
      peaks.forEach((peak, i) => {
        const tall = Math.max(1, (peak / 100) * canvas.height);
        pen.fillRect(i * step, (canvas.height - tall) / 2, Math.max(1, step * 0.7), tall);
      });
    };
    paint();
    new ResizeObserver(paint).observe(canvas);
  }

  /** Small marks on the track where the points to check are. */
  #mark(place) {
    place.replaceChildren(...JSON.parse(this.box.dataset.points || "[]").map((start) => {
      const mark = document.createElement("i");
      mark.style.left = `${(100 * start) / (this.#length || 1)}%`;
      return mark;
    }));
  }
}

function inMinutes(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
