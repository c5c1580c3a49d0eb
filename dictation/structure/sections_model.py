"""What the letters we wrote teach about sections: learned weights of a sentence's features and of what follows what.

Sentences in, for each a score per section out; a score per pair of neighbouring sections. Reads
patterns/section_weights.tsv, which scores/learn_sections.py writes: one feature a line with the sections it speaks for
(above 0) or against. Scores add up; a difference of 1 makes a section 2.7 times as likely.
"""

from __future__ import annotations

from collections.abc import Sequence

from dictation.domain.documents import LetterType, SectionKind
from dictation.structure.lexicon import kept, rows
from dictation.structure.sections_features import features_of
from dictation.structure.sentences import Line

Weights = dict[str, tuple[tuple[SectionKind, float], ...]]  # feature -> what it adds to each section


def placed(line: Line, number: int, total: int, letter: LetterType) -> list[str]:
    """The features of sentence `number`, from 0, among the `total` of a letter of that kind."""
    found = features_of(line)
    found.append(f"place {min(9, 10 * number // max(1, total - 1))}")
    found += [f"from start {number}"] * (number < 2) + [f"from end {total - 1 - number}"] * (number > total - 3)
    return [*found, f"letter {letter.value}", f"letter {letter.value} {3 * number // total}"]


_trial: list[Weights] = []


def use(weights: Weights) -> None:
    """Weigh with these from now on: for scores/learn_sections.py, which measures letters it did not learn from."""
    _trial[:] = [weights]


def _weights() -> Weights:
    return _trial[0] if _trial else _kept_weights()


@kept
def _kept_weights() -> Weights:
    found: Weights = {}
    for feature, said in rows("section_weights"):
        pairs = (pair.rsplit(" ", 1) for pair in said.split(", "))
        found[feature] = tuple((SectionKind(kind), float(weight)) for kind, weight in pairs)
    return found


def scores(lines: Sequence[Line], letter: LetterType) -> list[dict[SectionKind, float]]:
    """For each of the sentences of a letter, what speaks for each section."""
    found = []
    for number, line in enumerate(lines):
        score = dict.fromkeys(SectionKind, 0.0)
        for feature in placed(line, number, len(lines), letter):
            for kind, weight in _weights().get(feature, ()):
                score[kind] += weight
        found.append(score)
    return found


def follows(before: SectionKind) -> dict[SectionKind, float]:
    """What speaks for each section behind a sentence of `before`."""
    return dict(_weights().get(f"after {before.value}", ()))
