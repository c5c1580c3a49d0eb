"""Killed at any point, intake loses nothing and takes nothing twice: the next start finds it all."""

import os
import signal

import pytest

from dictation import disk
from dictation.domain.progress import State
from tests.intake.bench import PATIENT, sidecar, sound

TAKING = [
    "claim-copied",
    "claim-stored",
    "intake-noted",
    "intake-registered",
    "intake-marked",
    "intake-away",
    "intake-away:2",
    "intake-sidecar-removed",
    "intake-removed",
]
REFUSING = ["quarantine-intended", "quarantine-explained", "quarantine-moved", "quarantine-entered"]
RETRYING = ["retry-asked", "retry-moved", "retry-cancelled"]


def killed_at(point, work):
    """Run `work` in a process of its own that dies at a failpoint: SIGKILL, nothing is cleaned up."""
    from django.db import connection

    connection.close()
    child = os.fork()
    if child == 0:
        os.environ["DICTATION_FAILPOINT"] = point
        disk._reached.clear()
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"{point} was never reached"
    assert os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize("point", TAKING)
def test_a_recording_is_taken_once_wherever_intake_is_killed(bench, point):
    bench.drop("a.json", sidecar(patient=PATIENT))
    bench.drop("a.wav", sound(1))
    bench.scan()
    bench.now += 5
    killed_at(point, bench.intake.scan)
    bench.restart()
    bench.settle()
    bench.settle()
    row = bench.row("received")
    assert len(bench.rows()) == 1
    assert row.sidecar.patient.last_name == "Durand"
    assert bench.blobs.get(row.recording.sha256) == sound(1)
    assert bench.left() == []
    assert list((bench.state / "intake" / "claimed").iterdir()) == []
    assert bench.blobs.sweep(older_than_seconds=-1) == (point == "claim-copied")
    assert not list(bench.inbox.glob(".pris-*"))


@pytest.mark.parametrize("point", REFUSING)
def test_a_refused_file_has_one_row_and_one_reason_wherever_intake_is_killed(bench, point):
    bench.drop("fontaine/a.json", sidecar(patient=PATIENT))
    bench.drop("fontaine/a.wav", b"rien")
    bench.scan()
    bench.now += 5
    killed_at(point, bench.intake.scan)
    bench.restart()
    bench.settle()
    assert bench.row("quarantined").id in bench.reason()
    assert len(bench.rows()) == 1
    assert bench.refused_files() == ["a.wav", "a.wav.json"]
    assert bench.left() == []


@pytest.mark.parametrize("point", RETRYING)
def test_another_try_is_made_once_wherever_it_is_killed(bench, point):
    bench.drop("fontaine/a.json", sidecar(patient=PATIENT))
    bench.drop("fontaine/a.wav", b"rien")
    bench.settle()
    first = bench.row("quarantined").id
    killed_at(point, lambda: bench.intake.quarantine.retry(first, actor="dsi"))
    bench.restart()
    bench.scan()
    assert bench.ledger.get(first).state is State.CANCELLED
    bench.settle()
    assert len(bench.rows()) == 2
    assert bench.row("quarantined").id in bench.reason()
    assert bench.refused_files() == ["a.wav", "a.wav.json"]


def test_the_same_content_dropped_twice_around_a_crash_is_one_dictation(bench):
    """The second file is a duplicate, not the crashed one found again: it is told so."""
    bench.drop("fontaine/a.wav", sound(1))
    bench.scan()
    bench.now += 5
    killed_at("intake-registered", bench.intake.scan)
    bench.restart()
    bench.drop("fontaine/b.wav", sound(1))
    bench.settle()
    assert {row.error_code for row in bench.rows()} == {"", "E_DUPLICATE"}
    assert bench.row("quarantined").recording.name == "fontaine/b.wav"
