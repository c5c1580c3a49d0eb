// In the audio thread: the microphone's samples, in blocks of a tenth of a second, as 16-bit numbers.

const BLOCK = 1600; // samples at 16 kHz

class Samples extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Int16Array(BLOCK);
    this.filled = 0;
  }

  process([input]) {
    for (const sample of input[0] ?? []) {
      this.block[this.filled] = Math.max(-1, Math.min(1, sample)) * 32767;
      this.filled += 1;
      if (this.filled < BLOCK) continue;
      this.port.postMessage(this.block);
      this.block = new Int16Array(BLOCK);
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor("samples", Samples);
