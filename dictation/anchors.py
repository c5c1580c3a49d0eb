"""Anchors: which sound stands behind each word of a letter, however much people have edited it.

Transcript, Report and first Draft in, tokens out (never edited); tokens and the present text in, anchors and changes
out (derived, never stored). Touches nothing. A text area holds plain text and cannot carry times, so the times are
found again by comparing: first spoken words with the words structure wrote (« vingt-trois » became 23), then the words
of the first draft with those of today's text, in two passes: a sentence moved to another section keeps its sound. What
is left is looked for in the author's answers: words taken from one are not « non dicté », they were said there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from dictation.domain.documents import Draft, DraftSection, Report, SectionKind, Sentence
from dictation.domain.spans import Span, hull
from transcribe.transcript import Transcript, Word

# A word: letters and figures, with the marks that join figures (2,4 or 12/03/1951). An elision ends the word before it.
WORD = re.compile(r"\w+(?:[.,/]\d+)*")
MOVED = 3  # words in a row: fewer, found in another section, are more often chance than a moved sentence


class Source(StrEnum):
    """Where a word of the first draft comes from."""

    DICTATED = "dictated"
    NORMALISED = "normalised"  # said in other words: figures, units, dates, sections' own wording
    TEMPLATE = "template"  # written by the program, nobody said it


@dataclass(frozen=True, slots=True)
class Token:
    """One word of the first draft and its sound. `spoken` is what the recogniser heard there."""

    section: SectionKind
    text: str
    source: Source
    span: Span | None
    spoken: str = ""


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


def folded(word: str) -> str:
    """A word as it is compared: « Opéré » and « operé » are one."""
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


def words_of(text: str) -> list[tuple[str, int, int]]:
    """(word, first, last) of every word of a text."""
    return [(match.group(), match.start(), match.end()) for match in WORD.finditer(text)]


def tokens_of(first_draft: Draft, report: Report, transcript: Transcript) -> tuple[Token, ...]:
    """The words of the first draft with their sound; made once per dictation, the same for ever after."""
    out: list[Token] = []
    for section in first_draft.sections:
        written = [word for word, _, _ in words_of(section.text)]
        told = [
            token
            for own in report.sections
            if own.kind is section.kind
            for sentence in own.sentences
            for token in _sentence_tokens(section.kind, sentence, transcript.words)
        ]
        matcher = _matcher([folded(token.text) for token in told], [folded(word) for word in written])
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            if tag == "equal":
                out += told[i1:i2]
            elif tag == "replace":
                span, spoken = hull(t.span for t in told[i1:i2]), _spoken(told[i1:i2])
                out += [Token(section.kind, word, Source.NORMALISED, span, spoken) for word in written[j1:j2]]
            elif tag == "insert":
                out += [Token(section.kind, word, Source.TEMPLATE, None) for word in written[j1:j2]]
    return tuple(out)


def _sentence_tokens(kind: SectionKind, sentence: Sentence, words: Sequence[Word]) -> list[Token]:
    written = [word for word, _, _ in words_of(sentence.text)]
    spoken = [
        (part, word)
        for word in words[sentence.first_word : sentence.last_word + 1]
        for part, _, _ in words_of(word.text)
    ]
    out: list[Token] = []
    matcher = _matcher([folded(part) for part, _ in spoken], [folded(word) for word in written])
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            pairs = zip(written[j1:j2], spoken[i1:i2], strict=True)
            out += [Token(kind, text, Source.DICTATED, _span(word), part) for text, (part, word) in pairs]
        elif tag == "replace":
            span, said = hull(_span(word) for _, word in spoken[i1:i2]), " ".join(part for part, _ in spoken[i1:i2])
            out += [Token(kind, text, Source.NORMALISED, span, said) for text in written[j1:j2]]
        elif tag == "insert":
            out += [Token(kind, text, Source.NORMALISED, sentence.span) for text in written[j1:j2]]
    return out


def _span(word: Word) -> Span | None:
    return Span(word.start, word.end) if word.end > word.start else None


def align(
    tokens: Sequence[Token], sections: Sequence[DraftSection], answers: Sequence[Answer] = ()
) -> list[list[Anchor]]:
    """The anchors of every section of the present text, in order."""
    found, spare = _first_pass(tokens, sections)
    _second_pass(found, spare)
    _third_pass(found, sections, answers)
    return [_anchors(section, matched) for section, matched in zip(sections, found, strict=True)]


@dataclass(slots=True)
class _Match:
    """A word of the present text, and the token it was matched with."""

    word: str
    first: int
    last: int
    token: Token | None = None
    replaced: tuple[Token, ...] = ()
    answer: int = 0


def _first_pass(
    tokens: Sequence[Token], sections: Sequence[DraftSection]
) -> tuple[list[list[_Match]], list[list[Token]]]:
    """Each section against the tokens of its kind; and the runs of tokens nothing matched, for the second pass."""
    found: list[list[_Match]] = []
    spare: list[list[Token]] = []
    for section in sections:
        mine = [_Match(*word) for word in words_of(section.text)]
        own = [token for token in tokens if token.section is section.kind]
        matcher = _matcher([folded(token.text) for token in own], [folded(match.word) for match in mine])
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            if tag == "equal":
                for match, token in zip(mine[j1:j2], own[i1:i2], strict=True):
                    match.token = token
            elif tag == "replace":
                for match in mine[j1:j2]:
                    match.replaced = tuple(own[i1:i2])
            if tag in {"replace", "delete"}:
                spare.append(own[i1:i2])
        found.append(mine)
    present = {section.kind for section in sections}
    gone = [token for token in tokens if token.section not in present]
    return found, [*spare, gone]


def _second_pass(found: list[list[_Match]], spare: list[list[Token]]) -> None:
    """Words without a token of their own against what is left over anywhere: moved sentences keep their sound."""
    left = [token for run in spare for token in run]
    keys = [folded(token.text) for token in left]
    for mine in found:
        free = [match for match in mine if match.token is None]
        if len(free) < MOVED or len(left) < MOVED:
            continue
        blocks = _matcher(keys, [folded(match.word) for match in free]).get_matching_blocks()
        least = (
            MOVED - 1 if any(block.size >= MOVED for block in blocks) else MOVED
        )  # beside a moved run, a pair will do
        for block in blocks:
            if block.size >= least:
                for i in range(block.size):
                    free[block.b + i].token = left[block.a + i]


def _third_pass(found: list[list[_Match]], sections: Sequence[DraftSection], answers: Sequence[Answer]) -> None:
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


def _anchors(section: DraftSection, matched: Sequence[_Match]) -> list[Anchor]:
    out: list[Anchor] = []
    for i, match in enumerate(matched):
        if match.token is not None:
            kept = Kept.KEPT if match.token.span else Kept.ADDED
            out.append(Anchor(match.first, match.last, match.token.span, kept, match.token.source))
        elif match.answer:
            behind = hull(token.span for token in match.replaced)
            out.append(Anchor(match.first, match.last, behind, Kept.ANSWERED, answer=match.answer))
        elif match.replaced and hull(token.span for token in match.replaced):
            out.append(Anchor(match.first, match.last, hull(t.span for t in match.replaced), Kept.CHANGED))
        else:
            out.append(Anchor(match.first, match.last, _around(matched, i), Kept.ADDED))
    return out


def _around(matched: Sequence[_Match], at: int) -> Span | None:
    """The sound around a word nobody said: from the end of its neighbour before to the start of the one after."""
    before = next((m.token.span for m in reversed(matched[:at]) if m.token and m.token.span), None)
    after = next((m.token.span for m in matched[at:] if m.token and m.token.span), None)
    if before and after and before.end < after.start:
        return Span(before.end, after.start)
    return before or after


def changes(tokens: Sequence[Token], sections: Sequence[DraftSection], answers: Sequence[Answer] = ()) -> list[Change]:
    """What differs between the voice and the present text, in the order of the letter; a sentence moved does not."""
    found, spare = _first_pass(tokens, sections)
    _second_pass(found, spare)
    _third_pass(found, sections, answers)
    used = {id(match.token) for mine in found for match in mine if match.token is not None}
    out: list[Change] = []
    for index, (section, mine) in enumerate(zip(sections, found, strict=True)):
        for run in _runs(mine):
            first, last = run[0], run[-1]
            after = section.text[first.first : last.last]
            if first.token is not None:  # the program wrote it otherwise than it was said
                spoken = _spoken([match.token for match in run if match.token])
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


def _runs(mine: Sequence[_Match]) -> Iterable[list[_Match]]:
    """Neighbouring words that changed together: by the same edit, added side by side, or written from one saying."""
    run: list[_Match] = []
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


def _spoken(tokens: Sequence[Token]) -> str:
    """What was said behind some tokens; those written from one saying repeat it, and it is told once."""
    out: list[str] = []
    for token in tokens:
        if token.spoken and (not out or out[-1] != token.spoken):
            out.append(token.spoken)
    return " ".join(out)


def _matcher(before: list[str], after: list[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, before, after, autojunk=False)
