"""`dictation structure FILE --json` prints what docs/report.schema.json promises, from a text or from a transcript."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from dictation.cli import main
from dictation.domain.codec import from_plain
from dictation.domain.documents import FindingKind, Report
from dictation.domain.schema import schema_of
from tests.structure.cases import folders
from tests.structure.spoken import transcript_of

TITLE = "Compte rendu structuré"


@pytest.fixture(scope="module")
def schema(repository: Path) -> dict[str, object]:
    published: dict[str, object] = json.loads((repository / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    return published


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["structure", *arguments, "--json"]) == 0
    report: dict[str, object] = json.loads(capsys.readouterr().out)
    return report


def test_the_published_schema_is_that_of_the_record(schema: dict[str, object]) -> None:
    Draft202012Validator.check_schema(schema)
    assert schema == schema_of(Report, TITLE)


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_a_text_gives_a_report_of_the_published_shape(folder, schema, capsys):  # type: ignore[no-untyped-def]
    report = printed(capsys, str(folder / "spoken.txt"), "--visit", "2026-11-03")
    Draft202012Validator(schema).validate(report)
    assert from_plain(Report, report).sections


def test_a_transcript_keeps_its_own_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "transcript.json"
    file.write_text(transcript_of("il va bien point").to_json(), encoding="utf-8")
    report = from_plain(Report, printed(capsys, str(file)))
    span = report.sections[0].sentences[0].span
    assert span is not None and span.end == pytest.approx(3 * 0.4 + 0.35)


def test_a_typed_text_keeps_its_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Motif\nToux.\n\nTraitement de sortie\nDoliprane 1 g 3 fois par jour.\n", encoding="utf-8")
    report = from_plain(Report, printed(capsys, str(file)))
    assert [(section.title, section.text) for section in report.sections] == [
        ("Motif", "Toux."),
        ("Traitement de sortie", "Doliprane 1\u00a0g 3 fois par jour."),
    ]
    assert [f.value("dose") for f in report.findings if f.kind is FindingKind.DRUG] == ["1"]


@pytest.mark.parametrize("content", ['{"format": 1}', '{"words": []}', "{"])
def test_json_that_is_no_transcript_is_wrong_usage(content: str, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(content, encoding="utf-8")
    assert main(["structure", str(file)]) == 2


def test_a_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    assert main(["structure", str(tmp_path / "none.txt")]) == 2
