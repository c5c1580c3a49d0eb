"""Allergen: an allergy to a drug nobody is allergic to, whose name sounds like a common allergen.

« allergie à la varénicline » for « pénicilline »: a wrong allergen hides the true one from whoever prescribes next.
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from dictation.domain.documents import Doubt, FindingKind, Risk
from dictation.draft.doubts.context import Context, plain, quoted

# Folded; what letters name, after which nothing is asked.
_COMMON = (
    "penicilline", "amoxicilline", "augmentin", "cephalosporine", "betalactamine", "aspirine", "ibuprofene",
    "ketoprofene", "codeine", "morphine", "tramadol", "iode", "latex", "sulfamide", "bactrim", "cotrimoxazole",
    "macrolide", "erythromycine", "quinolone", "ciprofloxacine", "levofloxacine", "lidocaine", "xylocaine",
    "paracetamol", "pristinamycine", "pyostacine", "vancomycine", "gentamicine", "clindamycine", "metronidazole",
    "heparine", "protamine", "atracurium", "rocuronium", "curare", "gadolinium", "cefazoline", "ceftriaxone", "sulfite",
    "clarithromycine", "azithromycine", "ofloxacine", "moxifloxacine", "tetracycline", "cycline", "doxycycline",
    "rocephine", "cefuroxime", "cefotaxime", "clamoxyl", "profenid", "naproxene", "diclofenac",
)  # fmt: skip
_RESEMBLES = 62  # rapidfuzz ratio, 0..100


def check(context: Context) -> Iterable[Doubt]:
    for allergy in context.of_kind(FindingKind.ALLERGY):
        said = plain(allergy.value("allergen") or "").rstrip("s")
        if allergy.negated or len(said) < 6 or " " in said or said in _COMMON:
            continue
        best = process.extractOne(said, _COMMON, scorer=fuzz.ratio, score_cutoff=_RESEMBLES)
        if best is not None:
            reason = (
                f"Allergie inhabituelle\u00a0: {quoted(allergy.text)}, proche de {quoted(best[0])}. Réécoutez le nom."
            )
            yield context.about("allergy.lookalike", Risk.HIGH, allergy, reason)
