"""Measured: a value nobody alive has, or in a unit the measure is never told in.

« hémoglobine à 7,2 mg », « K 4,3 g/L », « fille de 32 400 g ». Reads measured.tsv; the usual limits of an examination
are not its subject: what is ill is not misheard. Radiotherapy is in fractions.py, lenses in lenses.py.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk
from dictation.draft.doubts.amounts import number
from dictation.draft.doubts.context import Context, Passage, plain, quoted, rows

_MONTHS = "janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre"
_DATE = rf"(?:\d{{1,2}}[/.]\d{{1,2}}(?:[/.]\d{{2,4}})?|(?:\d{{1,2}}(?:er)? )?(?:{_MONTHS})(?: \d{{4}})?|(?:19|20)\d\d)"
# Words between a measure and its value that leave the value its own: « CRP de sortie », « glycémie à jeun > ». A change
# (« en baisse de 20 % ») is not among them.
_BETWEEN = (
    r"(?:[ ;:=<>≥≤~≈(+\u00a0\u202f]|\b(?:a|de|du|des|d|est|etait|ete|sont|reste\w*|le|la|l|les|un|une|en|au|aux|ce|"
    r"jour|max\w*|min(?:imum|imale?)?|pic|pre ?op\w*|post ?op\w*|pre|initiale?s?|entree|sortie|admission|j ?\d+|jeun|"
    r"matin|soir|control\w*|mesur\w*|dose\w*|estim\w*|calcul\w*|stables?|normal\w*|elev\w*|bas(?:se)?s?|correcte?s?|"
    r"totale?s?|plasmatiques?|sanguine?s?|seriques?|capillaires?|veineu\w+|arteriel\w*|actuel\w*|autour|environ|superieure?s?|"
    r"inferieure?s?|dela|dessus|dessous|si|entre|cible|objectif|revenu\w*|retrouv\w*|positi\w+|negati\w+|respectivement|"
    r"mdrd|ckd epi|cockcroft|us|hs|passe\w*|puis|encore|toujours|ramener|sous|" + _DATE + r")\b)*"
)
_NUMBER = r"\d[\d \u00a0\u202f]*(?:[.,]\d+)?"
# « 5,8 ng/mL en 2023, 8,9 ng/mL en mars 2025, »; « 0,3 à »: earlier values of the same measure
_EARLIER = (
    rf"(?:{_NUMBER}(?: ?[a-zµ%]+\d?(?:/\w+)*)?(?: ?\(?(?:en |le |a )?{_DATE}\)?)?"
    r"(?:,|;| ?\(| ?→| ?>| puis| a| et)? ?BETWEEN)*"
)
_UNIT_BEHIND = re.compile(r"^[ \u00a0\u202f]?((?:U|UI|kU|G|T)?/(?:mm[3³]|min|mn|L|l|mL|ml|dL|µL)\b)")
# « apyrexie en 3 jours », « CA 15-3 », « 2 x 3 »: a figure that counts something else
_COUNTS = re.compile(
    r"[ \u00a0]?(?:[-/x×%]|[.,]\d|"
    r"(?:jours?|heures?|h|semaines?|mois|ans?|min|fois|e|er|points?|prélèvements?)\b)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_WHOLE = 100.0  # %
# Of what a share may be more than the whole: of a norm, of an earlier value.
_MORE_THAN_THE_WHOLE = re.compile(
    r"\b(?:theorique\w*|predit\w*|norme?\w*|normale?\w*|attendu\w*|hausse|augment\w*|major\w*|progress\w*|gain|accroiss\w*|"
    r"elevation|surpoids|tp|prothrombine|facteurs?|cpt|vr|cvf|vems|dlco|vo2|fois|plus|exces|croissance|reference)\b"
)


@dataclass(frozen=True, slots=True)
class _Measure:
    named: re.Pattern[str]  # on the folded words before a value
    series: re.Pattern[str]  # the same, with earlier values of it in between
    short: re.Pattern[str] | None  # on the words as written
    units: tuple[tuple[str, float, float], ...]
    bare: tuple[float, float] | None

    def within(self, unit: str, value: float) -> bool | None:
        """Whether a body may have it; None when the measure is never told in this unit."""
        if not unit:
            return self.bare is None or self.bare[0] <= value <= self.bare[1]
        told = [(least, most) for sign, least, most in self.units if unit == sign or unit == sign.partition("/")[0]]
        return any(least <= value <= most for least, most in told) if told else None

    def akin(self, unit: str) -> bool:
        """Whether a unit shares its part above or below the stroke with one of the measure: « UI/L » and « UI/mL »."""
        above, _, below = unit.partition("/")
        known = [sign.partition("/") for sign, _, _ in self.units]
        return bool(below) and any(above == one[0] or below == one[2] for one in known)


def check(context: Context) -> Iterable[Doubt]:
    for finding in context.of_kind(FindingKind.MEASUREMENT):
        passage = context.passage_of(finding)
        value = number(finding.value("value"))
        if passage is None or value is None:
            continue
        at, end = finding.start - passage.start, finding.end - passage.start
        unit = _unit(finding, passage.text[end:])
        if not unit and (_YEAR.fullmatch(finding.value("value") or "") or _COUNTS.match(passage.text[end:])):
            continue
        verdict = _verdict(passage, at, unit, value)
        if not verdict and unit == "%" and value > _WHOLE and not _MORE_THAN_THE_WHOLE.search(plain(passage.text)):
            verdict = "Plus de 100\u00a0%"
        if verdict:
            reason = f"{verdict}\u00a0: {quoted(_with_name(passage.text, at, finding.text))}. Réécoutez le passage."
            yield context.about("measure.impossible", Risk.HIGH, finding, reason)


def _verdict(passage: Passage, at: int, unit: str, value: float) -> str:
    before = passage.text[:at]
    folded = plain(before) + (" " if before.endswith((" ", "\u00a0", "\u202f")) else "")
    named = [m for m in _measures() if m.named.search(folded) or (m.short and m.short.search(before))]
    told = named or [m for m in _measures() if m.series.search(folded) and (not unit or m.akin(unit))]
    if not told:
        return ""
    found = [measure.within(unit, value) for measure in told]
    if True in found:
        return ""
    if False in found:
        return "Valeur impossible"
    return "" if not named and not unit else "Unité inattendue"


def _unit(finding: Finding, behind: str) -> str:
    """The unit as the table writes it: « g/l », « mL/min/1,73 m² », « 420/L » that structure read as a figure alone."""
    unit = finding.value("unit") or ""
    if not unit and (stroke := _UNIT_BEHIND.match(behind)):
        unit = stroke[1]
    unit = unit.replace("²", "2").replace("³", "3").replace("/mn", "/min")
    unit = re.sub(r"/(d|m|µ)?l\b", lambda m: f"/{m[1] or ''}L", unit)
    return re.sub(r"/1$|/1,73.*$", "", unit)


def _with_name(sentence: str, at: int, said: str) -> str:
    """The words just before a value, and the value."""
    return " ".join([*sentence[:at].split()[-3:], said])


@functools.cache
def _measures() -> tuple[_Measure, ...]:
    found = []
    for name, short, units, bare in rows("measured"):
        earlier = _EARLIER.replace("BETWEEN", _BETWEEN)
        head = rf"(?<!\w)(?:{name}){_BETWEEN}"
        signs = "|".join(re.escape(sign) for sign in short.split()) if short != "-" else ""
        found.append(
            _Measure(
                re.compile(rf"{head}$"),
                re.compile(rf"{head}{earlier}$"),
                re.compile(
                    rf"(?<![\w-])(?<!vitamine )(?<!onde )(?:{signs})\+{{0,2}}[ \u00a0]?"
                    r"(?:(?:=|:|à|>|<|≥|≤)[ \u00a0]?)?$"
                )
                if signs
                else None,
                tuple(_limits(one) for one in units.split(";") if units != "-"),
                _bounds(bare) if bare != "-" else None,
            )
        )
    return tuple(found)


def _limits(told: str) -> tuple[str, float, float]:
    """« g/dL 2-25 » -> its unit, least and most; « UH -1000-3000 »."""
    unit, limits = told.split()
    return unit, *_bounds(limits)


def _bounds(told: str) -> tuple[float, float]:
    """« 2-25 », « -1000-3000 »: the last stroke parts them, the one at the head is a sign."""
    least, _, most = told.rpartition("-")
    return float(least), float(most)
