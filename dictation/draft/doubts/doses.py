"""Doses: outside what an adult is usually given, too much in a day, in an unusual unit, or without a unit.

The numbers come from usual_doses.tsv (see usual.py): not validated by a pharmacist, and every reason says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk, SectionKind
from dictation.draft.doubts.amounts import UNITS, number
from dictation.draft.doubts.context import Context, plain, quoted
from dictation.draft.doubts.usual import NOT_VALIDATED, Usual, amount_of, substance, times_a_day, usual_of

# « 600 mg en dose de charge », « augmenté à 10 mg »: two doses of one drug may both be right.
_CHANGE = (
    "augment", "diminu", "baiss", "major", "minor", "pass", "relais", "charge", "puis", "reduit", "reduct", "adapt",
    "modif", "titr", "palier", "double", "monte", "au lieu", "changed", "ramen", "decroi", "degress", "lavement",
    "suppositoire", "porte",
)  # fmt: skip

# Local anaesthetics are told by what was injected: the concentration is on the bottle.
_BY_VOLUME = frozenset(
    str.split("lidocaine ropivacaine bupivacaine levobupivacaine mepivacaine articaine chloroprocaine xylocaine")
)
_INTO_THE_SPINE = frozenset(
    str.split(
        "bupivacaine levobupivacaine ropivacaine prilocaine chloroprocaine morphine sufentanil fentanyl clonidine"
    )
)
FAR_TOO_LOW = 20  # times less than an adult is given: no child's dose either
_THOUSANDTHS = re.compile(r"\d[ \u00a0\u202f]?mUI\b(?!/(?:min|h|kg|mL|L)\b)")  # oxytocin runs at so many mUI/min
# « Symbicort 200 2 bouffées », « Créon 25 000 2 gélules »: the figure names the box, the puffs are the dose.
_COUNTED_BEHIND = re.compile(r"^ (?:[1-9]\d{2} \d (?:bouffées?|inhalations?)|\d{1,2}[ \u00a0\u202f]?000 \d gélules?)\b")
_CONTRAST = frozenset({"iomeprol", "iohexol", "iodixanol", "iopromide", "iopamidol", "ioversol", "iobitridol"})
# Not what is swallowed or injected, which the table tells of; drops by the mouth are.
_LOCAL = re.compile(
    r"\b(?:collyre|pommade|gel|crème|spray|bains? de bouche|auriculaires?|ophtalmiques?|nasale?s?|dans l’œil)\b"
)
# Told by the spoon or the syringe it fills, and the adrenaline of a local anaesthetic.
_BY_SPOON = re.compile(r"(?i)\b(?:suspension|sirop|solution|buvable|adrénaline?)\b")
_A_DAY = re.compile(r"/ ?(?:jour|j|24 h)|par (?:jour|24 heures)")
_K = SectionKind
_BEFORE_AND_AFTER = [
    {before, after}
    for before in (_K.USUAL_TREATMENT, _K.HISTORY, _K.ILLNESS, _K.OPENING, _K.COURSE)
    for after in (_K.DISCHARGE_TREATMENT, _K.PLAN)
]
_STEP = 3  # times: a treatment is changed by less; ten times more is a misheard figure
_SEVERAL = 2
_CHILD = 15  # years under which the doses of an adult are only too high, never too low


def check(context: Context) -> Iterable[Doubt]:
    dosed: dict[str, tuple[float, Finding]] = {}
    bare: list[Finding] = []
    two: list[tuple[Finding, Finding]] = []
    for finding in context.of_kind(FindingKind.DRUG):
        usual = usual_of(finding)
        if finding.rule_id == "drug.no_unit":
            if not _strength_of_its_name(finding):
                bare.append(finding)
            continue
        if _THOUSANDTHS.search(finding.text):
            said = quoted(finding.text)
            reason = f"Dose en millièmes d’unité\u00a0: {said}. Millions (MUI) ou unités\u202f? Réécoutez l’unité."
            yield context.about("dose.unit", Risk.HIGH, finding, reason)
            continue
        if usual is None or not finding.value("dose") or not finding.value("unit"):
            continue
        doubt = _of_one_dose(context, finding, usual)
        partner = _partner(context, finding)
        if doubt is not None and partner is not None and _of_one_dose(context, finding, partner) is None:
            doubt = None
        if doubt is not None:
            yield doubt
            continue
        amount, name = amount_of(finding, usual), substance(finding)
        if amount is None or finding.negated:
            continue
        known = dosed.setdefault(name, (amount, finding))
        if known[0] != amount and not _changed(context, known[1], finding):
            two.append((known[1], finding))

    yield from _two_doses(context, two)
    yield from _without_unit(context, bare)
    yield from _at_most(context)


def _strength_of_its_name(finding: Finding) -> bool:
    """« Seretide 500/50 », « Humalog Mix 25 »: the figure is of the name, and what is taken comes in puffs or units."""
    name, dose = finding.value("drug") or "", finding.value("dose") or ""
    if substance(finding) in _CONTRAST:
        return True  # « Iomeron 350 »: iodine a millilitre
    if _COUNTED_BEHIND.search(finding.text.removeprefix(name)):
        return True
    return "/" in dose or (plain(name).endswith("mix") and dose in ("25", "30", "50", "70"))


def _without_unit(context: Context, bare: list[Finding]) -> Iterable[Doubt]:
    """« Kardégic 75 » is how surgeons speak: one point for all of them, and one for each figure nobody prescribes."""
    common = [finding for finding in bare if _common_figure(finding)]
    for finding in bare:
        if finding not in common:
            reason = f"Dose sans unité\u00a0: {quoted(finding.text)}. Complétez l’unité si elle a été dite."
            yield context.about("dose.no_unit", Risk.HIGH if usual_of(finding) else Risk.MEDIUM, finding, reason)
    if common:
        named = ", ".join(quoted(finding.text) for finding in common)
        reason = f"{'Doses' if len(common) > 1 else 'Dose'} sans unité\u00a0: {named}. Complétez si l’unité a été dite."
        yield context.about("dose.no_unit", Risk.MEDIUM, common[0], reason)


def _common_figure(finding: Finding) -> bool:
    usual, dose = usual_of(finding), (finding.value("dose") or "").replace(",", ".")
    if usual is None or _an_insulin(finding, usual) or not dose.replace(".", "", 1).isdecimal():
        return False
    return any(usual.in_range(a) and usual.common(a) for a in (float(dose), float(dose) / 1000, float(dose) * 1000))


def _an_insulin(finding: Finding, usual: Usual) -> bool:
    """« Lantus 24 » is no way to write it: a « u » or a millilitre misread has killed."""
    return usual.unit == "UI" and finding.value("class") == "antidiabetic"


def _of_one_dose(context: Context, finding: Finding, usual: Usual) -> Doubt | None:
    unit, said = finding.value("unit") or "", quoted(finding.text)
    amount = amount_of(finding, usual)
    if amount is None:
        if unit == "mL" and (substance(finding) in _BY_VOLUME or _BY_SPOON.search(finding.text)):
            return None
        if "/" in (finding.value("dose") or "") or (("/" in unit or unit == "%") and not _other_kind(unit, usual)):
            return None  # two substances, per kilo and the like, a solution: no single dose to compare
        reason = (
            f"Unité inhabituelle pour ce médicament\u00a0: {said} (usuelle\u00a0: {usual.unit}\u202f; {NOT_VALIDATED})."
        )
        return context.about("dose.unit", Risk.HIGH, finding, reason)
    if (
        (_LOCAL.search(finding.text) and unit != "g")
        or _in_the_eye(context, finding)
        or _in_the_spine(context, finding)
    ):
        return None
    rhythm = finding.value("rhythm") or ""
    times = times_a_day(rhythm)
    child = is_child(context)
    if _A_DAY.fullmatch(rhythm) and usual.most < amount <= usual.most_a_day:
        return None  # « 3 g/jour »: all the takings of the day
    if not usual.in_range(amount) and not (child and usual.least / FAR_TOO_LOW < amount < usual.least):
        usually = f"{figures(usual.least)} à {figures(usual.most)}\u00a0{usual.unit} par prise"
        reason = f"Dose inhabituelle\u00a0: {said} (adulte\u00a0: {usually}\u202f; {_source(usual)})."
        return context.about("dose.range", Risk.HIGH, finding, reason)
    if amount * times > usual.most_a_day * 1.001:
        usually = f"{figures(amount * times)}\u00a0{usual.unit} par jour, au plus {figures(usual.most_a_day)}"
        reason = f"Dose par jour trop forte\u00a0: {said} (soit {usually}\u202f; {_source(usual)})."
        return context.about("dose.daily", Risk.HIGH, finding, reason)
    if not usual.common(amount) and not child:
        usually = ", ".join(figures(dose) for dose in usual.doses)
        reason = (
            f"Dose peu courante\u00a0: {said} (courantes\u00a0: {usually}\u00a0{usual.unit}\u202f; {_source(usual)})."
        )
        return context.about("dose.uncommon", Risk.MEDIUM, finding, reason)
    return None


def _other_kind(unit: str, usual: Usual) -> bool:
    """« Inexium 175 UI/kg »: units of activity of what is weighed."""
    return unit.partition("/")[0] in UNITS and usual.unit == "mg" and "/k" in unit


def _in_the_eye(context: Context, finding: Finding) -> bool:
    """« céfuroxime 1 mg dans 0,1 mL », at the end of an operation of the eye."""
    passage = context.passage_of(finding)
    folded = plain(passage.text) if passage else ""
    return bool(re.search(r"\b(?:dans 0,1 ml|intracamerulaire|chambre anterieure|intravitreen\w*)\b", folded))


def _in_the_spine(context: Context, finding: Finding) -> bool:
    """« morphine 100 µg » of a spinal anaesthesia: by_weight.py knows how much."""
    passage = context.passage_of(finding)
    folded = plain(passage.text) if passage else ""
    told = re.search(r"\b(?:rachi\w*|intrathecale?s?|intrarachidien\w*)\b", folded)
    return bool(told) and substance(finding) in _INTO_THE_SPINE


def _partner(context: Context, finding: Finding) -> Usual | None:
    """The drug named right before this one without a dose: the two are one tablet, dosed by either."""
    for other in context.of_kind(FindingKind.DRUG):
        beside = other.section == finding.section and other.end + 1 == finding.start
        if beside and not other.value("dose"):
            return usual_of(other)
    return None


def is_child(context: Context) -> bool:
    """Whether the patient of the sidecar is too young for the doses of an adult."""
    born, now = context.patient.birth_date if context.patient else None, context.now
    return bool(born and now and (now - born).days < _CHILD * 365)


# « sans dépasser 4 g par jour »
_AT_MOST = re.compile(r"(?:d[ée]passer|maximum(?: de)?|au plus)\s(\d+(?:,\d+)?)\s(mg|g)\b")


def _at_most(context: Context) -> Iterable[Doubt]:
    """A limit for the day that is above what anybody may take of the drugs of its sentence."""
    drugs = context.of_kind(FindingKind.DRUG)
    for passage in context.passages():
        here = [usual for drug in drugs if context.passage_of(drug) == passage and (usual := usual_of(drug))]
        limits = [usual.most_a_day for usual in here if usual.unit == "mg"]
        for match in _AT_MOST.finditer(passage.text):
            amount = float(match[1].replace(",", ".")) * (1000 if match[2] == "g" else 1)
            if limits and (amount > max(limits) or amount < min(usual.least for usual in here)):
                reason = (
                    f"Dose maximale inhabituelle\u00a0: {quoted(match[0])} ({NOT_VALIDATED}). Réécoutez le passage."
                )
                yield context.words("dose.limit", Risk.HIGH, passage, match.start(), match.end(), reason)


def _source(usual: Usual) -> str:
    return f"source\u00a0: {usual.source}, {NOT_VALIDATED}"


def _before_and_after(context: Context, first: Finding, second: Finding) -> bool:
    """On admission one dose, at discharge another, as near as a treatment that is adapted."""
    one, other = number(first.value("dose")), number(second.value("dose"))
    near = bool(one and other and first.value("unit") == second.value("unit") and 1 / _STEP <= one / other <= _STEP)
    return near and {context.section_of(first), context.section_of(second)} in _BEFORE_AND_AFTER


def _two_doses(context: Context, pairs: list[tuple[Finding, Finding]]) -> Iterable[Doubt]:
    """A point for each; one for all the doses that differ between admission and discharge."""
    adapted = [pair for pair in pairs if _before_and_after(context, *pair)]
    alone = pairs if len(adapted) < _SEVERAL else [pair for pair in pairs if pair not in adapted]
    for first, second in alone:
        reason = (
            f"Deux doses pour un même médicament\u00a0: {quoted(first.text)} puis {quoted(second.text)}. "
            "Réécoutez les deux passages."
        )
        yield context.about("dose.two", Risk.MEDIUM, second, reason)
    if len(adapted) >= _SEVERAL:
        told = ", ".join(f"{quoted(first.text)} puis {quoted(second.text)}" for first, second in adapted)
        reason = f"Doses différentes à l’entrée et à la sortie\u00a0: {told}. Vérifiez qu’elles ont été changées."
        yield context.about("dose.two", Risk.MEDIUM, adapted[0][1], reason)


def _changed(context: Context, first: Finding, second: Finding) -> bool:
    """Whether the letter says that the dose changes, or the two are takings of one prescription."""
    here, there = context.passage_of(first), context.passage_of(second)
    if here is not None and here == there:
        return True
    kinds = {context.section_of(first), context.section_of(second)}
    if len(kinds) == 2 and SectionKind.PROCEDURE in kinds:
        return True  # in theatre one dose, afterwards another
    if first.value("duration"):
        return True  # « 6 000 UI matin et soir pendant 2 jours »: it ended
    said = (
        " ".join(plain(second.value(key) or "") for key in ("change", "status"))
        + " "
        + plain(there.text if there else "")
    )
    return any(word in said for word in _CHANGE)


def figures(value: float) -> str:
    """A number as the letter writes it: 1 000, 0,4."""
    text = f"{value:.6g}" if value < 10_000 else f"{value:.0f}"
    head, _, tail = text.partition(".")
    groups = f"{int(head):,}".replace(",", "\u202f")
    return f"{groups},{tail}" if tail else groups
