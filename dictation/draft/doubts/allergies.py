"""Allergies: an allergy said aloud, and a drug of that name or class in the letter."""

from __future__ import annotations

from collections.abc import Iterable

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk
from dictation.draft.doubts.context import Context, plain, quoted

# Said allergen (folded, singular) -> classes of patterns/drugs.tsv. Cephalosporins stay apart from penicillins: crossed
# allergy is rare, and the point would be raised on most surgical letters (céfazoline).
_CLASSES = {
    "penicilline": {"penicillin"},
    "betalactamine": {"penicillin", "cephalosporin"},
    "amoxicilline": {"penicillin"},
    "augmentin": {"penicillin"},
    "cephalosporine": {"cephalosporin"},
    "ains": {"nsaid"},
    "anti-inflammatoire": {"nsaid"},
    "aspirine": {"nsaid"},
    "sulfamide": {"sulfonamide"},
    "bactrim": {"sulfonamide"},
    "macrolide": {"macrolide"},
    "quinolone": {"quinolone"},
    "fluoroquinolone": {"quinolone"},
    "morphine": {"opioid"},
    "codeine": {"opioid"},
    "xylocaine": {"local_anaesthetic"},
}


def check(context: Context) -> Iterable[Doubt]:
    said = [f for f in context.of_kind(FindingKind.ALLERGY) if not f.negated and f.value("allergen")]
    for drug in context.of_kind(FindingKind.DRUG):
        for allergy in said:
            if not drug.negated and _same(allergy, drug):
                named = quoted(drug.value("drug") or drug.text)
                reason = f"{quoted(allergy.text)} dicté, et {named} figure dans la lettre\u00a0: vérifiez."
                yield context.about("allergy.prescribed", Risk.HIGH, drug, reason)
                break


def _same(allergy: Finding, drug: Finding) -> bool:
    allergen = plain(allergy.value("allergen") or "").rstrip("s")
    names = {plain(drug.value("drug") or ""), plain(drug.value("inn") or "")}
    return allergen in names or drug.value("class") in _CLASSES.get(allergen.replace(" ", "-"), set())
