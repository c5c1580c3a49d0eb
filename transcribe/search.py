"""Search: from what a model believes of the next token to a text, by openai-whisper's rules.

A function that reads tokens and gives logits in, tokens and their likelihood out. Knows nothing of models. Windows are
searched side by side, and none depends on the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

BLOCK = 64  # tokens looked at together

Logits = npt.NDArray[np.float32]  # (rows, vocabulary)
Ints = npt.NDArray[np.int64]
Step = Callable[[Ints, Ints], Logits]  # tokens just written (rows), the row that each continues (rows)


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be written."""

    end: int  # the token that ends a text
    never: Ints  # tokens no text holds
    not_first: Ints  # nor begins with
    most: int  # tokens

    def logprobs(self, logits: Logits, first: bool) -> Logits:
        """Natural logarithms of the likelihood of each token, written over the logits."""
        logits[:, self.never] = -np.inf
        if first:
            logits[:, self.not_first] = -np.inf
        top = logits.max(axis=1, keepdims=True)
        logits -= top
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True, dtype=np.float64)).astype(np.float32)
        return logits


@dataclass(frozen=True, slots=True)
class Written:
    tokens: tuple[int, ...]  # without the end
    logprob: float  # of all of them together, the end included when it was written


def likeliest(first: Logits, step: Step, rules: Rules, windows: int) -> list[Written]:
    """The likeliest token each time. first: logits after the prompt, one row a window, then rows of nobody."""

    def choose(logprobs: Logits) -> Ints:
        return np.asarray(logprobs.argmax(axis=1), np.int64)

    return _one_each(first, step, rules, windows, choose)


def drawn(first: Logits, step: Step, rules: Rules, windows: int, temperature: float, seed: int) -> list[Written]:
    """Each token drawn by its likelihood; the same seed gives the same text."""
    chance = np.random.default_rng(seed)

    def choose(logprobs: Logits) -> Ints:
        chosen = np.asarray(logprobs.argmax(axis=1), np.int64)
        for row in range(windows):  # the largest of the likelihoods, each with noise of Gumbel's, is such a draw
            chosen[row] = np.argmax(logprobs[row] / temperature + chance.gumbel(size=logprobs.shape[1]))
        return chosen

    return _one_each(first, step, rules, windows, choose)


def _one_each(first: Logits, step: Step, rules: Rules, windows: int, choose: Callable[[Logits], Ints]) -> list[Written]:
    texts: list[list[int]] = [[] for _ in range(windows)]
    sums, open_ = [0.0] * windows, set(range(windows))
    logits, itself, chosen = first, np.arange(len(first)), np.full(len(first), rules.end)
    for count in range(rules.most):
        logprobs = rules.logprobs(logits[:windows], count == 0)
        chosen[:windows] = choose(logprobs)
        for row in list(open_):
            token = int(chosen[row])
            sums[row] += float(logprobs[row, token])
            if token == rules.end:
                open_.remove(row)
            else:
                texts[row].append(token)
        if not open_ or count + 1 == rules.most:
            break
        logits = step(chosen, itself)
    return [Written(tuple(text), total) for text, total in zip(texts, sums, strict=True)]


@dataclass(slots=True)
class _Beams:
    """The best readings of one window so far, in rows of their own."""

    live: list[Written]
    done: dict[tuple[int, ...], float] = field(default_factory=dict)
    closed: bool = False


def beams(first: Logits, step: Step, rules: Rules, windows: int, size: int) -> list[Written]:
    """The best of `size` readings of each window kept side by side. first: logits after the prompt, `size` equal rows a
    window, then rows of nobody.

    A text is as good as the mean likelihood of its tokens; a window is done when `size` of its texts have ended.
    """
    found = [_Beams([Written((), 0.0)]) for _ in range(windows)]
    logits, tokens, order = first, np.full(len(first), rules.end), np.arange(len(first))
    for count in range(rules.most):
        logprobs = rules.logprobs(logits[: windows * size], count == 0)  # of nobody, none
        for window, beam in enumerate(found):
            if not beam.closed:
                rows = slice(window * size, (window + 1) * size)
                tokens[rows], order[rows] = _grown(beam, logprobs[rows], rules.end, size)
                order[rows] += window * size
        if all(beam.closed for beam in found) or count + 1 == rules.most:
            break
        logits = step(tokens.copy(), order.copy())
    return [_best(beam, size) for beam in found]


def _grown(beam: _Beams, logprobs: Logits, end: int, size: int) -> tuple[list[int], list[int]]:
    """One token more for each reading. Returns the tokens, and the rows among the window's own they continue."""
    candidates = []
    for row, written in enumerate(beam.live):
        for token in _largest(logprobs[row], size + 1):
            candidates.append((written.logprob + float(logprobs[row, token]), row, int(token)))
    candidates.sort(key=lambda candidate: -candidate[0])  # as they came where equal
    live, tokens, rows, ended = [], [], [], {}
    for logprob, row, token in candidates:
        if token == end:
            ended[beam.live[row].tokens] = logprob
        else:
            live.append(Written((*beam.live[row].tokens, token), logprob))
            tokens.append(token)
            rows.append(row)
            if len(live) == size:
                break
    for text, logprob in ended.items():
        if len(beam.done) >= size:
            break
        beam.done[text] = logprob
    beam.live, beam.closed = live, len(beam.done) >= size
    return tokens, rows


def _largest(values: Logits, count: int) -> Ints:
    """Indices of the largest, in falling order; cheaper than sorting a whole vocabulary."""
    blocks = values[: len(values) // BLOCK * BLOCK].reshape(-1, BLOCK).max(axis=1)
    floor = np.partition(blocks, -count)[-count] if len(blocks) >= count else -np.inf  # so many are at least as large
    among = np.flatnonzero(values >= floor)
    return among[np.argsort(-values[among], kind="stable")][:count]


def _best(beam: _Beams, size: int) -> Written:
    found = [Written(text, logprob) for text, logprob in beam.done.items()]
    found += sorted(beam.live, key=lambda written: -written.logprob)[: max(0, size - len(found))]
    return max(found, key=lambda written: written.logprob / max(1, len(written.tokens)))
