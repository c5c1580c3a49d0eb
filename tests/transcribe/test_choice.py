"""The engine is chosen by what the machine has, measured once, and the reason is said."""

from __future__ import annotations

import json
import time

import pytest

from transcribe import choice, convert
from transcribe.choice import WHY, Machine, measured, plan_for, select_engine, this_machine
from transcribe.engine import EngineInfo
from transcribe.errors import WeightsMissing
from transcribe.scripted import ScriptedEngine
from transcribe.weights import Model

PLAIN = Machine("plain", frozenset({"avx2"}), 16 << 30, graphics=False)
MATRIX = Machine("matrix", frozenset({"avx2", "amx_bf16"}), 16 << 30, graphics=False)
MODEL = Model("small", "small.pt", "0" * 64, 500 << 20)


@pytest.mark.parametrize(
    ("machine", "candidates", "why"),
    [
        (PLAIN, ("ct2",), "no_units"),
        (MATRIX, ("openvino", "ct2"), "to_measure"),
        (Machine("m", frozenset({"avx512_bf16"}), 16 << 30, graphics=False), ("openvino", "ct2"), "to_measure"),
        (Machine("m", frozenset({"avx512_vnni"}), 16 << 30, graphics=False), ("openvino", "ct2"), "to_measure"),
        (Machine("m", frozenset({"amx_bf16"}), 1 << 30, graphics=False), ("ct2",), "little_memory"),
        (Machine("m", frozenset({"amx_bf16"}), 16 << 30, graphics=False, openvino=False), ("ct2",), "no_openvino"),
        (Machine("m", frozenset({"amx_bf16"}), 16 << 30, graphics=True), ("cuda",), "graphics"),
        (Machine("m", frozenset(), 16 << 30, graphics=True, converts=False), ("reference",), "no_converter"),
    ],
)
def test_what_the_machine_has_decides(machine, candidates, why):
    plan = plan_for(machine, MODEL)
    assert (plan.candidates, plan.why) == (candidates, why)
    assert why in WHY


@pytest.fixture
def loaded(monkeypatch):
    """Engines that load at once and say how long they take to hear."""
    loads, speeds = [], {"openvino": 0.2, "ct2": 0.5, "reference": 0.9}

    def load(name, model, cache, threads, lanes):
        loads.append(name)
        return ScriptedEngine([], info=EngineInfo(name, model.name, model.sha256))

    monkeypatch.setattr(choice, "_load", load)
    monkeypatch.setattr(choice, "_seconds_to_hear", lambda engine: speeds[engine.info.engine])
    monkeypatch.setattr(choice, "locate", lambda models, name: MODEL)
    return loads, speeds


def test_two_engines_are_timed_once_and_the_faster_one_stays(loaded, tmp_path):
    loads, speeds = loaded
    first = select_engine(cache=tmp_path, machine=MATRIX)
    assert first.engine.info.engine == "openvino"
    assert first.seconds == {"openvino": 0.2, "ct2": 0.5}
    assert "openvino 0.20 s, ct2 0.50 s a window" in first.reason
    assert measured(tmp_path, MODEL, 2, MATRIX) == first.seconds
    speeds["openvino"] = 9.9  # not asked again
    assert select_engine(cache=tmp_path, machine=MATRIX).engine.info.engine == "openvino"
    assert loads == ["openvino", "ct2", "openvino"]


def test_a_moment_of_load_decides_nothing(loaded, tmp_path, monkeypatch):
    """The better engine meets another program in one of its turns."""
    turns = {"openvino": iter([0.9, 0.2, 0.9]), "ct2": iter([0.5, 0.5, 0.5])}
    monkeypatch.setattr(choice, "_seconds_to_hear", lambda engine: next(turns[engine.info.engine]))
    assert select_engine(cache=tmp_path, machine=MATRIX).engine.info.engine == "openvino"


def test_what_a_window_costs_is_processor_time(monkeypatch):
    """Waiting for one's turn on a busy machine is not counted."""

    engine = ScriptedEngine.reading("bonjour", [(0.0, 4.0)])
    listen = engine.encode

    def slowly(sound, window):
        time.sleep(0.3)
        return listen(sound, window)

    monkeypatch.setattr(engine, "encode", slowly)
    assert choice._seconds_to_hear(engine) < 0.2


