"""Strengths: a dose no box of the brand makes up: « Kaléorid 75 mg », « Créon 10 mg ».

Reads brand_strengths.tsv, not validated by a pharmacist. Half a tablet and several are doses; syrups, drops and
injections of the same name are not in the table’s reach, and are left alone.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk
from dictation.draft.doubts.amounts import IN_MG, UNITS, number
from dictation.draft.doubts.context import Context, plain, quoted, rows
from dictation.draft.doubts.doses import figures, is_child
from dictation.draft.doubts.usual import NOT_VALIDATED

_WHOLE = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)  # tablets or capsules at one taking
_CUT = (0.25, 0.5, 1.5, *_WHOLE)
_OTHER_FORM = re.compile(
    r"\b(?:gouttes?|sirop|ampoules?|injectables?|IV\w*|IM|SC|intra\w+|sous-cutanée?s?|perfusion|solution|buvable|bolus)\b"
)
_ALIKE = 0.001  # relative


def check(context: Context) -> Iterable[Doubt]:
    if is_child(context):
        return
    for finding in context.of_kind(FindingKind.DRUG):
        yield from _of_two(context, finding)
        sold = _sold().get(plain(finding.value("drug") or ""))
        if sold is None or _OTHER_FORM.search(finding.text) or finding.rule_id in ("drug.resembles", "drug.unknown"):
            continue
        unit, strengths, taken = sold
        if _made_up(finding, unit, strengths, taken):
            continue
        boxes = ", ".join(figures(one) for one in strengths)
        reason = (
            f"Dosage qui n’existe pas pour ce nom\u00a0: {quoted(finding.text)} (vendu à {boxes}\u00a0{unit}\u202f; "
            f"{NOT_VALIDATED}). Réécoutez le nom et le chiffre."
        )
        yield context.about("dose.strength", Risk.MEDIUM, finding, reason)


def _of_two(context: Context, finding: Finding) -> Iterable[Doubt]:
    """« Coaprovel 150/125 », « Seroplex 200/6 »: figures of a tablet or a puff of two substances that is not sold."""
    dose, sold = finding.value("dose") or "", (finding.value("sold") or "").split()
    one = plain(finding.value("drug") or "") in _sold()
    if "/" not in dose or dose in sold or not (sold or one):
        return
    boxes = f"vendu à {', '.join(sold)}" if sold else "un seul produit"
    reason = (
        f"Dosage qui n’existe pas pour ce nom\u00a0: {quoted(finding.text)} ({boxes}\u202f; {NOT_VALIDATED}). "
        "Réécoutez le nom et le chiffre."
    )
    yield context.about("dose.strength", Risk.MEDIUM, finding, reason)


def _made_up(finding: Finding, unit: str, strengths: tuple[float, ...], taken: tuple[float, ...]) -> bool:
    """Whether the dose is some tablets of one strength, or of two at most; True where there is none to compare."""
    said = number(finding.value("dose"))
    if said is None:
        return True
    sign = finding.value("unit") or unit
    if sign in UNITS:
        sign = "UI"
    if "/" in sign or sign in ("mL", "%", "mEq", "mmol") or not said:
        return True
    if not finding.value("unit") and said < min(strengths) / 10:
        return True  # « 2 »: how many, or something else
    if (unit == "UI") != (sign == "UI"):
        return False
    if unit != "UI":
        if sign not in IN_MG:
            return True
        said *= IN_MG[sign] / IN_MG[unit]
    ways = {one * times for one in strengths for times in taken}
    ways |= {one + other for one in strengths for other in strengths}
    return any(abs(said - way) <= _ALIKE * way for way in ways)


@functools.cache
def _sold() -> dict[str, tuple[str, tuple[float, ...], tuple[float, ...]]]:
    """Folded brand -> unit, strengths, and how many of them may be taken at once."""
    return {
        plain(name): (unit, tuple(float(one) for one in strengths.split()), _WHOLE if whole else _CUT)
        for name, unit, strengths, *whole in rows("brand_strengths")
    }
