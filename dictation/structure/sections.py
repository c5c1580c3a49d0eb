"""Sections: which part of the letter each sentence belongs to.

Written sentences in, sections out: titles alone on a line, inline titles (« Motif : … »), titles without their colon
where that is safe, then the ways a sentence may open a section (« à l'examen… »). Reads patterns/titles.tsv and
section_cues.tsv. A title becomes the section's title; no other word leaves its sentence.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

from dictation.domain.documents import LetterType, SectionKind
from dictation.structure.lexicon import fold, listed, rows
from dictation.structure.sentences import Line, curly
from dictation.structure.tokens import Kind, Token, capital, read, render

# Before these a title without its colon is the subject of a sentence: « conclusion de l'examen ».
_EARLY = (SectionKind.OPENING, SectionKind.REASON, SectionKind.HISTORY, SectionKind.ALLERGIES)
# Sections a sentence may leave without a title, « à l'examen… » after the history. The account of a stay is not one.
_LEFT_BY_A_PHRASE = frozenset({SectionKind.REASON, SectionKind.HISTORY, SectionKind.ALLERGIES, SectionKind.ILLNESS})
_LEFT_BY_A_PHRASE |= {SectionKind.USUAL_TREATMENT, SectionKind.EXAMINATION, SectionKind.TESTS}
_CLOSING_REACH = 4  # sentences from the end in which a letter may take its leave


@dataclass
class Part:
    """A section being filled."""

    kind: SectionKind
    title: str
    titled: bool  # opened by a title rather than by a phrase
    lines: list[Line] = field(default_factory=list)


@functools.cache
def _titles() -> tuple[tuple[tuple[str, ...], SectionKind, bool], ...]:
    found = [
        (tuple(t.fold for t in read(said.split())), SectionKind(kind), strength == "sure")
        for said, kind, strength in rows("titles")
    ]
    return tuple(sorted(found, key=lambda title: -len(title[0])))


@functools.cache
def _cues() -> tuple[tuple[tuple[str, ...], SectionKind], ...]:
    found = [(tuple(t.fold for t in read(said.split())), SectionKind(kind)) for said, kind in rows("section_cues")]
    return tuple(sorted(found, key=lambda cue: -len(cue[0])))


def split_sections(lines: list[Line]) -> list[Part]:
    """Every sentence in its section, in the order they were said. The first is the opening, without a title."""
    titled = {title[0] for line in lines if (title := _title_of(line))}
    parts = [Part(SectionKind.OPENING, "", False)]
    for number, line in enumerate(lines):
        current = parts[-1]
        title = _title_of(line)
        if title is not None:
            kind, words, rest = title
            if (
                kind is SectionKind.DISCHARGE_TREATMENT
                and fold(_tidy(words)) == "traitement"
                and current.kind in _EARLY
            ):
                kind = SectionKind.USUAL_TREATMENT  # before the examination « traitement » is what the patient takes
            parts.append(Part(kind, _tidy(words), True))
            if rest:
                parts[-1].lines.append(_opened(line, rest))
            continue
        cue = _cue_of(line, current, len(lines) - number, titled)
        if cue is not None and cue is not current.kind:
            parts.append(Part(cue, "", False))
        parts[-1].lines.append(line)
    return [part for part in parts if part.lines or part.title]


def _title_of(line: Line) -> tuple[SectionKind, tuple[Token, ...], tuple[Token, ...]] | None:
    """(kind, title words, the rest) when the sentence begins with a title."""
    tokens = line.tokens
    for words, kind, sure in _titles():
        n = len(words)
        if len(tokens) < n or tokens[0].fold != words[0] or tuple(t.fold for t in tokens[:n]) != words:
            continue
        rest = tokens[n:]
        if rest and rest[0].kind is Kind.MARK and rest[0].text == ":":
            return kind, tokens[:n], rest[1:]
        alone = not rest or (len(rest) == 1 and rest[0].text == ".")
        if alone and (sure or line.starts_line):
            return kind, tokens[:n], ()
        if sure and rest and rest[0].kind is Kind.WORD and rest[0].low not in listed("no_title_before"):
            return kind, tokens[:n], rest
        return None
    return _nearly_a_title(line)


_ALIKE = 84  # rapidfuzz ratio, 0..100: « motif de consultatation » is the title


def _nearly_a_title(line: Line) -> tuple[SectionKind, tuple[Token, ...], tuple[Token, ...]] | None:
    """A title misheard by a letter or two: only at the head of a line and before a colon. Its words stay as heard."""
    tokens = line.tokens
    colon = next((n for n, t in enumerate(tokens[:7]) if t.kind is Kind.MARK), 0)
    if colon == 0 or tokens[colon].text != ":" or not line.starts_line:
        return None
    from rapidfuzz import fuzz, process

    known = {" ".join(words): (words, kind) for words, kind, _ in _titles()}
    heard = " ".join(t.fold for t in tokens[:colon])
    best = process.extractOne(heard, known.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE) if len(heard) > 7 else None
    if best is None:
        return None
    return known[best[0]][1], tokens[:colon], tokens[colon + 1 :]


def _opened(line: Line, rest: tuple[Token, ...]) -> Line:
    """The first sentence behind an inline title: a capital, and no line break of its own."""
    return Line((capital(rest[0]), *rest[1:]), False)


def _tidy(words: tuple[Token, ...]) -> str:
    text = curly(render(words)[0])
    return text[0].upper() + text[1:]


def _cue_of(line: Line, current: Part, left: int, titled: set[SectionKind]) -> SectionKind | None:
    """The section a sentence opens by how it begins.

    Where the letter gives that section a title of its own elsewhere, its title decides; a titled account of the stay
    or of the operation keeps its scans and its plans.
    """
    folded = tuple(t.fold for t in line.tokens)
    for words, kind in _cues():
        if folded[: len(words)] != words:
            continue
        if kind is SectionKind.CLOSING:
            return kind if left <= _CLOSING_REACH else None
        after_surgery = kind is SectionKind.COURSE and current.kind is SectionKind.PROCEDURE
        if current.titled and (kind in titled or not (after_surgery or current.kind in _LEFT_BY_A_PHRASE)):
            return None
        if kind in titled and not line.starts_line:
            return None
        return kind
    return None


_TYPES = (
    ("compte rendu operatoire", LetterType.OPERATION),
    ("compte-rendu operatoire", LetterType.OPERATION),
    ("lettre de liaison", LetterType.DISCHARGE),
    ("lettre de sortie", LetterType.DISCHARGE),
    ("compte rendu d'hospitalisation", LetterType.DISCHARGE),
    ("compte-rendu d'hospitalisation", LetterType.DISCHARGE),
    ("lettre de consultation", LetterType.CONSULTATION),
    ("compte rendu de consultation", LetterType.CONSULTATION),
    ("compte-rendu de consultation", LetterType.CONSULTATION),
)


def spoken_type(heads: list[str]) -> LetterType | None:
    """The kind of letter said at the head of the dictation: the first of `heads` that begins with one."""
    for head in heads:
        for said, kind in _TYPES:
            if fold(head).replace("’", "'").startswith(said):
                return kind
    return None
