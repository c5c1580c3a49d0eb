"""Quality: how far the voice stands above the noise of its recording, and whether the microphone was overdriven.

Samples and spans of speech in, figures out. Judges nothing: what is too noisy is for those who know what a figure or a
dose risks (dictation/draft/doubts/poor_sound.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from transcribe.audio import RATE, Sound
from transcribe.transcript import FLOOR, Quality

FRAME = RATE // 50  # 20 ms
_STRETCH = 60 * 50  # frames read at once: a minute
APART = 0.2  # seconds around speech that are neither: its echoes, and a breath
LEAST_SILENCE = 0.5  # seconds; with less, nothing can be said of the noise
FLAT, FLAT_RUN = 0.99, 4  # of full scale, for so many samples in a row: no voice stays there, a cut one does


def measure(samples: Sound, speech: Sequence[tuple[float, float]]) -> Quality | None:
    """None where nobody speaks. samples: 16 kHz, within -1..1; speech: seconds, in order.

    Noise is the quieter half of what lies outside speech: a door that slams in a pause is no noise beneath the voice.
    """
    count = len(samples) // FRAME
    spoken, near = np.zeros(count, bool), np.zeros(count, bool)
    for start, end in speech:
        spoken[int(start * RATE / FRAME) : int(end * RATE / FRAME) + 1] = True
        near[max(0, int((start - APART) * RATE / FRAME)) : int((end + APART) * RATE / FRAME) + 1] = True
    if not spoken.any():
        return None
    power, flat = np.zeros(count), np.zeros(count)
    for first in range(0, count, _STRETCH):
        last = min(count, first + _STRETCH)
        frames = samples[first * FRAME : last * FRAME].reshape(-1, FRAME)
        power[first:last] = (frames.astype(np.float64) ** 2).mean(1)
        flat[first:last] = _flat(frames)
    silence = np.sort(power[~near])
    quiet = silence[: len(silence) // 2] if len(silence) * FRAME >= LEAST_SILENCE * RATE else None
    return Quality(
        _decibels(float(power[spoken].mean())),
        None if quiet is None else _decibels(float(quiet.mean())),
        round(float(flat[spoken].mean()) / FRAME, 5),
    )


def _flat(frames: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """How many samples of each frame begin a run that is cut flat."""
    loud = np.abs(frames) >= FLAT
    run = loud[:, : FRAME - FLAT_RUN + 1].copy()
    for i in range(1, FLAT_RUN):
        run &= loud[:, i : FRAME - FLAT_RUN + 1 + i]
    return np.asarray(run.sum(1))


def _decibels(power: float) -> float:
    return round(max(FLOOR, 10 * float(np.log10(max(power, 1e-12)))), 1)
