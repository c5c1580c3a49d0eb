"""Moments: where each token was said, from how strongly a decoder's heads look at each frame; as openai-whisper does.

numpy arrays in, seconds out. Source: openai-whisper, timing.py (find_alignment, dtw_cpu, median_filter).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
WIDTH = 7  # frames of the median filter
FRAME = 0.02  # seconds


def first_moments(path: Iterable[tuple[int, int]], count: int) -> list[float]:
    """Where each of `count` tokens, and the end of the text after them, begins along a path of (token, frame).

    Seconds, every 20 ms.
    """
    starts = [math.nan] * (count + 1)
    for token, frame in path:
        if token <= count and math.isnan(starts[token]):
            starts[token] = round(frame * FRAME, 2)
    floor = 0.0
    for i, start in enumerate(starts):
        floor = starts[i] = floor if math.isnan(start) else start
    return starts


def path_of(looks: Array, before: int) -> list[tuple[int, int]]:
    """Tokens and the frames they are heard in, in order.

    looks: (heads, tokens, frames), before softmax, only the frames that hold sound. before: tokens that are no text.
    """
    total = np.zeros(looks.shape[1:], np.float32)
    for head in looks:  # one at a time stays in the processor's cache
        weights = np.exp(head - head.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        mean = weights.mean(axis=0, keepdims=True)
        weights -= mean
        spread = np.sqrt(np.einsum("tf,tf->f", weights, weights) / len(weights))
        weights /= np.where(spread > 0, spread, 1)
        total -= _smoothed(weights)
    return _cheapest(total[before:])


def _smoothed(weights: Array) -> Array:
    """The median of seven neighbouring frames, mirrored at the edges; what is shorter than that stays."""
    length, half = weights.shape[-1], WIDTH // 2
    if length <= half:
        return weights
    padded = np.pad(weights, [(0, 0)] * (weights.ndim - 1) + [(half, half)], mode="reflect")
    lanes = [padded[..., i : i + length].copy() for i in range(WIDTH)]
    for a, b in _MEDIAN_OF_SEVEN:
        larger = np.maximum(lanes[a], lanes[b])
        np.minimum(lanes[a], lanes[b], out=lanes[a])
        lanes[b] = larger
    return lanes[half]


# Pairs to put in order, after which the fourth of seven is the median. Source: Devillard, Fast median search, 1998.
_MEDIAN_OF_SEVEN = (
    *((0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6)),
    *((2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4)),
)


def _cheapest(cost: Array) -> list[tuple[int, int]]:
    """The cheapest way from the first token and frame to the last, by dynamic time warping.

    Worked through by diagonals, whose places do not depend on each other.
    """
    tokens, frames = cost.shape
    tilted = np.zeros((tokens + frames - 1, tokens), np.float32)  # [i + j, i]
    rows, columns = np.indices(cost.shape)
    tilted[rows + columns, rows] = cost
    came = np.full((tokens + frames - 1, tokens), 2, np.int8)  # 0 from both before, 1 from the token, 2 from the frame
    # What the two last diagonals cost, before a first token that costs nothing once.
    older, last = (np.full(tokens + 1, np.inf, np.float32) for _ in range(2))
    older[0] = 0.0
    for diagonal in range(tokens + frames - 1):
        low, high = max(0, diagonal - frames + 1), min(tokens, diagonal + 1)
        both, token, frame = older[low:high], last[low:high], last[low + 1 : high + 1]
        cheaper = np.minimum(token, frame)
        straight = both < cheaper
        came[diagonal, low:high] = np.where(straight, 0, 2 - (token < np.minimum(both, frame)))
        now = np.full(tokens + 1, np.inf, np.float32)
        now[low + 1 : high + 1] = tilted[diagonal, low:high]
        now[low + 1 : high + 1] += np.where(straight, both, np.where(came[diagonal, low:high] == 1, token, frame))
        older, last = last, now
    path, i, j = [], tokens, frames
    while i > 0 or j > 0:
        path.append((i - 1, j - 1))
        way = 2 if i == 0 else 1 if j == 0 else came[i + j - 2, i - 1]
        i, j = i - int(way in (0, 1)), j - int(way in (0, 2))
    return path[::-1]
