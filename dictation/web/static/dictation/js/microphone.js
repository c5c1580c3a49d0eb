// Microphone: 16 kHz samples in blocks of a tenth of a second, and a way to hear what was said.

export const RATE = 16000;

export class Microphone {
  /** worklet: address of recorder-worklet.js. on: {samples(Int16Array), stopped()} */
  constructor(worklet, on) {
    Object.assign(this, { worklet, on });
  }

  /** Ask for the microphone and begin. Throws when it is refused or there is none. */
  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, autoGainControl: true, noiseSuppression: false } });
    this.context = new AudioContext({ sampleRate: RATE }); // the browser resamples the microphone
    await this.context.audioWorklet.addModule(this.worklet);
    const source = this.context.createMediaStreamSource(this.stream);
    this.node = new AudioWorkletNode(this.context, "samples", { numberOfInputs: 1, numberOfOutputs: 0 });
    this.last = performance.now();
    this.node.port.onmessage = ({ data }) => {
      this.last = performance.now();
      this.on.samples(data);
    };
    source.connect(this.node);
    // A telephone takes the microphone away without a word: another program rings, the screen locks.
    this.stream.getAudioTracks()[0].addEventListener("ended", () => this.#lost());
    this.watch = setInterval(() => performance.now() - this.last > 2500 && this.#lost(), 1000);
    this.awake = await navigator.wakeLock?.request("screen").catch(() => null);
  }

  async stop() {
    clearInterval(this.watch);
    this.stream?.getTracks().forEach((track) => track.stop());
    this.awake?.release();
    if (this.context?.state !== "closed") await this.context?.close();
    this.stream = this.node = this.context = null;
  }

  #lost() {
    clearInterval(this.watch);
    this.on.stopped();
  }
}

/** Loudness of a block, 0..1, by its root mean square; speech lies around a half. */
export function level(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length)) / 32768;
  return Math.max(0, Math.min(1, 1 + Math.log10(Math.max(rms, 1e-4)) / 3));
}

/** Plays samples; `place` says where it is, in samples. */
export class Playback {
  /** Hear from a place to the end; done() is called there, or when it is stopped. */
  async play(samples, from, done) {
    this.stop();
    this.context = new AudioContext();
    const buffer = this.context.createBuffer(1, Math.max(1, samples.length), RATE);
    buffer.getChannelData(0).set(Float32Array.from(samples, (sample) => sample / 32768));
    this.node = new AudioBufferSourceNode(this.context, { buffer });
    this.node.connect(this.context.destination);
    this.from = from;
    this.length = samples.length;
    this.began = this.context.currentTime;
    this.node.addEventListener("ended", done);
    this.node.start(0, from / RATE);
  }

  get place() {
    if (!this.context) return this.from ?? 0;
    return Math.min(this.length, Math.round(this.from + (this.context.currentTime - this.began) * RATE));
  }

  stop() {
    if (!this.context) return;
    this.from = this.place;
    this.node.stop();
    this.context.close();
    this.context = null;
  }
}
