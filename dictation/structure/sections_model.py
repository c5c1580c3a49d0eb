"""What the letters we wrote teach about sections: learned weights of what a sentence shows, of what the rules say of
it, of its place in each kind of letter, and of what follows what.

Sentences in, for each a score per section out; a score per pair of neighbouring sections. Reads
patterns/section_weights.tsv, which scores/learn_sections.py writes: one feature a line with the sections it speaks for
(above 0) or against. Scores add up; a difference of 1 makes a section 2.7 times as likely.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dictation.domain.documents import LetterType, SectionKind
from dictation.structure.lexicon import kept, rows
from dictation.structure.sections_features import features_of
from dictation.structure.sentences import Line

Weights = dict[str, tuple[tuple[SectionKind, float], ...]]  # feature -> what it adds to each section
THIRDS = 3  # parts of a letter that tell apart what each kind of letter has there
_SECTIONS = list(SectionKind)


def placed(line: Line, number: int, total: int) -> list[str]:
    """The features of sentence `number`, from 0, among the `total` of a letter."""
    found = features_of(line)
    found.append(f"place {min(9, 10 * number // max(1, total - 1))}")
    return found + [f"from start {number}"] * (number < 2) + [f"from end {total - 1 - number}"] * (number > total - 3)


def of_letter(kind: LetterType, number: int, total: int) -> list[str]:
    """The features of any sentence there in a letter of that kind."""
    return [f"letter {kind.value}", f"letter {kind.value} {THIRDS * number // total}"]


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


def scores(lines: Sequence[Line]) -> list[dict[SectionKind, float]]:
    """For each of the sentences of a letter, what speaks for each section, whatever the kind of letter."""
    return [_sum(placed(line, number, len(lines))) for number, line in enumerate(lines)]


def added(
    learned: Mapping[SectionKind, float], fit: Mapping[SectionKind, float], kind: LetterType, number: int, total: int
) -> dict[SectionKind, float]:
    """All that speaks for each section: what is learned, what the rules say, in itself and as learned of them (a rule
    for one section may speak for another), and what a letter of that kind has there."""
    score = _sum(of_letter(kind, number, total))
    for section in _SECTIONS:
        score[section] += learned[section]
    for section, said in fit.items():
        score[section] += said
        for other, weight in _weights().get(f"rule {section.value}", ()):
            score[other] += weight * said
    return score


def _sum(features: Sequence[str]) -> dict[SectionKind, float]:
    score = dict.fromkeys(_SECTIONS, 0.0)
    for feature in features:
        for section, weight in _weights().get(feature, ()):
            score[section] += weight
    return score


def follows(before: SectionKind) -> dict[SectionKind, float]:
    """What speaks for each section behind a sentence of `before`."""
    return dict(_weights().get(f"after {before.value}", ()))
