"""Windows joined for training, and the measure of word errors."""

from __future__ import annotations

import numpy as np
import pytest

from models.recipe.measure import edits, rate, windows, words
from models.recipe.network import HORIZON
from models.recipe.windows import FRAME, PROMPT, RATE, Group, Joiner, Length, token_places, tokenizer

TIMED = Length("timed", 4.0, 8.0, 60.0, timed=0.6, prompted=0.5)
STRIDE = Length("stride", 0.0, 0.0, 60.0, prompted=0.7, stride=4.5)
SHORT = Length("short", 2.0, 5.0, 20.0)


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


def test_times_in_a_target_never_run_backwards_and_none_stands_alone_at_the_end(joiner: Joiner) -> None:
    pen, seen = joiner.pen, 0
    for _ in range(80):
        window = joiner.window(TIMED, 7.0)
        body = [t for t in window.tokens[window.first_wanted :] if t >= pen.timestamp_begin]
        seen += bool(body)
        assert body == sorted(body)
        assert len(body) % 2 == (1 if body else 0)  # two for each group, and where to go on: never one alone at the end
        assert not body or body[-1] == pen.timestamp_begin + HORIZON
        assert all(t <= pen.timestamp_begin + HORIZON for t in body)
    assert seen > 10


def test_in_strides_the_pen_stops_early_and_says_where_to_go_on(joiner: Joiner) -> None:
    pen, silent, unseen, goes_on = joiner.pen, 0, 0, 0
    for _ in range(300):
        window = joiner.window(STRIDE, 0.0)
        body = [t - pen.timestamp_begin for t in window.tokens[window.first_wanted : -1]]
        assert len(window.sound) <= HORIZON * FRAME
        if body == [0, HORIZON]:
            silent += 1
            continue
        assert 0 <= body[0] <= 50  # whisper's loop takes no first time above one second
        assert 0 <= body[-2] <= body[-1] <= HORIZON  # two times in a row: the loop's next window starts at the second
        earlier = [time for time in body[:-1] if time >= 0]
        assert earlier == sorted(earlier)
        # once a group ends later than the stride, no other is begun
        assert all(end < 4.5 * RATE / FRAME for end in earlier[1:-1:2])
        unseen += body[-1] == HORIZON
        goes_on += len(window.sound) == HORIZON * FRAME
    assert 0 < silent < 40
    assert 20 < unseen < 200
    assert goes_on > 150


def test_a_window_ends_at_the_horizon_and_its_labels_fit_its_sound(joiner: Joiner) -> None:
    for kind in [TIMED, STRIDE] * 20:
        window = joiner.window(kind, 8.0)
        assert len(window.sound) <= HORIZON * FRAME
        assert len(window.labels) <= -(-len(window.sound) // FRAME)
        assert len(window.places) == len(window.tokens)
        assert window.places.max() <= HORIZON


def test_a_prompt_of_whispers_loop_holds_the_times_of_earlier_windows(joiner: Joiner) -> None:
    pen = joiner.pen
    for wanted in (15, 100, 300):
        window = joiner.window(STRIDE, 0.0, wanted)
        before = window.tokens[: window.tokens.index(pen.sot)]
        assert before[0] == pen.sot_prev
        assert len(before) == 1 + min(wanted, PROMPT)
        assert any(token >= pen.timestamp_begin for token in before)
        assert window.first_wanted == len(before) + 3
    assert joiner.window(STRIDE, 0.0).tokens[0] == pen.sot


def test_batches_in_strides_reach_to_the_horizon_and_short_ones_only_as_far_as_their_sound(joiner: Joiner) -> None:
    assert joiner.batch(STRIDE).mel.shape[1:] == (80, 2 * HORIZON)
    assert joiner.batch(SHORT).mel.shape[2] < 900


def test_only_what_was_said_is_asked_of_the_pen_and_not_its_prompt(joiner: Joiner) -> None:
    batch, pen = joiner.batch(TIMED), joiner.pen
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
