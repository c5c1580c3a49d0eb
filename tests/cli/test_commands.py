"""Every command that only looks, on a real installation with a letter in each stage of its way."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from dictation.cli import main
from dictation.domain.exchange import Receipt, ReceiptKind
from dictation.domain.progress import State
from tests import ledgers

LOOKING = [
    ["list"],
    ["list", "--state", "drafted"],
    ["list", "--overdue"],
    ["settings"],
    ["verify"],
    ["archive", "verify"],
    ["record"],
    ["patients", "list"],
    ["accounts"],
    ["models"],
    ["models", "list"],
    ["vocabulary", "list"],
    ["feedback", "list"],
    ["postal", "list"],
    ["directory", "status"],
]


@pytest.fixture
def stages(home, ledger, clock) -> dict[str, str]:
    found = {
        "drafted": ledgers.drafted(ledger),
        "approved": ledgers.approved(ledger, clock),
        "sending": ledgers.sending(ledger, clock),
    }
    held = ledgers.drafted(ledger)
    ledger.move(held, State.DRAFTED, State.HELD, actor="secretary", note="question")
    ledger.add_receipt(found["sending"], Receipt(ReceiptKind.ACCEPTED, "250 2.0.0 Ok", clock()))
    return found | {"held": held}


def run(home, *arguments: str) -> int:
    return main(["--home", str(home.home), *arguments])


@pytest.mark.parametrize("arguments", LOOKING, ids=" ".join)
def test_it_answers_in_words_and_never_with_an_error(home, stages, capsys, arguments):
    assert run(home, *arguments) in {0, 1}
    out = capsys.readouterr()
    assert "Traceback" not in out.out + out.err
    assert out.err == ""


@pytest.mark.parametrize("arguments", LOOKING, ids=" ".join)
def test_it_answers_in_json_when_asked(home, stages, capsys, arguments):
    assert run(home, *arguments, "--json") in {0, 1}
    assert json.loads(capsys.readouterr().out) is not None


@pytest.mark.parametrize("stage", ["drafted", "approved", "sending", "held"])
def test_a_dictation_is_shown_with_its_journal_wherever_it_stands(home, stages, capsys, stage):
    one = stages[stage]
    assert run(home, "show", one) == 0
    words = capsys.readouterr().out
    assert one in words
    assert "received" in words
    assert run(home, "show", one[:8], "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["id"], shown["journal"][0]["action"]) == (one, "received")
    assert set(shown["journal"][0]["details"]) >= {"sha256", "size_bytes"}


def test_no_listing_names_a_patient(home, stages, capsys):
    for arguments in [*LOOKING, *(["show", one] for one in stages.values())]:
        run(home, *arguments)
    text = capsys.readouterr().out
    assert stages["drafted"] in text
    assert "ÉVRARD" not in text
    assert "Camille" not in text


def test_a_document_is_hidden_from_one_and_shown_to_the_other(home, stages, ledger, capsys):
    """What is not named stays as it was."""
    one = stages["approved"]

    def hidden() -> tuple[bool, bool]:
        grounds = ledger.grounds(ledger.get(one))
        return grounds.hidden_from_patient, grounds.hidden_from_professionals

    assert run(home, "hide", one, "--patient", "yes") == 0
    assert "Patient\u00a0: masqué. Professionnels\u00a0: visible." in capsys.readouterr().out
    assert run(home, "hide", one, "--professionals", "yes") == 0
    assert hidden() == (True, True)
    assert run(home, "hide", one, "--patient", "no") == 0
    assert hidden() == (False, True)
    assert [line.actor for line in ledger.journal(one) if line.action == "hidden-changed"] == ["cli"] * 3


@pytest.mark.parametrize("command", [["list"], ["settings"]], ids=" ".join)
def test_the_installation_may_be_named_before_the_command_or_after_it(command, home, stages, capsys, monkeypatch):
    monkeypatch.delenv("DICTATION_HOME", raising=False)
    before = main(["--home", str(home.home), *command]), capsys.readouterr().out
    assert (main([*command, "--home", str(home.home)]), capsys.readouterr().out) == before


@pytest.mark.parametrize("arguments", [["--help"], ["models", "--help"], ["demo", "--help"]], ids=" ".join)
def test_help_answers_without_loading_anything_heavy(arguments):
    program = (
        "import sys\nfrom dictation.cli import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit as end: print('status', end.code)\n"
        "print('heavy', sorted({'torch', 'whisper', 'spacy', 'weasyprint', 'django', 'av'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert "status 0" in done.stdout
    assert "heavy []" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "terminal", "kept"), [([], True, True), ([], False, False), (["--keep"], False, True)]
)
def test_the_demonstration_stays_open_on_a_terminal_or_when_asked(monkeypatch, arguments, terminal, kept):
    asked: list[bool] = []

    def demonstrate(home, *, as_json, keep):
        asked.append(keep)
        return 0

    monkeypatch.setattr("dictation.demo.demonstration.demonstrate", demonstrate)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    assert main(["demo", *arguments]) == 0
    assert asked == [kept]


def test_ctrl_c_ends_the_demonstration_that_stayed_open(monkeypatch):
    from dictation.demo import demonstration

    def interrupted(_seconds):
        raise KeyboardInterrupt

    said: list[str] = []
    monkeypatch.setattr(demonstration.time, "sleep", interrupted)
    demonstration._wait_for_ctrl_c(said.append)
    assert "Ctrl-C" in said[0]


def test_the_services_of_a_secretary_are_set_and_a_mistyped_one_is_refused(home, capsys, monkeypatch):
    import io

    author = '[[authors]]\nrpps = "10003456786"\nlast_name = "Fontaine"\nfirst_name = "Claire"\nservice = "Urologie"\n'
    (home.home / "dictation.toml").write_text(author, encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))
    assert run(home, "accounts", "add", "anne", "--role", "secretary", "--service", "Urologie") == 0
    assert run(home, "accounts", "services", "anne", "--service", "Urolgie") != 0
    assert "Service inconnu" in capsys.readouterr().err
    run(home, "accounts", "--json")
    assert json.loads(capsys.readouterr().out)[0]["services"] == ["Urologie"]
    assert run(home, "accounts", "services", "anne", "--all") == 0
    run(home, "accounts", "--json")
    assert json.loads(capsys.readouterr().out)[0]["services"] == []


def test_an_account_made_on_the_command_line_is_journalled_as_on_the_page(home, ledger, capsys, monkeypatch):
    import io

    for password in ("correct horse battery", "another long password"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        assert run(home, "accounts", "add", "anne", "--role", "secretary") == 0
    lines = list(ledger.journal(""))
    assert [(line.actor, line.action) for line in lines] == [("cli", "account-created"), ("cli", "account-replaced")]
    assert [dict(line.details) for line in lines] == 2 * [{"account": "anne", "role": "secretary"}]


def test_each_setting_says_where_its_value_comes_from(home, capsys, monkeypatch):
    (home.home / "dictation.toml").write_text(
        '[web]\nport = 8081\nidle_minutes = 20\n[send]\nhost = "relais.hopital.test"\n', encoding="utf-8"
    )
    monkeypatch.setenv("DICTATION_WEB__IDLE_MINUTES", "10")
    monkeypatch.setenv("DICTATION_SEND__PASSWORD", "un secret")
    monkeypatch.setenv("DICTATION_OVERDUE__SERVICES", '{"Urologie": {"sign_hours": 3}}')
    assert run(home, "settings") == 0
    out = capsys.readouterr().out
    told = dict(line.split(" = ", 1) for line in out.splitlines())
    assert told["web.port"] == "8081  (fichier)"
    assert told["web.idle_minutes"] == "10  (environnement)"  # it wins over the file
    assert told["web.host"] == "'127.0.0.1'  (défaut)"
    assert told["send.password"] == "'**********'  (environnement)"
    assert told["overdue.services"].endswith("(environnement)")
    assert told["home"].endswith("(ligne de commande)")
    assert told["authors"] == "[]  (défaut)"
    assert "un secret" not in out
    run(home, "settings", "--json")
    assert json.loads(capsys.readouterr().out)["origins"]["send.host"] == "file"


def test_the_extension_of_an_account_is_set_kept_and_must_be_a_number(home, capsys, monkeypatch):
    import io

    for more in (["--extension", "42 13"], []):  # a new password keeps it
        monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))
        assert run(home, "accounts", "add", "anne", "--role", "secretary", *more) == 0
    run(home, "accounts", "--json")
    assert json.loads(capsys.readouterr().out)[0]["extension"] == "42 13"
    assert run(home, "accounts", "extension", "anne", "bureau") != 0
    assert "Le poste est un numéro" in capsys.readouterr().err
    assert run(home, "accounts", "extension", "nobody", "4213") != 0
    assert run(home, "accounts", "extension", "anne", "4213") == 0
    capsys.readouterr()
    run(home, "accounts", "--json")
    assert json.loads(capsys.readouterr().out)[0]["extension"] == "4213"
