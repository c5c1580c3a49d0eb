"""A refused file lies aside with its reason and its row, can be tried again, and is never lost on the way."""

import pytest

from dictation.domain.progress import State
from dictation.errors import NeedsAPerson, TryAgainLater
from tests.intake.bench import PATIENT, sidecar, sound


def test_the_reason_is_a_text_a_secretary_can_act_on(bench):
    bench.drop("fontaine/dictée 1.wav", b"")
    bench.wait_out()
    row = bench.row("quarantined")
    assert bench.reason() == (
        "Ce fichier n’a pas pu être pris en charge.\n"
        "\n"
        "Fichier\u00a0: fontaine/dictée 1.wav\n"
        f"Il est ici, intact\u00a0: {next(bench.quarantine.glob('*.wav')).name}\n"
        f"{date_line(bench)}\n"
        f"Numéro\u00a0: {row.id}\n"
        "\n"
        "Ce qui s’est passé\u00a0: le fichier est vide.\n"
        "Que faire\u00a0: enregistrez de nouveau la dictée.\n"
        "\n"
        "Pour un nouvel essai avec ce même fichier, le service informatique peut lancer\u00a0: "
        f"dictation retry {row.id}\n"
        "Code\u00a0: E_EMPTY\n"
    )


def date_line(bench):
    [line] = [line for line in bench.reason().splitlines() if line.startswith("Date")]
    assert line.startswith("Date\u00a0: 22 novembre 2026 à ")
    return line


def test_another_try_puts_file_and_sidecar_back_and_ends_the_old_row(bench):
    bench.drop("a.wav", sound())
    bench.drop("a.json", sidecar("10100000033", patient=PATIENT))
    bench.settle()
    row = bench.row("quarantined")
    assert bench.intake.quarantine.holds(row.id)
    assert bench.intake.quarantine.retry(row.id, actor="dsi") == "a.wav"
    assert bench.left() == ["a.json", "a.wav"]
    assert list(bench.quarantine.iterdir()) == []
    assert bench.ledger.get(row.id).state is State.CANCELLED
    bench.drop("a.json", sidecar(patient=PATIENT))
    assert len(bench.settle().taken) == 1


def test_a_file_refused_again_has_a_row_again(bench):
    bench.drop("fontaine/a.wav", b"rien")
    bench.settle()
    first = bench.row("quarantined")
    bench.intake.quarantine.retry(first.id, actor="dsi")
    bench.settle()
    second = bench.row("quarantined")
    assert second.id != first.id
    assert len(list(bench.quarantine.iterdir())) == 2


def test_another_try_overwrites_nothing(bench):
    bench.drop("fontaine/a.wav", b"rien")
    bench.settle()
    bench.drop("fontaine/a.wav", sound())
    bench.intake.quarantine.retry(bench.row("quarantined").id, actor="dsi")
    assert (bench.inbox / "fontaine" / "a.wav").read_bytes() == sound()
    assert len(bench.left()) == 2


def test_another_try_meets_the_corrected_sidecar_that_was_put_there_first(bench):
    bench.drop("a.wav", sound())
    bench.drop("a.json", sidecar()[:-1])
    bench.settle()
    bench.drop("a.json", sidecar(patient=PATIENT))
    bench.intake.quarantine.retry(bench.row("quarantined").id, actor="dsi")
    bench.settle()
    assert bench.row("received").sidecar.patient.last_name == "Durand"


def test_another_try_finds_its_way_when_the_folder_is_gone(bench):
    bench.drop("inconnu/a.wav", sound())
    bench.wait_out()
    (bench.inbox / "inconnu").rmdir()
    bench.intake.quarantine.retry(bench.row("quarantined").id, actor="dsi")
    assert len(bench.left()) == 1


def test_a_file_a_person_has_taken_out_cannot_be_tried_again(bench):
    bench.drop("fontaine/a.wav", b"rien")
    bench.settle()
    row = bench.row("quarantined")
    next(bench.quarantine.glob("*.wav")).unlink()
    with pytest.raises(NeedsAPerson) as error:
        bench.intake.quarantine.retry(row.id, actor="dsi")
    assert error.value.code == "E_NOT_IN_QUARANTINE"


def test_a_ledger_that_is_busy_gets_its_row_at_the_next_scan(bench, monkeypatch):
    def busy(*args, **kwargs):
        raise TryAgainLater(code="E_STORE_BUSY")

    bench.drop("fontaine/a.wav", b"rien")
    bench.scan()
    monkeypatch.setattr(bench.ledger, "refuse", busy)
    assert bench.scan(after=5).paused == "E_STORE_BUSY"
    assert bench.rows() == []
    monkeypatch.undo()
    assert bench.scan(after=1).alarms == []
    assert bench.row("quarantined").error_code == "E_AUDIO_NOT_AUDIO"
    assert bench.row("quarantined").id in bench.reason()


@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_quarantine_that_is_no_folder_is_not_followed(bench, kind, tmp_path):
    if kind == "link":
        (tmp_path / "ailleurs").mkdir()
        bench.quarantine.symlink_to(tmp_path / "ailleurs")
    else:
        bench.quarantine.write_bytes(b"")
    bench.drop("fontaine/a.wav", b"rien")
    bench.settle()
    assert {row.error_code for row in bench.rows()} >= {"E_AUDIO_NOT_AUDIO"}
    assert (bench.inbox / "fontaine" / "a.wav").read_bytes() == b"rien"
    assert not list((tmp_path / "ailleurs").iterdir()) if kind == "link" else True
    assert len(list((bench.state / "quarantaine").iterdir())) >= 1


def test_a_file_refused_where_it_lies_can_be_tried_again(bench):
    bench.quarantine.write_bytes(b"")
    path = bench.drop("fontaine/a.wav", b"rien")
    bench.settle()
    [row] = [row for row in bench.rows() if row.recording.name == "fontaine/a.wav"]
    assert bench.settle().refused == []
    bench.quarantine.unlink()
    bench.intake.quarantine.retry(row.id, actor="dsi")
    bench.restart()
    bench.settle()
    assert not path.exists()
    assert bench.refused_files() == ["a.wav"]


def test_a_new_file_under_the_name_of_a_refused_one_is_judged_for_itself(bench, monkeypatch):
    """Replaced in the instant between judgement and move."""
    from dictation.intake import quarantine

    path = bench.drop("fontaine/a.wav", b"rien")
    bench.scan()
    real = quarantine._move

    def replace_first(source, target):
        monkeypatch.undo()
        other = path.with_name(".new")
        other.write_bytes(sound())
        other.replace(path)
        real(source, target)

    monkeypatch.setattr(quarantine, "_move", replace_first)
    assert bench.scan(after=5).refused == []
    assert len(bench.settle().taken) == 1
    assert {row.state for row in bench.rows()} == {State.RECEIVED}
