"""The reconciler: what the ledger says should run runs, once, and not too much of it at a time."""

from __future__ import annotations

import threading

import pytest

from dictation.workflow.reconcile import Reconciler


class PaperLedger:
    """A list of work, and a count of what was given up on."""

    def __init__(self, *work):
        self.work = list(work)
        self.counted = []

    def needing_work(self):
        return self.work

    def count_attempt(self, dictation_id):
        self.counted.append(dictation_id)
        return len(self.counted)


class PaperEngine:
    def __init__(self):
        self.begun, self.running, self.ended = [], set(), set()

    def begin(self, workflow, key, dictation_id):
        if key in self.ended:
            return False
        self.begun.append(key)
        self.running.add((workflow, dictation_id))
        return True

    def active(self):
        return set(self.running)


@pytest.fixture
def engine():
    return PaperEngine()


def test_work_nobody_does_is_started_once(engine):
    reconciler = Reconciler(PaperLedger(("a", "prepare", "a:1")), engine, 1.0)
    assert [reconciler.look(), reconciler.look()] == [1, 0]
    assert engine.begun == ["a:1"]


def test_what_runs_is_left_alone_even_when_its_row_changed_since(engine):
    ledger = PaperLedger(("a", "prepare", "a:1"))
    reconciler = Reconciler(ledger, engine, 1.0)
    reconciler.look()
    ledger.work = [("a", "prepare", "a:2")]
    assert reconciler.look() == 0


def test_few_are_started_ahead_so_that_an_urgent_one_waits_behind_few(engine):
    waiting = [(f"n{i}", "prepare", f"n{i}:1") for i in range(9)]
    ledger = PaperLedger(*waiting)
    reconciler = Reconciler(ledger, engine, 1.0, at_once={"prepare": 1})
    reconciler.look()
    ledger.work = [("urgent", "prepare", "urgent:1"), *waiting]
    engine.running.discard(("prepare", "n0"))
    reconciler.look()
    assert engine.begun == ["n0:1", "n1:1", "urgent:1"]


def test_what_runs_side_by_side_leaves_one_more_ready(engine):
    waiting = [(f"n{i}", "prepare", f"n{i}:1") for i in range(9)]
    Reconciler(PaperLedger(*waiting), engine, 1.0, at_once={"prepare": 3}).look()
    assert engine.begun == ["n0:1", "n1:1", "n2:1", "n3:1"]


def test_a_delivery_does_not_wait_for_recognition(engine):
    work = [(f"n{i}", "prepare", f"n{i}:1") for i in range(5)] + [("letter", "deliver", "letter:1:7")]
    Reconciler(PaperLedger(*work), engine, 1.0).look()
    assert "letter:1:7" in engine.begun


def test_work_that_ended_without_a_move_is_counted_until_it_is_stuck(engine):
    ledger = PaperLedger(("a", "prepare", "a:1"))
    engine.ended.add("a:1")
    assert Reconciler(ledger, engine, 1.0).look() == 0
    assert ledger.counted == ["a"]


def test_a_store_that_is_away_for_a_moment_does_not_end_the_thread(engine):
    asked = threading.Semaphore(0)

    class Flaky(PaperLedger):
        calls = 0

        def needing_work(self):
            self.calls += 1
            asked.release()
            if self.calls == 1:
                raise OSError("away")
            return self.work

    reconciler = Reconciler(Flaky(("a", "prepare", "a:1")), engine, 30.0)
    reconciler.start()
    assert asked.acquire(timeout=10)
    reconciler.wake()
    assert asked.acquire(timeout=10)
    reconciler.stop()
    assert engine.begun == ["a:1"]
