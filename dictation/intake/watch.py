"""Watch: when to look at the inbox. File system events are a hint, the scan is the truth.

An Intake and a stop event in; nothing out until told to stop. Scans at start, after every hint, when a waiting file is
due, and at least every `rescan_seconds`. A watcher that dies, lies or cannot start costs at most that delay.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from dictation.disk import make_folder
from dictation.errors import DictationError
from dictation.intake.names import AWAY, QUARANTINE
from dictation.intake.scan import ScanReport
from dictation.settings import InboxSettings

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0  # between scans where no event can be had
PAUSE_SECONDS = 0.5  # between scans, however many hints come
SHARE_OF_TIME = 10  # a scan that takes long is followed by a rest ten times as long
# Where changes made by other machines cause no event here (watchdog's own documentation: use polling).
NETWORK = (
    "nfs",
    "cifs",
    "smb",
    "ncp",
    "afs",
    "9p",
    "ceph",
    "glusterfs",
    "lustre",
    "fuse",
    "vboxsf",
    "virtiofs",
    "drvfs",
)


class Scanner(Protocol):
    """What is watched: an Intake."""

    settings: InboxSettings
    inbox: Path
    blobs: Any

    def lock(self) -> Any: ...

    def scan(self, stop: threading.Event | None = None) -> ScanReport: ...


def watch(intake: Scanner, stop: threading.Event, on_scan: Callable[[ScanReport], None] | None = None) -> None:
    """Scan until `stop` is set. Raises NotAllowed (E_WATCHER_RUNNING) when another process watches this inbox."""
    with intake.lock():
        make_folder(intake.inbox)
        intake.blobs.sweep()
        hints = Hints(intake.inbox, intake.settings.watch)
        try:
            while not stop.is_set():
                hints.clear()
                hints.keep_alive()
                began = time.monotonic()
                report = _look(intake, stop)
                if on_scan is not None:
                    on_scan(report)
                rest = max(
                    PAUSE_SECONDS, min(SHARE_OF_TIME * (time.monotonic() - began), intake.settings.rescan_seconds)
                )
                hints.wait(stop, rest, wait_seconds(report, intake.settings.rescan_seconds, hints.polling))
        finally:
            hints.close()


def wait_seconds(report: ScanReport, rescan_seconds: float, polling: bool) -> float:
    """Longest wait before the next scan."""
    longest = min(POLL_SECONDS, rescan_seconds) if polling else rescan_seconds
    return longest if report.next_look_seconds is None else min(longest, report.next_look_seconds)


def _look(intake: Scanner, stop: threading.Event) -> ScanReport:
    """A scan that fails in a way nobody foresaw must not end the watch: the next one may do better."""
    try:
        return intake.scan(stop)
    except DictationError as error:
        log.error("Dossier d’entrée : %s", error.sentence)
        return ScanReport(paused=error.code)
    except Exception as error:
        log.exception("intake: scan ended by %s", type(error).__name__)
        return ScanReport(paused="E_INTERNAL")


class Hints:
    """Wakes the watch when something seems to have happened in the inbox."""

    def __init__(self, inbox: Path, mode: str) -> None:
        self.inbox = inbox
        self.mode = mode  # "auto", "polling" or "none"
        self.polling = False  # whether scans must come often because no event will
        self._something = threading.Event()
        self._observer: Any = None
        self._identity: tuple[int, int] | None = None
        self._warned = False

    def wait(self, stop: threading.Event, least: float, most: float) -> None:
        """Return at a hint, at a stop, or after `most` seconds; hints within `least` seconds count as one."""
        stop.wait(least)
        left = most - least
        while left > 0 and not stop.is_set() and not self._something.is_set():
            stop.wait(min(0.25, left))
            left -= 0.25

    def clear(self) -> None:
        self._something.clear()

    def keep_alive(self) -> None:
        """Start watching, or start again when the observer is dead or looks at a folder that is no longer the inbox."""
        if self.mode != "auto":
            self.polling = self.mode == "polling"
            return
        try:
            status = self.inbox.stat()
        except OSError:
            self.close()
            self.polling = True
            return
        identity = (status.st_dev, status.st_ino)
        if self._observer is not None and identity == self._identity and _alive(self._observer):
            return
        self.close()
        self._identity = identity
        self.polling = needs_polling(self.inbox) or not self._start()

    def _start(self) -> bool:
        from watchdog.observers import Observer

        observer = Observer()
        observer.name = "inbox hints"
        try:
            handler: Any = _Handler(self._something)  # watchdog asks for no more than dispatch()
            observer.schedule(handler, str(self.inbox), recursive=True)
            observer.start()
        except OSError as error:  # no watch or instance left (ENOSPC, EMFILE), or the folder went away
            if not self._warned:
                log.warning("Surveillance par événements impossible (errno %s) : relève périodique.", error.errno)
                self._warned = True
            return False
        self._observer = observer
        return True

    def close(self) -> None:
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(timeout=5)


class _Handler:
    """Any change is worth a look, except those that intake makes itself."""

    def __init__(self, something: threading.Event) -> None:
        self.something = something

    def dispatch(self, event: Any) -> None:
        if event.event_type not in {"created", "moved", "modified", "closed"} or event.is_directory:
            return
        parts = Path(event.dest_path or event.src_path).parts
        if QUARANTINE not in parts and not any(part.startswith(AWAY) for part in parts):
            self.something.set()


def _alive(observer: Any) -> bool:
    return bool(observer.is_alive() and observer.emitters and all(each.is_alive() for each in observer.emitters))


def needs_polling(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> bool:
    """Whether events cannot be trusted here: a mount point (its share may come and go) or a network file system."""
    if folder.is_mount():
        return True
    try:
        kind = file_system(folder.resolve(), mounts.read_text(encoding="utf-8", errors="surrogateescape"))
    except OSError:
        return True
    return kind.startswith(NETWORK)


def file_system(folder: Path, mountinfo: str) -> str:
    """The type of the file system that holds an absolute path, from the text of /proc/self/mountinfo (proc(5))."""
    best, kind = "", ""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) < 5 or not after:
            continue
        point = (
            fields[4].encode("utf-8", "surrogateescape").decode("unicode_escape") if "\\" in fields[4] else fields[4]
        )
        if folder.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, after.split()[0]
    return kind
