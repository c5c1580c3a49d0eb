"""What a recogniser heard of a recording before it was killed does not outlive the need for it."""

from __future__ import annotations

import os
import time

import pytest

from dictation.compose import Installation
from dictation.domain.documents import Recording
from dictation.domain.progress import State
from dictation.settings import read_settings
from transcribe.journal import WindowJournal, sweep

DAY = 86_400


@pytest.fixture
def folder(home):
    return home / ".state" / "windows"


def half_heard(folder, ledger, digit: str, *, days_ago: float = 0) -> tuple[str, str]:
    """A recording whose first window was heard; its id and its digest."""
    sha256 = digit * 64
    id, _ = ledger.register(Recording(sha256, f"{digit}.wav", 4, 4.0), None)
    WindowJournal(folder / f"{sha256}.jsonl")["0"] = "fracture du radius"
    written = time.time() - days_ago * DAY
    os.utime(folder / f"{sha256}.jsonl", (written, written))
    return id, sha256


def test_the_hourly_round_erases_all_that_nobody_waits_for(print_room, home, folder):
    ledger = print_room.ledger
    _, waiting = half_heard(folder, ledger, "a", days_ago=6)
    half_heard(folder, ledger, "b", days_ago=8)
    cancelled, _ = half_heard(folder, ledger, "c")
    stuck, stuck_sha256 = half_heard(folder, ledger, "d")
    heard, _ = half_heard(folder, ledger, "e")
    WindowJournal(folder / f"{'f' * 64}.jsonl")["0"] = "sans dictée"
    for id in (cancelled, stuck):
        assert ledger.move(id, State.RECEIVED, State.STUCK, actor="test", error_code="E_ENGINE")
    assert ledger.move(cancelled, State.STUCK, State.CANCELLED, actor="test")
    assert ledger.move(heard, State.RECEIVED, State.TRANSCRIBED, actor="test", transcript_sha256="0" * 64)

    Installation(read_settings(home)).erase_due()

    assert {file.stem for file in folder.iterdir()} == {waiting, stuck_sha256}
    assert dict(WindowJournal(folder / f"{waiting}.jsonl")) == {"0": "fracture du radius"}


def test_a_recording_that_comes_in_during_the_round_keeps_what_is_heard(print_room, folder):
    half_heard(folder, print_room.ledger, "a")

    def meanwhile():
        WindowJournal(folder / f"{'b' * 64}.jsonl")["0"] = "nouvelle"
        return set()

    assert sweep(folder, meanwhile, 0.0) == 1
    assert [file.stem for file in folder.iterdir()] == ["b" * 64]


def test_nothing_half_heard_is_nothing_to_do(folder):
    assert sweep(folder, set, 0.0) == 0
