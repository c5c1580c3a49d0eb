"""Spoken French becomes what a secretary writes; what is written already stays. Lines: spoken_written.tsv."""

from __future__ import annotations

from pathlib import Path

import pytest

from dictation.structure import normalise

LINES = [
    line.split("\t")
    for line in Path(__file__).with_name("spoken_written.tsv").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


def _comparable(text: str) -> str:
    """Any blank is a blank here; which one is printed has its own tests."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(("spoken", "written"), LINES, ids=[spoken for spoken, _ in LINES])
def test_what_is_said_is_written_as_a_secretary_would(spoken: str, written: str) -> None:
    assert _comparable(normalise(spoken)) == written.replace("\\n", "\n")


@pytest.mark.parametrize("written", [written for _, written in LINES])
def test_written_text_stays_as_it_is(written: str) -> None:
    written = written.replace("\\n", "\n")
    once = normalise(written)
    assert _comparable(once).casefold() == written.casefold()
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("motif deux points douleur", "Motif\u00a0: douleur"),
        ("vraiment point d'interrogation", "Vraiment\u202f?"),
        ("quatre-vingts pour cent", "80\u00a0%"),
        ("vingt milligrammes", "20\u00a0mg"),
        ("douze mille unités", "12\u202f000\u00a0UI"),
        ("ouvrez les guillemets oui fermez les guillemets", "«\u00a0oui\u00a0»"),
        ("le douze mars deux mille vingt-six", "le 12\u00a0mars\u00a02026"),
    ],
)
def test_blanks_that_must_not_break_do_not(spoken: str, written: str) -> None:
    assert normalise(spoken) == written


def test_a_unit_or_year_nobody_said_is_never_added() -> None:
    written = normalise("bisoprolol deux virgule cinq depuis le trois mars")
    assert "mg" not in written
    assert "20" not in written
