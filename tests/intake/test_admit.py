"""A recording is taken when it is complete, exactly once, with what its sidecar and its folder say."""

import os
import threading

import pytest

from dictation.domain.progress import State
from dictation.errors import NotAllowed
from dictation.settings import InboxSettings
from tests.intake.bench import FONTAINE, MERCIER, PATIENT, sidecar, sound


def test_a_recording_with_its_sidecar_becomes_a_row_and_leaves_the_inbox(bench):
    bench.drop("dictée.json", sidecar(patient=PATIENT, letter_type="operation", priority="urgent"))
    bench.drop("dictée.wav", sound())
    report = bench.settle()
    row = bench.row("received")
    assert report.taken == [row.id]
    assert (row.recording.name, row.recording.duration) == ("dictée.wav", 1.0)
    assert (row.sidecar.author, row.sidecar.patient.first_name) == (FONTAINE.rpps, "Zoé")
    assert bench.blobs.get(row.recording.sha256) == sound()
    assert bench.left() == []
    assert not list((bench.state / "intake" / "claimed").iterdir())


def test_a_recording_in_an_authors_folder_needs_no_sidecar(bench):
    bench.drop("fontaine/2026/11/a.wav", sound(1))
    bench.drop("équipe/mercier/b.wav", sound(2))
    bench.settle()
    authors = {row.recording.name: (row.sidecar.author, row.sidecar.site) for row in bench.rows()}
    assert authors == {
        "fontaine/2026/11/a.wav": (FONTAINE.rpps, "nord"),
        "équipe/mercier/b.wav": (MERCIER.rpps, "principal"),
    }


def test_the_folder_completes_a_sidecar_without_author(bench):
    bench.drop("fontaine/a.wav.json", b'{"patient": null}'.replace(b'"patient": null', b'"letter_type": "discharge"'))
    bench.drop("fontaine/a.wav", sound())
    bench.settle()
    assert bench.row("received").sidecar.author == FONTAINE.rpps
    assert bench.left() == []


def test_a_file_is_not_taken_while_it_grows(bench):
    whole = sound(seconds=3)
    path = bench.drop("fontaine/a.wav", whole[:2000])
    for end in range(10_000, len(whole), 20_000):
        bench.scan(after=4)
        path.write_bytes(whole[:end])
    path.write_bytes(whole)
    assert bench.scan(after=4).taken == []
    assert bench.scan(after=4.9).taken == []
    assert len(bench.scan(after=0.2).taken) == 1
    assert bench.blobs.get(bench.row("received").recording.sha256) == whole


def test_a_writer_who_pauses_longer_than_settling_makes_one_whole_recording(bench):
    whole = sound(seconds=3)
    path = bench.drop("fontaine/a.wav", whole[:50_000])
    report = bench.settle()
    assert report.waiting == {"E_AUDIO_TRUNCATED": 1}
    assert 50 < report.next_look_seconds <= 55
    path.write_bytes(whole)
    assert bench.scan(after=1).taken == []
    assert len(bench.scan(after=5).taken) == 1
    assert bench.row("received").recording.size_bytes == len(whole)


def test_a_file_somebody_holds_open_for_writing_is_left_alone(bench):
    path = bench.inbox / "fontaine" / "a.wav"
    path.parent.mkdir()
    with path.open("wb") as writer:
        writer.write(sound())
        writer.flush()
        assert bench.settle().waiting == {"E_STILL_WRITTEN": 1}
    assert len(bench.scan(after=1).taken) == 1


def test_the_same_bytes_are_not_decoded_again_while_they_wait(make_bench):
    heard = []

    def probe(path):
        from tests.intake.bench import listen

        heard.append(path)
        return listen(path)

    bench = make_bench(probe=probe)
    bench.drop("fontaine/a.wav", sound()[:-500])
    bench.drop("nobody.wav", sound(2))
    bench.settle()
    for _ in range(5):
        bench.scan(after=5)
    assert len(heard) == 2


def test_the_same_content_under_another_name_is_one_dictation_and_one_explained_duplicate(bench):
    bench.drop("fontaine/a.wav", sound())
    bench.drop("fontaine/b.wav", sound())
    report = bench.settle()
    assert len(report.taken) == 1
    assert [code for _, code in report.refused] == ["E_DUPLICATE"]
    assert report.taken[0] in bench.reason()
    assert bench.row("quarantined").error_detail.startswith(f"déjà reçu, dictée {report.taken[0]}")


