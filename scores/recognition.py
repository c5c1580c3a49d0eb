"""The shipped checkpoint on the sample dictations: word error rates, and how far the faster engines are from whisper.

The samples are read by three synthetic voices the checkpoint was trained on; the figures say nothing about a surgeon.
Voices it never met, telephones and rooms: `python -m scores.voices`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import whisper

from models.recipe.measure import rate
from models.recipe.text import CASES
from scores.table import Row
from transcribe import transcribe
from transcribe.audio import RATE, Audio, decode
from transcribe.ct2 import Ct2Engine
from transcribe.engine import DecodeOptions, Engine
from transcribe.reference import ReferenceEngine
from transcribe.vad import Detector, Window, pack, quietest
from transcribe.weights import Model, locate

MODELS = CASES.parents[1] / "models"


@dataclass(frozen=True, slots=True)
class Sample:
    said: str
    audio: Audio


def rows(which: str) -> list[Row]:
    """All samples, whichever set is asked for."""
    del which
    model, samples, detector = locate(MODELS), list(_samples()), Detector()
    plain = whisper.load_model(str(model.path))
    read = [(s.said, plain.transcribe(s.audio.samples, language="fr", fp16=False)["text"]) for s in samples]
    with tempfile.TemporaryDirectory() as folder:
        small = Ct2Engine.load(model, cache=Path(folder))
        exact = Ct2Engine.load(model, cache=Path(folder), quantisation="float32")
        in_8, in_32 = (_read(samples, engine, detector) for engine in (small, exact))
        same, windows, furthest = _beside_whisper(samples, model, exact, detector)
    on = f"{len(samples)} samples, synthetic voices"
    return [
        Row("word error rate, demo-fr, the service’s loop in 8 bits", on, _percent(rate(in_8)), "≤ 5 %"),
        Row("— in 8 bits more than in 32 bits, points", on, _decimal(100 * (rate(in_8) - rate(in_32)), 2), "≤ 0,2"),
        Row("— openai-whisper’s own transcribe()", on, _percent(rate(read))),
        Row(
            "windows with the very tokens of openai-whisper, ct2 in 32 bits",
            f"{windows} windows",
            _percent(same / windows),
            "≥ 99 %",
        ),
        Row("— furthest word from its place there, s", f"{same} windows", _decimal(furthest, 3), "≤ 0,020"),
    ]


def _samples() -> Iterator[Sample]:
    for folder in sorted(CASES.glob("*/")):
        for path in sorted(folder.glob("audio.*"))[:1]:
            yield Sample(" ".join((folder / "spoken.txt").read_text(encoding="utf-8").split()), decode(path))


def _read(samples: list[Sample], engine: Engine[Any], detector: Detector) -> list[tuple[str, str]]:
    return [(s.said, transcribe(s.audio, engine=engine, detector=detector).text) for s in samples]


def _beside_whisper(
    samples: list[Sample], model: Model, engine: Engine[Any], detector: Detector
) -> tuple[int, int, float]:
    """Windows with the same tokens, all windows, and in the former the furthest edge of a word, in seconds."""
    oracle, same, total, furthest = ReferenceEngine.load(model), 0, 0, 0.0
    for sample in samples:
        sound = sample.audio.samples
        spans = detector.speech(sound)
        for window in pack(spans, len(sound) / RATE, model.max_window_seconds, cut_at=quietest(sound)):
            theirs, ours = (_hear(one, sound, window) for one in (oracle, engine))
            total += 1
            if theirs[0] == ours[0]:
                same += 1
                for a, b in zip(theirs[1], ours[1], strict=True):
                    furthest = max(furthest, abs(a[0] - b[0]), abs(a[1] - b[1]))
    return same, total, furthest


def _hear(engine: Engine[Any], sound: Any, window: Window) -> tuple[tuple[int, ...], list[tuple[float, float]]]:
    features = engine.encode(window.sound(sound), window)
    hypothesis = engine.decode(features, DecodeOptions())
    return hypothesis.tokens, [(word.start, word.end) for word in engine.align(features, hypothesis)]


def _percent(share: float) -> str:
    return f"{_decimal(100 * share, 1)} %"


def _decimal(value: float, places: int) -> str:
    return f"{value:.{places}f}".replace(".", ",").replace("-", "−")
