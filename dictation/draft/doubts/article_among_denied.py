"""Article among denied: « pas de diabète, une cardiopathie »: « aucune » or « pas de » heard as « une ».

A list of what is absent goes on with « pas de »; a finding that is there, in the midst of it, comes with its verb, its
figure or its side. Whatever the finding is, « une » and a bare name right beside a denial are worth a second of
listening.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk, SectionKind
from dictation.draft.doubts.context import Context, plain, quoted
from dictation.draft.doubts.negation import short
from dictation.draft.doubts.neighbours import ANY_DENIAL, clauses_of, denies

_ONE = re.compile(r"^(?:un|une) [a-z]{4,}(?: \w+){0,6}$")
# A verb, a figure, what was prescribed or how much of it: the finding is told for itself.
_TOLD = re.compile(
    r"\d|\b(?:est|sont|etait|etaient|a|ont|avait|intoler\w*|reaction|reste\w*|important\w*|discret\w*|minime\w*|moder\w*|petite?|seule?|"
    r"traitee?s?|operee?s?|connue?|fois|goutte|comprime|gelule|sachet|injection|droite?|gauche|cousine?|tante|oncle|soeur|frere|mere|pere|fille|fils|"
    r"appendicite|appendicectomie|cesarienne|entorse|hernie|fugace|semaine|mois|jour|heure)\b(?! ce jour)"
)

_NO_ALLERGY = re.compile(r"^(?:pas d|aucune) allergie")


def check(context: Context) -> Iterable[Doubt]:
    for clause in clauses_of(context):
        folded = clause.folded
        if not _ONE.search(folded) or clause.titles:
            continue
        if clause.passage.kind is SectionKind.ALLERGIES and not _NO_ALLERGY.search(plain(clause.left)):
            continue  # how it showed: « pas de choc, un œdème »
        if _TOLD.search(folded) or ANY_DENIAL.search(folded) or not (denies(clause.left) or denies(clause.right)):
            continue
        told = quoted(short(clause.text.strip()))
        reason = f"Affirmé à côté de ce qui est nié\u00a0: {told}. «\u00a0Aucun\u00a0» ou «\u00a0pas de\u00a0»\u00a0?"
        yield clause.doubt(context, "negation.article", Risk.MEDIUM, reason + " Réécoutez.")
