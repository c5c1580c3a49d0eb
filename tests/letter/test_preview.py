"""The proof a secretary looks at is the letter its author will sign: the same words at the same places."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pypdfium2
import pytest

from dictation.domain.documents import DraftSection, LetterType, SectionKind
from dictation.letter import text_of
from dictation.letter.sample import sample_draft
from tests.letter.paper import flat

MARKS = "Projet non signé" * 2 + "PROJET NON SIGNÉ"  # across the page, at the signature's place, at its foot
# Lines of a last section: one page; the end of it; and where the signature brings them over to a second one.
NEAR_THE_EDGE = (0, 22, 23, 24, 25)
Place = tuple[str, int, int]  # a character, and tenths of a point from the left and from the bottom


def places(pdf: bytes) -> list[list[Place]]:
    """Every printed character of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [[place for i in range(text.count_chars()) if (place := _place(text, i))] for text in _texts(document)]
    finally:
        document.close()


def _texts(document: pypdfium2.PdfDocument):
    return [page.get_textpage() for page in document]


def _place(text: pypdfium2.PdfTextPage, i: int) -> Place | None:
    letter = text.get_text_range(i, 1).strip()
    left, bottom, _, _ = text.get_charbox(i, loose=True)
    return (letter, round(left * 10), round(bottom * 10)) if letter else None


def only_in(one: list[Place], other: list[Place]) -> Counter[str]:
    """The characters of a page that do not stand at the same place of the other, a rounding apart."""
    there = Counter(other)
    out: Counter[str] = Counter()
    for letter, x, y in one:
        near = next((p for dx in (0, -1, 1) for dy in (0, -1, 1) if there[p := (letter, x + dx, y + dy)]), None)
        if near is None:
            out[letter] += 1
        else:
            there[near] -= 1
    return out


def printed(text: str) -> Counter[str]:
    return Counter(letter for letter in text.replace("'", "’") if not letter.isspace())


@pytest.mark.parametrize("more", NEAR_THE_EDGE)
def test_every_word_stands_where_it_will_be_signed(print_draft, more):
    draft = sample_draft(LetterType.OPERATION)
    lines = "\n".join(f"Ligne {n} de la conduite à tenir." for n in range(more))
    if more:
        draft = dataclasses.replace(draft, sections=(*draft.sections, DraftSection(SectionKind.PLAN, "Suite", lines)))
    proof, signed = print_draft(draft, signatory=None), print_draft(draft)
    seen, leaving = places(proof.pdf), places(signed.pdf)
    assert len(seen) == len(leaving)
    last = flat(text_of(signed.pdf)[-1])
    start = last.index("Compte rendu validé et signé électroniquement")
    gone = sum((only_in(other, one) for one, other in zip(seen, leaving, strict=True)), Counter())
    assert gone == printed(last[start : last.index("2026", start) + 4])
    for one, other in zip(seen, leaving, strict=True):
        assert not only_in(one, other) - printed(MARKS)


def test_a_longer_signature_takes_no_sheet_the_proof_did_not_show(proof, long_letter):
    assert len(text_of(proof.pdf)) == long_letter.pages == 3
