"""Steps: « 40 → 500 µg », « passé de 5 à 50 mg »: a dose that changes at once by a factor nobody uses.

A titration and a tapering are told as such, and go far; a change told in one breath seldom doubles a dose twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk
from dictation.draft.doubts.amounts import IN_MG, NUMBER, number
from dictation.draft.doubts.context import Context, plain, quoted

_UNIT = r"mg|g|µg|UI|U|unités|gouttes"
_FROM = rf"(?<![\d,/])(?P<first>{NUMBER})[ \u00a0]?(?P<one>{_UNIT})?(?: par jour|/j)?"
_TO = rf"(?P<then>{NUMBER})[ \u00a0]?(?P<two>{_UNIT})(?![\w²])"
_ARROW = re.compile(rf"{_FROM} ?(?:→|->) ?{_TO}")
_IN_WORDS = re.compile(rf"{_FROM} à {_TO}(?!/)")
_FAR = 5  # times
_BY_DEGREES = re.compile(r"\b(?:titr\w*|palier\w*|progressi\w*|decroiss\w*|degress\w*|augmentation par|par etapes?)")
_CHANGES = re.compile(r"\b(?:de|pass\w+|augment\w*|major\w*|diminu\w*|redui\w*|baiss\w*) (?:\S+ ){0,3}$")
_NEAR = 40  # characters from the drug to its change


def check(context: Context) -> Iterable[Doubt]:
    drugs = context.of_kind(FindingKind.DRUG)
    for passage in context.passages():
        here = [drug for drug in drugs if context.passage_of(drug) == passage]
        if not here or _BY_DEGREES.search(plain(passage.text)):
            continue
        for match in (*_ARROW.finditer(passage.text), *_IN_WORDS.finditer(passage.text)):
            if match.re is _IN_WORDS and not _CHANGES.search(plain(passage.text[: match.start()]) + " "):
                continue
            if not any(-1 <= match.start() - (drug.start - passage.start) <= _NEAR + len(drug.text) for drug in here):
                continue
            times = _times(match["first"], match["one"] or match["two"], match["then"], match["two"])
            if times is not None and not 1 / _FAR < times < _FAR:
                said = quoted(match[0])
                reason = f"Changement de dose très grand\u00a0: {said}. Réécoutez les deux chiffres."
                yield context.words("dose.step", Risk.HIGH, passage, match.start(), match.end(), reason)


def _times(first: str, one: str, then: str, two: str) -> float | None:
    low, high = number(first), number(then)
    if not low or not high or ((one in IN_MG) != (two in IN_MG)):
        return None
    return high * IN_MG.get(two, 1.0) / (low * IN_MG.get(one, 1.0))
