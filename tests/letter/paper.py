"""How the letter tests read paper: words without their typography, and where each run of text stands."""

from __future__ import annotations

import dataclasses

import pypdfium2

from dictation.domain.documents import Draft, DraftSection, LetterType, SectionKind
from dictation.letter import text_of

POINTS_PER_MM = 72 / 25.4


@dataclasses.dataclass(frozen=True)
class Run:
    """A run of text on a page; millimetres from the left and the top edge of the sheet."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def one_section(text: str, title: str = "Conclusion") -> Draft:
    return Draft(LetterType.CONSULTATION, (DraftSection(SectionKind.CONCLUSION, title, text),))


def flat(text: str) -> str:
    """Text without its line breaks and kinds of space, to compare words."""
    return " ".join(text.replace("’", "'").split())


def words_of(pdf: bytes) -> str:
    return flat(" ".join(text_of(pdf)))


def runs(pdf: bytes, page: int = 0) -> list[Run]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        height = document[page].get_height()
        text = document[page].get_textpage()
        return [
            Run(
                text.get_text_bounded(left, bottom, right, top).strip(),
                left / POINTS_PER_MM,
                (height - top) / POINTS_PER_MM,
                right / POINTS_PER_MM,
                (height - bottom) / POINTS_PER_MM,
            )
            for left, bottom, right, top in (text.get_rect(i) for i in range(text.count_rects()))
        ]
    finally:
        document.close()
