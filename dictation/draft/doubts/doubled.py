"""Doubled: one substance under two names, or two drugs taken one at a time, in one prescription.

« Kardégic 75 mg, Aspégic 100 mg », « Crestor 10 mg, Tahor 20 mg »: one of the names may be another one, misheard; where
it was dictated so, the patient would take twice the dose. Reads one_at_a_time.tsv, not validated by a pharmacist.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk, SectionKind
from dictation.draft.doubts.context import Context, plain, quoted, rows
from dictation.draft.doubts.usual import NOT_VALIDATED, substance

# Sections that are one list of what is taken; elsewhere two drugs of one sentence only.
_LISTS = (SectionKind.USUAL_TREATMENT, SectionKind.DISCHARGE_TREATMENT, SectionKind.PLAN)
_INSTEAD = re.compile(
    r"\b(?:ou|sinon|plutot|defaut|alternance|remplac\w*|relais|relay\w*|puis|ensuite|arret\w*|stop\w*|suspen\w*|"
    r"interr\w*|switch\w*|substitu\w*|lieu de|echec|intoler\w*|allergi\w*|contre indiqu\w*|passage|evit\w*|jusqu)\b"
)
# Two forms of one substance are an ordinary prescription: slow and quick, local and by the mouth.
_OTHER_FORM = re.compile(
    r"(?i)\b(?:LP|LI|collyre|gel|crème|pommade|emplâtre|patchs?|spray|nasale?s?|ovules?|suppositoires?|gouttes?|"
    r"bouffées?|nébulisations?|aérosols?|inhalée?s?|sublinguale?s?|IV\w*|intraveineu\w+|perfusions?|injections?)\b"
)
_FORM_BEHIND = 12  # characters: « Voltarène gel »
_SAME_THING = re.compile(r"^[ \u00a0]?(?:\(|=|:|/|soit )")  # « quétiapine (Xeroquel LP) »
_TWO_STRENGTHS = frozenset({"opioid", "corticoid", "local_anaesthetic"})  # one all day, one when it hurts


def check(context: Context) -> Iterable[Doubt]:
    drugs = [
        drug
        for drug in context.of_kind(FindingKind.DRUG)
        if drug.rule_id not in ("drug.next_dose", "drug.resembles", "drug.unknown")
        and not drug.negated
        and drug.value("change") != "stopped"
        and context.section_of(drug) is not SectionKind.ALLERGIES
    ]
    told: set[str] = set()
    for one, other in itertools.combinations(drugs, 2):
        why = _why(one, other)
        if not why or plain(other.text) in told or not _together(context, one, other):
            continue
        told.add(plain(other.text))
        both = f"{quoted(one.text)} et {quoted(other.text)} ({why}\u202f; {NOT_VALIDATED})"
        reason = f"Médicament peut-être en double\u00a0: {both}. Réécoutez les deux noms."
        yield context.about("drug.doubled", Risk.HIGH, other, reason)


def _why(one: Finding, other: Finding) -> str:
    """What the two have in common, "" when nothing: said twice by one name, a drug is told by its doses."""
    first, second = substance(one), substance(other)
    names = {plain(drug.value("drug") or "") for drug in (one, other)}
    if len(names) == 1:
        return ""
    if first == second:
        return "" if (one.value("class") or "") in _TWO_STRENGTHS else "le même produit sous deux noms"
    return next((group for group, members in _groups() if _one_of(first, members) and _one_of(second, members)), "")


def _one_of(name: str, members: frozenset[str]) -> bool:
    """« insuline glargine » is glargine; a tablet of two substances is told by its other rules."""
    return name in members or name.removeprefix("insuline ") in members


def _together(context: Context, one: Finding, other: Finding) -> bool:
    """Whether both are taken: one sentence, or one list, and no word of one in place of the other."""
    here, there = context.passage_of(one), context.passage_of(other)
    if here is None or there is None or here.section != there.section:
        return False
    if here != there and here.kind not in _LISTS:
        return False
    section = context.report.sections[here.section].text
    if any(_OTHER_FORM.search(section[drug.start : drug.end + _FORM_BEHIND]) for drug in (one, other)):
        return False
    if _SAME_THING.match(section[one.end : other.start]):
        return False
    return not any(_INSTEAD.search(plain(_clause(section, drug))) for drug in (one, other))


def _clause(text: str, drug: Finding) -> str:
    """What is said of this drug between two commas."""
    return re.split(r"[,;.\n]", text[: drug.start])[-1] + " | " + re.split(r"[,;.\n]", text[drug.end :])[0]


@functools.cache
def _groups() -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple(
        (group, frozenset(plain(member.replace("+", " ")) for member in members.split()))
        for group, members in rows("one_at_a_time")
    )
