"""`python -m scores.learn_sections [--folds N]`: learn how sentences tell their section, from the letters we wrote.

Letters with their sections in (scores/sets/letters/dev, tests/structure/letters), patterns/section_weights.tsv and
letter_weights.tsv out: a linear chain (conditional random field, Lafferty 2001) over the features of
sections_features.py, penalised by the square of its weights, found by Adam on all letters at once from nought, so that
the same letters give the same file; and a logistic regression for the kind of letter. With --folds nothing is written:
each N-th of the letters is read with what the others teach and with the rules of order.py, and the share of its
sentences in their section is printed.
"""

from __future__ import annotations

import argparse
import difflib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dictation.domain.documents import LetterType, SectionKind, Sidecar
from dictation.structure import sections_letter, sections_model
from dictation.structure.asides import take_asides
from dictation.structure.lexicon import PATTERNS, fold
from dictation.structure.order import most_likely
from dictation.structure.sections import headed, opened
from dictation.structure.sentences import Line, cut
from dictation.structure.written import write_words

ROOT = Path(__file__).resolve().parents[1]
DEV, TESTS = ROOT / "scores" / "sets" / "letters" / "dev", ROOT / "tests" / "structure" / "letters"
HEAD = "# By `python -m scores.learn_sections`, not by hand: feature\twhat it speaks for (above 0) or against\n"
KINDS = list(SectionKind)
PENALTY, OF_LETTERS = 0.2, 0.02  # of the square of each weight, of sections and of kinds of letters
LETTERS = 2  # a feature of fewer letters teaches nothing
STEPS, PACE = 250, 0.05  # of Adam
SMALL, SMALL_OF_LETTERS = 0.05, 0.1  # weights below are left out
NEAR = 0.8  # likeness of a sentence and its gold: some numbers may be written otherwise

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Letter:
    name: str
    lines: list[Line]
    titles: list[SectionKind | None]
    bare: list[bool]  # a title alone on its line
    wanted: list[SectionKind | None]  # the section of each line; None: not told, or a title alone

    @property
    def kind(self) -> LetterType:
        """The kind of letter its name says, as what it is built."""
        told = next(kind for kind in LetterType if kind.value in self.name.split("-"))
        return sections_letter.built_as(told)

    def seen(self) -> tuple[list[list[str]], list[int]]:
        """The features of each sentence whose section is told, as the model sees them, and its section's number."""
        said = [n for n, alone in enumerate(self.bare) if not alone]
        placed = [sections_model.placed(self.lines[n], place, len(said), self.kind) for place, n in enumerate(said)]
        told = [(features, self.wanted[n]) for features, n in zip(placed, said, strict=True)]
        return [f for f, kind in told if kind], [KINDS.index(kind) for _, kind in told if kind]


