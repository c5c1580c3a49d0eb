"""Windows hold all speech, none twice, and their clock can be turned back to the recording's."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transcribe.audio import RATE, decode
from transcribe.vad import CLOSE, FRAME, Detector, Hearing, Window, _edges, pack, quietest, spans

lengths = st.lists(st.tuples(st.floats(0.1, 40), st.floats(0.1, 5)), max_size=30)


def laid_out(pauses_and_lengths):
    """Alternating pauses and speech as spans, and the length of the recording."""
    found, moment = [], 0.0
    for length, pause in pauses_and_lengths:
        moment += pause
        found.append((moment, moment + length))
        moment += length
    return found, moment + 0.5


@settings(deadline=None)
@example(shape=[(1.0, 1.0), (13.13189937412744, 1.0)], limit=13.13189937412744, margin=0.0)  # rounding: seen failing
@given(shape=lengths, limit=st.floats(3, 30), margin=st.floats(0, 0.5))
def test_every_moment_of_speech_is_in_exactly_one_window(shape, limit, margin):
    speech, duration = laid_out(shape)
    windows = pack(speech, duration, limit, margin=margin)
    pieces = [piece for window in windows for piece in window.pieces]
    assert all(a < b for a, b in pieces)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(pieces))
    assert all(window.duration <= limit + 1e-6 for window in windows)
    assert all(window.start >= 0 and window.end <= duration + 1e-9 for window in windows)
    heard = sum(max(0.0, min(b, d) - max(a, c)) for a, b in pieces for c, d in speech)
    assert heard == pytest.approx(sum(b - a for a, b in speech))


@settings(deadline=None)
@given(shape=lengths.filter(bool), limit=st.floats(3, 30), share=st.floats(0, 1))
def test_the_clock_of_a_window_can_be_turned_back(shape, limit, share):
    speech, duration = laid_out(shape)
    for window in pack(speech, duration, limit):
        moment = share * window.duration
        there = window.to_recording(moment)
        assert any(a <= there <= b for a, b in window.pieces)
        assert window.to_window(there) == pytest.approx(moment, abs=1e-6)
        assert window.to_recording(moment, ends=True) <= there + 1e-9
        assert window.to_recording(window.duration + 1) == window.end


@settings(deadline=None)
@given(shape=lengths.filter(bool), moments=st.lists(st.floats(0, 30), min_size=2, max_size=9))
def test_time_never_runs_backwards_through_a_window(shape, moments):
    speech, duration = laid_out(shape)
    for window in pack(speech, duration, 30):
        there = [window.to_recording(moment) for moment in sorted(moments)]
        assert there == sorted(there)


def test_at_a_seam_a_word_ends_before_the_pause_and_the_next_begins_after_it():
    window = Window(((1.0, 3.0), (10.0, 12.0)))
    assert window.to_recording(2.0) == 10.0
    assert window.to_recording(2.0, ends=True) == 3.0
    assert window.to_window(5.0) == 2.0


def test_a_window_is_cut_at_its_longest_pause():
    speech = [(0.0, 5.0), (5.3, 9.0), (10.5, 14.0), (14.2, 19.0), (19.4, 25.0)]
    first, second = pack(speech, 26.0, 18.0)
    assert first.end == pytest.approx(9.3)
    assert second.start == pytest.approx(10.2)


def test_a_short_pause_stays_whole_and_a_long_one_is_shortened():
    assert pack([(1.0, 2.0), (2.5, 4.0)], 5.0, 20.0)[0].pieces == ((0.7, 4.3),)
    assert pack([(1.0, 2.0), (6.0, 7.0)], 8.0, 20.0)[0].pieces == ((0.7, 2.3), (5.7, 7.3))


def test_speech_without_a_pause_is_cut_where_it_is_quietest():
    sound = np.sin(np.arange(30 * RATE) / 5).astype(np.float32)
    sound[round(16.9 * RATE) : round(17.1 * RATE)] = 0
    first, second = pack([(0.0, 30.0)], 30.0, 20.0, cut_at=quietest(sound))
    assert first.end == second.start == pytest.approx(17.0, abs=0.1)


def test_a_window_smaller_than_its_margins_is_a_mistake():
    with pytest.raises(ValueError, match="margins"):
        pack([(0.0, 1.0)], 1.0, 1.0, margin=0.5)


def test_the_window_holds_the_samples_it_says(sounds):
    sound = sounds.voice_like(10.0)
    window = Window(((1.0, 2.0), (5.0, 5.5)))
    held = window.sound(sound)
    assert np.array_equal(held, np.concatenate([sound[RATE : 2 * RATE], sound[5 * RATE : round(5.5 * RATE)]]))


def test_speech_starts_surely_and_ends_after_a_real_pause():
    seconds = FRAME / RATE
    likely = np.array([0, 0.3, 0.9, 0.3, 0.3, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 0.3], np.float32)
    found = spans(likely, 1.0, Hearing(min_speech_seconds=0))
    assert found == ((2 * seconds, 7 * seconds),)
    assert spans(np.ones(10, np.float32), 0.31, Hearing()) == ((0.0, 0.31),)
    assert spans(np.zeros(0, np.float32), 0.0, Hearing()) == ()


@pytest.fixture(scope="module")
def detector():
    return Detector()


@pytest.mark.parametrize("kind", ["silence", "hiss", "hum", "tone", "nothing"])
def test_nobody_speaks_in_a_sound_without_speech(kind, detector):
    time = np.arange(20 * RATE) / RATE
    sound = {
        "silence": np.zeros_like(time),
        "hiss": 0.05 * np.random.default_rng(3).standard_normal(len(time)),
        "hum": 0.2 * np.sin(2 * np.pi * 50 * time),
        "tone": 0.3 * np.sin(2 * np.pi * 1000 * time),
        "nothing": np.zeros(0),
    }[kind]
    assert detector.speech(sound.astype(np.float32)) == ()


def test_speech_is_found_in_every_dictation_and_not_in_the_silence_put_before_it(detector, cases):
    for case in cases:
        audio = decode(case)
        lead = 7.0
        sound = np.concatenate([np.zeros(round(lead * RATE), np.float32), audio.samples[: 30 * RATE]])
        found = detector.speech(sound)
        assert 0.4 < sum(b - a for a, b in found) / 30 < 0.98
        assert lead - 0.1 < found[0][0] < lead + 3


def test_the_detector_hears_the_same_in_pieces_and_at_once(detector, cases, monkeypatch):
    sound = decode(cases[0]).samples[: 20 * RATE]
    whole = detector.probabilities(sound)
    assert len(whole) == -(-len(sound) // FRAME)
    monkeypatch.setattr("transcribe.vad._FRAMES_AT_ONCE", 100)
    assert np.allclose(detector.probabilities(sound), whole, atol=1e-4)


def every_way(count):
    """Where windows may begin, for so many spans."""
    for inner in itertools.product([False, True], repeat=count - 1):
        yield [0, *(i + 1 for i, cut in enumerate(inner) if cut), count]


@settings(deadline=None)
@given(shape=st.lists(st.tuples(st.floats(0.1, 9), st.floats(0.1, 3)), min_size=1, max_size=9))
def test_no_other_cuts_make_fewer_windows_nor_lie_in_longer_pauses(shape):
    lengths, pauses = [length for length, _ in shape], [pause for _, pause in shape[1:]]

    def cost(edges):
        return len(edges), sum(1 / (pauses[i - 1] + CLOSE) for i in edges[1:-1])

    fits = [
        edges for edges in every_way(len(lengths)) if all(sum(lengths[a:b]) <= 10 for a, b in itertools.pairwise(edges))
    ]
    found = _edges(lengths, pauses, 10.0)
    assert found in fits
    assert cost(found)[0] == min(map(cost, fits))[0]
    assert cost(found)[1] == pytest.approx(min(map(cost, fits))[1])


def test_a_long_pause_ends_no_window_where_that_costs_one_more():
    speech = [(0.0, 14.0), (17.0, 29.0), (29.5, 44.5), (47.5, 59.5)]
    windows = pack(speech, 60.0, 28.0, margin=0.1)
    assert [(window.start, window.end) for window in windows] == [(0.0, 29.1), (29.4, 59.6)]
