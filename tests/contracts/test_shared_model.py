"""One loaded model hears two recordings at once and writes what it writes one at a time (shipped checkpoint)."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import ctranslate2
import openvino
import pytest

from transcribe.audio import RATE, decode
from transcribe.ct2 import Ct2Engine
from transcribe.engine import DecodeOptions
from transcribe.listen import listen
from transcribe.ov import OpenVinoEngine
from transcribe.vad import Detector, Window
from transcribe.weights import locate

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.speech


@pytest.fixture(scope="module")
def recordings():
    """The beginnings of two dictations, 16 s each."""
    names = "04-consultation-cardiologie/audio.wav", "05-discharge-urologie/audio.wav"
    whole = [decode(ROOT / "tests/cases" / name) for name in names]
    return [replace(audio, samples=audio.samples[: 16 * RATE]) for audio in whole]


class Noted:
    """An engine, and what it wrote for which window, and when."""

    def __init__(self, engine):
        self.info, self.lanes = engine.info, engine.lanes
        self._engine, self.written, self.spans = engine, {}, []

    def encode(self, sound, window):
        return window, float(sound.sum()), self._engine.encode(sound, window)

    def decode(self, features, options):
        window, sound, heard = features
        started = time.monotonic()
        hypothesis = self._engine.decode(heard, options)
        self.spans.append((started, time.monotonic(), threading.get_ident()))
        self.written[sound, window, options] = (hypothesis.tokens, hypothesis.average_logprob)
        return hypothesis

    def decode_all(self, features, options):
        return [self.decode(heard, options) for heard in features]

    def align(self, features, hypothesis):
        return self._engine.align(features[2], hypothesis)


def overlapping(spans):
    """Pairs of decodings by two threads that ran at the same moment."""
    return sum(a[2] != b[2] and a[0] < b[1] and b[0] < a[1] for i, a in enumerate(spans) for b in spans[i + 1 :])


@pytest.mark.parametrize("kind", [Ct2Engine, OpenVinoEngine])
def test_two_at_once_with_one_model_write_the_tokens_of_one_at_a_time(kind, recordings, converted_models, monkeypatch):
    loads, load, compiled = [], ctranslate2.models.Whisper, openvino.Core.compile_model

    def counted(*arguments, **options):
        loads.append(options.get("inter_threads", 0))  # 0: for one warm decoding, gone after it
        return load(*arguments, **options)

    def counted_too(core, path, device, settings):
        if path.stem == "decoder":
            loads.append(settings["NUM_STREAMS"])
        return compiled(core, path, device, settings)

    monkeypatch.setattr(ctranslate2.models, "Whisper", counted)
    monkeypatch.setattr(openvino.Core, "compile_model", counted_too)
    model, detector = locate(ROOT / "models"), Detector()
    alone = Noted(kind.load(model, cache=converted_models, threads=1, lanes=1))
    apart = [listen(audio, alone, detector=detector) for audio in recordings]
    loads.clear()
    shared = Noted(kind.load(model, cache=converted_models, threads=2, lanes=2))
    with ThreadPoolExecutor(2) as people:
        together = list(people.map(lambda audio: listen(audio, shared, detector=detector), recordings))
    assert [lanes for lanes in loads if lanes] == [2]
    assert overlapping(shared.spans) >= 2
    assert overlapping(alone.spans) == 0
    assert shared.written == alone.written
    assert len(shared.written) >= 4
    assert [transcript.words for transcript in together] == [transcript.words for transcript in apart]


def test_a_warm_text_is_the_same_when_two_ask_at_once(recordings, converted_models):
    engine = Ct2Engine.load(locate(ROOT / "models"), cache=converted_models, threads=2, lanes=2)
    sound = recordings[0].samples[: 8 * RATE]
    features = engine.encode(sound, Window(((0.0, 8.0),)))
    asked = [DecodeOptions(temperature=0.8, seed=seed, max_tokens=12) for seed in range(4)]
    apart = [engine.decode(features, options).tokens for options in asked]
    with ThreadPoolExecutor(2) as people:
        together = list(people.map(lambda options: engine.decode(features, options).tokens, asked))
    assert together == apart
    assert len(set(apart)) > 1  # the seed does matter


@pytest.mark.parametrize("kind", [Ct2Engine, OpenVinoEngine])
def test_windows_read_together_are_written_as_one_by_one(kind, recordings, converted_models):
    """As a hospital's own model hears them: each window padded to thirty seconds, so that all are of one length."""
    padded = replace(locate(ROOT / "models"), short_windows=False)
    one, four = (kind.load(padded, cache=converted_models, threads=1, batch=batch) for batch in (1, 4))
    detector = Detector()
    apart, together = (listen(recordings[0], engine, detector=detector) for engine in (one, four))
    assert (one.info.batch, four.info.batch) == (1, 4)
    assert together.options["windows"] >= 3
    assert together.words == apart.words
    assert together.flags == apart.flags