def letters() -> list[Letter]:
    """The development letters: dictations with their gold, and marked text (« section | what is said »)."""
    found = []
    for gold in sorted(DEV.glob("*/gold.json")):
        told = json.loads(gold.read_text(encoding="utf-8"))
        words = (gold.parent / "spoken.txt").read_text(encoding="utf-8").split()
        kinds = {_bare(text): SectionKind(kind) for text, kind in told["sentences"]}
        day = told.get("visit_date")
        sidecar = Sidecar(author="", visit_date=date.fromisoformat(day)) if day else None
        found.append(_letter(gold.parent.name, words, sidecar, lambda line, kinds=kinds: _near(line, kinds)))
    for path in sorted([*DEV.glob("*.txt"), *TESTS.glob("*.txt")]):
        pairs = [line.split("|") for line in path.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
        owner = [SectionKind(kind.strip("? ")) for kind, said in pairs for _ in f"{said} point".split()]
        words = [word for _, said in pairs for word in f"{said} point".split()]
        found.append(_letter(path.stem, words, None, lambda line, owner=owner: owner[line.tokens[0].first]))
    return found


def _letter(
    name: str, words: list[str], sidecar: Sidecar | None, kind_of: Callable[[Line], SectionKind | None]
) -> Letter:
    sheet = write_words(words, sidecar)
    take_asides(sheet)
    lines, titles = headed(cut(sheet.tokens))
    bare = [title is not None and not title[2] for title in titles]
    lines = [opened(line, title[2]) if title and title[2] else line for line, title in zip(lines, titles, strict=True)]
    wanted = [None if alone else kind_of(line) for line, alone in zip(lines, bare, strict=True)]
    return Letter(name, lines, [title[0] if title else None for title in titles], bare, wanted)


def _bare(text: str) -> str:
    return "".join(c for c in fold(text) if c.isalnum())


def _near(line: Line, kinds: dict[str, SectionKind]) -> SectionKind | None:
    near = difflib.get_close_matches(_bare(line.text), kinds, n=1, cutoff=NEAR)
    return kinds[near[0]] if near else None


def learn(given: Iterable[Letter]) -> sections_model.Weights:
    """The weights that make the sections of these letters likeliest, small ones left out."""
    seen = [letter.seen() for letter in given]
    of_letters = Counter(f for sentences, _ in seen for f in {f for sentence in sentences for f in sentence})
    names = sorted(f for f, n in of_letters.items() if n >= LETTERS)
    at = {name: n for n, name in enumerate(names)}
    cells = [(r, at[f]) for r, s in enumerate(s for sentences, _ in seen for s in sentences) for f in s if f in at]
    chain = _Chain(np.array(cells), [np.array(kinds) for _, kinds in seen], len(names))
    weights, after = chain.fitted()
    found = {name: _told(row) for name, row in zip(names, weights, strict=True)}
    found |= {f"after {kind.value}": _told(row) for kind, row in zip(KINDS, after, strict=True)}
    return {name: row for name, row in found.items() if row}


def learn_letters(given: Iterable[Letter]) -> sections_letter.Weights:
    """The weights that tell the kind of letter, by descent on the likeliness of the kinds (logistic regression)."""
    kinds, seen = list(LetterType), [(sections_letter.shown(letter.lines), letter.kind) for letter in given]
    counted = Counter(f for features, _ in seen for f in features)
    names = [sections_letter.ALWAYS, *sorted(f for f, n in counted.items() if n >= LETTERS)]
    shown = np.array([[name in features for name in names] for features, _ in seen], dtype=np.float64)
    shown *= [[sections_letter.share(int(n))] for n in shown.sum(axis=1)]
    shown[:, 0] = 1
    wanted = np.array([[kind is k for k in kinds] for _, kind in seen], dtype=np.float64)
    evenly = (wanted / np.sqrt(np.maximum(wanted.sum(axis=0), 1))).sum(axis=1, keepdims=True)  # rare kinds count more
    evenly /= evenly.mean()
    weights = np.zeros((len(names), len(kinds)))
    for _ in range(STEPS):
        likely = np.exp(shown @ weights)
        likely /= likely.sum(axis=1, keepdims=True)
        weights -= PACE * (shown.T @ ((likely - wanted) * evenly) + OF_LETTERS * weights)
    rows = zip(names, weights, strict=True)
    told = {n: tuple((k, round(float(w), 2)) for k, w in zip(kinds, row, strict=True)) for n, row in rows}
    told |= {n: tuple(p for p in told[n] if abs(p[1]) >= SMALL_OF_LETTERS) for n in names[1:]}
    return {n: row for n, row in told.items() if row}


def _told(row: Floats) -> tuple[tuple[SectionKind, float], ...]:
    return tuple((k, round(float(w), 2)) for k, w in zip(KINDS, row, strict=True) if abs(w) >= SMALL)


class _Chain:
    """A conditional random field over the sentences of letters; cells: (sentence, feature) pairs."""

    def __init__(self, cells: NDArray[np.int64], kinds: list[NDArray[np.int64]], features: int) -> None:
        self.rows, self.columns = cells[:, 0], cells[:, 1]  # sorted by sentence
        self.kinds, self.features = kinds, features
        self.by_row = np.searchsorted(self.rows, np.arange(sum(map(len, kinds))))
        order = np.argsort(self.columns, kind="stable")
        self.rows_by_column = self.rows[order]
        self.by_column = np.searchsorted(self.columns[order], np.arange(features))

    def fitted(self) -> tuple[Floats, Floats]:
        """Weights of features (features x kinds) and of neighbours (kind before x kind)."""
        n = len(KINDS)
        at = np.zeros((self.features + n, n))
        mean, spread = np.zeros_like(at), np.zeros_like(at)
        for step in range(1, STEPS + 1):
            slope = self._slope(at[: self.features], at[self.features :]) + 2 * PENALTY * at
            mean, spread = 0.9 * mean + 0.1 * slope, 0.99 * spread + 0.01 * slope**2
            pace = PACE * (1 - step / (STEPS + 1))
            at -= pace * (mean / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.99**step)) + 1e-8)
        return at[: self.features], at[self.features :]

    def _slope(self, weights: Floats, after: Floats) -> Floats:
        """The slope of the letters' unlikeliness."""
        scores = np.add.reduceat(weights[self.columns], self.by_row)
        expected, pairs, start = np.zeros_like(scores), np.zeros_like(after), 0
        for kinds in self.kinds:
            end = start + len(kinds)
            expected[start:end], neighbours = _expected(scores[start:end], after)
            expected[np.arange(start, end), kinds] -= 1
            np.add.at(neighbours, (kinds[:-1], kinds[1:]), -1)
            pairs, start = pairs + neighbours, end
        return np.vstack([np.add.reduceat(expected[self.rows_by_column], self.by_column), pairs])


