"""Windows joined for training, and the measure of word errors."""

from __future__ import annotations

import numpy as np
import pytest

from models.recipe.measure import edits, rate, windows, words
from models.recipe.windows import FRAME, RATE, Group, Joiner, Length, token_places, tokenizer

LONG = Length("long", 18.0, 28.0, 60.0, padded=True, timed=0.6, prompted=0.5)
STRIDE = Length("long", 18.0, 28.0, 60.0, padded=True, timed=1.0, stride=(4.0, 8.0))
SHORT = Length("short", 2.0, 5.0, 20.0, padded=False)


@pytest.fixture(scope="module")
def joiner() -> Joiner:
    pen, groups = tokenizer(), []
    for text, seconds in (("pas de fièvre point", 1.7), ("cher confrère virgule", 1.2), ("examen clinique", 2.9)):
        length = int(seconds * RATE)
        starts = [length * i // len(text.split()) for i in range(len(text.split()))]
        tokens, at = token_places(pen, text, starts, length)
        sound = np.full(length, 5000, np.int16)
        groups.append(Group("a voice", text, sound, tokens, at, [1, 2, 3], np.ones(length // FRAME, np.int64)))
    return Joiner(groups, seed=1)


def test_times_in_a_target_never_run_backwards_and_a_segment_is_closed_or_alone_at_the_end(joiner: Joiner) -> None:
    pen, seen = joiner.pen, 0
    for _ in range(80):
        body = [t for t in joiner.window(LONG, 24.0).tokens if t >= pen.timestamp_begin]
        seen += bool(body)
        assert body == sorted(body)
        assert all(t <= pen.timestamp_begin + 1500 for t in body)
    assert seen > 10


def test_in_strides_the_pen_stops_early_and_says_where_to_go_on_though_the_sound_goes_on(joiner: Joiner) -> None:
    pen, silent = joiner.pen, 0
    for _ in range(150):
        window = joiner.window(STRIDE, 28.0)
        body = window.tokens[window.first_wanted : -1]
        if body == [pen.timestamp_begin]:
            silent += 1
            continue
        last, before = body[-1] - pen.timestamp_begin, body[-2] - pen.timestamp_begin
        assert 200 <= last <= 700  # frames of 20 ms: four seconds at least, eight and a group at most
        assert 0 <= before <= last  # two times in a row: whisper's loop takes its next window at the second
        assert len(window.sound) > 25 * RATE
        assert window.places[-2] == last
    assert 0 < silent < 30


def test_a_window_is_never_longer_than_thirty_seconds_and_its_labels_fit_its_sound(joiner: Joiner) -> None:
    for _ in range(40):
        window = joiner.window(LONG, 28.0)
        assert len(window.sound) <= 30 * RATE
        assert len(window.labels) <= -(-len(window.sound) // FRAME)
        assert len(window.places) == len(window.tokens)
        assert window.places.max() <= 1500


def test_long_batches_are_padded_as_whisper_pads_and_short_ones_are_not(joiner: Joiner) -> None:
    assert joiner.batch(LONG).mel.shape[1:] == (80, 3000)
    assert joiner.batch(SHORT).mel.shape[2] < 1400


def test_only_what_was_said_is_asked_of_the_pen_and_not_its_prompt(joiner: Joiner) -> None:
    batch, pen = joiner.batch(LONG), joiner.pen
    for tokens, wanted in zip(batch.tokens.tolist(), batch.wanted.tolist(), strict=True):
        start = tokens.index(pen.sot)
        assert not any(wanted[: start + 3])
        assert wanted[start + 4]


def test_the_word_error_rate_counts_changes_gaps_and_additions() -> None:
    assert edits(["a", "b", "c", "d"], ["a", "x", "c"]) == 2
    assert rate([("pas de fièvre", "pas de fièvre")]) == 0
    assert rate([("Pas de fièvre.", "pas fièvre oui")]) == pytest.approx(2 / 3)
    assert words("L’examen : vingt-six !") == ["l'examen", "vingt-six"]


def test_cutting_a_dictation_at_its_pauses_loses_no_sample_and_cuts_no_speech() -> None:
    dice = np.random.default_rng(0)
    speech = [np.sin(np.arange(RATE * n) / 20).astype(np.float32) * 0.3 for n in (3, 4, 2, 5, 3, 1)]
    sound = np.concatenate([part for s in speech for part in (s, np.zeros(RATE // 2, np.float32))])
    sound += dice.standard_normal(len(sound)).astype(np.float32) * 1e-4
    pieces = windows(sound, 8.0)
    assert np.array_equal(np.concatenate(pieces), sound)
    assert all(len(piece) <= 8 * RATE for piece in pieces)
    assert all(np.abs(piece[-800:]).max() < 0.01 for piece in pieces)
