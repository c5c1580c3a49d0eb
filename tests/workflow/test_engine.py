"""The engine: a step that finished is not run again, one that was interrupted is, and its tables hold ids only."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dictation.errors import BadSettings, TryAgainLater
from dictation.workflow.engine import Engine
from dictation.workflow.lock import only_worker

WAIT = 20  # seconds; what is waited for takes about one


@pytest.fixture
def database(tmp_path):
    return f"sqlite:///{tmp_path / 'workflow.sqlite3'}"


def rows(tmp_path: Path, statement: str) -> list[tuple]:
    with sqlite3.connect(tmp_path / "workflow.sqlite3", timeout=30) as connection:
        found = connection.execute(statement).fetchall()
    connection.close()
    return found


def test_steps_run_in_order_once_and_leave_only_ids_behind(database, tmp_path):
    seen, done = [], threading.Event()

    def first(dictation_id):
        seen.append(("first", dictation_id))

    def second(dictation_id):
        seen.append(("second", dictation_id))
        done.set()

    engine = Engine(database, {"prepare": (("first", first), ("second", second))}, poll_seconds=0.05)
    engine.start()
    try:
        assert engine.begin("prepare", "a1b2:1", "a1b2")
        assert engine.begin("prepare", "a1b2:1", "a1b2")
        assert done.wait(WAIT)
        while engine.active():
            threading.Event().wait(0.02)
        assert not engine.begin("prepare", "a1b2:1", "a1b2")  # that very work has ended
    finally:
        engine.stop()
    assert seen == [("first", "a1b2"), ("second", "a1b2")]
    assert rows(tmp_path, "SELECT inputs FROM workflow_input") == [('{"namedArgs":{},"positionalArgs":["a1b2"]}',)]
    assert rows(tmp_path, "SELECT function_name, output FROM operation_outputs") == [
        ("first", "null"),
        ("second", "null"),
    ]
    assert rows(tmp_path, "SELECT executor_id, application_version FROM workflow_status") == [("worker", "1")]
    assert rows(tmp_path, "SELECT DISTINCT serialization FROM workflow_status") == [("portable_json",)]  # no pickle


def test_as_many_run_side_by_side_as_it_was_told_and_no_more(database):
    inside, most, lock = [], [], threading.Lock()
    both, done = threading.Barrier(2), threading.Semaphore(0)

    def hear(dictation_id):
        with lock:
            inside.append(dictation_id)
            most.append(len(inside))
        both.wait(timeout=WAIT)
        with lock:
            inside.remove(dictation_id)
        done.release()

    engine = Engine(database, {"prepare": (("hear", hear),)}, poll_seconds=0.05, at_once={"prepare": 2})
    engine.start()
    try:
        for name in ("a", "b", "c", "d"):
            engine.begin("prepare", f"{name}:1", name)
        assert all(done.acquire(timeout=WAIT) for _ in range(4))
    finally:
        engine.stop(WAIT)
    assert max(most) == 2


TWO_KILLED = """
import os, signal, sys, threading
from pathlib import Path
from dictation.workflow.engine import Engine

folder, dies = Path(sys.argv[1]), sys.argv[2] == "die"
both, done = threading.Barrier(2), threading.Semaphore(0)

def note(word):
    with (folder / "steps.txt").open("a") as file:
        file.write(word + "\\n")

def hear(dictation_id):
    note(f"hear:{dictation_id}")
    both.wait(20)
    if dies:
        os.kill(os.getpid(), signal.SIGKILL)
    note(f"heard:{dictation_id}")

def draft(dictation_id):
    note(f"draft:{dictation_id}")
    done.release()

steps = {"prepare": (("hear", hear), ("draft", draft))}
engine = Engine(f"sqlite:///{folder / 'workflow.sqlite3'}", steps, poll_seconds=0.05, at_once={"prepare": 2})
engine.start()
if dies:
    engine.begin("prepare", "a:1", "a")
    engine.begin("prepare", "b:1", "b")
sys.exit(0 if done.acquire(timeout=20) and done.acquire(timeout=20) else 3)
"""


def test_after_a_kill_both_that_were_running_run_again_and_end_once(tmp_path):
    program = [sys.executable, "-W", "error", "-c", TWO_KILLED, str(tmp_path)]
    assert subprocess.run([*program, "die"], capture_output=True, timeout=60, check=False).returncode == -9
    resumed = subprocess.run([*program, "live"], capture_output=True, text=True, timeout=60, check=False)
    assert resumed.returncode == 0, resumed.stderr
    written = (tmp_path / "steps.txt").read_text().split()
    assert [sorted(written).count(f"{word}:{name}") for name in "ab" for word in ("hear", "heard", "draft")] == [
        *(2, 1, 1),
        *(2, 1, 1),
    ]


KILLED = """
import os, signal, sys, threading
from pathlib import Path
from dictation.workflow.engine import Engine

folder = Path(sys.argv[1])
done = threading.Event()

def note(word):
    with (folder / "steps.txt").open("a") as file:
        file.write(word + "\\n")

def first(dictation_id):
    note("first")

def second(dictation_id):
    note("second")
    if sys.argv[2] == "die":
        os.kill(os.getpid(), signal.SIGKILL)

def third(dictation_id):
    note("third")
    done.set()

steps = (("first", first), ("second", second), ("third", third))
engine = Engine(f"sqlite:///{folder / 'workflow.sqlite3'}", {"prepare": steps}, poll_seconds=0.05, version=sys.argv[3])
engine.start()
if sys.argv[2] == "die":
    engine.begin("prepare", "a1b2:1", "a1b2")
if sys.argv[3] == "2":
    print(sorted(engine.active()))
    engine.begin("prepare", "a1b2:2", "a1b2")
sys.exit(0 if done.wait(20) else 3)
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-W", "error", "-c", KILLED, str(folder), *arguments]
    return subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)


def test_after_a_kill_only_the_interrupted_step_runs_again(tmp_path):
    assert run(tmp_path, "die", "1").returncode == -9
    resumed = run(tmp_path, "live", "1")
    assert resumed.returncode == 0, resumed.stderr
    assert (tmp_path / "steps.txt").read_text().split() == ["first", "second", "second", "third"]


def test_what_an_older_flow_began_is_cancelled_and_can_start_anew(tmp_path):
    assert run(tmp_path, "die", "1").returncode == -9
    newer = run(tmp_path, "live", "2")
    assert newer.returncode == 0, newer.stderr
    assert newer.stdout.strip() == "[]"
    assert dict(rows(tmp_path, "SELECT workflow_uuid, status FROM workflow_status"))["prepare:a1b2:1"] == "CANCELLED"


def test_a_worker_without_a_name_is_refused(database):
    with pytest.raises(BadSettings):
        Engine(database, {}, executor="")


def test_there_is_one_worker_per_installation(tmp_path):
    lock = tmp_path / "worker.lock"
    with only_worker(lock):
        with pytest.raises(TryAgainLater) as refused, only_worker(lock):
            pass
        assert refused.value.code == "E_WORKER_RUNNING"
    with only_worker(lock):
        pass