def test_a_duplicate_of_a_recording_that_was_erased_does_not_bring_its_sound_back(bench):
    bench.drop("fontaine/a.wav", sound())
    [dictation] = bench.settle().taken
    sha256 = bench.ledger.get(dictation).recording.sha256
    bench.ledger.move(dictation, State.RECEIVED, State.CANCELLED, actor="test", note="essai")
    bench.blobs.erase(sha256)
    bench.drop("fontaine/a.wav", sound())
    bench.settle()
    assert not bench.blobs.has(sha256)
    assert "« Annulée »" in bench.reason()


def test_a_duplicate_heals_the_lost_sound_of_a_dictation_at_work(bench):
    bench.drop("fontaine/a.wav", sound())
    [dictation] = bench.settle().taken
    sha256 = bench.ledger.get(dictation).recording.sha256
    bench.blobs.erase(sha256)
    bench.drop("fontaine/a.wav", sound())
    bench.settle()
    assert bench.blobs.get(sha256) == sound()


def test_the_same_name_with_other_content_is_another_dictation(bench):
    bench.drop("fontaine/a.wav", sound(1))
    bench.settle()
    bench.drop("fontaine/a.wav", sound(2))
    bench.settle()
    assert len({row.recording.sha256 for row in bench.rows()}) == 2


def test_a_file_that_slips_in_while_the_old_one_is_removed_is_never_lost(bench, monkeypatch):
    """A dictaphone that always writes the same name replaces it at the worst moment."""
    path = bench.drop("fontaine/a.wav", sound(1))
    register = bench.ledger.register

    def replace_then_register(recording, sidecar, attachments=()):
        other = path.with_name(".new")
        other.write_bytes(sound(2))
        other.replace(path)
        monkeypatch.setattr(bench.ledger, "register", register)
        return register(recording, sidecar, attachments)

    monkeypatch.setattr(bench.ledger, "register", replace_then_register)
    assert len(bench.settle().taken) == 1
    assert path.read_bytes() == sound(2)
    assert len(bench.settle().taken) == 1
    assert bench.left() == []


def test_a_file_swapped_between_listing_and_opening_is_looked_at_again(bench, monkeypatch):
    bench.drop("fontaine/a.wav", sound(1))
    bench.scan()
    claim = bench.blobs.claim

    def swap_first(blobs, source, *args, **kwargs):
        monkeypatch.undo()
        other = source.with_name(".other")
        other.write_bytes(sound(2))
        other.replace(source)
        return claim(source, *args, **kwargs)

    monkeypatch.setattr(type(bench.blobs), "claim", swap_first)
    assert bench.scan(after=5).waiting == {"E_STILL_WRITTEN": 1}
    bench.settle()
    assert bench.blobs.get(bench.row("received").recording.sha256) == sound(2)


def test_a_file_completed_after_it_was_listed_is_taken_once_at_the_next_look(bench, monkeypatch):
    """A scan takes its time: what changed meanwhile is not the file that had settled."""
    whole = sound(1)
    path = bench.drop("fontaine/a.wav", whole[:-1000])
    bench.scan()
    claim = bench.blobs.claim

    def complete_first(blobs, source, *args, **kwargs):
        monkeypatch.undo()
        path.write_bytes(whole)
        return claim(source, *args, **kwargs)

    monkeypatch.setattr(type(bench.blobs), "claim", complete_first)
    assert bench.scan(after=5).waiting == {"E_STILL_WRITTEN": 1}
    assert len(bench.settle().taken) == 1
    assert len(bench.rows()) == 1


def test_a_file_removed_under_our_hands_is_journalled_and_nothing_breaks(bench, monkeypatch):
    gone = bench.drop("fontaine/a.wav", sound(1))
    bench.drop("fontaine/b.wav", sound(2))
    bench.scan()
    claim = bench.blobs.claim

    def remove_first(blobs, source, *args, **kwargs):
        gone.unlink(missing_ok=True)
        return claim(source, *args, **kwargs)

    monkeypatch.setattr(type(bench.blobs), "claim", remove_first)
    report = bench.scan(after=5)
    assert (report.gone, len(report.taken)) == (1, 1)
    assert "vanished" in {entry.action for entry in bench.ledger.journal("")}


