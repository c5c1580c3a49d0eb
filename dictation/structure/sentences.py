"""Sentences: written tokens cut at full stops and dictated line breaks, each with its words and its sound.

Tokens in, written sentences out. A greeting (« Cher confrère, ») becomes a line of its own, as on paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dictation.domain.documents import Sentence
from dictation.domain.spans import Span
from dictation.structure.lexicon import listed
from dictation.structure.tokens import Kind, Piece, Token, capital, render
from transcribe.transcript import Word

_BLINK = 0.01  # seconds: a word whose start and end fall together still has a place in the sound


@dataclass(frozen=True, slots=True)
class Line:
    """One written sentence, with its tokens: what sections and findings work on."""

    tokens: tuple[Token, ...]
    starts_line: bool  # a line break was dictated before it
    starts_paragraph: bool = False

    @property
    def text(self) -> str:
        return curly(render(self.tokens)[0])

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return render(self.tokens)[1]


def curly(text: str) -> str:
    """Typographic apostrophes; same length, so places in the text stay true."""
    return text.replace("'", "’")


def cut(tokens: Sequence[Token]) -> list[Line]:
    """The sentences of a text, in order. A stop inside brackets does not end one."""
    lines: list[Line] = []
    current: list[Token] = []
    new_line, paragraph, depth = False, False, 0

    def close() -> None:
        nonlocal current, new_line, paragraph, depth
        if current:
            lines.append(Line((capital(current[0]), *current[1:]), new_line, paragraph))
            new_line = paragraph = False
        current, depth = [], 0

    for token in tokens:
        if token.kind is Kind.BREAK:
            close()
            new_line, paragraph = True, paragraph or token.text == "\n\n"
            continue
        current.append(token)
        depth += (token.text in "(«") - (token.text in ")»") if token.kind is Kind.MARK else 0
        if token.ends_sentence and depth <= 0:
            close()
        elif token.text in ")»" and token.kind is Kind.MARK and len(current) == 1 and lines:
            last = lines.pop()  # a bracket that closes after the stop stays with its sentence
            lines.append(replace(last, tokens=(*last.tokens, token)))
            current = []
    close()
    return _greeting_apart(lines)


def _greeting_apart(lines: list[Line]) -> list[Line]:
    """« Cher confrère, j'ai vu… » -> two lines; the comma is the greeting's own punctuation."""
    for k, line in enumerate(lines[:3]):
        words = line.tokens
        if len(words) < 2 or words[0].low not in ("cher", "chère", "chers", "chères", "mon", "madame", "monsieur"):
            continue
        end = 1
        while (
            end < len(words)
            and end <= 4
            and words[end].kind is Kind.WORD
            and words[end].low in listed("greeted") | {"et", "cher", "chère"}
        ):
            end += 1
        if end == 1 and not (words[0].low in ("madame", "monsieur") and words[1].text == ","):
            continue
        comma = Token(",", words[end - 1].last, words[end - 1].last, Kind.MARK)
        rest = words[end:]
        if rest and rest[0].kind is Kind.MARK and rest[0].text in ",.:!":
            comma, rest = replace(rest[0], text=","), rest[1:]
        head = [replace(line, tokens=(*words[:end], comma))]
        if rest:
            head.append(Line((capital(rest[0]), *rest[1:]), True))
        elif k + 1 < len(lines):
            lines[k + 1] = replace(lines[k + 1], starts_line=True)
        return [*lines[:k], *head, *lines[k + 1 :]]
    return lines


def span_of(words: Sequence[Word], first: int, last: int) -> Span | None:
    """The sound of transcript words first..last; None when there are none."""
    heard = words[first : last + 1]
    if not heard:
        return None
    start = min(word.start for word in heard)
    return Span(start, max(max(word.end for word in heard), start + _BLINK))


def sentence_of(line: Line, words: Sequence[Word]) -> Sentence:
    first = min(token.first for token in line.tokens)
    last = max(token.last for token in line.tokens)
    return Sentence(line.text, span_of(words, first, last), first, last, line.starts_line)
