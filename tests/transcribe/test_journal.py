"""A worker killed in the middle of a recording goes on at the window it was at."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from transcribe.journal import WindowJournal
from transcribe.listen import ListenOptions, listen
from transcribe.scripted import ScriptedEngine

SPEECH = [(0.5, 9.0), (12.0, 20.0), (23.0, 31.0)]
TEXT = "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit"

KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from transcribe.audio import RATE, Audio
from transcribe.journal import WindowJournal
from transcribe.listen import ListenOptions, listen
from transcribe.scripted import ScriptedEngine
SPEECH, TEXT = {speech!r}, {text!r}
class Fixed:
    def speech(self, samples, hearing=None):
        return tuple(SPEECH)
engine = ScriptedEngine.reading(TEXT, SPEECH)
heard = []
def told(progress):
    if progress.windows_done == 2:
        os.kill(os.getpid(), signal.SIGKILL)
audio = Audio(np.zeros(32 * RATE, np.float32), "0" * 64, "wav", "pcm_s16le", RATE, 1, narrow_band=False)
listen(audio, engine, options=ListenOptions(max_window_seconds=10.0), detector=Fixed(), on_progress=told,
       journal=WindowJournal(Path(sys.argv[1])))
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "windows" / "journal.jsonl"


def test_after_kill_9_only_the_windows_left_are_heard(file, sounds):
    program = KILLED.format(speech=SPEECH, text=TEXT)
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", program, str(file)], env={**os.environ, "PYTHONPATH": root})
    assert done.returncode == -signal.SIGKILL
    engine = ScriptedEngine.reading(TEXT, SPEECH)
    audio = sounds.recording(np.zeros(32 * 16_000, np.float32))
    options = ListenOptions(max_window_seconds=10.0)
    detector = sounds.detector(*SPEECH)
    resumed = listen(audio, engine, options=options, detector=detector, journal=WindowJournal(file))
    assert len(engine.attempts) == 1  # of three windows
    assert resumed.words == listen(audio, engine, options=options, detector=detector).words


def test_what_was_written_is_read_back_and_only_by_its_owner(file):
    first = WindowJournal(file)
    first["a"] = "« été »\n"
    first["b"] = "{}"
    assert dict(WindowJournal(file)) == {"a": "« été »\n", "b": "{}"}
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("cut", [2, 5, 11])
def test_a_line_cut_short_is_forgotten_and_the_next_one_is_whole(file, cut):
    first = WindowJournal(file)
    first["a"], first["b"] = "un", "deux"
    file.write_bytes(file.read_bytes()[:-cut])
    second = WindowJournal(file)
    assert dict(second) == {"a": "un"}
    second["c"] = "trois"
    assert dict(WindowJournal(file)) == {"a": "un", "c": "trois"}


def test_it_is_cleared_as_a_whole(file):
    journal = WindowJournal(file)
    journal["a"] = "un"
    with pytest.raises(TypeError):
        del journal["a"]
    journal.clear()
    journal.clear()
    assert not file.exists()
    assert not journal
