"""Same side twice: two measures of one sentence, both on the right: « 3/10 à droite et de 8/10 à droite ».

One examination compares two sides; a sentence that names one of them twice has most likely lost the other. So has one
gesture after another, « paracentèse droite puis droite », and what is opposed: « le gauche, le gauche étant
atrophique ».
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk, SectionKind
from dictation.draft.doubts.context import Context, plain, quoted
from dictation.draft.doubts.neighbours import clauses_of
from dictation.draft.doubts.sides import organ_of, with_organ

_TWICE = re.compile(r"\bà (droite|gauche)\b([^.;:\n]{0,40})(?:,| et | contre | puis )[^.;:\n]{1,40}?\bà \1\b")
_ONE_AFTER_THE_OTHER = re.compile(
    r"\b(droite?|gauche)s?(?:,? (?:puis|et|et puis|ensuite|ni|ou|comme|que)(?: (?:à|du côté|le|la))?|, (?:le|la|à))"
    r" (?:droite?|gauche)s?\b"
)
# « du mollet gauche ni du mollet gauche »: one thing, one side, twice.
_ONE_THING_TWICE = re.compile(
    r"\b([^\W\d_]{4,}) (droite?|gauche)s? (?:ni|et|ou|puis|comme|que) (?:[^\W\d_]{1,4}[’' ]){0,3}\1 \2s?\b",
    re.IGNORECASE,
)
# « Testicule gauche de 16 mL, mou, testicule gauche de 19 mL »: each member of the list opens with what it is said of.
_OPENS = re.compile(r"^(?:l |le |la )?([a-z]{4,} (?:droite?|gauche)|a (?:droite|gauche))\b")


def check(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        match = _TWICE.search(passage.text)
        other = {"droite": "gauche", "gauche": "droite"}
        if match is None or f"à {other[match[1]]}" in match[0]:
            continue
        told = quoted(f"à {match[1]}")
        reason = f"Même côté deux fois dans la phrase\u00a0: {told}. L’autre côté est peut-être perdu\u00a0: réécoutez."
        yield context.words("sides.twice", Risk.HIGH, passage, match.start(), match.end(), reason)
    yield from _one_after_the_other(context)
    yield from _opened_twice(context)
    yield from _two_years(context)
    yield from _one_sentence_a_side(context)


def _one_after_the_other(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for match in (*_ONE_AFTER_THE_OTHER.finditer(passage.text), *_ONE_THING_TWICE.finditer(passage.text)):
            if ("gauche" in match[0]) == ("droit" in match[0]):
                continue
            told = quoted(match[0])
            reason = f"Même côté deux fois de suite\u00a0: {told}. Réécoutez le passage."
            yield context.words("sides.twice", Risk.HIGH, passage, match.start(), match.end(), reason)


def _opened_twice(context: Context) -> Iterable[Doubt]:
    """Two clauses of one sentence that open with one side of one thing, and none with its other side between."""
    last: dict[tuple[int, int, str], str] = {}
    for clause in clauses_of(context):
        opens = _OPENS.search(clause.folded)
        if opens is None:
            continue
        thing, side = opens[1].rsplit(" ", 1)
        place = (clause.passage.section, clause.passage.start, thing)
        side = side[0]  # « droit » and « droite » are one side
        if last.get(place) == side and clause.begin:
            told = quoted(opens[0])
            reason = f"Même côté deux fois\u00a0: {told}. L’autre côté est peut-être perdu\u00a0: réécoutez."
            yield clause.doubt(context, "sides.twice", Risk.MEDIUM, reason)
        last[place] = side


# « À droite, … . À gauche, … . »: who describes two sides gives each its sentence.
_BEGINS_WITH = re.compile(r"^(?:[^\W\d_]+, ?)?(?:À|à|Du côté|L’œil|Œil|Côté) (droite?|gauche)\b")


def _one_sentence_a_side(context: Context) -> Iterable[Doubt]:
    before: tuple[int, str] | None = None
    for passage in context.passages():
        begins = _BEGINS_WITH.search(passage.text)
        if begins is None:
            continue
        here = (passage.section, begins[1][0].lower())
        if here == before:
            told = quoted(begins[0])
            reason = f"Deux descriptions du même côté\u00a0: {told}. L’autre côté est peut-être perdu\u00a0: réécoutez."
            yield context.words("sides.twice", Risk.MEDIUM, passage, begins.start(), begins.end(), reason)
        before = here


_YEAR = re.compile(r"^[^,.;:\n]{0,30}\b(?:en|depuis) (?:\w+ )?((?:19|20)\d\d)\b")


def _two_years(context: Context) -> Iterable[Doubt]:
    """« Canal carpien droit en 2008, canal carpien droit en 2009 »: one of two old operations was on the other side."""
    known: dict[tuple[str, str], str] = {}
    for finding in context.of_kind(FindingKind.SIDE):
        passage = context.passage_of(finding)
        if passage is None or passage.kind is not SectionKind.HISTORY:
            continue
        year = _YEAR.search(plain(passage.text[finding.end - passage.start :]))
        organ = organ_of(finding, passage)[1].rstrip("s")
        if year is None or not organ:
            continue
        place = (organ, finding.value("side") or "")
        if known.setdefault(place, year[1]) != year[1]:
            told = with_organ(finding)
            reason = f"Même côté à deux dates\u00a0: {told}. L’autre côté est peut-être perdu\u00a0: réécoutez."
            yield context.about("sides.twice", Risk.MEDIUM, finding, reason)
