"""Faster engines hear what openai-whisper hears, with the shipped checkpoint; one that would not is never used."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from transcribe import ov
from transcribe.audio import RATE, decode
from transcribe.convert import OPENVINO, OPENVINO_8, RECORD, converted
from transcribe.ct2 import Ct2Engine
from transcribe.engine import DecodeOptions
from transcribe.errors import WeightsMissing
from transcribe.mel import AFTER
from transcribe.ov import OpenVinoEngine, form_for
from transcribe.processor import BFLOAT16, UNITS, Processor, this_processor
from transcribe.reference import ReferenceEngine
from transcribe.vad import Detector, Window, pack, quietest
from transcribe.weights import Model, locate

ROOT = Path(__file__).parents[2]
speech = pytest.mark.speech


@pytest.fixture(scope="module")
def model():
    return locate(ROOT / "models")


@pytest.fixture(scope="module")
def reference(model):
    return ReferenceEngine.load(model)


# What it hears is held to openai-whisper's where the service uses it; elsewhere `ct2` listens (test_choice.py).
where_it_listens = pytest.mark.skipif(not this_processor().flags & UNITS, reason="this processor has no units for it")


@pytest.fixture(scope="module", params=[OPENVINO, OPENVINO_8])
def openvino(request, model, converted_models):
    return OpenVinoEngine.load(model, cache=converted_models, form=request.param)


@pytest.fixture(scope="module")
def heard(model, reference):
    """Some windows of a sample dictation, as the loop packs them, heard by the reference."""
    sound = decode(ROOT / "tests/cases/04-consultation-cardiologie/audio.wav").samples
    spans = Detector().speech(sound)
    windows = pack(spans, len(sound) / RATE, model.max_window_seconds, cut_at=quietest(sound))[:5]
    found = []
    for window in windows:
        features = reference.encode(window.sound(sound), window)
        found.append((window, window.sound(sound), features, reference.decode(features, DecodeOptions())))
    return found


@speech
def test_in_32_bits_the_very_tokens_and_moments_come_out(model, reference, heard, converted_models):
    """The first five windows of one sample dictation, to the token, the text and the moment."""
    exact = Ct2Engine.load(model, cache=converted_models, quantisation="float32")
    for window, sound, features, said in heard:
        theirs = exact.encode(sound, window)
        again = exact.decode(theirs, DecodeOptions())
        assert again.tokens == said.tokens
        assert again.text == said.text
        assert again.average_logprob == pytest.approx(said.average_logprob, abs=1e-4)
        assert again.no_speech == pytest.approx(said.no_speech, abs=1e-5)
        for ours, oracle in zip(exact.align(theirs, again), reference.align(features, said), strict=True):
            assert ours.text == oracle.text
            assert ours.start == pytest.approx(oracle.start, abs=0.02)
            assert ours.end == pytest.approx(oracle.end, abs=0.02)
            assert ours.probability == pytest.approx(oracle.probability, abs=1e-3)


@speech
def test_in_8_bits_nearly_every_word_is_the_same(model, heard, converted_models):
    small = Ct2Engine.load(model, cache=converted_models)
    same = total = 0
    for window, sound, _, said in heard:
        words = small.decode(small.encode(sound, window), DecodeOptions()).text.split()
        total += len(said.text.split())
        same += len(set(words) & set(said.text.split()))
    assert same >= 0.75 * total  # a word said twice counts once


@where_it_listens
@speech
def test_the_encoder_in_fewer_bits_stays_close(heard, openvino):
    for window, sound, features, _ in heard:
        ours = openvino.encode(sound, window).as_array().ravel().astype(float)
        theirs = features.as_array().ravel().astype(float)
        assert ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs) >= 0.9999


def test_the_encoder_is_in_bfloat16_where_amx_multiplies_it():
    assert form_for(Processor("x", frozenset({"avx512_bf16", "avx512_vnni", "amx_bf16"}))) == OPENVINO
    assert form_for(Processor("x", frozenset({"avx512_bf16", "avx512_vnni"}))) == OPENVINO_8


@where_it_listens
@speech
def test_where_bfloat16_would_be_imitated_it_hears_and_writes_in_32_bits(model, heard, converted_models, monkeypatch):
    """A processor with units for 8 bits alone, as far as one with more can stand in for it."""
    less = Processor("less", this_processor().flags - BFLOAT16)
    monkeypatch.setattr(ov, "this_processor", lambda: less)
    engine = OpenVinoEngine.load(model, cache=converted_models)
    assert str(engine._hears.get_property("INFERENCE_PRECISION_HINT")) == "<Type: 'float32'>"
    window, sound, features, said = heard[1]
    listened = engine.encode(sound, window)
    ours, theirs = (x.as_array().ravel().astype(float) for x in (listened, features))
    assert ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs) >= 0.9999
    words = engine.decode(listened, DecodeOptions()).text.split()
    assert len(set(words) & set(said.text.split())) >= 0.75 * len(set(said.text.split()))


@speech
def test_a_form_asked_for_is_the_form_that_is_made(model, converted_models):
    sizes = {
        form: sum(file.stat().st_size for file in converted(model, converted_models, form).folder.glob("encoder.bin"))
        for form in (OPENVINO, OPENVINO_8)
    }
    assert 0 < sizes[OPENVINO_8] < 0.8 * sizes[OPENVINO]


@where_it_listens
@speech
@pytest.mark.parametrize("beam", [None, 5])
def test_openvino_writes_and_places_nearly_every_word_alike(reference, heard, openvino, beam):
    """Words by openai-whisper's own rules, on the first five windows of one sample dictation."""
    same = total = near = 0
    for window, sound, features, said in heard:
        asked = DecodeOptions(beam_size=beam)
        theirs = said if beam is None else reference.decode(features, asked)
        listened = openvino.encode(sound, window)
        ours = openvino.decode(listened, asked)
        total += len(theirs.text.split())
        same += len(set(ours.text.split()) & set(theirs.text.split()))
        assert ours.no_speech == pytest.approx(theirs.no_speech, abs=1e-3)
        if ours.tokens == theirs.tokens:
            assert ours.average_logprob == pytest.approx(theirs.average_logprob, abs=0.02)
        pairs = list(zip(openvino.align(listened, theirs), reference.align(features, theirs), strict=True))
        assert [a.text for a, _ in pairs] == [b.text for _, b in pairs]
        near += sum(abs(a.start - b.start) <= 0.041 and abs(a.end - b.end) <= 0.041 for a, b in pairs)
    assert same >= 0.75 * total  # a word said twice counts once
    assert near >= 0.9 * total