def test_on_a_share_where_nothing_may_be_removed_each_file_is_processed_once(bench, monkeypatch):
    bench.drop("fontaine/a.wav", sound(1))
    bench.drop("fontaine/b.wav", b"no sound at all")

    def read_only(*args, **kwargs):
        raise OSError(30, "Read-only file system")

    for name in ("rename", "mkdir"):
        monkeypatch.setattr(f"pathlib.Path.{name}", _only_outside(bench.inbox, name, read_only))
    report = bench.settle()
    assert (len(report.taken), len(report.refused)) == (1, 1)
    for _ in range(3):
        assert bench.settle().remembered == 2
    bench.restart()
    assert bench.settle().remembered == 2
    assert len(bench.rows()) == 2
    [reason] = (bench.state / "quarantaine").glob("*.raison.txt")
    assert "resté à sa place" in reason.read_text(encoding="utf-8")
    assert bench.left() == ["fontaine/a.wav", "fontaine/b.wav"]


def _only_outside(inbox, name, refuse):
    from pathlib import Path

    real = getattr(Path, name)

    def guarded(self, *args, **kwargs):
        if self.is_relative_to(inbox):
            refuse()
        return real(self, *args, **kwargs)

    return guarded


def test_a_full_disk_pauses_intake_and_touches_nothing(bench, monkeypatch):
    bench.drop("fontaine/a.wav", sound())
    real = os.statvfs
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 1000})())
    report = bench.settle()
    assert report.paused == "E_DISK_FULL"
    assert any("disque est plein" in alarm for alarm in report.alarms)
    assert bench.left() == ["fontaine/a.wav"]
    monkeypatch.undo()
    assert os.statvfs is real
    report = bench.scan(after=1)
    assert (len(report.taken), report.alarms) == (1, [])


def test_a_bug_met_on_one_file_does_not_stop_the_next_and_ends_before_a_person(make_bench, caplog):
    def probe(path):
        if path.stat().st_size < 20_000:
            raise RuntimeError(PATIENT["last_name"])
        return 1.0

    bench = make_bench(probe=probe)
    bench.drop("fontaine/a.wav", sound(1, seconds=0.5))
    bench.drop("fontaine/b.wav", sound(2))
    assert len(bench.settle().taken) == 1
    assert bench.scan(after=1).waiting == {"E_INTERNAL": 1}
    bench.scan(after=30)
    report = bench.scan(after=30)
    assert [code for _, code in report.refused] == ["E_INTERNAL"]
    assert "Durand" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_only_one_process_takes_from_an_inbox(make_bench):
    bench = make_bench()
    other = type(bench.intake)(
        bench.settings.inbox,
        inbox=bench.inbox,
        state=bench.state,
        blobs=bench.blobs,
        ledger=bench.ledger,
        probe=bench.probe,
        authors=bench.settings,
        clock=lambda: bench.date,
    )
    with bench.intake.lock():
        with pytest.raises(NotAllowed) as error:
            other.scan()
        assert error.value.code == "E_WATCHER_RUNNING"
        assert str(os.getpid()) in str(error.value)
    assert other.scan().paused == ""


def test_a_stop_ends_the_scan_after_the_file_at_hand(bench):
    for seed in range(5):
        bench.drop(f"fontaine/{seed}.wav", sound(seed))
    bench.scan()
    stop = threading.Event()
    stop.set()
    bench.now += 5
    assert len(bench.intake.scan(stop).taken) == 1
    assert len(bench.scan().taken) == 4


def test_settings_without_patience_take_at_first_sight(make_bench):
    settings = InboxSettings(settle_seconds=0, incomplete_seconds=0, sidecar_wait_seconds=0, watch="none")
    bench = make_bench(inbox_settings=settings)
    bench.drop("a.wav", sound(1))
    bench.drop("b.json", sidecar())
    bench.drop("b.wav", sound(2))
    report = bench.scan()
    assert (len(report.taken), [code for _, code in report.refused]) == (1, ["E_AUTHOR_UNKNOWN"])


def test_no_name_of_a_file_reaches_the_log(bench, caplog):
    caplog.set_level("DEBUG")
    bench.drop("Durand Zoé.wav", sound(1))
    bench.drop("fontaine/Durand.wav", sound(2))
    bench.drop("fontaine/Durand bis.wav", b"rien")
    bench.wait_out()
    assert {row.state for row in bench.rows()} == {"received", "quarantined"}
    assert "Durand" not in caplog.text
