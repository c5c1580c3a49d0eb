"""Ledger, reconciler and engine together: work begins by itself, and only the ledger has to be remembered."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dictation.domain.documents import Recording
from dictation.domain.progress import State
from dictation.pipeline import Parts, steps
from dictation.workflow.engine import Engine
from dictation.workflow.reconcile import Reconciler
from tests.flow import scripted
from tests.ledgers import approval, sidecar

WAIT = 30  # seconds; what is waited for takes one or two


class Worker:
    """What `dictation work` runs, in this process; `reached` is told each state a step ends in."""

    def __init__(self, parts: Parts, folder: Path) -> None:
        self.parts, self.folder = parts, folder

    def __enter__(self) -> Worker:
        self.engine = Engine(f"sqlite:///{self.folder}/workflow.sqlite3", steps(self.parts), poll_seconds=0.05)
        self.engine.start()
        self.reconciler = Reconciler(self.parts.ledger, self.engine, 0.05)
        self.reconciler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.reconciler.stop()
        assert self.engine.stop(seconds=WAIT)

    def wait_for(self, dictation_id: str, state: State) -> None:
        waiting, turn = threading.Event(), 0.05
        for _ in range(int(WAIT / turn)):
            if self.parts.ledger.get(dictation_id).state is state and not self.engine.active():
                return
            waiting.wait(turn)
        pytest.fail(f"{self.parts.ledger.get(dictation_id).state}, never {state}")


@pytest.fixture
def parts(ledger, clock, tmp_path):
    return scripted.parts(ledger, tmp_path, clock, retry_seconds=0.0)


def received(parts: Parts) -> str:
    sound = b"bonjour docteur"
    return parts.ledger.register(Recording(parts.blobs.put(sound), "dictee.wav", len(sound)), sidecar())[0]


def sign(parts: Parts, dictation_id: str, clock) -> None:
    parts.ledger.move(dictation_id, State.DRAFTED, State.PROOFREAD, actor="secretary")
    signed = approval(clock, pdf_sha256=parts.blobs.put(b"%PDF-1.4 signed"))
    parts.ledger.move(dictation_id, State.PROOFREAD, State.APPROVED, actor="surgeon", approval=signed)


def test_a_dictation_goes_all_the_way_and_survives_the_loss_of_the_engines_tables(parts, clock, tmp_path):
    dictation_id = received(parts)
    with Worker(parts, tmp_path) as worker:
        worker.wait_for(dictation_id, State.DRAFTED)
    sign(parts, dictation_id, clock)
    (tmp_path / "workflow.sqlite3").unlink()
    with Worker(parts, tmp_path) as worker:
        worker.wait_for(dictation_id, State.SENT)
    assert not parts.ledger.archive_due(dictation_id)
    assert [entry.action for entry in parts.ledger.journal(dictation_id)] == [
        *("received", "recognised", "transcribed", "structured", "draft-saved", "drafted"),
        *("proofread", "approved"),
        *(
            "typeset",
            "sending",
            "dispatch-opened",
            "dispatch-inflight",
            "dispatch-sent",
            "receipt-accepted",
            "sent",
            "bundle-written",
        ),
    ]
