"""Lanes: one model hears several windows at once, of one recording or of two, and the text is the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from transcribe import Cancelled
from transcribe.audio import RATE
from transcribe.choice import MOST_CORES, usable_cores
from transcribe.journal import WindowJournal
from transcribe.lanes import Lanes
from transcribe.listen import ListenOptions, listen
from transcribe.scripted import ScriptedEngine

TEXT = " ".join(a + b for a in ("bal", "cor", "dis", "fen", "gar", "lim", "mor", "pas") for b in "aeiou")
SPEECH = tuple((6.0 * i + 0.5, 6.0 * i + 5.0) for i in range(8))  # eight windows
OPTIONS = ListenOptions(max_window_seconds=6.0)
FIRST, SECOND = 0.0, 0.25  # every sample of a recording, so that an engine knows which one it hears
WAIT = 20  # seconds; what is waited for takes a tenth of one


class Watched(ScriptedEngine):
    """Takes its time over each window, and keeps which recordings it was hearing at once, moment by moment."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.hearing, self.moments, self.seconds, self.watch = [], [], 0.03, threading.Lock()

    def encode(self, sound, window):
        with self.watch:
            self.hearing.append(float(sound[0]))
            self.moments.append(tuple(sorted(self.hearing)))
        time.sleep(self.seconds)
        with self.watch:
            self.hearing.remove(float(sound[0]))
        return super().encode(sound, window)


@pytest.fixture
def hear(sounds):
    def run(engine, level=FIRST, **more):
        audio = sounds.recording(np.full(48 * RATE, level, np.float32), f"{level}" * 20)
        return listen(audio, engine, detector=sounds.detector(*SPEECH), options=OPTIONS, **more)

    return run


@pytest.mark.parametrize("lanes", [1, 2, 3])
def test_a_recording_that_is_alone_has_all_the_lanes(hear, lanes):
    engine, told = Watched.reading(TEXT, SPEECH, lanes=lanes), []
    transcript = hear(engine, on_progress=told.append)
    assert max(len(at_once) for at_once in engine.moments) == lanes
    assert transcript.text == TEXT
    assert transcript.options["windows"] == transcript.options["attempts"] == 8
    assert [p.windows_done for p in told] == list(range(9))
    assert [p.seconds_done for p in told] == sorted(p.seconds_done for p in told)
    assert told[-1].seconds_to_go == 0


def test_two_recordings_are_heard_side_by_side_with_a_lane_each(hear):
    engine = Watched.reading(TEXT, SPEECH, lanes=2)
    with ThreadPoolExecutor(2) as people:
        both = list(people.map(lambda level: hear(engine, level), (FIRST, SECOND)))
    assert [transcript.text for transcript in both] == [TEXT, TEXT]
    shared = [i for i, at_once in enumerate(engine.moments) if at_once == (FIRST, SECOND)]
    assert len(shared) >= 6
    # From when both are there until one has nothing left, none has two lanes.
    assert all(at_once in {(FIRST,), (SECOND,), (FIRST, SECOND)} for at_once in engine.moments[shared[0] : shared[-1]])
    assert max(len(at_once) for at_once in engine.moments) == 2


def test_a_third_one_waits_for_a_lane_but_not_for_the_end_of_another(hear):
    engine, ended = Watched.reading(TEXT, SPEECH, lanes=2), []

    def person(level):
        hear(engine, level)
        ended.append(level)

    with ThreadPoolExecutor(3) as people:
        list(people.map(person, (FIRST, SECOND, 0.5)))
    first_of_third = next(i for i, at_once in enumerate(engine.moments) if 0.5 in at_once)
    assert first_of_third < 8  # of 24 windows
    assert max(len(at_once) for at_once in engine.moments) == 2


def test_a_short_recording_is_not_held_up_by_a_long_one():
    lanes, order, begun = Lanes(1), [], threading.Event()

    def window(name):
        order.append(name)
        begun.set()
        time.sleep(0.02)

    def person(name, windows):
        for _ in lanes.each(windows, lambda _: window(name)):
            pass

    long = threading.Thread(target=person, args=("long", 12))
    long.start()
    assert begun.wait(WAIT)
    person("short", 1)
    assert order.index("short") <= 3
    long.join(WAIT)
    assert order.count("long") == 12


def test_stopping_lets_what_runs_end_and_begins_nothing_new(hear):
    engine, journal = Watched.reading(TEXT, SPEECH, lanes=2), {}
    with pytest.raises(Cancelled):
        hear(engine, journal=journal, cancelled=lambda: len(engine.moments) >= 3)
    assert 3 <= len(engine.moments) <= 4  # the two lanes may ask in the same moment
    known = len(journal)
    assert known == len(engine.moments)
    again = Watched.reading(TEXT, SPEECH, lanes=2)
    assert hear(again, journal=journal).text == TEXT
    assert len(again.moments) == 8 - known


def test_an_error_in_one_window_is_the_recordings_and_frees_the_lanes(hear, monkeypatch):
    engine = Watched.reading(TEXT, SPEECH, lanes=2)
    monkeypatch.setattr(engine, "align", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        hear(engine)
    assert len(engine.moments) <= 4
    monkeypatch.undo()
    assert hear(engine).text == TEXT


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.transcribe import test_lanes as t
from tests.transcribe.conftest import Sounds
import numpy as np
def told(progress):
    if progress.windows_done == 5:
        os.kill(os.getpid(), signal.SIGKILL)
engine = t.Watched.reading(t.TEXT, t.SPEECH, lanes=2)
audio = Sounds.recording(np.zeros(48 * t.RATE, np.float32))
t.listen(audio, engine, detector=Sounds.detector(*t.SPEECH), options=t.OPTIONS, on_progress=told,
         journal=t.WindowJournal(Path(sys.argv[1])))
"""


def test_after_kill_9_no_finished_window_is_heard_again(sounds, tmp_path):
    file, root = tmp_path / "journal.jsonl", str(Path(__file__).parents[2])
    program = [sys.executable, "-c", KILLED, str(file)]
    done = subprocess.run(program, env={**os.environ, "PYTHONPATH": root}, check=False, cwd=root)
    assert done.returncode == -signal.SIGKILL
    known = len(WindowJournal(file))
    assert 5 <= known <= 7
    engine = Watched.reading(TEXT, SPEECH, lanes=2)
    audio = sounds.recording(np.zeros(48 * RATE, np.float32))
    resumed = listen(audio, engine, detector=sounds.detector(*SPEECH), options=OPTIONS, journal=WindowJournal(file))
    assert len(engine.moments) == 8 - known
    assert resumed.text == TEXT


def test_there_is_a_lane_or_there_is_no_engine():
    with pytest.raises(ValueError, match="at least one lane"):
        Lanes(0)


@pytest.mark.parametrize(
    ("limit", "cores"),
    [("50000 100000", 1), ("150000 100000", 1), ("100000 100000", 1), ("max 100000", None), ("", None)],
)
def test_a_containers_limit_counts_as_cores(tmp_path, monkeypatch, limit, cores):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)))
    (tmp_path / "cpu.max").write_text(limit)
    assert usable_cores(tmp_path / "cpu.max") == (cores or 6)
    (tmp_path / "cpu.max").write_text("400000 100000")
    assert usable_cores(tmp_path / "cpu.max") == 4
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert usable_cores(tmp_path / "none") == MOST_CORES
