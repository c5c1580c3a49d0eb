"""The bundle: whole, readable without the program, and any change to it is seen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from dictation.archive import MANIFEST, Archive, erase_due, read_manifest, verify
from dictation.disk import digest, file_digest
from dictation.domain.documents import Attachment, Recording
from dictation.domain.exchange import Consent, Receipt, ReceiptKind
from dictation.domain.progress import State
from dictation.errors import NeedsAPerson
from dictation.send import send
from tests.send.peers import PDF

DAY = 86_400


@pytest.fixture
def archive(print_room, tmp_path) -> Archive:
    return Archive(print_room.ledger, print_room.store, tmp_path / "archive", print_room.clock)


@pytest.fixture
def sent(print_room) -> str:
    id = print_room.signed_letter()
    send(id, print_room.desk)
    return id


def roles(bundle) -> dict[str, str]:
    return {kept.role: kept.path for kept in read_manifest(bundle).files}


def test_everything_that_proves_the_letter_is_in_the_bundle(archive, print_room, sent):
    entry = archive.write(sent)
    paths = roles(entry.bundle)
    [row] = print_room.rows(sent)
    documents = {"sound", "transcript", "report", "draft", "letter", f"message {row.id}"}
    assert set(paths) == documents | {"sendings", "case", "journal"}
    assert (entry.bundle / paths["letter"]).read_bytes() == PDF
    assert file_digest(entry.bundle / paths[f"message {row.id}"]) == row.message_sha256
    assert paths["sound"] == "sound.wav"
    sendings = json.loads((entry.bundle / paths["sendings"]).read_bytes())
    assert sendings["receipts"][0]["kind"] == "accepted"
    actions = [json.loads(line)["action"] for line in (entry.bundle / paths["journal"]).read_bytes().splitlines()]
    assert {"received", "approved", "sending", "dispatch-inflight", "sent"} <= set(actions)
    assert archive.verify(sent) == verify(entry.bundle) == archive.verify_all() == []


def test_writing_again_with_nothing_new_changes_no_byte_and_no_journal_line(archive, print_room, sent):
    first = archive.write(sent)
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in first.bundle.iterdir()}
    lines = len(print_room.ledger.journal(sent))
    print_room.clock.wait(3600)
    assert archive.write(sent) == first
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in first.bundle.iterdir()} == before
    assert len(print_room.ledger.journal(sent)) == lines


def test_what_happened_since_enters_a_new_revision_and_the_old_files_go(archive, print_room, sent):
    first = archive.write(sent)
    print_room.ledger.add_receipt(sent, Receipt(ReceiptKind.DELIVERED, "remis", print_room.clock()))
    print_room.ledger.move(sent, State.SENT, State.DELIVERED, actor="test")
    second = archive.write(sent)
    assert (second.revision, second.bundle) == (first.revision + 1, first.bundle)
    sendings = json.loads((second.bundle / roles(second.bundle)["sendings"]).read_bytes())
    assert [receipt["kind"] for receipt in sendings["receipts"]] == ["accepted", "delivered"]
    assert {path.name for path in second.bundle.iterdir()} == {*roles(second.bundle).values(), MANIFEST}
    assert archive.verify(sent) == []


@pytest.mark.parametrize(
    "role", ["sound", "transcript", "report", "draft", "letter", "sendings", "case", "journal", "message"]
)
def test_a_changed_or_missing_file_is_named(archive, sent, role):
    bundle = archive.write(sent).bundle
    path = next(bundle / path for each, path in roles(bundle).items() if each.split()[0] == role)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert verify(bundle) == [f"Archive {bundle.name}\u00a0: {path.name} a changé."]
    path.unlink()
    assert verify(bundle) == [f"Archive {bundle.name}\u00a0: {path.name} manque."]


def forge(bundle, role: str, change) -> None:
    """Change a file and the manifest with it, as somebody who knows the format would."""
    manifest = json.loads((bundle / MANIFEST).read_bytes())
    kept = next(kept for kept in manifest["files"] if kept["role"] == role)
    data = change((bundle / kept["path"]).read_bytes())
    (bundle / kept["path"]).write_bytes(data)
    kept |= {"sha256": digest(data), "size_bytes": len(data)}
    (bundle / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("role", "change", "words"),
    [
        ("letter", lambda data: data + b"\n", "la lettre n’est pas celle qui a été signée"),
        ("sound", lambda data: data + b"\0", "le son n’est pas celui de la dictée"),
        ("journal", lambda data: data.replace(b'"actor": "test"', b'"actor": "tesu"', 1), "du journal a été modifiée"),
        ("case", lambda data: data.replace(b"granted", b"GRANTED"), "pas celui que le journal connaît"),
    ],
)
def test_a_forged_manifest_does_not_hide_a_change(archive, sent, role, change, words):
    bundle = archive.write(sent).bundle
    forge(bundle, role, change)
    problems = archive.verify(sent)
    assert [problem for problem in problems if words in problem]
    assert [problem for problem in problems if "pas celui que le journal connaît" in problem]


def test_a_damaged_bundle_is_mended_from_the_store_by_writing_again(archive, sent):
    bundle = archive.write(sent).bundle
    (bundle / roles(bundle)["letter"]).write_bytes(b"%PDF-autre")
    (bundle / roles(bundle)["sound"]).unlink()
    archive.write(sent)
    assert archive.verify(sent) == []


def test_a_manifest_that_is_none_or_missing_is_said(archive, sent):
    bundle = archive.write(sent).bundle
    (bundle / MANIFEST).write_bytes(b"{}")
    assert verify(bundle) == [f"Archive {bundle.name}\u00a0: le manifeste est illisible."]
    with pytest.raises(NeedsAPerson):
        archive.write(sent)
    (bundle / MANIFEST).unlink()
    assert verify(bundle) == [f"Archive {bundle.name}\u00a0: le manifeste manque."]


def test_a_manifest_cannot_point_outside_its_folder(archive, sent):
    bundle = archive.write(sent).bundle
    manifest = json.loads((bundle / MANIFEST).read_bytes())
    manifest["files"][0]["path"] = "../../etc/passwd"
    (bundle / MANIFEST).write_text(json.dumps(manifest))
    assert any("hors du dossier" in problem for problem in verify(bundle))


def test_a_bundle_that_is_gone_whole_is_missed(archive, print_room, sent):
    import shutil

    from dictation.store.retention import Retention

    bundle = archive.write(sent).bundle
    retention = Retention(print_room.clock)
    assert retention.vouched() == {bundle.name}
    assert archive.verify_all(retention.vouched()) == []
    shutil.rmtree(bundle)
    assert archive.verify_all(retention.vouched()) == [f"Archive {bundle.name}\u00a0: le manifeste manque."]


@pytest.mark.parametrize(
    ("role", "data"),
    [
        ("case", b"not JSON"),
        ("case", b"[]"),
        ("sendings", b"{}"),
        ("journal", b'{"serial": 1}\n'),
        ("journal", b"\xff\n"),
    ],
)
def test_a_bundle_whole_by_a_forged_manifest_but_without_sense_does_not_end_the_check(
    role, data, archive, print_room, sent
):
    other = print_room.signed_letter()
    send(other, print_room.desk)
    for id in (sent, other):
        forge(archive.write(id).bundle, role, lambda _: data)
    problems = archive.verify_all()
    assert [problem for problem in problems if sent in problem]
    assert [problem for problem in problems if other in problem]


def test_a_file_the_disk_does_not_give_back_is_named_and_the_others_are_looked_at(archive, sent, monkeypatch):
    bundle = archive.write(sent).bundle
    names = roles(bundle)

    def broken(path):
        if path.name == names["letter"]:
            raise OSError(5, "Input/output error")
        return file_digest(path)

    (bundle / names["sound"]).unlink()
    monkeypatch.setattr("dictation.archive.file_digest", broken)
    assert sorted(verify(bundle)) == [
        f"Archive {bundle.name}\u00a0: letter.pdf ne peut pas être lu.",
        f"Archive {bundle.name}\u00a0: sound.wav manque.",
    ]


def test_a_letter_the_patient_objects_to_is_archived_without_a_message(archive, print_room):
    id = print_room.signed_letter(consent=Consent.OBJECTED)
    with pytest.raises(NeedsAPerson):
        send(id, print_room.desk)
    bundle = archive.write(id).bundle
    assert not [role for role in roles(bundle) if role.startswith("message")]
    assert archive.verify(id) == []


def test_nothing_is_archived_from_an_altered_store(archive, print_room, sent):
    print_room.store.path(print_room.ledger.get(sent).transcript_sha256).write_bytes(b"{}")
    with pytest.raises(NeedsAPerson) as refused:
        archive.write(sent)
    assert refused.value.code == "E_INTEGRITY"


def test_erasing_the_sound_keeps_the_proof(archive, print_room, sent):
    bundle = archive.write(sent).bundle
    sha256 = print_room.ledger.get(sent).recording.sha256
    assert archive.erase_sound(sent) is True
    assert not print_room.store.has(sha256)
    assert not (bundle / "sound.wav").exists()
    sound = next(kept for kept in read_manifest(bundle).files if kept.role == "sound")
    assert (sound.sha256, bool(sound.erased_at)) == (sha256, True)
    assert archive.verify(sent) == []
    assert archive.erase_sound(sent) is False
    archive.write(sent)
    assert archive.verify(sent) == []
    (bundle / "sound.wav").write_bytes(b"RIFF")
    assert any("devait être effacé" in problem for problem in archive.verify(sent))


def test_a_spoken_answer_goes_with_the_sound_of_its_letter(archive, print_room, sent):
    answered = print_room.store.put(b"RIFF an answer")
    question = print_room.ledger.ask(sent, "Quel côté\u202f?", actor="roy")
    print_room.ledger.answer(sent, question.id, "Droit", actor="morel", sound=answered)
    archive.write(sent)
    archive.erase_sound(sent)
    assert not print_room.store.has(answered)
    assert print_room.ledger.questions(sent)[0].answer == "Droit"


@pytest.fixture
def played(tmp_path, print_room, sent):
    """The copy of the sound a browser plays, of the letter that was sent."""
    path = tmp_path / f"{print_room.ledger.get(sent).recording.sha256}.wav"
    path.write_bytes(b"RIFF")
    return path


def erase(archive, print_room, tmp_path, days: int = 90) -> int:
    from dictation.store.retention import Retention  # Django is set up by then

    return erase_due(Retention(print_room.clock), archive, lambda sha256: tmp_path / f"{sha256}.wav", days)


def signed_on_day_0_and_sent(print_room, archive, *, on_day: int) -> str:
    """A letter that stood so many days between signature and sending; its archive is written."""
    id = print_room.signed_letter()
    print_room.clock.wait(on_day * DAY)
    send(id, print_room.desk)
    archive.write(id)
    print_room.ledger.archive_written(id, State.SENT)
    return id


@pytest.mark.parametrize(
    ("sent_on", "still_there_on", "gone_on"),
    [(0, 90, 91), (60, 90, 91), (85, 91, 93), (200, 206, 208)],
)
def test_sound_is_kept_so_long_after_the_signature_and_a_week_after_the_sending(
    sent_on, still_there_on, gone_on, archive, print_room, tmp_path
):
    id = signed_on_day_0_and_sent(print_room, archive, on_day=sent_on)
    sound = print_room.ledger.get(id).recording.sha256
    played = tmp_path / f"{sound}.wav"
    played.write_bytes(b"RIFF")
    print_room.clock.wait((still_there_on - sent_on) * DAY)
    assert erase(archive, print_room, tmp_path) == 0
    assert (played.exists(), print_room.store.has(sound)) == (True, True)
    print_room.clock.wait((gone_on - still_there_on) * DAY)
    assert erase(archive, print_room, tmp_path) == 1
    assert (played.exists(), print_room.store.has(sound)) == (False, False)
    assert (archive.verify(id), print_room.ledger.verify()) == ([], [])
    assert erase(archive, print_room, tmp_path) == 0


def test_of_a_corrected_letter_the_last_signature_counts(archive, print_room, sent, tmp_path):
    from dataclasses import replace

    from dictation.domain import codec
    from dictation.store.tables import DictationRow

    archive.write(sent)
    print_room.ledger.archive_written(sent, State.SENT)
    later = replace(print_room.ledger.get(sent).approval, signed_at=print_room.clock.now + timedelta(days=50))
    DictationRow.objects.filter(pk=sent).update(approval=codec.dumps(later))
    print_room.clock.wait(139 * DAY)
    assert erase(archive, print_room, tmp_path) == 0
    print_room.clock.wait(2 * DAY)
    assert erase(archive, print_room, tmp_path) == 1


def test_the_sound_of_a_letter_that_has_not_left_is_never_erased(archive, print_room, tmp_path):
    waiting = print_room.signed_letter()
    print_room.clock.wait(1000 * DAY)
    assert erase(archive, print_room, tmp_path) == 0
    assert print_room.store.has(print_room.ledger.get(waiting).recording.sha256)


def test_a_letter_that_came_back_keeps_its_sound_until_a_person_settled_it(archive, print_room, sent, tmp_path):
    from dictation.store.tables import DictationRow

    archive.write(sent)
    print_room.ledger.archive_written(sent, State.SENT)
    print_room.ledger.move(sent, State.SENT, State.RETURNED, actor="test")
    DictationRow.objects.filter(pk=sent).update(archive_due=False)
    print_room.clock.wait(1000 * DAY)
    assert erase(archive, print_room, tmp_path) == 0
    DictationRow.objects.filter(pk=sent).update(settled_at=print_room.clock.now)
    print_room.clock.wait(6 * DAY)
    assert erase(archive, print_room, tmp_path) == 0
    print_room.clock.wait(2 * DAY)
    assert erase(archive, print_room, tmp_path) == 1
    assert archive.verify(sent) == []


def test_one_whose_bundle_cannot_be_written_keeps_its_sound_and_does_not_hold_up_the_others(
    archive, print_room, tmp_path
):
    first, second = (signed_on_day_0_and_sent(print_room, archive, on_day=0) for _ in range(2))
    altered = print_room.ledger.get(first).recording.sha256
    print_room.store.path(altered).write_bytes(b"RIFF other bytes")
    print_room.clock.wait(91 * DAY)
    assert erase(archive, print_room, tmp_path) == 1
    assert print_room.store.has(altered)
    assert (archive.bundle(print_room.ledger.get(first)) / "sound.wav").exists()
    assert not print_room.store.has(print_room.ledger.get(second).recording.sha256)
    assert archive.verify_all() == []


def test_an_erasure_cut_short_is_finished_by_the_next(archive, print_room, sent, played, tmp_path, monkeypatch):
    archive.write(sent)
    print_room.ledger.archive_written(sent, State.SENT)
    print_room.clock.wait(91 * 86_400)
    with monkeypatch.context() as crash:
        crash.setattr("dictation.archive.failpoint", lambda name: 1 / 0 if name == "archive-erased" else None)
        with pytest.raises(ZeroDivisionError):
            erase(archive, print_room, tmp_path)
    assert erase(archive, print_room, tmp_path) == 1
    assert archive.verify(sent) == []


def test_documents_laid_beside_the_recording_are_archived_with_it(archive, print_room):
    attachment = Attachment(print_room.store.put(b"%PDF scanned"), "courrier-Durand.pdf", 12)
    id, _ = print_room.ledger.register(Recording("7" * 64, "b.wav", 4), None, (attachment,))
    contents = {role: data for role, _, data in archive._contents(print_room.ledger.get(id), without={"sound"})}
    assert contents["document 1"] == b"%PDF scanned"


def test_no_name_of_a_person_is_in_a_file_name(archive, sent):
    bundle = archive.write(sent).bundle
    names = " ".join(path.name for path in [bundle, *bundle.iterdir()]).lower()
    assert not [name for name in ("testpatient", "durand", "dictee") if name in names]


PROGRAM = """
import sys
from pathlib import Path
from datetime import datetime
from tests.send.peers import Clock, open_hospital
from dictation.archive import Archive
home, folder, id, now = sys.argv[1:]
hospital = open_hospital(Path(home), None, Clock(datetime.fromisoformat(now)))
archive = Archive(hospital.ledger, hospital.store, Path(folder), hospital.clock)
if archive.folder.exists():
    archive.erase_sound(id)
else:
    archive.write(id)
"""


@pytest.mark.parametrize("point", ["archive-file:1", "archive-file:5", "archive-manifest", "archive-erasing"])
def test_a_crash_leaves_a_bundle_that_the_next_writing_completes(archive, print_room, sent, repository, point):
    if point == "archive-erasing":
        archive.write(sent)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, print_room.home, archive.folder, sent, print_room.clock().isoformat()],
        cwd=repository,
        env={**os.environ, "DICTATION_FAILPOINT": point, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    if point == "archive-erasing":
        assert archive.erase_sound(sent) is True
    entry = archive.write(sent)
    assert archive.verify(sent) == []
    assert {path.name for path in entry.bundle.iterdir() if path.name != "sound.wav"} == {
        MANIFEST, *(path for role, path in roles(entry.bundle).items() if role != "sound")
    }  # fmt: skip
