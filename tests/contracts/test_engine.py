"""Every engine keeps the promises of transcribe.engine.Engine: the same tests for all of them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from transcribe.audio import RATE, decode
from transcribe.convert import OPENVINO, OPENVINO_8
from transcribe.ct2 import Ct2Engine
from transcribe.engine import DecodeOptions
from transcribe.ov import OpenVinoEngine
from transcribe.reference import ReferenceEngine
from transcribe.scripted import ScriptedEngine
from transcribe.vad import Window
from transcribe.weights import Model, locate

ROOT = Path(__file__).parents[2]
SPEECH = [(0.4, 7.6)]


def scripted(_tmp_path, _cache):
    return ScriptedEngine.reading("courrier au docteur petit à la ligne", SPEECH)


def untrained(tmp_path, _cache):
    """openai-whisper with random weights: what it writes is noise, its promises are the same."""
    import torch
    import whisper

    dims = whisper.model.ModelDimensions(80, 1500, 16, 2, 1, 51_865, 448, 16, 2, 2)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        weights = whisper.model.Whisper(dims).state_dict()
        weights["decoder.positional_embedding"].normal_(std=0.1)  # whisper leaves it as it lies in memory
    path = tmp_path / "untrained.pt"
    torch.save({"dims": vars(dims), "model_state_dict": weights}, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return ReferenceEngine.load(Model("untrained", path.name, digest, 1, folder=tmp_path), threads=1)


def shipped(_tmp_path, _cache):
    return ReferenceEngine.load(locate(ROOT / "models"), threads=2)


def ct2(_tmp_path, cache):
    return Ct2Engine.load(locate(ROOT / "models"), cache=cache)


def openvino(_tmp_path, cache):
    return OpenVinoEngine.load(locate(ROOT / "models"), cache=cache, form=OPENVINO)


def openvino_in_8_bits(_tmp_path, cache):
    return OpenVinoEngine.load(locate(ROOT / "models"), cache=cache, form=OPENVINO_8)


TRAINED = [pytest.param(make, marks=pytest.mark.speech) for make in (shipped, ct2, openvino, openvino_in_8_bits)]


@pytest.fixture(
    scope="module",
    params=[scripted, untrained, *TRAINED],
    ids=lambda f: f.__name__,
)
def engine(request, tmp_path_factory, converted_models):
    return request.param(tmp_path_factory.mktemp("engine"), converted_models)


@pytest.fixture(scope="module")
def sound():
    return decode(ROOT / "tests/cases/04-consultation-cardiologie/audio.wav").samples[: 8 * RATE]


@pytest.fixture(scope="module")
def window():
    return Window(((0.0, 8.0),))


@pytest.fixture(scope="module")
def heard(engine, sound, window):
    features = engine.encode(sound, window)
    hypothesis = engine.decode(features, DecodeOptions(max_tokens=60))
    return features, hypothesis, engine.align(features, hypothesis)


def test_it_says_who_it_is(engine):
    info = engine.info
    assert info.engine
    assert info.model
    assert len(info.weights_sha256) == 64
    assert info.language == "fr"
    assert 4 <= info.max_window_seconds <= 30
    assert engine.lanes.count == 1  # unless it is asked for more


def test_words_are_the_text_and_hold_no_blank(heard):
    _, hypothesis, words = heard
    assert "".join(word.text for word in words) == "".join(hypothesis.text.split())
    assert words
    assert all(word.text and not any(letter.isspace() for letter in word.text) for word in words)


def test_words_run_forwards_inside_the_window(heard):
    _, _, words = heard
    floor = 0.0
    for word in words:
        assert floor <= word.start <= word.end <= 8.0
        assert 0.0 <= word.probability <= 1.0
        floor = word.start


def test_the_same_sound_gives_the_same_text(engine, heard):
    features, hypothesis, words = heard
    again = engine.decode(features, DecodeOptions(max_tokens=60))
    assert again.text == hypothesis.text
    assert again.average_logprob == pytest.approx(hypothesis.average_logprob, abs=1e-5)
    assert [word.text for word in engine.align(features, again)] == [word.text for word in words]


def test_a_window_is_written_alike_whoever_is_written_beside_it(engine, sound, heard):
    """Its neighbours are of its own length, shorter, and silent; the text, its likelihood and its places stay."""
    features, hypothesis, words = heard
    tail, whole = Window(((2.0, 8.0),)), Window(((0.0, 8.0),))
    others = [engine.encode(tail.sound(sound), tail), engine.encode(np.zeros_like(sound), whole)]
    asked = DecodeOptions(max_tokens=60)
    apart = [hypothesis, *(engine.decode(other, asked) for other in others)]
    for order in ([0, 1, 2], [2, 0, 0, 1], [0]):
        together = engine.decode_all([[features, *others][i] for i in order], asked)
        assert [found.text for found in together] == [apart[i].text for i in order]
        if engine.info.engine != "scripted":  # whose tokens number the attempts
            assert [found.tokens for found in together] == [apart[i].tokens for i in order]
        for found, i in zip(together, order, strict=True):
            assert found.average_logprob == pytest.approx(apart[i].average_logprob, abs=1e-6)
            assert found.no_speech == pytest.approx(apart[i].no_speech, abs=1e-6)
        assert list(engine.align(features, together[order.index(0)])) == list(words)


def test_a_warm_text_is_the_same_each_time_with_the_same_seed(engine, heard):
    features, _, _ = heard
    asked = DecodeOptions(temperature=0.6, seed=5, max_tokens=12)
    first, second = engine.decode(features, asked), engine.decode(features, asked)
    assert first.text == second.text
    assert first.temperature == 0.6


def test_figures_are_in_their_range(heard):
    _, hypothesis, _ = heard
    assert hypothesis.average_logprob <= 0
    assert 0 <= hypothesis.no_speech <= 1
    assert hypothesis.temperature == 0
    assert hypothesis.finished is (len(hypothesis.tokens) < 60)


def test_a_very_short_window_is_no_accident(engine, sound):
    tiny = Window(((0.0, 0.02),))
    features = engine.encode(sound[: RATE // 50], tiny)
    hypothesis = engine.decode(features, DecodeOptions(max_tokens=5))
    assert all(word.end <= 0.021 for word in engine.align(features, hypothesis))


def test_a_full_window_is_heard(engine, sound):
    limit = engine.info.max_window_seconds
    long = np.tile(sound, 4)[: round(limit * RATE)]
    features = engine.encode(long, Window(((0.0, limit),)))
    assert engine.decode(features, DecodeOptions(max_tokens=5)).tokens
