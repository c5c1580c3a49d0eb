"""Events only say when to look: whatever they do or leave undone, what is dropped is found."""

import errno
import os
import shutil
import threading
from pathlib import Path

import pytest

from dictation.errors import NotAllowed
from dictation.intake import watch
from dictation.intake.scan import ScanReport
from dictation.settings import InboxSettings
from tests.intake.bench import Bench, sound

LONG = 30  # seconds, far more than any of these waits takes


class Watching:
    """An intake that watches in a thread of its own, as `dictation run` has it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.stop = threading.Event()
        self.reports: list[ScanReport] = []
        self.condition = threading.Condition()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        from django.db import connection

        try:
            self.bench.intake.watch(self.stop, self.told)
        finally:
            connection.close()

    def told(self, report: ScanReport) -> None:
        with self.condition:
            self.reports.append(report)
            self.condition.notify_all()

    def until(self, what) -> bool:
        with self.condition:
            return self.condition.wait_for(lambda: any(what(report) for report in self.reports), LONG)

    def __enter__(self) -> "Watching":
        self.thread.start()
        assert self.until(lambda report: True)
        return self

    def __exit__(self, *error) -> None:
        self.stop.set()
        self.thread.join(LONG)
        assert not self.thread.is_alive()


def settings(mode="auto", rescan=60.0):
    return InboxSettings(settle_seconds=0, rescan_seconds=rescan, watch=mode)


def test_what_lay_there_before_the_start_is_taken(make_bench):
    bench = make_bench(inbox_settings=settings())
    bench.drop("fontaine/a.wav", sound(1))
    with Watching(bench) as watching:
        assert watching.until(lambda report: report.taken)


@pytest.mark.parametrize("arrival", ["written", "renamed inside", "renamed from outside", "in a new folder"])
def test_an_event_brings_the_next_look_forward(make_bench, arrival):
    bench = make_bench(inbox_settings=settings())
    (bench.inbox / "fontaine").mkdir()
    with Watching(bench) as watching:
        if arrival == "written":
            bench.drop("fontaine/a.wav", sound(1))
        elif arrival == "renamed inside":
            bench.drop("fontaine/a.wav.part", sound(1)).rename(bench.inbox / "fontaine" / "a.wav")
        elif arrival == "renamed from outside":
            (bench.home / "a.wav").write_bytes(sound(1))
            (bench.home / "a.wav").rename(bench.inbox / "fontaine" / "a.wav")
        else:
            bench.drop("fontaine/2026/a.wav", sound(1))
        assert watching.until(lambda report: report.taken)


def test_without_any_event_the_periodic_look_finds_it(make_bench):
    bench = make_bench(inbox_settings=settings("none", rescan=0.1))
    with Watching(bench) as watching:
        bench.drop("fontaine/a.wav", sound(1))
        assert watching.until(lambda report: report.taken)


def test_where_no_event_can_be_had_looks_come_often(make_bench, monkeypatch, caplog):
    from watchdog.observers import Observer

    def no_instance_left(observer):
        raise OSError(errno.EMFILE, "inotify instance limit reached")

    monkeypatch.setattr(Observer, "start", no_instance_left)
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.1)
    bench = make_bench(inbox_settings=settings())
    with Watching(bench) as watching:
        bench.drop("fontaine/a.wav", sound(1))
        assert watching.until(lambda report: report.taken)
    assert caplog.text.count("relève périodique") == 1


def test_an_observer_that_died_is_replaced_at_the_next_look(tmp_path):
    hints = watch.Hints(tmp_path, "auto")
    hints.keep_alive()
    first = hints._observer
    hints.keep_alive()
    assert hints._observer is first
    first.stop()
    first.join()
    hints.keep_alive()
    assert hints._observer is not first
    hints.close()


def test_an_observer_of_a_folder_that_is_no_longer_the_inbox_is_replaced(tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    hints = watch.Hints(inbox, "auto")
    hints.keep_alive()
    first = hints._observer
    inbox.rename(tmp_path / "avant")
    hints.keep_alive()
    assert hints.polling
    inbox.mkdir()
    hints.keep_alive()
    assert not hints.polling
    assert hints._observer is not first
    (inbox / "a.wav").write_bytes(b"x")
    assert hints._something.wait(LONG)
    hints.close()


def test_a_second_watch_is_refused_and_takes_over_when_the_first_dies(make_bench):
    bench = make_bench(inbox_settings=settings())
    ready, ready_to_write = os.pipe()
    child = os.fork()
    if child == 0:
        with bench.intake.lock():
            os.write(ready_to_write, b"x")
            threading.Event().wait()
    os.read(ready, 1)
    with pytest.raises(NotAllowed) as error:
        bench.intake.watch(threading.Event())
    assert error.value.code == "E_WATCHER_RUNNING"
    assert str(child) in str(error.value)
    os.kill(child, 9)
    os.waitpid(child, 0)
    os.close(ready)
    os.close(ready_to_write)
    assert bench.scan().paused == ""


def test_a_scan_that_fails_unforeseen_does_not_end_the_watch(make_bench, monkeypatch, caplog):
    bench = make_bench(inbox_settings=settings("none", rescan=0.1))
    real = bench.intake.scan
    calls = []

    def fails_first(stop):
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError
        return real(stop)

    monkeypatch.setattr(bench.intake, "scan", fails_first)
    bench.drop("fontaine/a.wav", sound(1))
    with Watching(bench) as watching:
        assert watching.until(lambda report: report.taken)
    assert watching.reports[0].paused == "E_INTERNAL"
    assert "RuntimeError" in caplog.text


def test_an_inbox_that_is_gone_is_an_alarm_and_its_return_is_noticed(bench):
    bench.scan()
    moved = bench.inbox.rename(bench.home / "avant")
    report = bench.scan(after=30)
    assert report.paused == "E_SHARE"
    assert len(report.alarms) == 1
    bench.scan(after=30)
    bench.inbox.mkdir()
    bench.drop("fontaine/a.wav", sound(1))
    [alarm] = bench.scan(after=30).alarms
    assert "changé de disque" in alarm
    assert bench.scan(after=5).alarms == []
    assert len(bench.rows()) == 1
    shutil.rmtree(moved)


def test_a_share_mounted_over_the_inbox_is_an_alarm_that_counts_what_it_hides(bench):
    bench.drop("fontaine/a.wav", sound(1))
    bench.scan()
    bench.inbox.rename(bench.home / "dessous")
    bench.drop("fontaine/b.wav", sound(2))
    [alarm] = bench.scan(after=5).alarms
    assert "1 fichier(s)" in alarm
    bench.settle()
    assert bench.row("received").recording.name == "fontaine/b.wav"


@pytest.mark.parametrize("trouble", [errno.EIO, errno.ESTALE, errno.EBUSY, errno.EACCES])
def test_a_share_that_stalls_is_one_alarm_and_recovers_by_itself(bench, monkeypatch, caplog, trouble):
    bench.drop("fontaine/a.wav", sound(1))
    bench.scan()

    def stalled(*args):
        raise OSError(trouble, os.strerror(trouble))

    monkeypatch.setattr(os, "scandir", stalled)
    for _ in range(10):
        report = bench.scan(after=30)
        assert (report.paused, len(report.alarms)) == ("E_SHARE", 1)
    assert caplog.text.count("ne répond pas") == 1
    monkeypatch.undo()
    report = bench.scan(after=5)
    assert (len(report.taken), report.alarms) == (1, [])


def test_a_file_that_waits_too_long_is_an_alarm_without_its_name(bench):
    path = bench.drop("fontaine/a.wav", sound(1))
    for length in range(1000, 1800, 100):
        path.write_bytes(sound(1)[:length])
        report = bench.scan(after=130)
    [alarm] = report.alarms
    assert "1 fichier(s) attendent" in alarm
    assert "a.wav" not in alarm


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("/srv/inbox", "ext4"), ("/srv/share/inbox", "cifs"), ("/srv/un espace/x", "nfs4"), ("/srv/shareholder", "ext4")],
)
def test_the_file_system_of_a_folder_is_that_of_its_nearest_mount(folder, expected):
    mounts = (
        "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        "40 22 0:40 / /srv/share rw - cifs //nas/share rw\n"
        "41 22 0:41 / /srv/un\\040espace rw,relatime shared:7 master:2 - nfs4 nas:/x rw\n"
    )
    assert watch.file_system(Path(folder), mounts) == expected


def test_a_network_share_is_polled(tmp_path):
    mounts = tmp_path / "mountinfo"
    mounts.write_text("22 1 254:0 / / rw - ext4 /dev/vda rw\n" + f"40 22 0:40 / {tmp_path} rw - cifs //nas/share rw\n")
    assert watch.needs_polling(tmp_path, mounts)
    mounts.write_text("22 1 254:0 / / rw - ext4 /dev/vda rw\n")
    assert not watch.needs_polling(tmp_path, mounts)


def test_the_wait_is_short_when_something_is_due_or_no_event_will_come():
    assert watch.wait_seconds(ScanReport(), 30.0, polling=False) == 30.0
    assert watch.wait_seconds(ScanReport(), 30.0, polling=True) == 5.0
    assert watch.wait_seconds(ScanReport(next_look_seconds=2.0), 30.0, polling=False) == 2.0
    assert watch.wait_seconds(ScanReport(next_look_seconds=0.0), 30.0, polling=True) == 0.0
