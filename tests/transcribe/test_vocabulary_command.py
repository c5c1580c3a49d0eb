"""`dictation vocabulary`: a service's words, listed, added and imported from the command line."""

from __future__ import annotations

import json

import pytest

from dictation.cli import main
from transcribe.vocabulary import LONGEST


@pytest.fixture
def run(tmp_path, capsys):
    """Run one action in a home of its own; its exit status, what it says, what it complains about."""

    def run(*action: str) -> tuple[int, str, str]:
        status = main(["--home", str(tmp_path), "vocabulary", *action])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_no_words_yet(run):
    assert run("list") == run() == (0, "Aucun mot.\n", "")
    assert json.loads(run("list", "--json")[1]) == {"hospital": [], "services": {}}


def test_added_words_are_listed_in_order_and_once(run, tmp_path):
    assert run("add", "tamsulosine", "RTUP bipolaire") == (0, "2 mots ajoutés.\n", "")
    assert run("add", "Tamsulosine", "silodosine") == (0, "1 mot ajouté.\n", "")
    assert run("list") == run() == (0, "tamsulosine\nRTUP bipolaire\nsilodosine\n", "")
    every = ["tamsulosine", "RTUP bipolaire", "silodosine"]
    assert json.loads(run("list", "--json")[1]) == {"hospital": every, "services": {}}
    assert (tmp_path / "vocabulary.txt").read_text("utf-8") == "tamsulosine\nRTUP bipolaire\nsilodosine\n"


def test_a_file_is_imported_without_its_comments_and_byte_order_mark(run, tmp_path):
    file = tmp_path / "mots.txt"
    file.write_text("\ufeffnéphrostomie\n# urologie\n\nJJ  # sonde double J\n", "utf-8")
    assert run("import", str(file)) == (0, "2 mots ajoutés.\n", "")
    assert run("import", str(file)) == (0, "0 mots ajoutés.\n", "")
    assert run("list")[1] == "néphrostomie\nJJ\n"


def test_what_is_no_text_or_no_word_adds_nothing(run, tmp_path):
    file = tmp_path / "latin1.txt"
    file.write_bytes("néphrostomie".encode("latin-1"))
    unreadable = "Fichier illisible\u00a0: il faut un fichier texte en UTF-8, un mot par ligne.\n"
    assert run("import", str(file)) == run("import", str(tmp_path / "absent.txt")) == (1, "", unreadable)
    too_long = f"Rien n’est ajouté\u00a0: un mot compte plus de {LONGEST} caractères ou commence par un crochet.\n"
    assert run("add", "silodosine", "x" * (LONGEST + 1)) == (1, "", too_long)
    assert run("list")[1] == "Aucun mot.\n"


AUTHOR = """
[[authors]]
rpps = "10003456786"
last_name = "Morel"
first_name = "Claire"
service = "Urologie"
"""


def test_a_service_has_words_of_its_own_and_a_service_that_is_none_has_not(run, tmp_path):
    (tmp_path / "dictation.toml").write_text(AUTHOR, "utf-8")
    assert run("add", "--service", "Urologie", "tamsulosine") == (0, "1 mot ajouté.\n", "")
    assert run("add", "silodosine") == (0, "1 mot ajouté.\n", "")
    assert run("list") == run() == (0, "silodosine\n\n[Urologie]\ntamsulosine\n", "")
    assert run("list", "--service", "Urologie") == (0, "tamsulosine\n", "")
    both = {"hospital": ["silodosine"], "services": {"Urologie": ["tamsulosine"]}}
    assert json.loads(run("list", "--json")[1]) == both
    assert json.loads(run("list", "--json", "--service", "Urologie")[1]) == ["tamsulosine"]
    file = tmp_path / "mots.txt"
    file.write_text("RTUP bipolaire\n", "utf-8")
    assert run("import", "--service", "Urologie", str(file))[0] == 0
    status, _, complaint = run("add", "--service", "Urolgie", "néphrostomie")
    assert status == 1
    assert "Service inconnu" in complaint
    assert run("list")[1] == "silodosine\n\n[Urologie]\ntamsulosine\nRTUP bipolaire\n"
