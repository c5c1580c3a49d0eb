"""Written: stage A as a whole, from words to written French with its alignment.

Words in, a Sheet of written tokens out; `write` gives one text with its alignment and warnings, `normalise` the text
alone. No spaCy here: stage B (sections, findings) reads what this stage wrote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dictation.domain.documents import Sidecar
from dictation.structure.casing import set_capitals
from dictation.structure.commands import apply_commands
from dictation.structure.edits import apply_edits
from dictation.structure.hesitations import drop_hesitations
from dictation.structure.joined import write_addresses, write_hyphened, write_strokes, write_versions
from dictation.structure.labels import write_labels
from dictation.structure.numbers import write_numbers
from dictation.structure.spelling import write_spelled
from dictation.structure.tokens import Piece, Sheet, Warning, read, render
from transcribe.transcript import Word


@dataclass(frozen=True, slots=True)
class Written:
    """One written text, what each of its characters was made from, and what the rules were not sure of."""

    text: str
    words: tuple[str, ...]  # as heard; pieces and warnings count them from 0
    pieces: tuple[Piece, ...]
    warnings: tuple[Warning, ...]
    commands: tuple[tuple[int, int], ...]  # first and last word of each spoken command that was obeyed


def write_words(
    words: Sequence[str],
    sidecar: Sidecar | None = None,
    *,
    sentences: bool = True,
    pauses: Sequence[float] = (),
) -> Sheet:
    """Transcript words as written tokens; `pauses` are the seconds of silence before each word, where known.

    The order matters: « point » in an address is no full stop, commands make the lines that labels number and the
    sentences that edits erase, « euh non » is an edit before « euh » is dropped, spelled letters must not be read as
    vertebrae, numbers need the marks around them, capitals come last.
    """
    sheet = Sheet(read(words), pauses=tuple(pauses))
    write_addresses(sheet)
    write_versions(sheet)
    write_hyphened(sheet)
    apply_commands(sheet)
    write_labels(sheet)
    apply_edits(sheet)
    drop_hesitations(sheet)
    write_spelled(sheet)
    write_hyphened(sheet)
    write_numbers(sheet)
    set_capitals(sheet, sidecar, sentences=sentences)
    write_strokes(sheet)
    return sheet


def pauses_between(words: Sequence[Word]) -> tuple[float, ...]:
    """Seconds of silence before each word of a transcript, and after the last one none."""
    ends = [0.0, *(word.end for word in words)]
    return tuple(max(0.0, word.start - end) for word, end in zip(words, ends, strict=False))


def write(text: str) -> Written:
    """Spoken French as a secretary would write it, with the words behind every character.

    Apostrophes stay those of the input; a fragment without any full stop keeps its first letter. Dictated line breaks
    become "\\n", new paragraphs "\\n\\n"; none is kept at either end.
    """
    words = ["\n\n" if w.startswith("\n\n") else w for w in re.findall(r"\n+|[^\s]+", text)]
    sheet = write_words(words, sentences=False)
    tokens = sheet.tokens
    while tokens and not tokens[-1].text.strip("\n"):
        tokens = tokens[:-1]
    while tokens and not tokens[0].text.strip("\n"):
        tokens = tokens[1:]
    written, pieces = render(tokens)
    return Written(written, tuple(words), pieces, tuple(sheet.warnings), tuple(sheet.commands))


def normalise(text: str) -> str:
    """« vingt milligrammes deux fois par jour » -> 20 mg 2 fois/jour. Written text comes back as it is."""
    return write(text).text