@speech
def test_openvino_writes_a_window_alike_in_every_place(heard, openvino):
    """To the last digit: one mask for all rows, say, is misread by OpenVINO for all but the first."""
    windows = [openvino.encode(sound, window) for window, sound, _, _ in heard]
    asked = DecodeOptions(beam_size=3)
    together = openvino.decode_all(windows[::-1] + windows, asked)
    assert together[: len(windows)] == together[len(windows) :][::-1]
    assert together[0] == openvino.decode(windows[-1], asked)


@speech
def test_a_short_window_costs_what_it_is_long(model, converted_models):
    """A model trained so is given the sound and a little silence after it, any other all of its thirty seconds."""
    window, sound = Window(((0.0, 2.0),)), np.zeros(2 * RATE, np.float32)
    assert model.short_windows
    for described, frames in ((model, 100 + AFTER // 2), (replace(model, short_windows=False), 1500)):
        engines = (
            ReferenceEngine.load(described),
            Ct2Engine.load(described, cache=converted_models),
            OpenVinoEngine.load(described, cache=converted_models),
        )
        assert [engine.encode(sound, window).as_array().shape[1] for engine in engines] == [frames] * 3


@speech
def test_a_prompt_reaches_the_decoder_as_openai_whisper_sends_it(model, reference, heard, converted_models):
    exact = Ct2Engine.load(model, cache=converted_models, quantisation="float32")
    window, sound, features, _ = heard[1]
    asked = DecodeOptions(prompt="Compte rendu du docteur Perrin.", max_tokens=20)
    assert exact.decode(exact.encode(sound, window), asked).tokens == reference.decode(features, asked).tokens


@speech
def test_a_conversion_altered_on_disk_is_refused(model, converted_models, tmp_path):
    made = converted(model, converted_models)
    copy = tmp_path / made.folder.name
    copy.mkdir()
    for file in made.folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    assert converted(model, tmp_path).cosine == made.cosine > 0.999
    with (copy / "model.bin").open("r+b") as opened:
        opened.seek(9_000_000)
        opened.write(b"\0" * 64)
    with pytest.raises(WeightsMissing, match="altered"):
        converted(model, tmp_path)


@pytest.fixture
def unfit(tmp_path):
    """A checkpoint with a tensor missing."""
    import torch

    checkpoint = torch.load(ROOT / "models/demo-fr.pt", weights_only=True)
    checkpoint["model_state_dict"].pop("decoder.blocks.0.cross_attn.key.weight")
    torch.save(checkpoint, tmp_path / "unfit.pt")
    data = (tmp_path / "unfit.pt").read_bytes()
    return Model("unfit", "unfit.pt", hashlib.sha256(data).hexdigest(), len(data), folder=tmp_path)


@speech
def test_a_checkpoint_that_does_not_fit_leaves_nothing_behind(unfit, tmp_path):
    cache = tmp_path / "cache"
    with pytest.raises(WeightsMissing, match="weights do not fit"):
        converted(unfit, cache)
    assert [path.suffix for path in cache.iterdir()] == [".lock"]


@speech
def test_the_record_names_its_source(model, converted_models):
    record = json.loads((converted(model, converted_models).folder / RECORD).read_text())
    assert record["source_sha256"] == model.sha256
    assert record["model"]["logprob_difference"] < 0.5
    assert set(record["files"]) >= {"model.bin", "config.json", "vocabulary.json"}


@speech
@pytest.mark.parametrize(
    ("kind", "quantisation"), [("ct2.Ct2Engine", "int8"), ("ov.OpenVinoEngine", form_for(this_processor()))]
)
def test_fast_engines_hear_without_torch_whisper_or_telemetry(model, converted_models, kind, quantisation):
    converted(model, converted_models, quantisation)
    module, name = kind.split(".")
    code = (
        "import sys, numpy; from pathlib import Path\n"
        f"from transcribe.{module} import {name} as Kind; from transcribe.engine import DecodeOptions\n"
        "from transcribe.vad import Window; from transcribe.weights import locate\n"
        "engine = Kind.load(locate(Path(sys.argv[1])), cache=Path(sys.argv[2]))\n"
        "heard = engine.encode(numpy.zeros(16000, 'float32'), Window(((0.0, 1.0),)))\n"
        "engine.align(heard, engine.decode(heard, DecodeOptions(max_tokens=5)))\n"
        "sys.exit(bool({'torch', 'whisper', 'faster_whisper', 'openvino_telemetry'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(ROOT / "models"), str(converted_models)], cwd=ROOT)
    assert done.returncode == 0


@speech
def test_placing_words_leaves_the_reference_its_threads():
    """numba, which whisper places words with, gave torch every core, whose waiting took three times the processor."""
    code = (
        "import sys, numpy, torch; from pathlib import Path\n"
        "from transcribe.reference import ReferenceEngine; from transcribe.engine import DecodeOptions\n"
        "from transcribe.vad import Window; from transcribe.weights import locate\n"
        "engine = ReferenceEngine.load(locate(Path(sys.argv[1])), threads=1)\n"
        "sound = (0.1 * numpy.random.default_rng(1).standard_normal(32000)).astype('float32')\n"
        "heard = engine.encode(sound, Window(((0.0, 2.0),)))\n"
        "words = engine.align(heard, engine.decode(heard, DecodeOptions(max_tokens=5)))\n"
        "print(len(words) > 0, torch.get_num_threads())"
    )
    command = [sys.executable, "-c", code, str(ROOT / "models")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "1"]


@speech
def test_openvino_gives_memory_back_and_writes_the_very_same(model, converted_models):
    """As it does with a large model: five readings of each window leave less in memory, and no digit differs."""
    converted(model, converted_models, form_for(this_processor()))
    code = (
        "import sys; from pathlib import Path; import numpy\n"
        "from transcribe import ov; from transcribe.engine import DecodeOptions\n"
        "from transcribe.vad import Window; from transcribe.weights import locate\n"
        "ov.LARGE = int(sys.argv[3])\n"
        "engine = ov.OpenVinoEngine.load(locate(Path(sys.argv[1])), cache=Path(sys.argv[2]))\n"
        "sound = (0.1 * numpy.random.default_rng(1).standard_normal(96000)).astype('float32')\n"
        "hear = lambda: engine.encode(sound, Window(((0.0, 6.0),)))\n"
        "windows = [hear() for _ in range(8)]\n"
        "said = engine.decode_all(windows, DecodeOptions(beam_size=5, max_tokens=100))\n"
        "again = hear()\n"
        "same = (again.as_array() == windows[0].as_array()).all(), engine.decode(again, DecodeOptions(max_tokens=9))\n"
        "hear()\n"
        "status = Path('/proc/self/status').read_text('ascii')\n"
        "print(status.split('VmRSS:')[1].split()[0], said, same, engine.align(again, said[0]))"
    )
    found = []
    for large in ("0", str(1 << 40)):
        arguments = [sys.executable, "-c", code, str(ROOT / "models"), str(converted_models), large]
        done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True)
        found.append(done.stdout.split(" ", 1))
    (tidy, what), (untidy, other) = found
    assert what == other
    assert "(np.True_, " in what
    assert int(tidy) + (16 << 10) < int(untidy)  # KiB
