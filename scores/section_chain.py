"""The weights that make the kind and the sections of given letters likeliest, for learn_sections.py.

One model for both: a linear chain over the sentences (conditional random field, Lafferty 2001) for each kind of letter,
and a score of each kind; the kinds of all chains compete, so that a letter's kind is the one whose sections fit. Rules
written by hand stand in the chains from the start: what is learned is what they leave to learn. Found by Adam on all
letters at once from nought: the same letters give the same weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

PENALTY = 0.4  # of the square of each weight
STEPS, PACE = 250, 0.05  # of Adam


@dataclass(frozen=True, slots=True)
class Given:
    """Letters as numbers; sentences of all letters one after the other."""

    cells: Numbers  # (sentence, feature) pairs, by sentence
    features: int
    rules: Floats  # sentence x kind of letter x section: what the rules say in a letter of that kind
    parts: Numbers  # of each sentence: the part of its letter in which it stands
    sections: list[Numbers]  # of each letter: the section of each sentence
    shown: Floats  # letter x what its words show
    kinds: Numbers  # of each letter
    by_hand: Floats  # section before x section after: what the rules say of it


@dataclass(frozen=True, slots=True)
class Learned:
    """Weights, all for sections but the last."""

    features: Floats
    rules: Floats  # section the rules speak for x section
    after: Floats  # section before x section
    parts: Floats  # kind of letter x part, the whole letter last x section
    shown: Floats  # what the words of a letter show x kind of letter


def learn(given: Given) -> Learned:
    """The weights that make the kinds and sections of these letters likeliest, each held back by its square."""
    sections, kinds = given.rules.shape[2], given.rules.shape[1]
    parts = int(given.parts.max()) + 2
    shapes = [(given.features, sections), (sections, sections), (sections, sections), (kinds, parts, sections)]
    shapes.append((given.shown.shape[1], kinds))
    sheet = _Sheet(given)
    at = [np.zeros(shape) for shape in shapes]
    mean, spread = [np.zeros(shape) for shape in shapes], [np.zeros(shape) for shape in shapes]
    for step in range(1, STEPS + 1):
        pace = PACE * (1 - step / (STEPS + 1))
        for n, slope in enumerate(sheet.slopes(Learned(*at))):
            slope += 2 * PENALTY * at[n]
            mean[n] = 0.9 * mean[n] + 0.1 * slope
            spread[n] = 0.99 * spread[n] + 0.01 * slope**2
            at[n] -= pace * (mean[n] / (1 - 0.9**step)) / (np.sqrt(spread[n] / (1 - 0.99**step)) + 1e-8)
    return Learned(*at)


class _Sheet:
    """All letters side by side, the short ones with blank places at their end."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.by_row = np.searchsorted(given.cells[:, 0], np.arange(len(given.rules)))
        order = np.argsort(given.cells[:, 1], kind="stable")
        self.rows_by_column = given.cells[order, 0]
        self.by_column = np.searchsorted(given.cells[order, 1], np.arange(given.features))
        longest, letters = max(map(len, given.sections)), len(given.sections)
        self.here = np.zeros((letters, longest), dtype=bool)
        for letter, kinds in enumerate(given.sections):
            self.here[letter, : len(kinds)] = True
        self.wanted = np.concatenate(given.sections)
        self.letter_of = np.repeat(np.arange(letters), self.here.sum(axis=1))
        self.steps = np.zeros((given.rules.shape[2],) * 2)
        for told in given.sections:
            np.add.at(self.steps, (told[:-1], told[1:]), 1)

    def slopes(self, at: Learned) -> list[Floats]:
        """The slope of the letters' unlikeliness, by weight, in the order of Learned."""
        given = self.given
        scores = np.add.reduceat(at.features[given.cells[:, 1]], self.by_row)[:, None, :] + given.rules
        scores = scores + given.rules @ at.rules + at.parts[:, -1] + at.parts[:, given.parts].transpose(1, 0, 2)
        expected, pairs, likely = self._expected(scores, at.after + given.by_hand, given.shown @ at.shown)
        expected[np.arange(len(expected)), given.kinds[self.letter_of], self.wanted] -= 1
        likely[np.arange(len(likely)), given.kinds] -= 1
        by_section = expected.sum(axis=1)
        parts = np.zeros_like(at.parts)
        np.add.at(parts.transpose(1, 0, 2), given.parts, expected)
        parts[:, -1] = expected.sum(axis=0)
        return [
            np.add.reduceat(by_section[self.rows_by_column], self.by_column),
            np.einsum("nks,nkt->st", given.rules, expected, optimize=True),
            pairs - self.steps,
            parts,
            given.shown.T @ likely,
        ]

    def _expected(self, scores: Floats, after: Floats, of_kind: Floats) -> tuple[Floats, Floats, Floats]:
        """How likely each kind and section is for a sentence, each pair of sections, and each kind for a letter."""
        letters, longest = self.here.shape
        kinds, sections = scores.shape[1:]
        step, most = np.exp(after), scores.max(axis=2, keepdims=True)
        shown = np.ones((longest, letters, kinds, sections))
        weight = np.zeros((letters, longest, kinds))
        shown.transpose(1, 0, 2, 3)[self.here] = np.exp(scores - most)
        weight[self.here] = most[:, :, 0]
        ahead, behind, found = np.empty_like(shown), np.ones_like(shown), weight.sum(axis=1) + of_kind
        for n in range(longest):
            coming = ahead[n - 1] @ step * shown[n] if n else shown[0]
            size = coming.sum(axis=2, keepdims=True)
            here = self.here[:, n, None, None]
            ahead[n] = np.where(here, coming / size, ahead[n - 1] if n else coming / size)
            found += np.where(here[:, :, 0], np.log(size[:, :, 0]), 0)
        likely = np.exp(found - found.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        pairs = np.zeros_like(after)
        for n in range(longest - 1, 0, -1):
            coming = shown[n] * behind[n]
            back = coming @ step.T
            share = np.where(self.here[:, n, None], likely / (ahead[n - 1] * back).sum(axis=2), 0)
            pairs += (ahead[n - 1] * share[:, :, None]).reshape(-1, sections).T @ coming.reshape(-1, sections)
            back /= back.sum(axis=2, keepdims=True)
            behind[n - 1] = np.where(self.here[:, n, None, None], back, behind[n])
        both = ahead * behind
        both *= likely[None, :, :, None] / both.sum(axis=3, keepdims=True)
        return both.transpose(1, 0, 2, 3)[self.here], pairs * step, likely
