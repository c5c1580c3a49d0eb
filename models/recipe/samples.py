"""The sound of the sample dictations: spoken.txt read line by line by a synthetic voice, with a surgeon's pauses.

In: tests/cases/*/spoken.txt and samples.toml. Out: the audio file of each case, in the container samples.toml names.
A line is one breath; between lines 0.4 to 1.0 s of pause, at an empty line 1.0 to 1.2 s. Needs the system packages of
synthesis.py and PyAV. `python -m models.recipe.samples [CASE...]`
"""

from __future__ import annotations

import random
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import av
import numpy as np

from models.recipe.synthesis import RATE, VOICES, Espeak, Voice, speak
from models.recipe.text import CASES, HERE


def one_speaker(voice: Voice, dice: random.Random) -> Voice:
    """The voice at one pitch and nearly one speed: a dictation has one speaker."""
    speed, pitch = dice.randint(*voice.speed), dice.randint(*voice.pitch)
    return replace(voice, speed=(speed - 2, speed + 2), pitch=(pitch, pitch))


def dictation(lines: list[str], voice: Voice, espeak: Espeak, dice: random.Random) -> np.ndarray:
    """int16 samples at 16 kHz of the whole dictation, with a little room noise."""
    speaker, parts = one_speaker(voice, dice), [np.zeros(RATE // 2, np.float32)]
    for line in lines:
        if not line.strip():
            parts[-1] = np.zeros(int(RATE * dice.uniform(1.0, 1.2)), np.float32)
            continue
        parts.append(speak(line.strip(), speaker, espeak, dice).sound.astype(np.float32))
        parts.append(np.zeros(int(RATE * dice.uniform(0.4, 1.0)), np.float32))
    sound = np.concatenate(parts)
    noise = np.random.default_rng(dice.randrange(1 << 30)).standard_normal(len(sound)).astype(np.float32) * 4
    return np.clip(sound + noise, -32768, 32767).astype(np.int16)


def write(path: Path, sound: np.ndarray, codec: str, rate: int, bits: int) -> None:
    """Encode mono sound at 16 kHz into `path`; the container follows from its ending."""
    with av.open(str(path), "w", format="asf" if path.suffix == ".wma" else None) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        if bits:
            stream.bit_rate = bits
        frame = av.AudioFrame.from_ndarray(sound[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=rate)
        fifo, size = av.AudioFifo(), 0
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            piece.pts = None
            fifo.write(piece)
        stream.codec_context.open(strict=False)
        size = stream.codec_context.frame_size or 1024
        written = 0
        while (piece := fifo.read(size, partial=True)) is not None:
            piece.pts, written = written, written + piece.samples
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


def main(wanted: list[str]) -> None:
    espeak = Espeak()
    for case, how in tomllib.loads((HERE / "samples.toml").read_text(encoding="utf-8")).items():
        if wanted and case not in wanted:
            continue
        lines = (CASES / case / "spoken.txt").read_text(encoding="utf-8").splitlines()
        sound = dictation(lines, VOICES[how["voice"]], espeak, random.Random(case))
        write(CASES / case / how["file"], sound, how["codec"], how["rate"], how["bits"])
        print(f"{case}: {len(sound) / RATE:.0f} s, {(CASES / case / how['file']).stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
