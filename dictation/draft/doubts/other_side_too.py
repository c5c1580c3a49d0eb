"""Other side too: what is said of the other side, heard of this one.

« Pas d’anomalie du sein gauche » is said of the healthy side; « canal carpien gauche opéré en 2023 » beside a canal
carpien gauche to be operated is either a recurrence, and then said to be one, or a side misheard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk, SectionKind
from dictation.draft.doubts.context import Context, Passage, plain, quoted
from dictation.draft.doubts.sides import organ_of

_K = SectionKind
_TODAY = (_K.OPENING, _K.REASON, _K.ILLNESS, _K.TESTS, _K.PROCEDURE, _K.CONCLUSION, _K.PLAN)
_HEALTHY = re.compile(
    r"\b(?:pas|sans|aucune?|absence)\b[^,.;]{0,12}\b(?:anomalie|particularite|atteinte|lesion|autre|rougeur|plainte)|"
    r"\b(?:indemne|saine?)s?\b|\bstables? et indolores?\b|\brien (?:du cote|a signaler)|"
    r"\b(?:rein|oeil|sein|testicule|poumon|oreille|tympan|ovaire|parotide|surrenale|lobe|jambe|main|genou|hanche|"
    r"epaule)s? "
    r"(?:droite?|gauche)s? (?:est |sont )?(?:normale?s?|souples?|en place|sans (?!fracture)\w+)"
)
_OPERATED = re.compile(r"\b(?:opere\w*|prothese|operation|cure|chirurgie|resection|ablation|liberation|pose|posee)\b")
_AGAIN = re.compile(
    r"\b(?:recidiv\w*|repris\w*|reprise|changement|descellement|ablation|depose|infection|infecte\w*|persist\w*|douloureu\w*|"
    r"controle|suivi|suites|surveillance|revision|complication\w*|fracture|luxation|sepsis|septique|reste|apres)\b"
)


_COMPARED = re.compile(
    r"\b(?:compar\w+|par rapport|par comparaison)(?: \w+)? (?:a|au|aux|avec) (?:[a-z]+ ){0,4}(droit|gauch)"
)


def check(context: Context) -> Iterable[Doubt]:
    yield from _compared_with_itself(context)
    today = [one for one in _sided(context) if one[1].kind in _TODAY and not one[0].negated]
    for finding, passage, region, organ in _sided(context):
        of_the_region = [one for one in today if one[2] == region and one[0] is not finding]
        ill = [one for one in of_the_region if not _HEALTHY.search(plain(one[1].text))]
        if not ill or {one[0].value("side") for one in ill} != {finding.value("side")}:
            continue
        told = quoted(_near(passage, finding))
        if _HEALTHY.search(plain(passage.text)):
            reason = f"Dit sain du côté malade\u00a0: {told}. Réécoutez le côté."
            yield context.about("sides.healthy", Risk.HIGH, finding, reason)
        elif passage.kind is _K.HISTORY and _OPERATED.search(plain(passage.text)):
            same = [plain(one[1].text) for one in ill if one[3] == organ]
            if same and not any(_AGAIN.search(text) for text in same):
                reason = f"Déjà opéré du même côté\u00a0: {told}. S’il ne s’agit pas d’une reprise, réécoutez le côté."
                yield context.about("sides.again", Risk.MEDIUM, finding, reason)


def _compared_with_itself(context: Context) -> Iterable[Doubt]:
    """« Comparativement à la radiographie de droite » in a letter about the right: one compares with the other."""
    letter = [finding for finding in context.of_kind(FindingKind.SIDE) if finding.value("side") in ("left", "right")]
    for finding in letter:
        passage = context.passage_of(finding)
        if passage is None:
            continue
        match = _COMPARED.search(plain(passage.text[: finding.end - passage.start]))
        others = [other for other in letter if other is not finding]
        same = [other for other in others if other.value("side") == finding.value("side")]
        if match and plain(finding.text).startswith(match[1]) and len(same) > 1 and len(same) == len(others):
            reason = f"Comparé à lui-même\u00a0: {quoted(_near(passage, finding))}. Réécoutez le côté."
            yield context.about("sides.compared", Risk.MEDIUM, finding, reason)


def _sided(context: Context) -> list[tuple[Finding, Passage, str, str]]:
    """Every one-sided finding beside an organ there are two of: finding, sentence, region, organ."""
    found = []
    for finding in context.of_kind(FindingKind.SIDE):
        passage = context.passage_of(finding)
        if passage is None or finding.value("side") not in ("left", "right"):
            continue
        region, organ = organ_of(finding, passage)
        if region:
            found.append((finding, passage, region, organ))
    return found


def _near(passage: Passage, finding: Finding) -> str:
    """The words just before a side, and the side."""
    before = passage.text[: finding.start - passage.start].split()[-3:]
    return " ".join([*before, finding.text])
