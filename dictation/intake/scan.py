"""Scan: one full look at the inbox. The truth of intake; watch.py only decides when to look.

The inbox folder in, a ScanReport out. One process per inbox: whoever holds the lock in .state/.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dictation.disk import ContentStore, make_folder
from dictation.errors import SENTENCES, NotAllowed, TryAgainLater
from dictation.intake.admit import Admission, Authors, Ledger, Outcome, Probe
from dictation.intake.away import bring_back
from dictation.intake.documents import settle_documents
from dictation.intake.listing import Listing, list_inbox, pair
from dictation.intake.memory import Memory
from dictation.intake.quarantine import Quarantine
from dictation.intake.settle import Settling
from dictation.settings import InboxSettings

log = logging.getLogger(__name__)

LATE_SECONDS = 900.0  # a file that waits longer than this is worth a word to somebody


@dataclass(slots=True)
class ScanReport:
    """What one look at the inbox found and did. Ids, codes and counts only."""

    taken: list[str] = field(default_factory=list)  # dictations, new in the ledger
    refused: list[tuple[str, str]] = field(default_factory=list)  # (row, code)
    waiting: dict[str, int] = field(default_factory=dict)  # how many wait, by code
    remembered: int = 0  # taken earlier, but may not be removed from here
    gone: int = 0  # removed by somebody while we looked
    ignored: int = 0  # junk
    alarms: list[str] = field(default_factory=list)  # in force after this scan, in French
    paused: str = ""  # code of what stops intake as a whole
    next_look_seconds: float | None = None  # when the next waiting file is due

    def add(self, outcome: Outcome) -> None:
        if outcome.kind == "taken":
            self.taken.append(outcome.dictation)
        elif outcome.kind == "refused":
            self.refused.append((outcome.dictation, outcome.code))
        elif outcome.kind == "waiting":
            self.waiting[outcome.code] = self.waiting.get(outcome.code, 0) + 1
        elif outcome.kind == "remembered":
            self.remembered += 1
        else:
            self.gone += 1
        if outcome.seconds is not None:
            due = [outcome.seconds, *([] if self.next_look_seconds is None else [self.next_look_seconds])]
            self.next_look_seconds = min(due)


class Intake:
    """The watched inbox of one installation: `scan()` looks once, `watch()` goes on until told to stop.

    inbox: the shared folder. state: <home>/.state, on a local disk. probe, authors, ledger: see admit.py.
    clock: aware UTC datetimes, for what is written. monotonic: seconds, for how long a file has been still.
    """

    def __init__(
        self,
        settings: InboxSettings,
        *,
        inbox: Path,
        state: Path,
        blobs: ContentStore,
        ledger: Ledger,
        probe: Probe,
        authors: Authors,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.inbox = inbox
        self.state = state
        self.blobs = blobs
        self.monotonic = monotonic
        self.quarantine = Quarantine(inbox, state, ledger, clock)
        self.settling = Settling()
        self.memory = Memory(state / "intake" / "claimed")
        self.admission = Admission(
            settings,
            blobs=blobs,
            ledger=ledger,
            probe=probe,
            authors=authors,
            quarantine=self.quarantine,
            memory=self.memory,
            settling=self.settling,
        )
        self.alarms: dict[str, str] = {}
        self._identity: tuple[int, int] | None = None  # device and inode of the inbox at the last scan
        self._locked = False
        self._tidied = False

    # -- the lock

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only one to take from this inbox. Raises NotAllowed (E_WATCHER_RUNNING) when somebody already does.

        Released by the system when the process dies, however it dies.
        """
        if self._locked:
            yield
            return
        make_folder(self.state)
        with (self.state / "intake.lock").open("a+", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                raise NotAllowed(
                    f"inbox watched by process {file.read(20).strip()}", code="E_WATCHER_RUNNING"
                ) from error
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            self._locked = True
            try:
                yield
            finally:
                self._locked = False

    # -- one look

    def scan(self, stop: threading.Event | None = None) -> ScanReport:
        """Look once at everything: take what is ready, refuse what cannot be taken, let the rest wait.

        stop: when set, ends after the file at hand. Never raises for a file, a share or a disk in trouble: that is in
        the report. Raises NotAllowed when another process watches this inbox.
        """
        report = ScanReport()
        with self.lock():
            try:
                self._scan(report, stop)
            except TryAgainLater as error:
                report.paused = error.code
                self._raise_alarm("paused", error.sentence)
            except OSError as error:
                report.paused = "E_SHARE"
                self._raise_alarm("share", SENTENCES["E_SHARE"], detail=errno.errorcode.get(error.errno or 0, ""))
            else:
                self._clear_alarm("paused")
                self._clear_alarm("share")
        report.alarms = list(self.alarms.values())
        return report

    def _scan(self, report: ScanReport, stop: threading.Event | None) -> None:
        now = self.monotonic()
        self._same_inbox()
        self.quarantine.finish()
        listing = list_inbox(self.inbox)
        if listing.away:
            for aside in listing.away:
                bring_back(aside)
            listing = list_inbox(self.inbox)
        self._note_unreadable(listing)
        report.ignored = listing.ignored
        self.settling.keep_only(found.relative for found in listing.found)
        late = 0
        pairs, alone = settle_documents(*pair(listing.found))
        for each in pairs:
            outcome = self.admission.consider(each, now)
            report.add(outcome)
            late += outcome.kind == "waiting" and self.settling.waiting_for(each.audio, now) > LATE_SECONDS
            if stop is not None and stop.is_set():
                return
        for lone in alone:
            report.add(self.admission.consider_alone(lone, now))
        self._note_late(late)
        if not self._tidied:
            self.memory.tidy({self.memory.key(found) for found in listing.found})
            self._tidied = True

    def _same_inbox(self) -> None:
        """Notice when the inbox is no longer the folder it was: a share mounted over it, unmounted, deleted, recreated.

        No event tells this (reliability.md): only device and inode do.
        """
        status = self.inbox.stat()
        identity = (status.st_dev, status.st_ino)
        if self._identity not in {None, identity}:
            hidden = len(self.settling.keep_only(()))
            text = "Le dossier d’entrée a changé de disque ou a été recréé : la surveillance reprend sur le nouveau."
            if hidden:
                text += f" {hidden} fichier(s) qui attendaient dans l’ancien n’y sont peut-être plus : vérifiez-le."
            log.warning(text)
            self.alarms["moved"] = text
        elif self._identity == identity:
            self.alarms.pop("moved", None)
        self._identity = identity

    def _note_unreadable(self, listing: Listing) -> None:
        if listing.unreadable:
            text = f"{len(listing.unreadable)} sous-dossier(s) du dossier d’entrée illisible(s) : vérifiez les droits."
            self._raise_alarm("folders", text)
        else:
            self._clear_alarm("folders")

    def _note_late(self, late: int) -> None:
        if late:
            minutes = round(LATE_SECONDS / 60)
            self._raise_alarm("late", f"{late} fichier(s) attendent depuis plus de {minutes} minutes dans l’entrée.")
        else:
            self._clear_alarm("late")

    def _raise_alarm(self, key: str, text: str, detail: str = "") -> None:
        """Say it once, not at every scan."""
        if self.alarms.get(key) != text:
            self.alarms[key] = text
            log.error("%s%s", text, f" ({detail})" if detail else "")

    def _clear_alarm(self, key: str) -> None:
        if self.alarms.pop(key, None) is not None:
            log.warning("Dossier d’entrée : retour à la normale.")

    # -- for good

    def watch(self, stop: threading.Event, on_scan: Callable[[ScanReport], None] | None = None) -> None:
        """Look again and again until `stop` is set; see watch.py. on_scan is told every report."""
        from dictation.intake.watch import watch

        watch(self, stop, on_scan)
