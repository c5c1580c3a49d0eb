"""Letters without a heading: each sentence stands in the section a careful secretary would choose.

letters/TYPE-SUBJECT.txt holds one sentence a line, « section | what is said »; a nurse can read and extend them.
A line that begins with « ? » is known to come out elsewhere: when it no longer does, the test asks for its « ? » back.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dictation.domain.documents import LetterType, Report, Sidecar
from dictation.structure import structure
from tests.structure.spoken import transcript_of

LETTERS = sorted((Path(__file__).parent / "letters").glob("*.txt"))


def told(path: Path) -> list[tuple[str, str]]:
    """(section, what is said) of each line; the section of a line not told yet begins with « ? »."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [(section.strip(), said.strip()) for section, said in (line.split("|") for line in lines)]


def sections_of(report: Report, lengths: list[int]) -> list[str]:
    """The section of each sentence said, by the place of its first word."""
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    kinds = {
        place: section.kind.value
        for section in report.sections
        for sentence in section.sentences
        for place in range(sentence.first_word, sentence.last_word + 1)
    }
    return [kinds[start] for start in starts]


@pytest.mark.parametrize("path", LETTERS, ids=[path.stem for path in LETTERS])
def test_each_sentence_stands_in_its_section(path: Path) -> None:
    lines = told(path)
    spoken = [f"{said} point" for _, said in lines]
    kind = LetterType(path.stem.partition("-")[0])
    report = structure(transcript_of(" ".join(spoken)), Sidecar(author="", letter_type=kind))
    found = sections_of(report, [len(sentence.split()) for sentence in spoken])
    wrong = [(said, wanted, got) for (wanted, said), got in zip(lines, found, strict=True) if wanted != got]
    assert [miss for miss in wrong if not miss[1].startswith("?")] == []
    assert [said for said, wanted, got in wrong if wanted == f"? {got}"] == []
