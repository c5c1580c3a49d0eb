"""Denied on the same side: « soulèvement maculaire gauche, absence d’œdème à gauche ».

Who has said what is ill on one side names a side again in what he denies because it is the other one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, plain, quoted
from dictation.draft.doubts.negation import short
from dictation.draft.doubts.neighbours import ANY_DENIAL, clauses_of

_SIDE = re.compile(r"\b(droit|gauche)e?s?\b")
_DENIED_THERE = re.compile(r"^(?:pas|aucune?|absence|rien|sans)\b.*\b(droit|gauche)e?s?$")
# Where what is ill may spread, come back or do harm: on its own side.
_OF_THE_ILL_SIDE = re.compile(
    r"\b(?:atteintes?|thromb\w+|envahi\w+|extension|infiltration|recidives?|complications?|residu\w*|retentissement|"
    r"deficits?|paralysie|dilatation|adenopathies?|conflit|compression|effraction)\b"
)


def check(context: Context) -> Iterable[Doubt]:
    for clause in clauses_of(context):
        denied = _DENIED_THERE.search(clause.folded)
        if denied is None or not clause.begin or _OF_THE_ILL_SIDE.search(clause.folded):
            continue
        before = [plain(part) for part in re.split("[.,;:]", clause.passage.text[: clause.begin])]
        stated = {side[1] for part in before if not ANY_DENIAL.search(part) for side in _SIDE.finditer(part)}
        everywhere = {side[1] for side in _SIDE.finditer(plain(clause.passage.text))}
        if stated == everywhere == {denied[1]}:
            told = quoted(short(clause.text.strip()))
            reason = f"Nié du côté malade\u00a0: {told}. S’agit-il de l’autre côté\u00a0? Réécoutez le passage."
            yield clause.doubt(context, "sides.denied", Risk.MEDIUM, reason)