def test_a_measurement_holds_for_one_machine_model_and_number_of_threads(loaded, tmp_path):
    _, speeds = loaded
    select_engine(cache=tmp_path, machine=MATRIX)
    speeds["openvino"] = 9.9
    assert select_engine(cache=tmp_path, machine=MATRIX, threads=1).engine.info.engine == "ct2"
    other = Machine("another", MATRIX.flags, 16 << 30, graphics=False)
    assert select_engine(cache=tmp_path, machine=other).engine.info.engine == "ct2"
    assert len(json.loads((tmp_path / choice.MEASURES).read_text())) == 3


def test_a_lost_measurement_is_made_again(loaded, tmp_path):
    (tmp_path / choice.MEASURES).write_text("{")
    assert select_engine(cache=tmp_path, machine=MATRIX).engine.info.engine == "openvino"


def test_a_name_is_obeyed_and_said(loaded, tmp_path):
    selection = select_engine("reference", cache=tmp_path, machine=MATRIX)
    assert selection.reason == "reference with small: asked for by name"
    former = select_engine("hybrid", cache=tmp_path, machine=MATRIX)  # its name until 26 November 2026
    assert former.engine.info.engine == "openvino"
    with pytest.raises(ValueError, match="choose one of"):
        select_engine("other", cache=tmp_path)


def test_openvino_is_not_obeyed_where_it_would_hear_less_well(loaded, tmp_path):
    """What it hears in 8 bits is less exact there (0011)."""
    selection = select_engine("openvino", cache=tmp_path, machine=PLAIN)
    assert selection.engine.info.engine == "ct2"
    assert "openvino was asked for" in selection.reason
    assert loaded[0] == ["ct2"]


def test_a_checkpoint_that_cannot_be_converted_is_read_by_the_reference(loaded, tmp_path, monkeypatch):
    def load(name, model, cache, threads, lanes=1):
        if name == "ct2":
            raise WeightsMissing(detail="small: not converted: differs from the reference")
        return ScriptedEngine([], info=EngineInfo(name, model.name, model.sha256))

    monkeypatch.setattr(choice, "_load", load)
    selection = select_engine(cache=tmp_path, machine=PLAIN)
    assert selection.engine.info.engine == "reference"
    assert "could not be converted" in selection.reason
    assert "differs from the reference" in selection.reason
    with pytest.raises(WeightsMissing):
        select_engine("ct2", cache=tmp_path, machine=PLAIN)


@pytest.mark.parametrize("fails", ["openvino", "ct2"])
def test_an_engine_that_cannot_be_loaded_leaves_the_other(loaded, tmp_path, monkeypatch, fails):
    load = choice._load

    def some(name, *arguments):
        if name == fails:
            raise WeightsMissing(detail="small: not converted: ended with -4")
        return load(name, *arguments)

    monkeypatch.setattr(choice, "_load", some)
    selection = select_engine(cache=tmp_path, machine=MATRIX)
    assert {selection.engine.info.engine, fails} == {"openvino", "ct2"}
    assert selection.reason.endswith("the other could not be loaded: small: not converted: ended with -4")
    assert measured(tmp_path, MODEL, 2, MATRIX) == {}  # the other may work after a repair


def test_the_best_of_a_measurement_may_no_longer_load(loaded, tmp_path, monkeypatch):
    """Its converted form was altered, say."""
    select_engine(cache=tmp_path, machine=MATRIX)
    load = choice._load

    def altered(name, *arguments):
        if name == "openvino":
            raise WeightsMissing(detail="encoder.bin was altered")
        return load(name, *arguments)

    monkeypatch.setattr(choice, "_load", altered)
    selection = select_engine(cache=tmp_path, machine=MATRIX)
    assert selection.engine.info.engine == "ct2"
    assert selection.reason.endswith("the other could not be loaded: encoder.bin was altered")


def test_a_measurement_of_another_conversion_is_made_again(loaded, tmp_path, monkeypatch):
    _, speeds = loaded
    select_engine(cache=tmp_path, machine=MATRIX)
    speeds["openvino"] = 9.9
    monkeypatch.setattr(convert, "VERSION", convert.VERSION + 1)
    assert select_engine(cache=tmp_path, machine=MATRIX).engine.info.engine == "ct2"


def test_this_machine_says_what_it_is():
    machine = this_machine()
    assert machine.processor
    assert machine.free_bytes > 0
    assert machine.converts
