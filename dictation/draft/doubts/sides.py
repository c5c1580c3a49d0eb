"""Sides: right here and left there for one organ, a side no such organ has, an operation without its side.

Reads paired_organs.tsv. Old operations (history) and a comparison with the other, healthy side are not contradictions.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dictation.domain.documents import Doubt, Finding, FindingKind, LetterType, Risk, SectionKind
from dictation.draft.doubts.context import Context, Passage, plain, quoted, rows

# Sections that speak of the same illness; an old operation on the other side belongs to the history.
_K = SectionKind
_SAME_STORY = (
    _K.OPENING, _K.REASON, _K.ILLNESS, _K.EXAMINATION, _K.TESTS, _K.PROCEDURE, _K.COURSE, _K.CONCLUSION, _K.PLAN,
    _K.PENDING, _K.DISCHARGE_TREATMENT,
)  # fmt: skip
_DECIDES = (_K.OPENING, _K.REASON, _K.PROCEDURE, _K.CONCLUSION, _K.PLAN, _K.COURSE)  # a contradiction here is grave
_OTHER_SIDE = re.compile(
    r"\b(?:controlateral\w*|sain|saine|oppose\w*|compar\w*|des deux|l autre|par rapport|par ailleurs|normal\w*|indemne|"
    r"sans particularite|libre|symetri\w*|deja oper\w*|antecedent\w*|ancien\w*|decubitus lateral|mobilite complete)\b"
)
# What the healthy side is said to be, in the clause it stands in.
_IS_WELL = re.compile(
    r"\b(?:indolores?|stables?|taille conservee|a ete operee?|(?:droite?|gauche) (?:n a|ne presente) (?:pas|aucune?)|"
    r"(?:droite?|gauche) (?:sans|pas))\b"
)
# Sides of places that have only one, or that say how the patient lies: never compared with the organ operated on.
_OF_A_PLACE = re.compile(
    r"\b(?:ventric\w*|oreillette\w*|coeur|branche\w*|coronair\w*|colon\w*|colique|colectomie|hemicolectomie|angle\w*|"
    r"hypochondre\w*|fosse iliaque|flanc\w*|lobes?|decubitus lateral|trocart\w*|bord\w*|hepatectomie|foie|cadran\w*)\b"
)
# What lies on one side in everybody: (words that tell of it, words of a place beside a side, the side it must be).
_FIXED = (
    (r"cholecyst|vesicul|biliair", r"hypochondre", "right"),
    (r"appendic", r"fosse iliaque", "right"),
    (r"sigmoid", r"fosse iliaque", "left"),
    (r"splen|\brate\b", r"hypochondre", "left"),
    (r"sigmoid", r"colectomie|colon|cote", "left"),
    (r"\bcaec|\bcoecum|ascendant", r"colectomie|colon|cote", "right"),
)
_FRENCH = {"right": "droite", "left": "gauche"}
_AT_MOST = 3  # sides of one region that are told to differ from its others
_BEFORE, _AFTER = 9, 4  # words around a side in which its organ is looked for


@dataclass(frozen=True, slots=True)
class _Said:
    finding: Finding
    passage: Passage
    side: str
    region: str  # of paired_organs.tsv; "" when no organ is named beside it
    organ: str
    compares: bool  # the sentence speaks of the other side too


@functools.cache
def _organs() -> tuple[tuple[re.Pattern[str], str, bool], ...]:
    return tuple(
        (re.compile(rf"\b{re.escape(plain(row[0]))}\w*"), row[1], len(row) > 2 and row[2] == "asked")
        for row in rows("paired_organs")
    )


def check(context: Context) -> Iterable[Doubt]:
    said = _said(context)
    yield from _two_sides(context, said)
    yield from _wrong_for_all(context)
    yield from _missing(context)


def _said(context: Context) -> list[_Said]:
    found = []
    for finding in context.of_kind(FindingKind.SIDE):
        passage = context.passage_of(finding)
        side = finding.value("side") or ""
        if passage is None or finding.negated or side == "both" or passage.kind not in _SAME_STORY:
            continue
        before, after = _around(finding, passage)
        if _OF_A_PLACE.search(" ".join(before.split()[-3:])):
            continue
        region, organ = _organ_beside(before, after)
        compares = bool(_OTHER_SIDE.search(plain(passage.text))) or _both_measured(passage.text)
        compares = compares or bool(_IS_WELL.search(_own_clause(finding, passage)))
        found.append(_Said(finding, passage, side, region, organ, compares))
    return found


def organ_of(finding: Finding, passage: Passage) -> tuple[str, str]:
    """The region of paired_organs.tsv a side is said of, and its organ; "" both when none stands beside it."""
    return _organ_beside(*_around(finding, passage))


def _around(finding: Finding, passage: Passage) -> tuple[str, str]:
    """The clause before a side and the clause from it on, folded."""
    at = finding.start - passage.start
    return plain(re.split(r"[.;:\n]", passage.text[:at])[-1]), plain(re.split(r"[.;:\n]", passage.text[at:])[0])


def _own_clause(finding: Finding, passage: Passage) -> str:
    """What stands between the commas around a side, folded."""
    at = finding.start - passage.start
    return plain(re.split(r"[.,;:\n]", passage.text[:at])[-1] + re.split(r"[.,;:\n]", passage.text[at:])[0])


def _organ_beside(before: str, after: str) -> tuple[str, str]:
    own = before.rsplit(",", 1)[-1]  # « glaucome de l’œil droit, surdité gauche »
    near = " ".join((own if len(own.split()) > 1 else before).split()[-_BEFORE:])
    return _nearest(near) or _first(" ".join(after.split()[1 : 1 + _AFTER])) or ("", "")


def _both_measured(text: str) -> bool:
    """« 20 dB à droite et 35 à gauche », « paracentèse droite puis gauche »: the two sides of one examination."""
    if re.search(r"\bdroite?s?,? (?:puis|et) (?:à )?gauches?\b|\bgauches?,? (?:puis|et) (?:à )?droite?s?\b", text):
        return True
    if any(("droit" in pair[2]) != ("droit" in pair[3]) for pair in _ONE_AND_OTHER.finditer(text)):
        return True
    return bool(re.search(r"\bà droite\b", text) and re.search(r"\bà gauche\b", text))


# « rein droit et rein gauche normaux »
_ONE_AND_OTHER = re.compile(
    r"\b([^\W\d_]{3,}) (droite?|gauche)s?,? (?:et|puis|ou|comme) (?:le |la |l[’'])?\1 (droite?|gauche)s?\b",
    re.IGNORECASE,
)


def _nearest(text: str) -> tuple[str, str] | None:
    """The last organ before a side."""
    found = [(m.end(), region, m[0]) for words, region, _ in _organs() for m in words.finditer(text)]
    return max(found)[1:] if found else None


def _first(text: str) -> tuple[str, str] | None:
    found = [(m.start(), region, m[0]) for words, region, _ in _organs() for m in words.finditer(text)]
    return min(found)[1:] if found else None


def _two_sides(context: Context, said: list[_Said]) -> Iterable[Doubt]:
    """For each region: at the sides in the minority, or at the first that differs when there are as many of each."""
    told: set[str] = set()
    shown: list[_Said] = []
    everywhere = Counter(one.side for one in said if not one.compares)
    for region in dict.fromkeys(one.region for one in said):
        group = [one for one in said if one.region == region and not one.compares]
        sides = Counter(one.side for one in group) if region else everywhere
        if len(sides) < 2:
            continue
        (usual, most), (_, least) = sides.most_common(2)
        if not region and least > 1:
            continue  # no organ beside them and several of each: they speak of two things
        odd = [one for one in group if one.side != usual]
        if most == least:
            odd = [one for one in group if one.side != group[0].side][:1]
        if not odd and group and not region:  # all of the usual side: the one elsewhere that is not
            odd = [one for one in said if one.side != group[0].side and not one.compares][:1]
        if not odd:
            continue
        first = next((one for one in (group if region else said) if one.side != odd[0].side), odd[0])
        told.add(region)
        for one in odd[:_AT_MOST]:
            if one not in shown:
                yield _clash(context, first, one, region)
            shown.append(one)
    if told or not everywhere:
        return
    yield from _against_the_rest(context, said, everywhere)


def _against_the_rest(context: Context, said: list[_Said], everywhere: Counter[str]) -> Iterable[Doubt]:
    """A letter that says right three times or more and left once."""
    if len(everywhere) == 2 and everywhere.most_common(2)[1][1] == 1 and everywhere.most_common(1)[0][1] >= 3:
        usual = everywhere.most_common(1)[0][0]
        odd = next(one for one in said if one.side != usual and not one.compares)
        first = next(one for one in said if one.side == usual)
        yield _clash(context, first, odd, "")


def _clash(context: Context, first: _Said, second: _Said, region: str) -> Doubt:
    grave = first.passage.kind in _DECIDES and second.passage.kind in _DECIDES
    same = bool(region) or _organ(first.finding) & _organ(second.finding)
    both = f"{with_organ(first.finding)} puis {with_organ(second.finding)}"
    reason = f"Deux côtés dans la lettre\u00a0: {both}. Réécoutez les deux passages."
    return context.about("sides.two", Risk.HIGH if grave or same else Risk.MEDIUM, second.finding, reason)


def with_organ(finding: Finding) -> str:
    """« rein droit »: a side and what it is said of."""
    head = (finding.value("of") or "").split()[-2:]
    return quoted(" ".join([*head, finding.text]))


def _organ(finding: Finding) -> set[str]:
    """The words a side stands behind: « du genou droit » -> genou."""
    return {word.rstrip("s") for word in re.findall(r"\w{4,}", plain(finding.value("of") or ""))[-2:]}


def _wrong_for_all(context: Context) -> Iterable[Doubt]:
    """An appendicitis on the left: what lies on one side in everybody."""
    letter = plain(" ".join(section.text for section in context.report.sections if section.kind in _DECIDES))
    for finding in context.of_kind(FindingKind.SIDE):
        passage = context.passage_of(finding)
        if passage is None or finding.negated or passage.kind not in _SAME_STORY:
            continue
        near = plain(passage.text[max(0, finding.start - passage.start - 25) : finding.start - passage.start])
        for illness, place, side in _FIXED:
            others = [told for told, _, other in _FIXED if other != side and re.search(told, letter)]
            if re.search(illness, letter) and re.search(place, near) and finding.value("side") not in (side, "both"):
                if others:
                    continue
                words = with_organ(finding)
                reason = f"Côté inattendu\u00a0: {words} (attendu\u00a0: {_FRENCH[side]}). Réécoutez le passage."
                yield context.about("sides.unexpected", Risk.HIGH, finding, reason)
                break


def _missing(context: Context) -> Iterable[Doubt]:
    """An organ there are two of, operated on, and no side said of its region in the whole letter."""
    sided = plain(" ".join(passage.text for passage in context.passages() if _names_a_side(passage.text)))
    wanted = (_K.REASON, _K.PROCEDURE, _K.CONCLUSION)
    for passage in context.passages(*wanted):
        folded = plain(passage.text)
        for words, region, asked in _organs():
            match = words.search(folded) if asked else None
            if match is None or match[0].endswith("s") or _names_a_side(passage.text) or _denied(folded, match.start()):
                continue
            if any(told.search(sided) for told, other, _ in _organs() if other == region):
                continue
            operation = context.letter_type is LetterType.OPERATION or passage.kind is _K.PROCEDURE
            reason = f"Côté non dicté\u00a0: {quoted(match[0])}. Ajoutez-le s’il est utile."
            risk = Risk.HIGH if operation else Risk.MEDIUM
            yield context.words("sides.missing", risk, passage, 0, len(passage.text), reason)
            return


def _names_a_side(text: str) -> bool:
    return bool(re.search(r"\b(?:droite?s?|gauches?|bilatera\w*|des deux|les deux|median\w*)\b", plain(text)))


def _denied(folded: str, at: int) -> bool:
    return bool(re.search(r"\b(?:pas|sans|aucune?|absence)\b[^,.]{0,30}$", folded[:at]))
