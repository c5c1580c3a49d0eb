"""A compiled graph is kept for the next start, and what is kept is read only when it is what was kept."""

from __future__ import annotations

import hashlib
import resource
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as op

from transcribe.compiled import KEPT, compiled
from transcribe.convert import RECORD

SETTINGS = {"INFERENCE_NUM_THREADS": 1}


def graph(number: float) -> ov.Model:
    """A graph that adds a number to each of many."""
    given = op.parameter([1000], ov.Type.f32)
    return ov.Model([op.result(op.add(given, np.full(1000, number, np.float32)))], [given], "graph")


def write(folder: Path, number: float) -> None:
    ov.save_model(graph(number), folder / "decoder.xml", compress_to_fp16=False)
    (folder / RECORD).write_text(f"a model that adds {number}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, 2.0)
    return tmp_path


def added(folder: Path, **settings: object) -> float:
    return float(compiled(folder, "decoder", {**SETTINGS, **settings})(np.zeros(1000, np.float32))[0][7])


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.blob"))


def named(file: Path, held: bytes) -> Path:
    """As it would be called if that had been kept."""
    return file.with_name(f"{file.stem.rpartition('-')[0]}-{hashlib.sha256(held).hexdigest()}.blob")


def test_the_next_start_reads_what_was_kept(folder: Path) -> None:
    assert added(folder) == 2.0
    (file,) = kept(folder)
    (folder / "decoder.xml").unlink()
    assert added(folder) == 2.0
    assert kept(folder) == [file]


def test_what_was_altered_is_not_read_but_made_again(folder: Path) -> None:
    added(folder)
    (file,) = kept(folder)
    theirs = ov.Core().compile_model(graph(5.0), "CPU").export_model().getvalue()
    named(file, theirs).write_bytes(theirs)
    file.unlink()
    assert added(folder) == 5.0  # so it is read when its digest is right
    named(file, theirs).rename(file)
    assert added(folder) == 2.0
    assert file not in kept(folder)
    assert len(kept(folder)) == 1


def test_what_openvino_refuses_is_made_again(folder: Path) -> None:
    added(folder)
    (file,) = kept(folder)
    file.unlink()
    named(file, b"no graph").write_bytes(b"no graph")
    assert added(folder) == 2.0
    assert len(kept(folder)) == 1


def test_other_weights_and_other_settings_have_their_own(folder: Path) -> None:
    added(folder)
    write(folder, 3.0)
    assert added(folder) == 3.0
    assert added(folder, INFERENCE_PRECISION_HINT="f32") == 3.0
    assert len(kept(folder)) == 3


def test_only_the_newest_stay(folder: Path) -> None:
    for number in range(KEPT + 2):
        write(folder, float(number))
        assert added(folder) == number
    assert len(kept(folder)) == KEPT


def test_a_model_that_is_not_checked_yet_is_kept_nowhere(folder: Path) -> None:
    (folder / RECORD).unlink()
    assert added(folder) == 2.0
    assert kept(folder) == []


def test_where_nothing_can_be_kept_nothing_is_left_and_the_graph_is_made_all_the_same(folder: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # no file grows beyond a thousand bytes
    try:
        assert added(folder) == 2.0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert {file.name for file in folder.iterdir()} == {"decoder.xml", "decoder.bin", RECORD}
