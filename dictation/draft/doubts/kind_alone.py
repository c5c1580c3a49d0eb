"""Kind alone: « antiagrégant. », « cancer. », « allergie, aucun traitement »: a kind, and nobody says which one.

Who has a cancer, takes an antiplatelet or is allergic is told of which, since when or to what. The kind alone is named
to be denied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, plain, quoted
from dictation.draft.doubts.neighbours import clauses_of, denies

_KIND = re.compile(
    r"(?:(?:un|une|des) )?(?:autres? )?(?:cancers?|tumeurs?|allergie|antiagregants?|anticoagulants?|antibiotiques?|"
    r"anti inflammatoires?|antihypertenseurs?|immunosuppresseurs?|corticoides?|psychotropes?|stupefiants?|drogues?|"
    r"toxiques?|medicament|pacemakers?|prothese|chirurgie|intervention|fracture|maladie|cardiopathie|infection|"
    r"hospitalisation|transfusions?|complications?|hemorragie|incidents?|accidents?|contraception|"
    r"recidives?|sequelles?|prote(?:cteur|ction) gastrique)"
)
# « Allergies, aucune au latex »: the kind is a title, said with a comma.
_ANSWER = re.compile(r"^(?:aucune?s?|non|jamais|neant|rien)(?: (?:a|au|aux|connue?s?|ce jour|a ce jour)\b.*)?$")

_BARE = re.compile(r"^\s*[^\W\d_]{4,}\.?\s*$")


def check(context: Context) -> Iterable[Doubt]:
    for clause in clauses_of(context):
        if not _KIND.fullmatch(clause.folded) or clause.titles or _ANSWER.search(plain(clause.right).rstrip(" .")):
            continue
        if not denies(clause.left) and (_BARE.search(clause.left) or _BARE.search(clause.right)):
            continue  # « antalgique, antibiotique, repos »: a list of kinds
        told = quoted(clause.text.strip())
        reason = f"Nommé sans dire lequel\u00a0: {told}. Un «\u00a0pas de\u00a0» a pu se perdre, réécoutez."
        yield clause.doubt(context, "negation.kind_alone", Risk.MEDIUM, reason)
