"""Usual doses: what an adult is usually given of a drug, and what for. Reads usual_doses.tsv and purposes.tsv.

The tables are not validated by a pharmacist: they point at what may be misheard, they never say what to prescribe.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from dictation.domain.documents import Finding
from dictation.draft.doubts.amounts import IN_MG, MILLIONS, UNITS, number
from dictation.draft.doubts.context import plain, rows

NOT_VALIDATED = "table non validée par un pharmacien"
# Syringes are named by what they hold. UI of anti-Xa a millilitre, by the summaries of product characteristics of
# Lovenox (4 000 UI/0,4 mL) and Fraxiparine (9 500 UI/mL).
_UI_PER_ML = {"enoxaparine": 10_000.0, "nadroparine": 9_500.0}
_SYRINGES = (20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 150)  # mg of enoxaparin
_ALIKE = 1e-6  # relative: 0,1 + 0,2 is 0,3
_HOURS = re.compile(r"toutes les (\d+)(?: à \d+)? ?(?:h\b|heures)")
_TIMES = re.compile(
    r"(\d+)(?: (?:à|ou) (\d+))? ?(?:fois|prises?|injections?|comprimés?|gélules?|sachets?|ampoules?)?"
    r"\s?(?:/|par )\s?(?:jour|24)"
)
_DAYPARTS = re.compile(r"\bmatin|\bmidi|\bsoir|\bcoucher|\bgoûter|\bnuit")


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual single dose of a drug for an adult, and the most in a day."""

    name: str  # the INN as written in the table
    least: float
    most: float
    most_a_day: float
    unit: str  # "mg" or "UI"
    doses: tuple[float, ...]  # commonly prescribed; () when any within the range is
    purposes: frozenset[str]  # of purposes.tsv
    source: str

    def in_range(self, amount: float) -> bool:
        return self.least * (1 - _ALIKE) <= amount <= self.most * (1 + _ALIKE)

    def common(self, amount: float) -> bool:
        """Whether it is a dose people prescribe, one or two units of taking included."""
        if not self.doses:
            return self.in_range(amount)
        return any(abs(amount - dose) <= _ALIKE * dose for dose in self.doses)


@functools.cache
def usual_doses() -> dict[str, Usual]:
    table = {}
    for name, least, most, a_day, unit, usual, purposes, source in rows("usual_doses"):
        doses = tuple(float(dose) for dose in usual.split())
        kinds = frozenset(purposes.split())
        table[plain(name)] = Usual(name, float(least), float(most), float(a_day), unit, doses, kinds, source)
    return table


def usual_of(finding: Finding) -> Usual | None:
    """What is usual for the drug of a finding, by its INN or its name."""
    table = usual_doses()
    names = [plain(finding.value("inn") or ""), plain(finding.value("drug") or "")]
    return next((table[name] for name in names if name in table), None) or _by_salt().get(salt(names[-1]))


def salt(name: str) -> str:
    """« acide alendronique » and « alendronate » are one drug: what their folded names have in common."""
    return re.sub(r"(?:ique|ate)$", "", name.removeprefix("acide "))


@functools.cache
def _by_salt() -> dict[str, Usual]:
    return {salt(name): usual for name, usual in usual_doses().items() if salt(name) != name}


def substance(finding: Finding) -> str:
    """The INN of a drug, folded."""
    return plain(finding.value("inn") or finding.value("drug") or finding.text)


def amount_of(finding: Finding, usual: Usual) -> float | None:
    """The dose in the unit of the table; None when it has none, or one that cannot be converted."""
    value, unit = number(finding.value("dose")), finding.value("unit") or ""
    if value is None or not unit:
        return None
    if unit == usual.unit or (usual.unit == "UI" and unit in UNITS):
        return value
    if usual.unit == "UI" and unit in MILLIONS:
        return value * 1_000_000
    if usual.unit == "UI" and unit == "mL" and plain(usual.name) in _UI_PER_ML:
        return value * _UI_PER_ML[plain(usual.name)]
    if unit == "mg" and plain(usual.name) == "enoxaparine" and value in _SYRINGES:
        return value * 100  # « Lovenox 40 mg »: 4 000 UI, as the boxes said before 2017
    return value * IN_MG[unit] if usual.unit == "mg" and unit in IN_MG else None


def times_a_day(rhythm: str) -> float:
    """How often a day, as said; 1 when it was not said, 0 when it is taken less than daily."""
    rhythm = rhythm.lower()
    if re.search(r"(?:/|par |toutes les |tous les )\s?(?:semaine|mois|an\b|\d+ (?:jours|semaines|mois))", rhythm):
        return 0
    if hours := _HOURS.search(rhythm):
        return 24 / int(hours[1]) if int(hours[1]) else 1
    if times := _TIMES.search(rhythm):
        return float(times[2] or times[1])
    return float(max(1, len(_DAYPARTS.findall(rhythm))))


@functools.cache
def purposes() -> tuple[tuple[str, re.Pattern[str], bool], ...]:
    """(purpose, what tells it in folded text, whether it may go unsaid)."""
    found = []
    for row in rows("purposes"):
        words = "|".join(re.escape(word.replace("+", " ")) for word in row[1].split())
        found.append((row[0], re.compile(rf"\b(?:{words})"), len(row) > 2 and row[2] == "always"))
    return tuple(found)


def told_purposes(text: str) -> set[str]:
    """The purposes a text speaks of."""
    folded = plain(text)
    return {name for name, told, _ in purposes() if told.search(folded)}


@functools.cache
def unsaid() -> frozenset[str]:
    return frozenset(name for name, _, always in purposes() if always)
