"""The whole dictations of tests/cases, heard without a fault, become the report and letter people agreed to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.structure.cases import folders, made_from, written_down


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_a_case_gives_the_report_people_agreed_to(folder: Path) -> None:
    report, draft = made_from(folder)
    assert written_down(report, draft) == (folder / "report.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_a_case_gives_the_letter_people_agreed_to(folder: Path) -> None:
    _, draft = made_from(folder)
    assert draft.text() + "\n" == (folder / "letter.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_a_letter_heard_without_a_fault_has_at_most_one_doubt(folder: Path) -> None:
    _, draft = made_from(folder)
    assert len(draft.doubts) <= 1  # case 05: its sidecar has another birth date than the voice, on purpose


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_every_sentence_of_a_case_has_its_sound(folder: Path) -> None:
    report, _ = made_from(folder)
    sentences = [sentence for section in report.sections for sentence in section.sentences]
    assert sentences
    assert all(sentence.span is not None for sentence in sentences)
    assert [s.first_word for s in sentences] == sorted(s.first_word for s in sentences)


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_every_finding_stands_where_it_says(folder: Path) -> None:
    report, _ = made_from(folder)
    for finding in report.findings:
        if finding.section >= 0:
            assert report.sections[finding.section].text[finding.start : finding.end] == finding.text
        assert finding.span is not None
