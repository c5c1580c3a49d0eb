"""With allergen: « allergie au latex, salle avec latex »: what the patient is allergic to was « sans »."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, plain, quoted
from dictation.draft.doubts.negation import short
from dictation.draft.doubts.neighbours import clauses_of

_ALLERGIC_TO = re.compile(r"\b(?:allergi\w+|intoleran\w+) (?:connue )?(?:au |aux |a la |a l |a )([a-z]{4,})\b")
_DENIED = re.compile(r"\b(?:pas|aucune?|sans|absence|non|ni)\b[^.,;]*$")


def check(context: Context) -> Iterable[Doubt]:
    allergens: set[str] = set()
    for passage in context.passages():
        folded = plain(passage.text)
        for match in _ALLERGIC_TO.finditer(folded):
            if not _DENIED.search(folded[: match.start()]):
                allergens.add(match[1])
    for clause in clauses_of(context):
        found = re.search(r"\bavec (?:du |de la |de l |un |une )?([a-z]{4,})", clause.folded)
        if found is not None and found[1] in allergens and "allergi" not in clause.folded:
            told = quoted(short(clause.text.strip()))
            reason = f"«\u00a0Avec\u00a0» ce à quoi le patient est allergique\u00a0: {told}. Réécoutez le passage."
            yield clause.doubt(context, "allergy.with", Risk.HIGH, reason)
