"""Tokens: the words of the first draft, each with the sound it was said in.

Transcript, Report and first Draft in; tokens out, made once per dictation and never edited. Spoken words are compared
with the words structure wrote: « vingt-trois » became 23, and 23 sounds where it was said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from dictation.domain.documents import Draft, Report, SectionKind, Sentence
from dictation.domain.spans import Span, hull
from transcribe.transcript import Transcript, Word

# A word: letters and figures, with the marks that join figures (2,4 or 12/03/1951). An elision ends the word before it.
WORD = re.compile(r"\w+(?:[.,/]\d+)*")


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
                span, spoken = hull(t.span for t in told[i1:i2]), spoken_behind(told[i1:i2])
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


def spoken_behind(tokens: Sequence[Token]) -> str:
    """What was said behind some tokens; those written from one saying repeat it, and it is told once."""
    out: list[str] = []
    for token in tokens:
        if token.spoken and (not out or out[-1] != token.spoken):
            out.append(token.spoken)
    return " ".join(out)


def _matcher(before: list[str], after: list[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, before, after, autojunk=False)
