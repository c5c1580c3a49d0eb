"""Side once: a side nothing else in the letter confirms, or that differs from most of the others.

« Gauche » heard for « droite » reads as well as the right word: another mention is all that tells them apart. A side
said once of its region, and against most of the others, may be one misheard; a « gauche » that no other one confirms
is worth a second of listening. Wider than sides.py, which knows when two sides are a contradiction: a point of medium
risk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk, SectionKind
from dictation.domain.spans import Span
from dictation.draft.doubts import sides
from dictation.draft.doubts.context import Context, plain
from dictation.draft.doubts.sides import organ_of, with_organ

_LISTED = 4  # so many sides are told in one point
_ONE_PASSAGE = 120  # characters between two sides that are heard in one go
_WHOLE = 6  # sentences from which a letter has room to say its side again …
_WITHOUT_STOPS = 120  # … or words, where nobody dictates a full stop
_OLD = (SectionKind.HISTORY, SectionKind.ILLNESS)
_MOST = 2 / 3  # share of the other sides that must speak against one
_HEALTHY = re.compile(r"\b(?:pas|sans|aucune?|ni|absence|controlateral\w*|saine?|indemne|rien|normale?|comme)\b")
# How the patient lies, and what is of one side in everybody (fixed_sides.py).
_OF_THE_GESTURE = re.compile(
    r"\b(?:trocarts?|decubitus lateral|fosse iliaque|hypochondre|flanc|bord|cadran|vers la|tournee? a|lateralisee? a|"
    r"oreillettes?|ventricul\w*|cavites|tronc commun|coeur|voie radiale)\W*$"
)


@dataclass(frozen=True, slots=True)
class _Side:
    finding: Finding
    side: str
    region: str
    organ: str
    kind: SectionKind


def check(context: Context) -> Iterable[Doubt]:
    """A point each, with its own sound; from _LISTED on one for all of them, what is ill now first.

    So many are old operations, one passage to listen to. The list is without those a graver point already sends to,
    which would take the place of all of it.
    """
    found = sorted(_all(context), key=lambda each: each[0].kind in _OLD)
    if len(found) < _LISTED:
        yield from _of_one_sentence(context, found)
        return
    graver = {doubt.span for doubt in sides.check(context)}
    if found := [each for each in found if each[0].finding.span not in graver]:
        told = ", ".join(with_organ(one.finding) for one, _, _ in found)
        reason = f"Côtés que rien d’autre ne confirme\u00a0: {told}. Réécoutez-les."
        yield context.about("sides.once", Risk.MEDIUM, found[0][0].finding, reason)


def _of_one_sentence(context: Context, found: Sequence[tuple[_Side, str, str]]) -> Iterable[Doubt]:
    """Two sides of one sentence are one passage to listen to, and one point."""
    told: dict[tuple[int, int], list[tuple[_Side, str, str]]] = {}
    for one, rule_id, reason in found:
        passage = context.passage_of(one.finding)
        told.setdefault((passage.section, passage.start) if passage else (-1, id(one)), []).append(
            (one, rule_id, reason)
        )
    for together in told.values():
        first, last = (min(together, key=_place)[0], max(together, key=_place)[0])
        passage = context.passage_of(first.finding)
        if len(together) == 1 or passage is None or last.finding.end - first.finding.start > _ONE_PASSAGE:
            for one, rule_id, reason in together:
                yield context.about(rule_id, Risk.MEDIUM, one.finding, reason)
            continue
        start, end = first.finding.start - passage.start, last.finding.end - passage.start
        sides_told = ", ".join(with_organ(one.finding) for one, _, _ in sorted(together, key=_place))
        reason = f"Côtés que rien d’autre ne confirme\u00a0: {sides_told}. Réécoutez la phrase."
        doubt = context.words("sides.once", Risk.MEDIUM, passage, start, end, reason)
        if first.finding.span and last.finding.span:
            doubt = replace(doubt, span=Span(first.finding.span.start, last.finding.span.end))
        yield doubt


def _place(each: tuple[_Side, str, str]) -> int:
    return each[0].finding.start


def _all(context: Context) -> Iterable[tuple[_Side, str, str]]:
    """Each side nothing confirms, once: the rule and its sentence."""
    found: dict[int, tuple[_Side, str, str]] = {}
    for one, rule_id, reason in _each(context):
        found.setdefault(id(one.finding), (one, rule_id, reason))
    yield from sorted(found.values(), key=lambda each: (each[0].finding.section, each[0].finding.start))


def _each(context: Context) -> Iterable[tuple[_Side, str, str]]:
    said = list(_said(context))
    for one in said:
        others = [other for other in said if other is not one]
        alone = not one.region or all(other.region != one.region for other in others)
        against = sum(other.side != one.side for other in others)
        if alone and against >= 2 and against >= _MOST * len(others):
            told = with_organ(one.finding)
            reason = f"Côté contraire au reste de la lettre\u00a0: {told}. Réécoutez le passage."
            yield one, "sides.against", reason
    yield from _unconfirmed(context, said)


def _unconfirmed(context: Context, said: Sequence[_Side]) -> Iterable[tuple[_Side, str, str]]:
    """A side said once, unless something is bilateral.

    What an old operation was done on is another story: only another mention of its own organ confirms its side.
    """
    bilateral = any(finding.value("side") == "both" for finding in context.of_kind(FindingKind.SIDE))
    sentences = [passage.text.split() for passage in context.passages()]
    if len(sentences) < _WHOLE and sum(map(len, sentences)) < _WITHOUT_STOPS:
        return
    once = [one for one in said if not any(_same(one, other) for other in said) and not _of_the_story(one, said)]
    once = [one for one in once if not any(_twin(one, other) for other in said)]
    for one in once:
        if bilateral and one.kind not in _OLD:
            continue
        told = with_organ(one.finding)
        reason = f"Côté dit une seule fois\u00a0: {told}. Rien ne le confirme\u00a0: réécoutez-le."
        yield one, "sides.once", reason


def _same(one: _Side, other: _Side) -> bool:
    """Whether `other` confirms the side of `one`."""
    if other is one or other.side != one.side:
        return False
    return (one.kind not in _OLD and one.region == other.region) or bool(
        one.organ and one.organ.rstrip("s") == other.organ.rstrip("s")
    )


def _of_the_story(one: _Side, said: Sequence[_Side]) -> bool:
    """« douleur de l’épaule gauche » of the illness told, « bras gauche » examined: another side of its region confirms
    it, as long as nothing of that region is of the other side: heard otherwise, it would be told to differ."""
    region = [other for other in said if other.region == one.region and other is not one]
    return (
        one.kind is SectionKind.ILLNESS
        and bool(one.region)
        and any(other.kind is not SectionKind.HISTORY for other in region)
        and all(other.side == one.side for other in region)
    )


def _twin(one: _Side, other: _Side) -> bool:
    """Old operations on one side and on the other: a side misheard says one of them twice (same_side_twice.py)."""
    return (
        bool(one.organ)
        and {one.kind, other.kind} == {SectionKind.HISTORY}
        and (one.organ == other.organ and one.side != other.side)
    )


def _said(context: Context) -> Iterable[_Side]:
    """The sides of the letter that speak of something ill or done, those of old operations included."""
    for finding in context.of_kind(FindingKind.SIDE):
        passage, side = context.passage_of(finding), finding.value("side")
        if passage is None or finding.negated or side not in ("left", "right"):
            continue
        before = plain(passage.text[: finding.start - passage.start])
        if not (_HEALTHY.search(before) or _OF_THE_GESTURE.search(before)):
            yield _Side(finding, side, *organ_of(finding, passage), passage.kind)
