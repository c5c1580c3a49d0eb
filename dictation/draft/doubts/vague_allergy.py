"""Vague allergy: an allergy stated without what it is to, « allergie médicamenteuse », « allergie aux antibiotiques ».

A real allergy is dictated with its product; without one, an « aucune » or a « pas d’ » may have been lost. Either way
the reader cannot act on it, and the author is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, plain, quoted

_NO_PRODUCT = re.compile(
    r"\ballergi(?:es?|ques?)(?: (?:connue?s?|medicamenteuses?|alimentaires?|particulieres?|notables?|declarees?|"
    r"(?:aux?|a un|a des) (?:antibiotiques?|medicaments?|produits?|anesthesiques?)))*(?= *$| *[,.;])"
)
_DENIED = re.compile(
    r"\b(?:pas|sans|aucune?s?|ni|non|jamais|absence|nulle?s?|neant|recherche\w*|risque|terrain|bilan)\b"
)
_TOLD = re.compile(r"\b(?:rhinite|rhino\w*|conjonctiv\w*|asthm\w*|eczema|dermat\w*|reaction|choc|tests?)\b")


def check(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for part in re.finditer(r"[^.;:\n]+", passage.text):
            clause = part[0]
            folded = plain(clause)
            match = _NO_PRODUCT.search(folded)
            if match is None or _DENIED.search(folded) or _TOLD.search(_own(folded, match.start())):
                continue
            lead = len(clause) - len(clause.lstrip())
            reason = (
                f"Allergie affirmée sans produit nommé\u00a0: {quoted(clause.strip())}. "
                "Réécoutez\u00a0: une négation manque peut-être\u202f; sinon, précisez le produit."
            )
            yield context.words("allergy.vague", Risk.HIGH, passage, part.start() + lead, part.end(), reason)
            break


def _own(clause: str, at: int) -> str:
    """The words between the commas around a place: « asthme, allergie aux antibiotiques » tells two things."""
    return clause[clause.rfind(",", 0, at) + 1 :].partition(",")[0]
