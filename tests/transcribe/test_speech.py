"""With the shipped checkpoint: a whole synthetic dictation comes out nearly word for word, each word on its sound."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from transcribe import select_engine, transcribe

pytestmark = pytest.mark.speech


def errors(said, heard):
    """Words to change, add or take away (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def test_a_dictation_is_read_with_its_words_in_place(cases):
    case = cases[3]
    selection = select_engine("reference", models=Path(__file__).parents[2] / "models")
    assert "asked for by name" in selection.reason
    transcript = transcribe(case, engine=selection.engine)
    said = (case.parent / "spoken.txt").read_text("utf-8").replace("-", " ").split()
    heard = transcript.text.replace("-", " ").split()
    assert errors(said, heard) <= 0.10 * len(said)
    assert all(a.end <= b.start for a, b in itertools.pairwise(transcript.words))
    on_speech = [any(w.start < end and w.end > start for start, end in transcript.speech) for w in transcript.words]
    assert sum(on_speech) >= 0.96 * len(
        on_speech
    )  # a small checkpoint places a word in thirty of this sample in a pause
