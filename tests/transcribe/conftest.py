"""Sounds made on the spot, in any format: no file of real speech is needed to test what surrounds the speech."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from transcribe.audio import RATE, Audio, Samples
from transcribe.vad import Hearing, Span

# format name: muxer, encoder, sample rate, and what decode() should call it
FORMATS = {
    "wav": ("wav", "pcm_s16le", 44_100, "wav"),
    "wav-float": ("wav", "pcm_f32le", 48_000, "wav"),
    "wav-alaw": ("wav", "pcm_alaw", 8_000, "wav"),
    "wav-mulaw": ("wav", "pcm_mulaw", 8_000, "wav"),
    "wav-ima": ("wav", "adpcm_ima_wav", 16_000, "wav"),
    "w64": ("w64", "pcm_s16le", 16_000, "w64"),
    "aiff": ("aiff", "pcm_s16be", 44_100, "aiff"),
    "au": ("au", "pcm_s16be", 16_000, "au"),
    "caf": ("caf", "pcm_s16le", 16_000, "caf"),
    "flac": ("flac", "flac", 44_100, "flac"),
    "mp3": ("mp3", "libmp3lame", 44_100, "mp3"),
    "mp3-dictaphone": ("mp3", "libmp3lame", 16_000, "mp3"),
    "m4a": ("ipod", "aac", 44_100, "m4a"),
    "aac": ("adts", "aac", 16_000, "aac"),
    "3gp": ("3gp", "libopencore_amrnb", 8_000, "m4a"),
    "amr": ("amr", "libopencore_amrnb", 8_000, "amr"),
    "ogg": ("ogg", "libopus", 48_000, "ogg"),
    "webm": ("webm", "libopus", 48_000, "webm"),
    "wma": ("asf", "wmav2", 44_100, "wma"),
}


def voice_like(seconds: float, rate: int = RATE, seed: int = 0) -> Samples:
    """A buzzing tone with syllables, breath noise and pauses. Not speech, but shaped like it."""
    time = np.arange(round(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 40))
    syllables = np.clip(np.sin(2 * np.pi * 3 * time), 0, 1)
    breath = np.random.default_rng(seed).standard_normal(len(time))
    return (0.15 * buzz * syllables + 0.01 * breath).astype(np.float32)


def encode(
    samples: Samples, name: str, *, rate: int = RATE, stereo: bool = False, hole: float = 0.0, **settings: str
) -> bytes:
    """`samples` (float32, mono, at `rate`) as a file of one of FORMATS.

    hole: seconds by which the time stamps jump half-way. settings: options for the muxer.
    """
    muxer, codec, codec_rate, _ = FORMATS[name]
    file = io.BytesIO()
    with av.open(file, "w", format=muxer, options=settings) as opened:
        stream = opened.add_stream(codec, rate=codec_rate)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "stereo" if stereo else "mono"
        if codec == "wmav2":
            stream.bit_rate = 64_000
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate = rate
        queue = av.AudioFifo()
        resampler = av.AudioResampler(format=stream.format, layout=stream.layout, rate=codec_rate)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            piece.pts = None
            queue.write(piece)
        total, done = queue.samples, 0
        while (piece := queue.read(stream.frame_size or 1024, partial=True)) is not None:
            piece.pts = done + (round(hole * codec_rate) if done > total / 2 else 0)
            piece.time_base = Fraction(1, codec_rate)
            done += piece.samples
            opened.mux(stream.encode(piece))
        opened.mux(stream.encode(None))
    return file.getvalue()


def recording(samples: Samples, sha256: str = "0" * 64) -> Audio:
    """Audio as if decoded from a file."""
    return Audio(samples, sha256, "wav", "pcm_s16le", RATE, 1, narrow_band=False)


class FixedDetector:
    """Hears speech where it was told to."""

    def __init__(self, *speech: Span) -> None:
        self._speech = speech

    def speech(self, samples: Samples, hearing: Hearing | None = None) -> tuple[Span, ...]:
        return self._speech


class Sounds:
    """What the tests of this folder build recordings with."""

    formats = FORMATS
    voice_like = staticmethod(voice_like)
    encode = staticmethod(encode)
    recording = staticmethod(recording)
    detector: Callable[..., FixedDetector] = FixedDetector


@pytest.fixture(scope="session")
def sounds() -> type[Sounds]:
    return Sounds


@pytest.fixture(scope="session")
def files() -> dict[str, bytes]:
    """Three seconds of the same sound in every format."""
    sound = voice_like(3.0, 48_000)
    return {name: encode(sound, name, rate=48_000) for name in FORMATS}


@pytest.fixture(scope="session")
def cases() -> list[Path]:
    """The audio of every synthetic dictation in tests/cases, in order."""
    return sorted((Path(__file__).parents[1] / "cases").glob("*/audio.*"))


@pytest.fixture(scope="session")
def small_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Whisper checkpoint of two layers that has learnt nothing: enough to test what surrounds the weights."""
    import torch
    import whisper

    dims = whisper.model.ModelDimensions(80, 1500, 16, 2, 1, 51_865, 448, 16, 2, 2)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        weights = {name: value.half() for name, value in whisper.model.Whisper(dims).state_dict().items()}
        weights["decoder.positional_embedding"].zero_()  # whisper leaves it as it lies in memory
    path = tmp_path_factory.mktemp("weights") / "small.pt"
    torch.save({"dims": vars(dims), "model_state_dict": weights}, path)
    return path


def dss(blocks: int, *, length: str = "000000", rest: bytes = b"") -> bytes:
    """A DSS file in SP mode of so many blocks of twelve frames (0.29 s each), with the length its header declares."""
    header = bytearray(b"\xff" * 1024)
    header[:4], header[0x26:0x3E], header[0x3E:0x44] = b"\x02dss", b"261125080000" * 2, length.encode()
    header[0x2A4] = 0  # SP
    block = bytes([0, 0, 12, 0, 255, 255]) + bytes(506)
    return bytes(header) + block * blocks + rest
