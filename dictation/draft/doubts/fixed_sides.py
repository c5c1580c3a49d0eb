"""Fixed sides: what lies on one side in everybody, or on the side across from another.

The main stem of the coronary arteries and the ejection fraction are of the left; a paralysis lies across from the
lesion of the brain that made it; the bed of an organ that was removed lies where the organ was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk
from dictation.draft.doubts.context import Context, Passage, plain, quoted

_SIDE = r"(droite?|gauche)s?\b"
_FRENCH = {"d": "droite", "g": "gauche"}
# (what is said before the side, the side it must be)
_ALWAYS = (
    (r"\btronc (?:commun|coronaire)(?: coronaire)? ", "g"),
    (r"\bejection (?:du )?(?:ventricul\w+|vg) ", "g"),
    (r"\b(?:lingula|culmen) ", "g"),
    (r"\blobe moyen ", "d"),
)
_BRAIN = re.compile(
    rf"\b(?:hemispher\w+|sylvien\w*|thalam\w+|capsul\w+ interne|sous dur\w+(?: \w+)?(?: de l hemisphere)?|pariet\w+|"
    rf"front\w+|m[12]|cerebral\w* moyenn\w+|lenticul\w+)(?: (?:superficiel\w*|profond\w*|chronique|"
    rf"aigu\w*|subaigu\w*))* {_SIDE}"
)
_PALSY = re.compile(
    rf"\b(?:hemipare\w+|hemiple\w+|hemicorps|hemianops\w+|deficit (?:moteur |sensitif )?(?:du |de l )?"
    rf"(?:bras|membre superieur|hemicorps|membre inferieur)?|force du membre \w+) ?{_SIDE}"
)
# A disc presses on the root of its own side, and the sentence that says so names both.
_DISC_AND_ROOT = re.compile(
    r"\bhernie (?:discale )?(?:\w+ ){0,5}?(droite|gauche)\b(?:(?!droite?|gauche).)*"
    r"\b(?:conflit|contact|comprim\w+|refoul\w+|compression)\b(?:(?!droite?|gauche|libre|indemne).){0,30}"
    r"\bracines? (?:\w+ ){0,2}(droite|gauche)\b(?! (?:\w+ ){0,2}(?:libre|indemne|normale|respectee))"
)
_REMOVED = re.compile(rf"\b(nephrectomie|surrenalectomie|mastectomie|parotidectomie)(?: \w+)? {_SIDE}")
_BED = re.compile(
    rf"\bloge (renale|de nephrectomie|surrenalienne|de mastectomie|mammaire|parotidienne|de parotidectomie) {_SIDE}"
)
_OF_THE_BED = {"neph": ("rena", "de n"), "surr": ("surr",), "mast": ("de m", "mamm"), "paro": ("paro", "de p")}


def check(context: Context) -> Iterable[Doubt]:
    passages = list(context.passages())
    for passage in passages:
        folded = plain(passage.text)
        for words, side in _ALWAYS:
            for match in re.finditer(words + _SIDE, folded):
                if match[1][0] != side:
                    yield _doubt(context, passage, match[0], f"attendu\u00a0: {_FRENCH[side]}")
        for match in _DISC_AND_ROOT.finditer(folded):
            if match[1] != match[2]:
                why = "une hernie comprime la racine de son côté"
                yield _doubt(context, passage, match[0], why)
    yield from _across(context, passages)
    yield from _beds(context, passages)


def _across(context: Context, passages: list[Passage]) -> Iterable[Doubt]:
    """A lesion of the brain and a palsy of the same side: one of both was misheard."""
    lesions = [(passage, match) for passage in passages for match in _BRAIN.finditer(plain(passage.text))]
    palsies = [(passage, match) for passage in passages for match in _PALSY.finditer(plain(passage.text))]
    for passage, palsy in palsies:
        same = [(where, lesion) for where, lesion in lesions if lesion[1][0] == palsy[1][0]]
        if not same:
            continue
        other = quoted(palsy[0])
        for where, lesion in same:
            yield _doubt(context, where, lesion[0], f"du même côté que {other}, une lésion du cerveau croise")
        if len(same) == len(lesions):
            yield _doubt(context, passage, palsy[0], "du même côté que la lésion du cerveau")


def _beds(context: Context, passages: list[Passage]) -> Iterable[Doubt]:
    removed = [match for passage in passages for match in _REMOVED.finditer(plain(passage.text))]
    for passage in passages:
        for bed in _BED.finditer(plain(passage.text)):
            own = [one for one in removed if bed[1].startswith(_OF_THE_BED[one[1][:4]])]
            if own and all(one[2][0] != bed[2][0] for one in own):
                yield _doubt(context, passage, bed[0], f"alors que {quoted(own[0][0])}")


def _doubt(context: Context, passage: Passage, told: str, why: str) -> Doubt:
    """At the side the words end with: a passage holds few, and its folded words count otherwise than its own."""
    side = told.rsplit(" ", 1)[1]
    reason = f"Côté inattendu\u00a0: {quoted(told)} ({why}). Réécoutez le passage."
    for finding in context.of_kind(FindingKind.SIDE):
        here = context.passage_of(finding)
        before = plain(passage.text[: max(0, finding.start - passage.start)]) if here == passage else ""
        if here == passage and plain(finding.text) == side and before.endswith(told.rsplit(" ", 1)[0].strip()):
            return context.about("sides.unexpected", Risk.HIGH, finding, reason)
    return context.words("sides.unexpected", Risk.HIGH, passage, 0, len(passage.text), reason)
