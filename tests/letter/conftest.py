"""Letters are printed once per session and read by many tests: a render takes about half a second."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from dictation.domain.documents import Draft, LetterType, SectionKind
from dictation.letter import TypesetLetter, typeset
from dictation.letter.sample import AUTHOR, DAY, SIDECAR, SITE, sample_draft, sample_letter


@pytest.fixture(scope="session")
def templates(repository: Path) -> Path:
    return repository / "templates" / "letter"


@pytest.fixture(scope="session")
def letters(templates: Path) -> dict[LetterType, TypesetLetter]:
    """The sample letter of each kind, signed by its author."""
    return {letter_type: sample_letter(letter_type, templates) for letter_type in LetterType}


@pytest.fixture(scope="session")
def long_draft() -> Draft:
    """A discharge letter of three pages."""
    short = sample_draft(LetterType.DISCHARGE)
    spoken = {SectionKind.OPENING, SectionKind.CLOSING}
    return dataclasses.replace(
        short,
        sections=tuple(
            section if section.kind in spoken else dataclasses.replace(section, text=" ".join([section.text] * 9))
            for section in short.sections
        ),
    )


@pytest.fixture(scope="session")
def print_draft(templates: Path) -> Callable[..., TypesetLetter]:
    """typeset() with the sample people, each of which a test may replace."""

    def print_it(draft: Draft, **changes: object) -> TypesetLetter:
        given = {
            "sidecar": SIDECAR,
            "author": AUTHOR,
            "site": SITE,
            "signatory": AUTHOR,
            "letter_id": "2026-000142",
            "printed_on": DAY,
            "templates": templates,
        } | changes
        return typeset(draft, given.pop("sidecar"), given.pop("author"), given.pop("site"), **given)

    return print_it


@pytest.fixture(scope="session")
def long_letter(long_draft: Draft, print_draft: Callable[..., TypesetLetter]) -> TypesetLetter:
    return print_draft(long_draft)


@pytest.fixture(scope="session")
def proof(long_draft: Draft, print_draft: Callable[..., TypesetLetter]) -> TypesetLetter:
    """The same three pages before anybody signs."""
    return print_draft(long_draft, signatory=None)
