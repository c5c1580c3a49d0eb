"""Prepared: words that only a denial goes with: « amyotrophie significative », « présence de calcul ».

« Notable », « suspect », « d’emblée », « notamment », « ou » between two sides: what was found is big, is at one place,
has a date; what was looked for in vain is « not notable », « neither right nor left ».
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, quoted
from dictation.draft.doubts.negation import denied_heads, short
from dictation.draft.doubts.neighbours import ANY_DENIAL, Clause, clauses_of

_NO_NOUN = (
    r"(?!(?:le|la|les|l|un|une|du|au|en|il|elle|je|j|nous|on|ce|cette|son|sa|ses|des|deux|a|puis|et|par|pour|avec|"
    r"dans|mais|chez|tres|plus|depuis|surtout|appui|douleur|impotence|chirurgie)\b)"
)
_LINK = r"(?:de |du |des |d |a |au |aux |en )?(?:la |l |le |les )?"
_ASKED = (
    r"(?:significati\w+|notables?|suspecte?s?|particuliere?s?|decelables?|individualisables?|franche?s?|"
    r"evidente?s?|surajoutee?s?|residuel\w*|"
    r"(?:suspecte?s?|notables?|particuliere?s?) (?:sur|dans|au niveau d\w*) .*|"
    r"dans la famille|a ce stade|a cette (?:taille|dose|date)|pour l instant|attendue?s?)"
)
_WITH_WHAT_DENIES = re.compile(rf"^(?:une? |autres? )?{_NO_NOUN}[a-zæ]{{4,}}(?: {_LINK}[a-z]{{4,}}){{0,3}} {_ASKED}$")
# … and, of what letters usually deny, when it was not there.
_ASKED_OF_THESE = re.compile(r" (?:notamment|a ce jour|ce jour|d emblee|a distance|depuis)$")
_TREATMENTS = frozenset(str.split("chimiotherapie radiotherapie immunotherapie hormonotherapie indication"))
_SHORT = 6  # words; a longer clause tells more of it
_DONE = re.compile(r"\b(?:fait|faits|faite|faites|realise\w*|prescri\w+|remis\w*|vue?s?|adresse\w*|pratique\w*)\b")
_KNOWN_ALLERGY = re.compile(r"^allergie (?:a|au|aux) .* connue$")
# « Une allergie sauf au sparadrap », « anomalie en dehors de »: who excepts something has denied the rest.
_EXCEPTED = re.compile(
    r"^(?:(?:il|elle|on|je) \w+ (?:\w+ )?)?(?:une? |autres? )?(?:allergies?|anomalies?|antecedents?|complications?|"
    r"plaintes?|douleurs?|genes?|lesions?|atteintes?|hematomes?|traitements?|medicaments?|symptomes?|sequelles?|deficits?|"
    r"intolerances?|particularites?|incidents?|difficultes?|signes? \w+)(?: [a-z]{4,}){0,2} "
    r"(?:sauf|hormis|excepte|en dehors d\w*|a part|a l exception|autre qu\w*)\b"
)
_EITHER_SIDE = re.compile(r"\b(?:droite? ou (?:a )?gauche|gauche ou (?:a )?droite?)\b")
_ON_EITHER = re.compile(r"\b(?:si|soit|choix|selon|cote|decid\w*|prefer\w*)\b")
# « Présence d’un calcul », « de calculs », « de sang »: one thing that can be counted has its article.
_PRESENCE = re.compile(
    r"\bpresence (?:de |d )(?!(?:sang|liquide|matiere|materiel|pus|gaz|graisse|tissu|mucus|fibrine|glaire|selle|l|la|"
    r"sa|son|ses|ces|cette|ce|leur|plusieurs|nombreu\w+|deux|trois|quelques|boue|bile|urine|proteines?|glucose|"
    r"drusen|tyndall)\b)([a-z]{4,})\b"
)


def check(context: Context) -> Iterable[Doubt]:
    for clause in clauses_of(context):
        folded = clause.folded
        if _DONE.search(folded) or clause.titles or ANY_DENIAL.search(folded) or re.search(r"\d", folded):
            continue
        when = _ASKED_OF_THESE.search(folded) and _usually_denied(folded)
        either = _EITHER_SIDE.search(folded) and not _ON_EITHER.search(folded)
        if when or either or any(p.search(folded) for p in (_WITH_WHAT_DENIES, _EXCEPTED, _KNOWN_ALLERGY)):
            yield _doubt(context, clause, "ces mots vont d’habitude avec «\u00a0pas de\u00a0»")
        elif (found := _PRESENCE.search(folded)) and not found[1].endswith(("s", "x", "ose", "ite", "eme")):
            yield _doubt(context, clause, "«\u00a0présence\u00a0» sans article, ou «\u00a0absence\u00a0»\u00a0?")


def _usually_denied(folded: str) -> bool:
    head = re.sub(r"^(?:une? |autres? )", "", folded).split()[0]
    return len(folded.split()) < _SHORT and head != "appui" and (head in denied_heads() or head in _TREATMENTS)


def _doubt(context: Context, clause: Clause, why: str) -> Doubt:
    told = quoted(short(clause.text.strip()))
    reason = f"Négation peut-être perdue ({why})\u00a0: {told}. Réécoutez le passage."
    return clause.doubt(context, "negation.prepared", Risk.MEDIUM, reason)
