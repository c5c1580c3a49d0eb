"""Sections: which part of the letter each sentence belongs to.

Written sentences in, sections out: titles alone on a line, inline titles (« Motif : … »), titles without their colon
where that is safe; between titles order.py weighs how a sentence begins, what it speaks of and where letters usually
go next. Reads patterns/titles.tsv and title_words.tsv. A title becomes the section's title; no other word leaves its
sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from dictation.domain.documents import LetterType, SectionKind
from dictation.structure.lexicon import fold, kept, listed, rows
from dictation.structure.order import most_likely
from dictation.structure.sentences import Line, curly
from dictation.structure.tokens import Kind, Token, capital, read, render

# Before these a title without its colon is the subject of a sentence: « conclusion de l'examen ».
_EARLY = (SectionKind.OPENING, SectionKind.REASON, SectionKind.HISTORY, SectionKind.ALLERGIES)


@dataclass
class Part:
    """A section being filled."""

    kind: SectionKind
    title: str
    titled: bool  # opened by a title rather than by a phrase
    lines: list[Line] = field(default_factory=list)


Title = tuple[SectionKind, tuple[Token, ...], tuple[Token, ...]]  # its kind, its words, the rest of its sentence


@kept
def _titles() -> tuple[tuple[tuple[str, ...], SectionKind, bool], ...]:
    found = [
        (tuple(t.fold for t in read(said.split())), SectionKind(kind), strength == "sure")
        for said, kind, strength in rows("titles")
    ]
    return tuple(sorted(found, key=lambda title: -len(title[0])))


def split_sections(lines: list[Line], told: LetterType | None = None) -> list[Part]:
    """Every sentence in its section, in the order they were said. The first is the opening, without a title.

    `told`: the kind of letter the hospital says this is; else what the dictation's head says, else a guess.
    """
    told = told or spoken_type([line.text for line in lines[:2]])
    lines, titles = headed(lines)
    bare = [title is not None and not title[2] for title in titles]
    kinds = most_likely(lines, [title[0] if title else None for title in titles], bare, told)
    parts = [Part(SectionKind.OPENING, "", False)]
    for line, title, kind in zip(lines, titles, kinds, strict=True):
        if title is not None:
            _, words, rest = title
            parts.append(Part(kind, _tidy(words), True))
            if rest:
                parts[-1].lines.append(opened(line, rest))
            continue
        if kind is not parts[-1].kind:
            parts.append(Part(kind, "", False))
        parts[-1].lines.append(line)
    return [part for part in parts if part.lines or part.title]


def headed(lines: list[Line]) -> tuple[list[Line], list[Title | None]]:
    """The sentences, at most one title in each, and the title each begins with."""
    lines = _one_title_each(lines)
    return lines, _titles_of(lines)


def _one_title_each(lines: list[Line]) -> list[Line]:
    """« Allergies : Antécédents : HTA » -> two lines: a title with nothing under it is a section that is empty."""
    found: list[Line] = []
    for line in lines:
        title = _title_of(line)
        while title is not None and title[2] and _colon_title(opened(line, title[2])):
            rest = title[2]
            found.append(replace(line, tokens=line.tokens[: len(line.tokens) - len(rest)]))
            line = replace(opened(line, rest), starts_line=True)
            title = _title_of(line)
        found.append(line)
    return found


def _colon_title(line: Line) -> bool:
    """Whether a line begins with a title that says so by its colon."""
    title = _title_of(line)
    if title is None:
        return False
    behind = len(title[1])
    return behind < len(line.tokens) and line.tokens[behind].text == ":"


def _titles_of(lines: list[Line]) -> list[Title | None]:
    """The title each sentence begins with. « Traitement » before the examination is what the patient takes."""
    found: list[Title | None] = []
    current = SectionKind.OPENING
    for number, line in enumerate(lines):
        if number == 0 and len(lines) > 1 and lines[1].starts_line:
            line = replace(line, starts_line=True)  # a first line that is one: what follows begins another
        title = _title_of(line)
        if title and title[0] is SectionKind.DISCHARGE_TREATMENT and current in _EARLY and _plainly_treatment(title[1]):
            title = (SectionKind.USUAL_TREATMENT, *title[1:])
        if title and current is SectionKind.OPENING and fold(_tidy(title[1])) == "diagnostic":
            title = (SectionKind.REASON, *title[1:])  # what is operated on, said before how
        current = title[0] if title else current
        found.append(title)
    return found


def _plainly_treatment(words: tuple[Token, ...]) -> bool:
    return fold(_tidy(words)) in ("traitement", "traitements")


def _title_of(line: Line) -> Title | None:
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
        if alone and (sure or line.starts_line or rest):  # « Allergies. » says nothing else
            return kind, tokens[:n], ()
        if sure and rest and rest[0].kind is Kind.WORD and rest[0].low not in listed("no_title_before"):
            return kind, tokens[:n], rest
        return None
    return _composed_title(line) or _nearly_a_title(line)


_TITLE_WORDS = 6  # a title is no longer


@kept
def _title_words() -> tuple[tuple[re.Pattern[str], SectionKind | None], ...]:
    return tuple((re.compile(said), None if kind == "-" else SectionKind(kind)) for said, kind in rows("title_words"))


def _composed_title(line: Line) -> Title | None:
    """« Conseils et suivi : », « Prescriptions de sortie » alone on its line: made of nothing but words of titles."""
    end = next((n for n, t in enumerate(line.tokens) if t.kind is Kind.MARK), len(line.tokens))
    words, behind = line.tokens[:end], line.tokens[end:]
    if not 0 < end <= _TITLE_WORDS or (behind and behind[0].text != ":") or not (behind or line.starts_line):
        return None
    first: SectionKind | None = None
    for said in (part for token in words for part in re.split(r"[-'’ ]", token.fold)):
        kinds = [kind for pattern, kind in _title_words() if pattern.fullmatch(said)]
        if not kinds:
            return None
        first = first or kinds[0]
    return (first, words, behind[1:]) if first else None


_ALIKE = 84  # rapidfuzz ratio, 0..100: « motif de consultatation » is the title


def _nearly_a_title(line: Line) -> Title | None:
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


def opened(line: Line, rest: tuple[Token, ...]) -> Line:
    """The first sentence behind an inline title: a capital, and no line break of its own."""
    return Line((capital(rest[0]), *rest[1:]), False)


def _tidy(words: tuple[Token, ...]) -> str:
    text = curly(render(words)[0])
    return text[0].upper() + text[1:]


def spoken_type(heads: list[str]) -> LetterType | None:
    """The kind of letter said at the head of the dictation: the first of `heads` that begins with one."""
    for head in heads:
        for said, kind in rows("letter_types"):
            if fold(head).replace("-", " ").startswith(fold(said)):
                return LetterType(kind)
    return None
