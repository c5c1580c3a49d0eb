"""A hospital adds words without touching the program, and a list that would do harm is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dictation.cli import main
from dictation.domain.documents import FindingKind, SectionKind
from dictation.errors import BadSettings
from dictation.structure import extend_lexicons
from dictation.structure.bdpm import NotBdpm, drug_lines
from dictation.structure.lexicon import PATTERNS, rows, table
from dictation.structure.pipeline import facts_of

SAMPLE = Path(__file__).with_name("cis_bdpm.txt")  # fictitious names in the columns of the public file


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "lexicons"
    folder.mkdir()
    yield folder
    extend_lexicons(None)


def drugs_in(text: str) -> list[str]:
    return [f.value("drug") for f in facts_of(text, SectionKind.PLAN) if f.kind is FindingKind.DRUG]


def test_a_hospital_adds_a_drug_and_gives_another_its_own_class(own: Path) -> None:
    assert drugs_in("Traitement par zorbiflamine.") == []
    (own / "drugs.tsv").write_text("zorbiflamine\t\tnsaid\nDoliprane\tparacétamol\tours\n", encoding="utf-8")
    extend_lexicons(own)
    assert drugs_in("Traitement par zorbiflamine.") == ["zorbiflamine"]
    assert table("drugs")["doliprane"][2] == "ours"


def test_a_hospital_adds_a_cue_and_a_title(own: Path) -> None:
    (own / "qualifiers.tsv").write_text("rien en faveur d'une?\tnegated\tafter\n", encoding="utf-8")
    extend_lexicons(own)
    [fact] = [f for f in facts_of("Rien en faveur d’une phlébite.", SectionKind.COURSE) if f.kind == "diagnosis"]
    assert fact.negated


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("medicaments.tsv", "x\ty\tz\n"),  # no such list
        ("qualifiers.tsv", "pas de\n"),  # columns missing
        ("qualifiers.tsv", "pas (de\tnegated\tafter\n"),  # no regular expression
        ("drugs.tsv", "\t\tnsaid\n"),  # no name
    ],
)
def test_a_list_that_does_not_fit_is_refused(own: Path, name: str, content: str) -> None:
    (own / name).write_text(content, encoding="utf-8")
    with pytest.raises(BadSettings, match=name):
        extend_lexicons(own)
    assert drugs_in("Doliprane 1 g.") == ["Doliprane"]  # the lists in force are still whole


def test_a_list_in_another_encoding_is_refused(own: Path) -> None:
    (own / "drugs.tsv").write_bytes("témédrine\t\t\n".encode("latin-1"))
    with pytest.raises(BadSettings, match="UTF-8"):
        extend_lexicons(own)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        extend_lexicons(tmp_path / "none")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_the_public_list_gives_the_names_we_do_not_have(encoding: str) -> None:
    lines = drug_lines(SAMPLE.read_bytes().decode("latin-1").encode(encoding)).splitlines()[1:]
    assert [line.split("\t")[0] for line in lines] == ["Péribiol Forté", "Velotrazine"]


def test_a_file_that_is_not_the_public_list_is_refused() -> None:
    with pytest.raises(NotBdpm, match="line 1"):
        drug_lines(b"name,dose\nx,1\n")


def test_an_imported_name_is_a_drug_only_beside_a_dose(
    tmp_path: Path, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dictation.toml").write_text('[structure]\nlexicons = "lexicons"\n', encoding="utf-8")
    assert main(["--home", str(tmp_path), "lexicon", "import", str(SAMPLE)]) == 0
    assert capsys.readouterr().out.startswith("2 noms ajoutés")
    extend_lexicons(own)
    assert drugs_in("Velotrazine 500 mg le matin.") == ["Velotrazine"]
    assert drugs_in("Le dossier velotrazine est clos.") == []


def test_an_import_without_a_folder_to_go_to_is_refused(tmp_path: Path) -> None:
    assert main(["--home", str(tmp_path), "lexicon", "import", str(SAMPLE)]) == 2


def test_every_list_of_ours_can_be_read() -> None:
    names = sorted(path.stem for path in PATTERNS.glob("*.tsv"))
    assert len(names) > 10
    for name in names:
        assert all(row[0] for row in rows(name)), name
