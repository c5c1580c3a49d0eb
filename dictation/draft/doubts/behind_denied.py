"""Behind denied: « pas de laxité en valgus, tiroir postérieur »: the next of a list has lost its « pas de ».

Wider than denied_beside.py in the words: the kind of word is enough, whatever it is said of (« trouble de la
sensibilité de la joue », « ptosis »). Narrower in the place: the clause right before denies, and nothing behind the
name says that somebody saw it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk, SectionKind
from dictation.draft.doubts.context import Context, quoted
from dictation.draft.doubts.negation import DESCRIBED, denied_heads, short
from dictation.draft.doubts.neighbours import ANY_DENIAL, clauses_of, denies

_LINK = r"(?:au dela )?(?:de |du |des |d |a |au |aux |en |sur |dans )?(?:la |l |le |les |un |une )?"
_NAME = re.compile(rf"^(?:autres? )?[a-z]{{4,}}(?: {_LINK}[a-z]{{3,}}){{0,4}}$")
# What an illness or a complaint ends in, where it ends in nothing else; not « sensibilité », « intensité », « acuité ».
_ILLNESS = re.compile(
    r"(?:oses?|algies?|uries?|rragies?|plegies?|phasies?|omes?|ptosis|(?<!il)(?<!ens)(?<!u)ites?|(?:phot|hemian)opsies?|phobies?)$"
)
_NO_ILLNESS = frozenset(
    str.split(
        "retard tassement biopsies "
        "biopsie autopsie dose doses glucose marge marges implant implants alcool anesthesie antecedent "
        "antecedents aspirine vaccin vaccins reprise appui issue perte pertes signe signes etat bilan autre autres "
        "grossesse conduite charge charges bain bains douche sport arret suite suites limite visite visites site "
        "sites atome chrome symptome pansement rasage station activite exposition rapports port avion soleil "
        "piscine neuroleptique voyage animal limites mobilite traitement traitements consommation facteur facteurs "
        "prise cellules passage bloc valve stimulateur defibrillateur contre anti aspect trop syndrome genee"
    )
)
# What says that it was seen, or that it is as it should be.
_SEEN = re.compile(
    r"\d|\b(?:est|sont|etait|reste\w*|droite?s?|gauches?|bilatera\w+|ancien\w*|traite\w*|opere\w*|"
    r"moder\w+|minime\w*|normal\w*|souple\w*|propre\w*|stable\w*|libre\w*|presente?s?|perc\w+|conserve\w*|"
    r"symetri\w*|regulier\w*|habituel\w*|simple\w*|bonne?|bon|correct\w*|satisfaisant\w*|comprime\w*|homogene\w*|claire?s?|"
    r"fermee?s?|indolore\w*|chronique\w*|abondant\w*|limite\w*|plus|complete?s?|severes?|benin\w*|positi\w*|"
    r"negati\w*|rapportee?s?|prescrite?s?|non|inchange\w*|occasionnel\w*|discret\w*|important\w*|connue?s?|"
    r"absent\w*|pour|faible\w*|fait|prevue?s?|centree?s?|en place|avec|probables?|possibles?|typiques?|"
    r"symptomatique|persistante?s?|"
    r"cedee?s?|surveillee?s?|equilibree?s?|appareillee?s?|quotidien\w*|debutante?s?|mal|bien)\b"
)


def check(context: Context) -> Iterable[Doubt]:
    for clause in clauses_of(context):
        folded = clause.folded
        if clause.passage.kind is SectionKind.ALLERGIES or clause.titles:
            continue
        if not (denies(clause.left) or (clause.behind_what_is_well and clause.passage.kind in DESCRIBED)):
            continue
        if not _NAME.search(folded) or _SEEN.search(folded) or ANY_DENIAL.search(folded) or not _an_illness(folded):
            continue
        told = quoted(short(clause.text.strip()))
        reason = f"Affirmé juste après ce qui est nié\u00a0: {told}. Un «\u00a0pas de\u00a0» a pu se perdre, réécoutez."
        yield clause.doubt(context, "negation.behind", Risk.MEDIUM, reason)


def _an_illness(folded: str) -> bool:
    head = folded.removeprefix("autre ").removeprefix("autres ").split()[0]
    if head in _NO_ILLNESS:
        return False
    return not {head, head.removesuffix("s")}.isdisjoint(denied_heads()) or bool(_ILLNESS.search(head))
