"""Batches: neighbouring windows are read together, and nobody can tell from the transcript or the journal."""

from __future__ import annotations

import numpy as np
import pytest

from transcribe import Cancelled
from transcribe.audio import RATE
from transcribe.engine import EngineInfo, HeardWord
from transcribe.listen import ListenOptions, listen
from transcribe.scripted import ScriptedEngine, Slip

TEXT = " ".join(a + b for a in ("bal", "cor", "dis", "fen", "gar", "lim", "mor", "pas") for b in "aeiou")
SPEECH = tuple((6.0 * i + 0.5, 6.0 * i + 5.0) for i in range(8))  # eight windows


class Together(ScriptedEngine):
    """Keeps which windows it read together."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.read, self.encoded = [], []

    def encode(self, sound, window):
        self.encoded.append(window)
        return super().encode(sound, window)

    def decode_all(self, features, options):
        self.read.append(len(features))
        return super().decode_all(features, options)


def engine(batch, lanes=1, **options):
    info = EngineInfo("scripted", "scripted", "0" * 64, short_windows=True, batch=batch)
    return Together.reading(TEXT, SPEECH, info=info, lanes=lanes, **options)


@pytest.fixture
def hear(sounds):
    def run(engine, **more):
        audio = sounds.recording(np.zeros(48 * RATE, np.float32))
        options = ListenOptions(max_window_seconds=6.0)
        return listen(audio, engine, detector=sounds.detector(*SPEECH), options=options, **more)

    return run


@pytest.mark.parametrize(
    ("batch", "lanes", "read"),
    [(1, 1, [1] * 8), (3, 1, [2, 3, 3]), (4, 1, [4, 4]), (20, 1, [8]), (4, 2, [4, 4]), (3, 2, [2, 2, 2, 2])],
)
def test_neighbours_are_read_together_in_equal_shares(hear, batch, lanes, read):
    listener, told = engine(batch, lanes), []
    transcript = hear(listener, on_progress=told.append)
    assert transcript.text == TEXT
    assert sorted(listener.read) == read
    assert transcript.options["windows"] == transcript.options["attempts"] == 8
    assert [progress.windows_done for progress in told] == list(range(9))


def test_one_doubtful_window_is_heard_again_alone(hear):
    loop = Slip(tuple(HeardWord("encore", 0.1 * i, 0.1 * i + 0.1, 0.9) for i in range(40)))
    listener = engine(4, slips=[Slip(()), loop])  # the first two windows; the words of the first come at the second try
    transcript = hear(listener)
    assert transcript.text == TEXT
    assert listener.read[0] == 4
    assert len(listener.attempts) == transcript.options["attempts"] > 8
    assert {word.window: word.temperature for word in transcript.words}.keys() == set(range(8))


def test_each_window_of_a_batch_is_kept_as_soon_as_it_is_judged(hear):
    class Journal(dict):
        def __setitem__(self, key, value):
            if len(self) == 5:
                raise OSError("the disk is full")
            super().__setitem__(key, value)

    journal = Journal()
    with pytest.raises(OSError, match="full"):
        hear(engine(4), journal=journal)
    assert len(journal) == 5
    resumed = engine(4)
    assert hear(resumed, journal=dict(journal)).text == TEXT
    assert sum(resumed.read) == 3


def test_the_listener_can_be_stopped_inside_a_batch(hear):
    listener, journal = engine(4), {}
    with pytest.raises(Cancelled):
        hear(listener, journal=journal, cancelled=lambda: len(listener.encoded) >= 6)
    assert len(listener.encoded) == 6
    assert len(journal) == 4
