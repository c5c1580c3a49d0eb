"""Texts are chosen, and tokens placed, as openai-whisper does: its own decoders and alignment are the oracle."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
import torch
from whisper.decoding import BeamSearchDecoder, GreedyDecoder, MaximumLikelihoodRanker
from whisper.timing import dtw_cpu, median_filter

from transcribe import moments, search

VOCABULARY, END, MOST = 300, 7, 12
RULES = search.Rules(END, np.array([3, 4]), np.array([5, END]), MOST)


def belief(window: int, text: tuple[int, ...]) -> np.ndarray:
    """What a model would think comes next: a chance of its own for each text, and an end that becomes likely."""
    chance = np.random.default_rng(zlib.crc32(repr((int(window), text)).encode()))
    logits = chance.standard_normal(VOCABULARY).astype(np.float32) * 2
    logits[END] += len(text) - 2.0
    return logits


class Model:
    """Remembers what each row has read."""

    def __init__(self, windows: int, size: int, spare: int = 0) -> None:
        self.windows = [*np.repeat(np.arange(windows), size), *[99] * spare * size]
        self.texts = [()] * len(self.windows)
        self.first = np.array([belief(window, ()) for window in self.windows])

    def step(self, tokens, order):
        self.texts = [(*self.texts[row], int(token)) for row, token in zip(order, tokens, strict=True)]
        return np.array([belief(window, text) for window, text in zip(self.windows, self.texts, strict=True)])


def oracle(window: int, size: int) -> tuple[tuple[int, ...], float]:
    """openai-whisper's loop of one window: the text and its likelihood."""

    class Cache:
        def rearrange_kv_cache(self, order):
            pass

    decoder = GreedyDecoder(0.0, END) if size == 1 else BeamSearchDecoder(size, END, Cache())
    tokens, sums = torch.full((size, 1), 0), torch.zeros(size)
    for _ in range(MOST):
        texts = [tuple(row[1:].tolist()) for row in tokens]
        logits = torch.from_numpy(np.array([belief(window, text) for text in texts]))
        logits[:, [3, 4]] = -np.inf
        if not texts[0]:
            logits[:, [5, END]] = -np.inf
        tokens, done = decoder.update(tokens, logits, sums)
        if done:
            break
    candidates, sums = decoder.finalize(tokens[None], sums[None])
    texts = [[t[1 : (t == END).nonzero()[0, 0]] if END in t else t[1:] for t in row] for row in candidates]
    (chosen,) = MaximumLikelihoodRanker(None).rank(texts, sums)
    return tuple(texts[0][chosen].tolist()), float(sums[0][chosen])


@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_text_is_openai_whispers(size):
    model = Model(20, size, spare=2)
    if size == 1:
        found = search.likeliest(model.first, model.step, RULES, 20)
    else:
        found = search.beams(model.first, model.step, RULES, 20, size)
    for window, written in enumerate(found):
        tokens, logprob = oracle(window, size)
        assert written.tokens == tokens
        assert written.logprob == pytest.approx(logprob, abs=1e-4)
    assert len({len(written.tokens) for written in found}) > 3
    assert not any({3, 4, END} & set(written.tokens) for written in found)


def test_a_text_drawn_is_the_same_with_the_same_seed_only():
    texts = [
        search.drawn((model := Model(1, 1, spare=3)).first, model.step, RULES, 1, 1.0, seed)[0].tokens
        for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]


def test_draws_follow_their_likelihood():
    rules = search.Rules(END, np.array([3]), np.array([5]), 1)
    logits = np.full((1, VOCABULARY), -30, np.float32)
    logits[0, [3, 10, 11]] = 9.0, np.log(3), 0.0
    drawn = [search.drawn(logits.copy(), None, rules, 1, 1.0, seed)[0].tokens[0] for seed in range(400)]
    assert set(drawn) == {10, 11}
    assert 260 < drawn.count(10) < 340  # three in four
    cold = [search.drawn(logits.copy(), None, rules, 1, 0.2, seed)[0].tokens[0] for seed in range(100)]
    assert cold.count(10) > 95


@pytest.mark.parametrize("seed", range(30))
def test_the_way_through_is_openai_whispers(seed):
    chance = np.random.default_rng(seed)
    tokens, frames = chance.integers(1, 40), chance.integers(1, 300)
    cost = chance.standard_normal((tokens, frames)).astype(np.float32)
    if seed % 2:
        cost = np.round(cost)  # many ways cost the same
    assert np.array_equal(np.array(moments._cheapest(cost)).T, dtw_cpu(cost.astype(np.float64)))


@pytest.mark.parametrize("frames", [1, 3, 4, 9, 200])
def test_neighbouring_frames_are_smoothed_as_openai_whisper_does(frames):
    weights = np.random.default_rng(frames).standard_normal((5, frames)).astype(np.float32)
    assert np.array_equal(moments._smoothed(weights), median_filter(torch.from_numpy(weights), 7).numpy())


def test_looks_become_the_places_of_openai_whisper():
    looks = np.random.default_rng(0).standard_normal((4, 20, 150)).astype(np.float32) * 3
    weights = torch.from_numpy(looks).softmax(dim=-1)
    spread, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
    matrix = median_filter((weights - mean) / spread, 7).mean(axis=0)[3:]
    theirs = dtw_cpu((-matrix).double().numpy())
    assert np.array_equal(np.array(moments.path_of(looks, 3)).T, theirs)


def test_a_token_begins_where_its_way_begins():
    assert moments.first_moments([(0, 2), (0, 3), (1, 3), (3, 10)], 3) == [0.04, 0.06, 0.06, 0.2]
