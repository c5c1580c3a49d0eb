"""What kind of letter a dictation may be, where nobody said: an operation, a stay, or neither, from all its words.

Sentences in, a score for each LetterType out. Reads patterns/letter_weights.tsv, which scores/learn_sections.py writes:
one feature a line with the kinds it speaks for (above 0) or against. An opinion is told apart by being asked for, the
report of a stay by what it is called, neither by how it is built: here they count as a consultation and as a discharge
letter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from dictation.domain.documents import LetterType
from dictation.structure.lexicon import kept, rows
from dictation.structure.sections_features import features_of
from dictation.structure.sentences import Line

Weights = dict[str, tuple[tuple[LetterType, float], ...]]  # feature -> what it adds to each kind
ALWAYS = "always"  # the feature of every letter: how common its kind is
_AS = {LetterType.OPINION: LetterType.CONSULTATION, LetterType.STAY: LetterType.DISCHARGE}
_trial: list[Weights] = []


def use(weights: Weights) -> None:
    """Weigh with these from now on: for scores/learn_sections.py, which measures letters it did not learn from."""
    _trial[:] = [weights]


@kept
def _kept_weights() -> Weights:
    found: Weights = {}
    for feature, said in rows("letter_weights"):
        pairs = (pair.rsplit(" ", 1) for pair in said.split(", "))
        found[feature] = tuple((LetterType(kind), float(weight)) for kind, weight in pairs)
    return found


def built_as(told: LetterType) -> LetterType:
    """The kind of letter whose build a told kind shares."""
    return _AS.get(told, told)


def shown(lines: Sequence[Line]) -> set[str]:
    """The features of a whole letter."""
    return {feature for line in lines for feature in features_of(line)}


def share(features: int) -> float:
    """What one feature of so many counts: a long letter is no surer of its kind than a short one."""
    return 3 / math.sqrt(max(features, 1))


def scores(lines: Sequence[Line]) -> dict[LetterType, float]:
    """What the words of a whole letter say for each kind it may be; order.py adds how well its sections fit."""
    weights = _trial[0] if _trial else _kept_weights()
    known = sorted(shown(lines) & weights.keys())
    score = dict.fromkeys((kind for kind in LetterType if built_as(kind) is kind), 0.0)
    for kind, weight in weights.get(ALWAYS, ()):
        score[kind] += weight
    for feature in known:
        for kind, weight in weights[feature]:
            score[kind] += weight * share(len(known))
    return score
