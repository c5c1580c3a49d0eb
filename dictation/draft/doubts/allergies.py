"""Allergies: an allergy said aloud, and a drug of that name or class in the letter."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk
from dictation.draft.doubts.context import Context, plain, quoted
from dictation.draft.doubts.usual import substance

# Said allergen (folded, singular) -> the class of drugs (patterns/drugs.tsv) it belongs to.
_CLASSES = {
    "penicillin": "penicilline peni amoxicilline augmentin ampicilline clamoxyl oxacilline piperacilline tazocilline",
    "cephalosporin": "cephalosporine ceftriaxone rocephine cefazoline cefixime oroken",
    "nsaid": "ains anti-inflammatoire aspirine ibuprofene ketoprofene diclofenac naproxene profenid",
    "sulfonamide": "sulfamide bactrim cotrimoxazole",
    "macrolide": "macrolide erythromycine clarithromycine azithromycine",
    "quinolone": "quinolone fluoroquinolone ofloxacine ciprofloxacine levofloxacine",
    "opioid": "morphine codeine morphinique opiace tramadol oxycodone",
    "local_anaesthetic": "xylocaine lidocaine anesthesique",
    "aminoside": "aminoside gentamicine",
    "tetracycline": "tetracycline doxycycline cycline",
}
_BOTH = {"betalactamine": {"penicillin", "cephalosporin"}}
_CROSSED = {"penicillin": {"cephalosporin"}, "cephalosporin": {"penicillin"}}  # rare, and worth a look
# « amoxicilline, du fait de l’allergie »: chosen because of it, which makes it worse.
_BECAUSE_OF_IT = re.compile(r"\b(?:fait|cause|raison) de (?:l|son|cette) allergie")


def check(context: Context) -> Iterable[Doubt]:
    said = [
        finding
        for finding in context.of_kind(FindingKind.ALLERGY)
        if not finding.negated and finding.value("allergen") and not _ruled_out(context, finding)
    ]
    told: set[tuple[str, str]] = set()
    for drug in context.of_kind(FindingKind.DRUG):
        if drug.negated or _told_of_the_allergy(context, drug):
            continue
        for allergy in said:
            risk = _risk(allergy, drug)
            if risk is not None:
                both = (allergy.value("allergen") or "", substance(drug))
                if both in told:
                    break  # named again: the one decision, asked for at its first place
                told.add(both)
                named, crossed = quoted(drug.value("drug") or drug.text), " (allergie croisée possible)"
                reason = f"{quoted(allergy.text)} dicté, et {named} figure dans la lettre"
                reason += f"{crossed if risk is Risk.MEDIUM else ''}\u00a0: vérifiez."
                yield context.about("allergy.prescribed", risk, drug, reason)
                break


def _ruled_out(context: Context, allergy: Finding) -> bool:
    """« Allergie à l’amoxicilline : non confirmée »."""
    passage = context.passage_of(allergy)
    behind = plain(passage.text[allergy.end - passage.start :]) if passage else ""
    return bool(re.match(r"[ :,(]*(?:non confirmee|infirmee|ecartee|levee)\b", behind))


def _risk(allergy: Finding, drug: Finding) -> Risk | None:
    allergen = plain(allergy.value("allergen") or "").rstrip("s").replace(" ", "-")
    names = {plain(drug.value("drug") or ""), plain(drug.value("inn") or "")}
    classes = _BOTH.get(allergen) or {name for name, members in _CLASSES.items() if allergen in members.split()}
    own = drug.value("class") or ""
    if allergen.replace("-", " ") in names or own in classes:
        return Risk.HIGH
    crossed = set().union(*(_CROSSED.get(name, set()) for name in classes))
    return Risk.MEDIUM if own in crossed else None


def _told_of_the_allergy(context: Context, drug: Finding) -> bool:
    """« intolérance à la codéine » names the drug, and prescribes nothing."""
    passage = context.passage_of(drug)
    folded = _BECAUSE_OF_IT.sub("", plain(passage.text)) if passage else ""
    return bool(re.search(r"\b(?:allergi\w*|intoleran\w*|arret\w*|contre indiqu\w*)\b", folded))
