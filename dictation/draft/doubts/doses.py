"""Doses: outside the usual range for an adult, in an unusual unit, or without a unit. Reads usual_doses.tsv."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk
from dictation.draft.doubts.context import Context, plain, quoted

_IN_MG = {"µg": 0.001, "mg": 1.0, "g": 1000.0}


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual single dose of a drug for an adult, and the most in a day."""

    least: float
    most: float
    most_a_day: float
    unit: str  # "mg" or "UI"
    source: str


@functools.cache
def usual_doses() -> dict[str, Usual]:
    table = {}
    for line in Path(__file__).with_name("usual_doses.tsv").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, least, most, a_day, unit, source = line.split("\t")
            table[plain(name)] = Usual(float(least), float(most), float(a_day), unit, source)
    return table


def check(context: Context) -> Iterable[Doubt]:
    for finding in context.of_kind(FindingKind.DRUG):
        if finding.rule_id == "drug.no_unit":
            reason = f"Dose sans unité\u00a0: {quoted(finding.text)}. Complétez l’unité si elle a été dite."
            yield context.about("dose.no_unit", Risk.MEDIUM, finding, reason)
        elif finding.value("dose") and finding.value("unit"):
            yield from _range(context, finding)


def _range(context: Context, finding: Finding) -> Iterable[Doubt]:
    usual = usual_doses().get(plain(finding.value("inn") or "")) or usual_doses().get(
        plain(finding.value("drug") or "")
    )
    if usual is None:
        return
    dose, unit = float((finding.value("dose") or "0").replace(",", ".")), finding.value("unit") or ""
    amount = _in_unit(dose, unit, usual.unit)
    said = quoted(finding.text)
    if amount is None:
        if "/" in unit:  # per kilo and the like: no single dose to compare
            return
        reason = f"Unité inhabituelle pour ce médicament\u00a0: {said} (usuelle\u00a0: {usual.unit})."
        yield context.about("dose.unit", Risk.HIGH, finding, reason)
        return
    times = _times_a_day(finding)
    if not usual.least <= amount <= usual.most or amount * times > usual.most_a_day:
        usually = f"{_figures(usual.least)} à {_figures(usual.most)}\u00a0{usual.unit} par prise"
        usually += f", {_figures(usual.most_a_day)}\u00a0{usual.unit} par jour au plus"
        reason = f"Dose inhabituelle\u00a0: {said} (adulte\u00a0: {usually}\u00a0; {usual.source})."
        yield context.about("dose.range", Risk.HIGH, finding, reason)


def _in_unit(dose: float, unit: str, wanted: str) -> float | None:
    if unit == wanted:
        return dose
    if wanted == "mg" and unit in _IN_MG:
        return dose * _IN_MG[unit]
    return None


def _times_a_day(finding: Finding) -> float:
    """How often a day, as said; 1 when it was not said or not daily."""
    rhythm = finding.value("rhythm") or ""
    if "midi et soir" in rhythm:
        return 3
    if "matin et soir" in rhythm:
        return 2
    if rhythm.startswith("toutes les"):
        hours = [int(word) for word in rhythm.split() if word.isdecimal()]
        return 24 / max(hours) if hours else 1
    if rhythm.endswith("/jour"):
        numbers = [int(word) for word in rhythm.replace("/", " ").split() if word.isdecimal()]
        return float(numbers[-1]) if numbers else 1
    return 1


def _figures(value: float) -> str:
    text = f"{value:g}" if value < 10_000 else f"{value:.0f}"
    head, _, tail = text.partition(".")
    groups = f"{int(head):,}".replace(",", "\u202f")
    return f"{groups},{tail}" if tail else groups
