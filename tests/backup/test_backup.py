"""A backup put back: nothing is lost, nothing leaves by itself, and a damaged one is not restored."""

from __future__ import annotations

import json
import shutil

import pytest

from dictation import backup
from dictation.compose import Installation
from dictation.domain.exchange import OutboxState
from dictation.domain.progress import State
from dictation.errors import NeedsAPerson, NotAllowed
from dictation.settings import read_settings
from tests import ledgers


@pytest.fixture
def hospital(home, ledger, clock):
    """An installation with one dictation in each stage of its way, their bytes, and a file still in inbox/."""
    parts = Installation(home)
    found = {
        "drafted": ledgers.drafted(ledger),
        "approved": ledgers.approved(ledger, clock, parts.blobs.put(b"%PDF signed")),
        "sending": ledgers.sending(ledger, clock),
        "sent": ledgers.sending(ledger, clock),
    }
    for name in ("sending", "sent"):
        ledger.open_dispatch(
            found[name],
            letter_version=1,
            mailbox="louis.marchand@gp.test",
            carrier="folder",
            message_id=f"<{name}@hospital.test>",
            pdf_sha256=ledgers.PDF,
            message_sha256=parts.blobs.put(name.encode()),
        )
    ledgers.taken(ledger, found["sent"])
    ledger.move(found["sent"], State.SENDING, State.SENT, actor="test")
    home.inbox_folder.mkdir()
    (home.inbox_folder / "attend.wav").write_bytes(b"RIFF not taken yet")
    (home.state_folder / "secret_key").write_text("a secret")
    parts.vocabulary.add(["urétéroscopie"], "Urologie")
    return parts, found


@pytest.fixture
def saved(hospital, tmp_path_factory):
    return hospital[0].back_up(tmp_path_factory.mktemp("other-disk"))


def restored(saved, folder) -> Installation:
    parts = Installation(read_settings(folder))
    parts.restore(saved)
    return parts


def test_every_dictation_and_every_byte_comes_back(hospital, saved, tmp_path_factory):
    parts, found = hospital
    before = {name: parts.ledger.get(key) for name, key in found.items()}
    again = restored(saved, tmp_path_factory.mktemp("new"))
    for name, old in before.items():
        new = again.ledger.get(found[name])
        assert (new.recording, new.sidecar, new.approval) == (old.recording, old.sidecar, old.approval)
    assert again.blobs.get(before["approved"].pdf_sha256) == b"%PDF signed"
    assert (again.settings.inbox_folder / "attend.wav").read_bytes() == b"RIFF not taken yet"
    assert (again.settings.state_folder / "secret_key").read_text() == "a secret"
    assert again.vocabulary.terms("Urologie") == ["urétéroscopie"]
    assert again.verify() == []


def test_nothing_that_may_have_left_since_leaves_by_itself(hospital, saved, tmp_path_factory):
    _, found = hospital
    again = restored(saved, tmp_path_factory.mktemp("new"))
    states = {name: again.ledger.get(key).state for name, key in found.items()}
    assert states == {
        "drafted": State.HELD,
        "approved": State.HELD,
        "sending": State.UNCERTAIN,
        "sent": State.SENT,
    }
    assert {work.dictation_id for work in again.ledger.needing_work()} == {found["sent"]}  # only its bundle to write
    assert [row.state for row in again.ledger.dispatches(found["sending"])] == [OutboxState.UNCERTAIN]
    assert again.ledger.get(found["drafted"]).error_code == "E_RESTORED"


def test_a_person_takes_each_one_up_again(hospital, saved, tmp_path_factory):
    _, found = hospital
    again = restored(saved, tmp_path_factory.mktemp("new"))
    again.retry(found["approved"], actor="it")
    assert again.ledger.get(found["approved"]).state is State.APPROVED


def test_a_restore_that_died_before_holding_all_goes_on_when_the_service_starts(
    hospital, saved, tmp_path_factory, monkeypatch
):
    _, found = hospital
    fresh = Installation(read_settings(tmp_path_factory.mktemp("new")))
    with monkeypatch.context() as broken:
        broken.setattr(backup, "failpoint", lambda name: 1 / 0 if name == "restore-held" else None)
        with pytest.raises(ZeroDivisionError):
            fresh.restore(saved)
    later = Installation(fresh.settings)
    assert {later.ledger.get(found[name]).state for name in ("drafted", "approved")} == {State.HELD}
    assert later.ledger.get(found["sending"]).state is State.UNCERTAIN


@pytest.mark.parametrize("fault", ["a blob cut short", "the manifest gone", "the database replaced"])
def test_a_damaged_backup_is_not_restored(saved, tmp_path_factory, fault):
    blob = next(path for path in (saved / "state" / "blobs").rglob("*") if path.is_file())
    if fault == "a blob cut short":
        blob.write_bytes(blob.read_bytes()[:-1])
    elif fault == "the manifest gone":
        (saved / "manifest.json").unlink()
    else:
        (saved / "state" / backup.DATABASE).write_bytes(b"SQLite format 3")
    home = tmp_path_factory.mktemp("new")
    assert len(backup.verify(saved)) == 1
    with pytest.raises(NeedsAPerson) as error:
        restored(saved, home)
    assert error.value.code == "E_BACKUP"
    assert not (home / ".state" / backup.DATABASE).exists()


def test_a_home_with_dictations_is_never_written_over(hospital, saved):
    with pytest.raises(NotAllowed) as error:
        hospital[0].restore(saved)
    assert error.value.code == "E_NOT_EMPTY"


def test_the_next_backup_links_what_the_last_one_holds(hospital, saved, tmp_path, clock):
    parts, _ = hospital
    new = parts.blobs.put(b"since then")
    settings = parts.settings
    again = backup.back_up(
        settings.state_folder,
        settings.inbox_folder,
        saved.parent,
        archive=parts.archive_folder,
        copy_database=lambda target: shutil.copy(settings.state_folder / backup.DATABASE, target),
        now=clock(),
    )
    old = json.loads((saved / "manifest.json").read_text())["files"]
    blob = next(file["path"] for file in old if "/blobs/" in file["path"])
    assert (again / blob).stat().st_ino == (saved / blob).stat().st_ino
    assert (again / "state" / "blobs" / new[:2] / new[2:]).read_bytes() == b"since then"
    assert backup.verify(again) == []


def test_a_backup_inside_the_installation_is_refused(hospital):
    parts, _ = hospital
    with pytest.raises(NotAllowed) as error:
        parts.back_up(parts.settings.state_folder / "backups")
    assert error.value.code == "E_BACKUP_TARGET"
