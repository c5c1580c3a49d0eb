"""Resumed: a drug taken up again, kept or stopped, named nowhere else, beside one that sounds like it or a list.

« La métoclopramide est reprise à la même dose » where the letter knows metformine only. What is resumed was taken: its
name stands elsewhere in a letter that tells the treatment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz import fuzz

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk, SectionKind
from dictation.draft.doubts.context import Context, Passage, plain, quoted
from dictation.draft.doubts.usual import substance

_LISTS = (SectionKind.USUAL_TREATMENT, SectionKind.HISTORY, SectionKind.OPENING, SectionKind.ILLNESS)
_NOW = (SectionKind.PLAN, SectionKind.CONCLUSION, SectionKind.DISCHARGE_TREATMENT)
_A_LIST = 3  # drugs from which a letter lists what the patient takes
_KNOWN_ALREADY = re.compile(
    r"\b(?:repris\w*|reprise|poursui\w*|suspend\w*|suspension|ecarte\w*|interrompu\w*|relais|interaction|meme dose|"
    r"maintenu\w*|reintrodui\w*|reintroduction)\b"
)
_THE = r"(?:l |le |la |les |du |de |d |de l |de la |a l |au )?$"
_AS_KNOWN_BEFORE = re.compile(
    r"\b(?:tolerance|tolere bien|poursuite|maintien|(?:pas|jamais) (?:interrompre|arreter|modifier|suspendre|oublier)|"
    rf"modifie pas|arret|arrete|suspends|(?<!ne )poursui(?:s|t|vre)|diminue|augmente) {_THE}"
)
_AS_KNOWN_BEHIND = re.compile(
    r" (?:(?:est|a ete|sera|reste|restera) )?(?:arretee?|suspendue?|interrompue?|maintenue?|poursuivie?|a poursuivre|"
    r"inchangee?|non (?:reconduite?|reprise?)|reste a|pas reconduite?)\b"
)
_NEAR = 50  # characters: a letter dictated without commas is one long clause
_RESEMBLES = 60  # rapidfuzz ratio, 0..100; lower than for names alone: the sentence itself says the drug was named


def check(context: Context) -> Iterable[Doubt]:
    drugs = [drug for drug in context.of_kind(FindingKind.DRUG) if drug.value("drug")]
    for drug in drugs:
        others = [other for other in drugs if substance(other) != substance(drug)]
        passage = context.passage_of(drug)
        if passage is None or (drug.negated and not _granted(context, drug, passage, others)):
            continue  # « sans relais par héparine »; « ne pas interrompre le Liorésal » denies no drug
        once = sum(substance(other) == substance(drug) for other in drugs) == 1
        if not once:
            continue
        twin = None
        if _KNOWN_ALREADY.search(plain(_clause(drug, passage))):
            twin = next((one for one in others if _alike(drug, one) and context.passage_of(one) != passage), None)
        if twin is not None:
            told = f"{quoted(drug.text)} n’est nommé qu’ici, et {quoted(twin.value('drug') or '')} lui ressemble"
            reason = f"Médicament repris ou arrêté sans avoir été cité\u00a0: {told}. Réécoutez le nom."
            yield context.about("drug.resumed", Risk.HIGH, drug, reason)
        elif _not_in_the_list(context, drug, drugs) or _granted(context, drug, passage, others):
            reason = (
                f"Médicament arrêté, modifié ou poursuivi sans figurer dans le traitement\u00a0: {quoted(drug.text)}. "
                "Réécoutez le nom."
            )
            yield context.about("drug.unlisted", Risk.MEDIUM, drug, reason)


def _not_in_the_list(context: Context, drug: Finding, drugs: list[Finding]) -> bool:
    """Whether the letter lists what is taken, and what is said of this drug now is news to it."""
    listed = {substance(one) for one in drugs if context.section_of(one) in _LISTS and one is not drug}
    changed = drug.value("change") in ("stopped", "changed", "continued")
    return changed and len(listed) >= _A_LIST and context.section_of(drug) in _NOW


def _granted(context: Context, drug: Finding, passage: Passage, others: list[Finding]) -> bool:
    """« Bonne tolérance du Rivotril », « ne pas interrompre le Lipanthyl », « Stilnox arrêté »: it is said as of a drug
    the letter has named, without a dose, and the letter has a list of others with theirs."""
    if drug.value("dose") or context.section_of(drug) in (SectionKind.USUAL_TREATMENT, SectionKind.ALLERGIES):
        return False
    at = drug.start - passage.start
    before, behind = plain(passage.text[:at]) + " ", " " + plain(passage.text[at + len(drug.text) :])
    elsewhere = [other for other in others if other.value("dose") and context.passage_of(other) != passage]
    listed = {substance(other) for other in elsewhere if context.section_of(other) in _LISTS}
    return len(listed) >= _A_LIST and bool(_AS_KNOWN_BEFORE.search(before) or _AS_KNOWN_BEHIND.match(behind))


def _clause(drug: Finding, passage: Passage) -> str:
    """What is said of this drug: a list of others may tell of one that is taken up again."""
    start, end = drug.start - passage.start, drug.end - passage.start
    return (
        re.split(r"[,;]", passage.text[:start])[-1][-_NEAR:]
        + passage.text[start:end]
        + re.split(r"[,;]", passage.text[end:])[0][:_NEAR]
    )


def _alike(one: Finding, other: Finding) -> bool:
    return fuzz.ratio(plain(one.value("drug") or ""), plain(other.value("drug") or "")) >= _RESEMBLES
