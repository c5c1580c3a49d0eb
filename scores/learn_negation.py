"""`python -m scores.learn_negation [--folds N]`: learn in which words a denial that was lost leaves its clause.

Development letters in (scores/sets/planted/dev, by_hand, letters/dev), dictation/draft/doubts/weighed.tsv out: one
logistic regression over the features of weighed.py. Clauses that state something as it is in the letters speak
against; what remains of each denial, lost in each way planting.py knows, speaks for. With --folds nothing is written:
each N-th of the letters is weighed with what the others teach.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dictation.draft.doubts import weighed
from scores.by_hand import spoken
from scores.planting import denials, is_number, without_negation

SETS = Path(__file__).with_name("sets")
OUT = Path(weighed.__file__).with_name("weighed.tsv")
HEAD = "# By `python -m scores.learn_negation`, not by hand: feature\tfor a lost denial (above 0) or against\n"
LETTERS = 2  # a feature of fewer letters teaches nothing
SMALL = 0.1  # weights below are left out
ROUNDS, STEP = 150, 0.3  # AdaGrad; more rounds change no decision
_STOPS = frozenset(["virgule", "point", "points", "ligne", "parenthèse"])
_SENTENCE_ENDS = frozenset(["point", "ligne"])


@dataclass(frozen=True, slots=True)
class Example:
    letter: int
    lost: bool
    share: float  # of one denial, over the ways to lose it
    features: frozenset[str]


def letters() -> Iterator[list[str]]:
    """The spoken words of each development letter."""
    for path in sorted([*(SETS / "planted" / "dev").glob("*/spoken.txt"), *SETS.glob("letters/dev/*/spoken.txt")]):
        yield path.read_text(encoding="utf-8").split()
    for path in sorted((SETS / "by_hand").glob("*/letter.txt")):
        yield list(spoken(path.read_text(encoding="utf-8")))
    for path in sorted((SETS / "letters" / "dev").glob("*.txt")):  # « section | what is said »
        lines = path.read_text(encoding="utf-8").splitlines()
        yield " ".join(f"{line.split('|', 1)[1]} point" for line in lines if "|" in line and line[0] != "#").split()


def examples(letter: int, words: Sequence[str]) -> Iterator[Example]:
    sentences = list(_sentences(words))
    said = [_clauses(sentence) for sentence in sentences]
    for n, sentence in enumerate(sentences):
        before = said[n - 1][-1:] if n else []
        after = said[n + 1][:1] if n + 1 < len(said) else []
        for place in range(len(said[n])):
            yield from _example(letter, None, [*before, *said[n], *after], len(before) + place)
        for at, ways in denials(sentence):
            for way in ways:
                planted = without_negation(sentence, at, way)
                left = _clauses(planted.words) if planted else []
                changed = next((place for place, clause in enumerate(left) if clause not in said[n]), None)
                if changed is not None:
                    yield from _example(letter, 1 / len(ways), [*before, *left, *after], len(before) + changed)


def _example(letter: int, share: float | None, around: Sequence[str], at: int) -> Iterator[Example]:
    if weighed.states(around[at]):
        sides = around[at - 1] if at else "", around[at + 1] if at + 1 < len(around) else ""
        seen = frozenset(weighed.features(sides[0], around[at], sides[1]))
        yield Example(letter, share is not None, share or 1.0, seen)


def _sentences(words: Sequence[str]) -> Iterator[list[str]]:
    sentence: list[str] = []
    for word in words:
        sentence.append(word)
        if word in _SENTENCE_ENDS or word[-1] in ".?!;":
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _clauses(words: Sequence[str]) -> list[str]:
    """Cut at what is said or written of commas and stops; spoken numbers are « 0 », as weighed.py reads figures."""
    clauses: list[list[str]] = [[]]
    for word in words:
        if word in _STOPS:
            clauses.append([])
            continue
        bare = word.lower().rstrip(".,;:?!")
        clauses[-1].append("0" if is_number(bare) and bare not in ("un", "une") else bare)
        if word[-1] in ",.;:?!":
            clauses.append([])
    return [" ".join(clause) for clause in clauses if clause and clause[-2:] != ["à", "la"]]


def learn(given: Sequence[Example]) -> dict[str, float]:
    """The weight of each feature of LETTERS letters or more: a logistic regression by AdaGrad, held towards 0."""
    letters_of = Counter(feature for _, feature in {(one.letter, f) for one in given for f in one.features})
    names = sorted(feature for feature, count in letters_of.items() if count >= LETTERS)
    at = {name: n for n, name in enumerate(names)}
    cells = np.array([(row, at[f]) for row, one in enumerate(given) for f in sorted(one.features) if f in at])
    lost, share = np.array([one.lost for one in given], float), np.array([one.share for one in given])
    found, steps = np.zeros(len(names)), np.full(len(names), 1e-8)
    for _ in range(ROUNDS):
        likely = 1 / (1 + np.exp(-np.bincount(cells[:, 0], found[cells[:, 1]], len(given))))
        slope = np.bincount(cells[:, 1], ((likely - lost) * share)[cells[:, 0]], len(names)) + found
        steps += slope * slope
        found -= STEP * slope / np.sqrt(steps)
    return {name: round(float(w), 2) for name, w in zip(names, found, strict=True) if abs(w) >= SMALL}


def folded(given: Sequence[Example], folds: int) -> tuple[float, float]:
    """Of letters left out: the share of lost denials above 0, and the clauses above 0 of a letter without errors."""
    won, lost, false = 0.0, 0.0, 0
    for part in range(folds):
        known = learn([one for one in given if one.letter % folds != part])
        for one in (one for one in given if one.letter % folds == part):
            above = sum(known.get(feature, 0.0) for feature in one.features) > 0
            lost += one.share * one.lost
            won += one.share * (one.lost and above)
            false += above and not one.lost
    return won / lost, false / len({one.letter for one in given})


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--folds", type=int, default=0, metavar="N", help="measure on letters left out; write nothing")
    a = p.parse_args()
    given = [one for n, words in enumerate(letters()) for one in examples(n, words)]
    if a.folds:
        won, false = folded(given, a.folds)
        print(f"lost denials above 0\t{won:.3f}\nclauses above 0 of a letter without errors\t{false:.2f}")
        return
    known = learn(given)
    OUT.write_text(HEAD + "".join(f"{name}\t{known[name]}\n" for name in sorted(known)), encoding="utf-8")
    print(f"{OUT.name}: {len(known)} features")


if __name__ == "__main__":
    main()
