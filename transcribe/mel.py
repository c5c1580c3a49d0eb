"""Mel: sound to the picture of it that Whisper hears, the same for every engine, without torch.

float32 samples in, float32 log-mel frames out. Reads the filter bank that openai-whisper ships. Equal to
whisper.audio.log_mel_spectrogram within a hundred thousandth (tests/transcribe/test_mel.py).
"""

from __future__ import annotations

import functools
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from transcribe.audio import RATE, Samples
from transcribe.tokens import whisper_folder

HOP = 160  # samples per frame: 10 ms
FFT = 400  # samples per look: 25 ms
FRAMES = 3000  # what an encoder hears: 30 s
AFTER = 60  # frames of silence after the sound of a short window: as after a speaker who has finished
RANGE = 8.0  # powers of ten below the loudest that are kept

Mel: TypeAlias = npt.NDArray[np.float32]


@functools.cache
def filters(mels: int) -> npt.NDArray[np.float32]:
    with np.load(whisper_folder() / "assets" / "mel_filters.npz", allow_pickle=False) as stored:
        return np.asarray(stored[f"mel_{mels}"], np.float32)


def log_mel(sound: Samples, mels: int = 80, frames: int = FRAMES) -> Mel:
    """The log-mel spectrogram of a window, as if silence followed it.

    sound: float32, shape (n,), 16 kHz; beyond `frames` it is cut. mels: 80, or 128 for large-v3 and turbo.
    Returns float32, shape (mels, frames), about -1..1.5.
    """
    heard = np.asarray(sound[: frames * HOP + FFT], np.float32)
    touched = min(frames, (len(heard) + FFT // 2) // HOP + 1)  # the frames after these see silence only
    padded = np.pad(heard, (0, max(0, (touched - 1) * HOP + FFT - FFT // 2 - len(heard)) + FFT))
    mirrored = np.concatenate([padded[FFT // 2 : 0 : -1], padded])
    looks = np.lib.stride_tricks.sliding_window_view(mirrored, FFT)[::HOP][:touched]
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)).astype(np.float32)
    power = np.abs(np.fft.rfft(looks * hann, axis=1)) ** 2
    log = np.full((mels, frames), -10.0, np.float32)
    log[:, :touched] = np.log10(np.maximum(filters(mels) @ power.T.astype(np.float32), 1e-10))
    return np.asarray((np.maximum(log, log.max() - RANGE) + 4.0) / 4.0, np.float32)


def frames_to_hear(sound: Samples, short: bool) -> int:
    """Frames an encoder is given: all thirty seconds, or with `short` only the sound and a little silence after it."""
    return min(FRAMES, (len(sound) // HOP + AFTER) // 2 * 2) if short else FRAMES


def frames_of(sound: Samples) -> int:
    """Frames that hold real sound; the rest of the window is padding."""
    return min(len(sound) // HOP, FRAMES)


def seconds_of(frames: int) -> float:
    return frames * HOP / RATE
