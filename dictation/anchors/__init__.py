"""Anchors: which sound stands behind each word of a letter, however much people have edited it.

Tokens (the words of the first draft with their sound, tokens.py) and the present text in, anchors and changes out
(derived, never stored). Touches nothing. A text area holds plain text and cannot carry times, so the times are found
again by comparing (match.py). What no token stands behind is looked for in the author's answers: words taken from one
are not « non dicté », they were said there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from dictation.anchors.match import MOVED, Match, matched
from dictation.anchors.tokens import Source, Token, folded, spoken_behind, tokens_of, words_of
from dictation.domain.documents import DraftSection, SectionKind
from dictation.domain.spans import Span, hull

__all__ = [
    "Anchor",
    "Answer",
    "Change",
    "Kept",
    "Source",
    "Token",
    "align",
    "changes",
    "folded",
    "tokens_of",
    "words_of",
]


class Kept(StrEnum):
    """What became of a word's link with the sound."""

    KEPT = "kept"
    CHANGED = "changed"  # stands where other words stood: their whole sound is behind it
    ADDED = "added"  # no sound of its own: « non dicté »
    ANSWERED = "answered"  # taken from the author's answer to a question


@dataclass(frozen=True, slots=True)
class Anchor:
    """A word of the present text: character offsets in its section's text, and the sound behind (or around) it."""

    first: int
    last: int  # one after its last character
    span: Span | None
    kept: Kept
    source: Source = Source.TEMPLATE
    answer: int = 0  # the question whose answer it was taken from; 0 for none


@dataclass(frozen=True, slots=True)
class Answer:
    """What the author answered to a question about a section; None when it was about the whole letter."""

    question: int
    text: str
    section: SectionKind | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Words that differ from what was dictated. `before` is empty when nobody said them, `after` when they are gone."""

    section: int  # index in the present sections; -1 when its section is gone
    before: str
    after: str
    span: Span | None
    by_a_person: bool  # False: written otherwise by the program (« soixante-quinze » became 75)
    answer: int = 0  # the question whose answer the words were taken from; 0 for none


def align(
    tokens: Sequence[Token], sections: Sequence[DraftSection], answers: Sequence[Answer] = ()
) -> list[list[Anchor]]:
    """The anchors of every section of the present text, in order."""
    found, _ = matched(tokens, sections)
    _from_answers(found, sections, answers)
    return [_anchors(section, matched) for section, matched in zip(sections, found, strict=True)]


def _from_answers(found: list[list[Match]], sections: Sequence[DraftSection], answers: Sequence[Answer]) -> None:
    """Words nobody dictated that stand in a whole answer, or in MOVED words of one, written in its section."""
    for answer in answers:
        said = [folded(word) for word, _, _ in words_of(answer.text)]
        for section, mine in zip(sections, found, strict=True):
            if not said or answer.section not in (None, section.kind):
                continue
            for block in _matcher(said, [folded(match.word) for match in mine]).get_matching_blocks():
                if block.size >= min(MOVED, len(said)):
                    for match in mine[block.b : block.b + block.size]:
                        match.answer = answer.question if match.token is None else 0


def _anchors(section: DraftSection, matched: Sequence[Match]) -> list[Anchor]:
    out: list[Anchor] = []
    for i, match in enumerate(matched):
        if match.token is not None:
            kept = Kept.KEPT if match.token.span else Kept.ADDED
            out.append(Anchor(match.first, match.last, match.token.span, kept, match.token.source))
        elif match.answer:
            behind = hull(token.span for token in match.replaced)
            out.append(Anchor(match.first, match.last, behind, Kept.ANSWERED, answer=match.answer))
        elif match.copied and match.copied.span:  # a sentence pasted once more sounds as it was said
            out.append(Anchor(match.first, match.last, match.copied.span, Kept.ADDED))
        elif match.replaced and hull(token.span for token in match.replaced):
            out.append(Anchor(match.first, match.last, hull(t.span for t in match.replaced), Kept.CHANGED))
        else:
            out.append(Anchor(match.first, match.last, _around(matched, i), Kept.ADDED))
    return out


def _around(matched: Sequence[Match], at: int) -> Span | None:
    """The sound around a word nobody said: from the end of its neighbour before to the start of the one after."""
    before = next((m.token.span for m in reversed(matched[:at]) if m.token and m.token.span), None)
    after = next((m.token.span for m in matched[at:] if m.token and m.token.span), None)
    if before and after and before.end < after.start:
        return Span(before.end, after.start)
    return before or after


def changes(tokens: Sequence[Token], sections: Sequence[DraftSection], answers: Sequence[Answer] = ()) -> list[Change]:
    """What differs between the voice and the present text, in the order of the letter; a sentence moved does not."""
    found, spare = matched(tokens, sections)
    _from_answers(found, sections, answers)
    used = {id(match.token) for mine in found for match in mine if match.token is not None}
    out: list[Change] = []
    for index, (section, mine) in enumerate(zip(sections, found, strict=True)):
        for run in _runs(mine):
            first, last = run[0], run[-1]
            after = section.text[first.first : last.last]
            if first.token is not None:  # the program wrote it otherwise than it was said
                spoken = spoken_behind([match.token for match in run if match.token])
                if folded(spoken) != folded(after):
                    out.append(Change(index, spoken, after, first.token.span, by_a_person=False))
                continue
            replaced = [token for token in first.replaced if id(token) not in used]
            span = hull(token.span for token in replaced) or _around(mine, mine.index(first))
            before = " ".join(t.text for t in replaced)
            out.append(Change(index, before, after, span, by_a_person=True, answer=first.answer))
            used |= {id(token) for token in first.replaced}
    for left in spare:
        gone = [token for token in left if id(token) not in used and token.source is not Source.TEMPLATE]
        if gone:
            index = next((i for i, section in enumerate(sections) if section.kind is gone[0].section), -1)
            out.append(Change(index, " ".join(t.text for t in gone), "", hull(t.span for t in gone), by_a_person=True))
    return sorted(out, key=lambda change: (change.section, change.span.start if change.span else 0.0))


def _runs(mine: Sequence[Match]) -> Iterable[list[Match]]:
    """Neighbouring words that changed together: by the same edit, added side by side, or written from one saying."""
    run: list[Match] = []
    for match in mine:
        wanted = match.token is None or (match.token.source is Source.NORMALISED and bool(match.token.spoken))
        joins = run and (
            (
                match.token is None
                and run[-1].token is None
                and (match.replaced, match.answer) == (run[-1].replaced, run[-1].answer)
            )
            or (match.token is not None and run[-1].token is not None and match.token.span == run[-1].token.span)
        )
        if run and not (wanted and joins):
            yield run
            run = []
        if wanted:
            run.append(match)
    if run:
        yield run


def _matcher(before: list[str], after: list[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, before, after, autojunk=False)
