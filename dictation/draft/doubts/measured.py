"""Measured: a value nobody alive has, or in a unit nothing of the kind is measured in.

« hémoglobine à 7,2 mg », « fille de 32 400 g ». Reads measured.tsv; the usual limits of an examination are not its
subject: what is ill is not misheard.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from dictation.domain.documents import Doubt, FindingKind, Risk
from dictation.draft.doubts.context import Context, plain, quoted, rows


@dataclass(frozen=True, slots=True)
class _Limits:
    named: re.Pattern[str]
    unit: str
    least: float
    most: float
    wrong: frozenset[str]


def check(context: Context) -> Iterable[Doubt]:
    for finding in context.of_kind(FindingKind.MEASUREMENT):
        passage, unit = context.passage_of(finding), finding.value("unit") or ""
        figures = re.sub(r"\s", "", finding.value("value") or "").replace(",", ".")
        if passage is None or not re.fullmatch(r"\d+(?:\.\d+)?", figures):
            continue
        before = plain(passage.text[: finding.start - passage.start])
        told = [limits for limits in _limits() if limits.named.search(before)]
        said = quoted(_with_name(passage.text, finding.start - passage.start, finding.text))
        if any(unit in limits.wrong for limits in told):
            reason = f"Unité inattendue\u00a0: {said}."
        elif any(unit == one.unit and not one.least <= float(figures) <= one.most for one in told):
            reason = f"Valeur impossible\u00a0: {said}."
        else:
            continue
        yield context.about("measure.impossible", Risk.HIGH, finding, f"{reason} Réécoutez le passage.")


def _with_name(sentence: str, at: int, said: str) -> str:
    """The words just before a value, and the value."""
    return " ".join([*sentence[:at].split()[-3:], said])


@functools.cache
def _limits() -> tuple[_Limits, ...]:
    found = []
    for name, unit, least, most, *wrong in rows("measured"):
        near = re.compile(rf"\b(?:{name.strip()})(?: \w+){{0,2}}$")
        found.append(_Limits(near, unit, float(least), float(most), frozenset(" ".join(wrong).split())))
    return tuple(found)
