"""By weight: « 10 mg/kg/h », « 5 000 mg/m² », « AUC 50 », and what such a dose comes to.

Reads by_weight.tsv, not validated by a pharmacist. « 1 mg/kg soit 650 mg » needs no table: nobody weighs 650 kg.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk
from dictation.draft.doubts.amounts import IN_MG, NUMBER, UNITS, number
from dictation.draft.doubts.context import Context, plain, quoted, rows
from dictation.draft.doubts.doses import figures, is_child
from dictation.draft.doubts.usual import NOT_VALIDATED, substance, usual_of

_BLANK = r"[ \u00a0\u202f]?"
_MASS = r"ng|µg|gammas?|mg|g|UI|unités"
_COMES_TO = re.compile(
    rf"(?P<each>{NUMBER}){_BLANK}(?P<unit>{_MASS})/(?P<per>kg|m²)(?:/(?:j|jour|24 h))?,? ?(?:\(|soit|=|→)"
    rf"(?: environ| donc| une dose(?: totale)? de| soit)? ?(?P<sum>{NUMBER}){_BLANK}(?P<sum_unit>{_MASS})"
    r"(?!\w)(?!/(?!j\b|jour|24))"
)
# What a patient may weigh, in kg, or have as a surface, in m². Wide: a child’s letter too.
_BODIES = {"kg": ((25.0, 250.0), (0.4, 150.0)), "m²": ((1.0, 3.0), (0.1, 2.5))}
_TWICE = 2  # times the weight of the letter, either way: a dose may be rounded or capped
_AUC = re.compile(rf"\bAUC{_BLANK}(?:de |à |= ?)?(?P<auc>{NUMBER})(?![\w%])")
_PLACES = {"rachi": "en rachianesthésie", "œil": "dans l’œil"}
_TOLD = {
    "rachi": re.compile(r"\b(?:rachi\w*|intrathecale?s?|intrarachidien\w*)\b"),
    "œil": re.compile(r"\b(?:dans 0,1 ml|intracamerulaires?|chambre anterieure|intravitreen\w*)\b"),
}
_ROUNDED = 1e-6  # relative: 300 times 0,001 is 0,3
_CHILDREN = 2  # times what an adult is given by weight: a child may need more, not ten times more
_NEAR = 12  # characters from a drug to its AUC


def place_of(context: Context, finding: Finding) -> str:
    """« rachi » or « œil » where the sentence says that the drug goes there, and the table knows how much; or ""."""
    passage = context.passage_of(finding)
    folded = plain(passage.text) if passage else ""
    if finding.value("route") and not re.search(r"rachi|thecal|camerul|vitr", plain(finding.value("route") or "")):
        return ""
    return next((place for place, told in _TOLD.items() if told.search(folded) and _known(finding, place)), "")


def _known(finding: Finding, place: str) -> bool:
    return (substance(finding), place) in limits_by_weight()


def check(context: Context) -> Iterable[Doubt]:
    for finding in context.of_kind(FindingKind.DRUG):
        yield from _of_one(context, finding)
        yield from _area(context, finding)
    weight = weight_of(context)
    for passage in context.passages():
        for match in _COMES_TO.finditer(passage.text):
            one, total = amount_in(match["each"], match["unit"]), amount_in(match["sum"], match["sum_unit"])
            if one is None or total is None or one[1] != total[1] or not one[0]:
                continue
            implied, per = total[0] / one[0], match["per"]
            least, most = _BODIES[per][is_child(context)]
            known = weight if per == "kg" else None
            if least <= implied <= most and (known is None or known / _TWICE <= implied <= known * _TWICE):
                continue
            told = f"{figures(round(implied, 2))}\u00a0{per}" + (
                f", poids dicté {figures(known)}\u00a0kg" if known else ""
            )
            reason = f"Calcul de dose à revoir\u00a0: {quoted(match[0])} suppose {told}. Réécoutez les deux chiffres."
            yield context.words("dose.sum", Risk.HIGH, passage, match.start(), match.end(), reason)


def _of_one(context: Context, finding: Finding) -> Iterable[Doubt]:
    if finding.rule_id == "drug.next_dose":
        return  # it may be the next drug’s, whose name was not known
    unit = re.sub(r"/(?:j|jour|24 h|dose|prise|injection)$", "", finding.value("unit") or "")
    sign, _, per = unit.partition("/")
    if sign == "%" and not per:
        yield from _of_a_solution(context, finding)
        return
    said = amount_in(finding.value("dose") or "", sign)
    per = per or place_of(context, finding)
    if said is None or not per:
        return
    if per == "mL" and sign == "g":
        reason = f"Concentration inattendue\u00a0: {quoted(finding.text)}. Réécoutez l’unité."
        yield context.about("dose.by_weight", Risk.HIGH, finding, reason)
    limits = limits_by_weight().get((substance(finding), per), ())
    told = [one for one in limits if (one[0] == "UI") == (said[1] == "UI")]
    if not told:
        yield from _never_by_surface(context, finding, per)
        return
    low, high = (0.0, _CHILDREN) if is_child(context) and per not in _PLACES else (1.0, 1.0)
    if not any(low * least * (1 - _ROUNDED) <= said[0] <= high * most * (1 + _ROUNDED) for _, least, most in told):
        name, least, most = told[0]
        by = IN_MG.get(name, 1.0)
        each = f", {_PLACES[per]}" if per in _PLACES else f"/{per}"
        between = f"{figures(least / by)} à {figures(most / by)}" if least < most else figures(most / by)
        usually = f"{between}\u00a0{name}{each}\u202f; {NOT_VALIDATED}"
        reason = f"Dose inhabituelle\u00a0: {quoted(finding.text)} ({usually})."
        yield context.about("dose.by_weight", Risk.HIGH, finding, reason)


def _never_by_surface(context: Context, finding: Finding, per: str) -> Iterable[Doubt]:
    """« ciclosporine 600 mg/m² »: an adult is given by surface what treats a cancer, and little else."""
    usual = usual_of(finding)
    if per != "m²" or usual is None or "cancer" in usual.purposes or is_child(context):
        return
    reason = (
        f"Dose par m² d’un médicament qui ne se prescrit pas ainsi\u00a0: {quoted(finding.text)} ({NOT_VALIDATED}). "
        "Réécoutez le nom."
    )
    yield context.about("dose.by_weight", Risk.HIGH, finding, reason)


def _of_a_solution(context: Context, finding: Finding) -> Iterable[Doubt]:
    """« chlorhexidine 12 % »: a solution nobody makes."""
    limits, strength = limits_by_weight().get((substance(finding), "%")), number(finding.value("dose"))
    if limits and strength is not None and not limits[0][1] <= strength <= limits[0][2]:
        usually = f"{figures(limits[0][1])} à {figures(limits[0][2])}\u00a0%\u202f; {NOT_VALIDATED}"
        reason = f"Concentration inattendue\u00a0: {quoted(finding.text)} ({usually}). Réécoutez le chiffre."
        yield context.about("dose.by_weight", Risk.HIGH, finding, reason)


def _area(context: Context, finding: Finding) -> Iterable[Doubt]:
    """« cisplatine AUC 5 »: carboplatin alone is told so; and « AUC 50 »."""
    passage = context.passage_of(finding)
    if passage is None:
        return
    at = finding.start - passage.start
    match = _AUC.search(passage.text, at, finding.end - passage.start + _NEAR)
    if match is None or any(
        other.start - passage.start in range(at + 1, match.start())
        for other in context.of_kind(FindingKind.DRUG)
        if other.section == finding.section
    ):
        return
    limits, auc = limits_by_weight().get((substance(finding), "AUC")), number(match["auc"]) or 0.0
    said = quoted(passage.text[at : match.end()])
    if limits is None:
        reason = f"{quoted('AUC')} ne se dit que du carboplatine\u00a0: {said}. Réécoutez le nom."
    elif limits[0][1] <= auc <= limits[0][2]:
        return
    else:
        reason = f"AUC inhabituelle\u00a0: {said}. Réécoutez le chiffre."
    yield context.words("dose.by_weight", Risk.HIGH, passage, at, match.end(), reason)


def weight_of(context: Context) -> float | None:
    """The patient’s weight, when the letter tells one only."""
    told = set()
    for finding in context.of_kind(FindingKind.MEASUREMENT):
        passage = context.passage_of(finding)
        before = plain(passage.text[: finding.start - passage.start]) if passage else ""
        if finding.value("unit") == "kg" and re.search(r"\b(?:pese|poids|pesant|p)(?: a| de| :| est de)*$", before):
            told.add(number(finding.value("value")) or 0.0)
    return told.pop() if len(told) == 1 and min(told) > 0 else None


def amount_in(told: str, unit: str) -> tuple[float, str] | None:
    """In mg or in UI, with which of the two."""
    value = number(told)
    if value is None:
        return None
    if unit in UNITS:
        return value, "UI"
    return (value * IN_MG[unit], "mg") if unit in IN_MG else None


@functools.cache
def limits_by_weight() -> dict[tuple[str, str], tuple[tuple[str, float, float], ...]]:
    """(INN, per) -> unit of the table, least and most in mg, UI or AUC."""
    found: dict[tuple[str, str], tuple[tuple[str, float, float], ...]] = {}
    for name, per, unit, least, most in rows("by_weight"):
        by = IN_MG.get(unit, 1.0)
        key = (plain(name), per)
        found[key] = (*found.get(key, ()), (unit, float(least) * by, float(most) * by))
    return found
