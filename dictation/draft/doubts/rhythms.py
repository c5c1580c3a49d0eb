"""Rhythms: a drug of once a week said daily, a daily one said weekly, « toutes les 15 heures », « 2 fois par heure ».

Reads rhythms.tsv, not validated by a pharmacist. What comes to too much in a day is told by doses.py.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk
from dictation.draft.doubts.context import Context, Passage, plain, quoted, rows
from dictation.draft.doubts.routes import given_by
from dictation.draft.doubts.usual import NOT_VALIDATED, amount_of, substance, times_a_day, usual_of

_WEEK, _HOURS_A_WEEK = 7.0, 168.0
# « tous les 15 jours », « toutes les 2 semaines », « 3 fois/semaine », on folded words.
_EVERY = re.compile(r"\btou(?:te)?s les (?:(\d+) (?:a \d+ )?)?(heures?|h|jours?|semaines?|mois|ans?)\b")
_TIMES = re.compile(r"(?:\b(\d+)(?: a \d+)? ?\w*)?(?:/ ?| ?\bpar |\bchaque )(jour|j|semaine|mois|an)\b")
_PERIODS = {"heure": 1 / 24, "h": 1 / 24, "jour": 1.0, "j": 1.0, "semaine": 7.0, "mois": 30.0, "an": 365.0}  # days
_AS_NEEDED = re.compile(r"\b(?:si besoin|en cas de besoin|a la demande|si necessaire)\b")
_DAYPART = re.compile(r"\b(?:matins?|midis?|soirs?|coucher|nuit|quotidien\w*)\b")
# A day, a change or a course told beside it: the rhythm is another one than the figures say.
_OF_A_DAY = re.compile(
    r"\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|semaines?|hebdo\w*|mensuel\w*|mois|trimestr\w*|jours|"
    r"un jour sur|sauf|j ?\d+|unique|charge)\b"
)
_COURSE = re.compile(r"\b(?:un jour sur|1 jour sur|sauf|charge|unique|jours? consecutifs)\b")
_BY_DEGREES = re.compile(r"\b(?:paliers?|augment\w*|titr\w*|progressi\w*|decroiss\w*|major\w*|diminu\w*)\b")
_LOCAL = re.compile(
    r"(?i)\b(?:gouttes?|collyres?|bouffées?|nébulisations?|aérosols?|pulvérisations?|bains?|g/L|besoin)\b"
)
_MOST_A_DAY = 6  # takings: every four hours; levodopa goes further
_OFTEN = frozenset({"levodopa", "insuline", "aciclovir", "nimodipine"})
_HOURLY = re.compile(
    r"\b\d+ (?:fois|prises?|comprimés?) ?(?:/h(?:eure)?\b|par heure)|\b(?:comprimés?|gélules?) par heure"
)
_EVERY_HOURS = re.compile(r"(?i)\b(tou(?:te)?s) les (\d+)[ \u00a0](heures?|h)\b")
_USED_HOURS = frozenset({1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 96})
_ALSO_RUN = frozenset({"heparine", "furosemide", "aspart", "lispro", "insuline aspart", "insuline lispro"})
_NEAR = 40  # characters behind a drug in which its rhythm is told


@dataclass(frozen=True, slots=True)
class _Line:
    """How often a drug is taken, at doses from `least` to `most` in `unit`; None where any will do."""

    least: float | None
    most: float | None
    unit: str
    fewest: float | None  # takings a week
    often: float | None
    said: str  # the usual rhythm, in French


def check(context: Context) -> Iterable[Doubt]:
    for finding in context.of_kind(FindingKind.DRUG):
        if finding.negated or finding.value("change") == "stopped":
            continue
        yield from _of_the_week(context, finding)
        yield from _too_often(context, finding)
        yield from _by_the_hour(context, finding)
    for passage in context.passages():
        yield from _odd_hours(context, passage)


def _of_the_week(context: Context, finding: Finding) -> Iterable[Doubt]:
    line = next((one for one in _lines().get(substance(finding), ()) if _of_that_dose(finding, one)), None)
    if line is None:
        return
    a_week = _takings(context, finding)
    seldom = line.often is not None and a_week is not None and a_week >= _WEEK
    daily = line.fewest is not None and (
        (a_week is not None and a_week < line.fewest) or _AS_NEEDED.search(plain(finding.value("rhythm") or ""))
    )
    if seldom or daily:
        told = f"{quoted(finding.text)} (d’ordinaire {line.said}\u202f; {NOT_VALIDATED})"
        reason = f"Rythme inattendu pour ce médicament\u00a0: {told}. Réécoutez le nom et le rythme."
        yield context.about("dose.rhythm", Risk.HIGH, finding, reason)


def _takings(context: Context, finding: Finding) -> float | None:
    """Takings a week, as said; None when it was not said, or in more than one way."""
    rhythm = plain(finding.value("rhythm") or "")
    passage = context.passage_of(finding)
    if not rhythm or passage is None or _BY_DEGREES.search(plain(passage.text)):
        return None
    if (every := _EVERY.search(rhythm)) is not None:
        period = _PERIODS[every[2].rstrip("s") if every[2] != "mois" else "mois"]
        return _WEEK / ((float(every[1]) if every[1] else 1.0) * period) if period else None
    if (times := _TIMES.search(rhythm)) is not None and times[2] not in ("jour", "j"):
        return float(times[1] or 1) * _WEEK / _PERIODS[times[2]]
    if times is None and not _DAYPART.search(rhythm):
        return None
    end = finding.end - passage.start
    behind = re.split(r"[,;.\n]", passage.text[end : end + _NEAR])[0]
    if _COURSE.search(f"{rhythm} {plain(behind)}"):
        return None  # « 1 comprimé/jour, un jour sur deux »
    if times is None and _OF_A_DAY.search(f"{rhythm} {plain(behind)}"):
        return None  # « 1 comprimé le lundi matin »
    return times_a_day(rhythm) * _WEEK


def _of_that_dose(finding: Finding, line: _Line) -> bool:
    if line.least is None or line.most is None:
        return True
    usual = usual_of(finding)
    amount = amount_of(finding, usual) if usual is not None and usual.unit == line.unit else None
    return amount is not None and line.least <= amount <= line.most


def _too_often(context: Context, finding: Finding) -> Iterable[Doubt]:
    """More takings in a day than anybody can keep up, where the dose of the day is not told of already."""
    rhythm = finding.value("rhythm") or ""
    if not rhythm or _LOCAL.search(finding.text) or set(substance(finding).split()) & _OFTEN:
        return
    times, usual = times_a_day(rhythm), usual_of(finding)
    amount = amount_of(finding, usual) if usual is not None else None
    if usual is not None and amount is not None and amount * times > usual.most_a_day:
        return
    if times > _MOST_A_DAY and (finding.value("class") or "") != "opioid":
        reason = f"Prises très rapprochées\u00a0: {quoted(finding.text)}. Réécoutez le rythme."
        yield context.about("dose.often", Risk.HIGH, finding, reason)


def _by_the_hour(context: Context, finding: Finding) -> Iterable[Doubt]:
    """« Innohep 4 500 UI/h »: what is swallowed or put under the skin runs into no vein."""
    given = given_by(substance(finding))
    if (finding.value("unit") or "").endswith(("/h", "/heure")) and given and ("iv" not in given or "sc" in given):
        if substance(finding) in _ALSO_RUN:
            return
        told = f"{quoted(finding.text)} ({NOT_VALIDATED})"
        reason = f"Ce médicament ne se donne pas à l’heure\u00a0: {told}. Réécoutez le nom et le rythme."
        yield context.about("dose.rhythm", Risk.HIGH, finding, reason)


def _odd_hours(context: Context, passage: Passage) -> Iterable[Doubt]:
    """« 2 fois par heure », « toutes les 15 heures », « tous les 6 heures »: days or weeks, misheard."""
    for match in _HOURLY.finditer(passage.text):
        reason = f"Rythme inattendu\u00a0: {quoted(match[0])}. Réécoutez le rythme."
        yield context.words("dose.rhythm", Risk.HIGH, passage, match.start(), match.end(), reason)
    for match in _EVERY_HOURS.finditer(passage.text):
        if int(match[2]) not in _USED_HOURS or match[1].lower() == "tous":
            reason = f"Rythme inattendu\u00a0: {quoted(match[0])}. Réécoutez le chiffre et l’unité de temps."
            yield context.words("dose.rhythm", Risk.HIGH, passage, match.start(), match.end(), reason)


@functools.cache
def _lines() -> dict[str, tuple[_Line, ...]]:
    """Folded INN -> the lines of rhythms.tsv that tell of it."""
    found: dict[str, tuple[_Line, ...]] = {}
    for name, least, most, unit, fewest, often, said in rows("rhythms"):
        low, high, few, many = (None if one == "-" else float(one) for one in (least, most, fewest, often))
        found[plain(name)] = (*found.get(plain(name), ()), _Line(low, high, unit, few, many, said))
    return found