def _expected(scores: Floats, after: Floats) -> tuple[Floats, Floats]:
    """How likely each kind is for each sentence of a letter, and each pair of kinds, summed over it."""
    step, shown = np.exp(after), np.exp(scores - scores.max(axis=1, keepdims=True))
    ahead, behind = np.zeros_like(shown), np.ones_like(shown)
    ahead[0] = shown[0] / shown[0].sum()
    for n in range(1, len(shown)):
        ahead[n] = ahead[n - 1] @ step * shown[n]
        ahead[n] /= ahead[n].sum()
    pairs = np.zeros_like(after)
    for n in range(len(shown) - 2, -1, -1):
        coming = shown[n + 1] * behind[n + 1]
        behind[n] = step @ coming
        behind[n] /= behind[n].sum()
        pair = ahead[n][:, None] * step * coming
        pairs += pair / pair.sum()
    both = ahead * behind
    return both / both.sum(axis=1, keepdims=True), pairs


def folded(given: list[Letter], folds: int) -> Iterator[tuple[str, int, int]]:
    """For each letter, read with what the letters of the other folds teach: its name, sentences right, sentences."""
    for part in range(folds):
        others = [letter for n, letter in enumerate(given) if n % folds != part]
        sections_model.use(learn(others))
        sections_letter.use(learn_letters(others))
        for letter in given[part::folds]:
            got = most_likely(letter.lines, letter.titles, letter.bare)
            told = [(g, w) for g, w in zip(got, letter.wanted, strict=True) if w]
            yield letter.name, sum(g is w for g, w in told), len(told)


def _written(name: str, weights: sections_model.Weights | sections_letter.Weights) -> None:
    lines = [
        f"{f}\t{', '.join(f'{kind.value} {weight:.2f}' for kind, weight in weights[f])}\n" for f in sorted(weights)
    ]
    (PATTERNS / f"{name}.tsv").write_text(HEAD + "".join(lines), encoding="utf-8")
    print(f"{name}.tsv: {len(lines)} features")


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--folds", type=int, default=0, metavar="N", help="measure on letters left out; write nothing")
    a = p.parse_args()
    given = letters()
    if a.folds:
        results = sorted(folded(given, a.folds))
        for name, right, asked in results:
            print(f"{name}\t{right}\t{asked}")
        print(f"all\t{sum(r for _, r, _ in results) / sum(n for _, _, n in results):.3f}")
        return
    _written("section_weights", learn(given))
    _written("letter_weights", learn_letters(given))


if __name__ == "__main__":
    main()
