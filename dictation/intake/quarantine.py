"""Quarantine: a file we cannot take goes aside, whole, with its reason in plain French and a row in the worklist.

Takes from inbox/, writes inbox/quarantaine/<date>-<key>-<name> and <same>.raison.txt. Each refusal is noted first in
.state/intake/refused/, so that a crash at any point is made good at the next scan: one file, one reason, one row.
Where nothing may be moved (a read-only share) the file stays and the reason goes to .state/quarantaine/.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import stat
import uuid
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from dictation.disk import failpoint, make_folder, sync_folder, write_durably
from dictation.domain.progress import State
from dictation.errors import SENTENCES, NeedsAPerson, TryAgainLater
from dictation.intake import names
from dictation.intake.listing import Found

log = logging.getLogger(__name__)

REASON_SUFFIX = ".raison.txt"
_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905


class Ledger(Protocol):
    """What quarantine asks of the ledger."""

    def refuse(
        self,
        name: str,
        *,
        code: str,
        detail: str = "",
        quarantine_name: str = "",
        sha256: str = "",
        size_bytes: int = 0,
    ) -> str: ...

    def move(
        self, id: str, /, before: State | Collection[State], after: State, *, actor: str, note: str = ""
    ) -> bool: ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused file: what is written down before it is moved, and completed after."""

    key: str  # 12 hexadecimal digits, in the names of its files
    code: str
    detail: str  # French; fields, figures and ids only
    name: str  # shown
    relative: str  # raw, where it lay in the inbox
    quarantine_name: str
    at: str  # ISO 8601
    size_bytes: int = 0
    sha256: str = ""
    sidecar: str = ""  # raw, where its sidecar lay
    memory_key: str = ""  # of the file, when it could not be moved
    dictation: str = ""  # the ledger's row, once it exists
    kept: bool = False  # still where it was: it could not be moved
    retry_by: str = ""  # who asked for another try

    @property
    def sidecar_name(self) -> str:
        return f"{self.quarantine_name}{names.SIDECAR_SUFFIX}" if self.sidecar else ""


class Quarantine:
    """The quarantine of one inbox."""

    def __init__(self, inbox: Path, state: Path, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self.inbox = inbox
        self.folder = inbox / names.QUARANTINE
        self.fallback = state / names.QUARANTINE
        self.records = state / "intake" / "refused"
        self.ledger = ledger
        self.clock = clock
        self.unfinished = True  # look once at start for what a crash left

    # -- refusing

    def put(
        self,
        found: Found,
        code: str,
        detail: str = "",
        *,
        sidecar: Found | None = None,
        sha256: str = "",
        memory_key: str = "",
    ) -> Refusal | None:
        """Move a file aside with its reason and its row. None when it was gone, or another file had taken its name.

        Raises TryAgainLater when disk or ledger do not answer: finish() completes it at the next scan.
        """
        now, key = self.clock(), uuid.uuid4().hex[:12]
        refusal = Refusal(
            key=key,
            code=code,
            detail=detail,
            name=found.shown,
            relative=found.relative,
            quarantine_name=f"{now.astimezone():%Y-%m-%d}-{key}-{names.safe(found.name)}",
            at=now.isoformat(),
            size_bytes=found.size,
            sha256=sha256,
            sidecar=sidecar.relative if sidecar else "",
            memory_key=memory_key,
        )
        self.unfinished = True
        self._write(refusal)
        failpoint("quarantine-intended")
        try:
            self._make_ready()
            self._explain(refusal)
            failpoint("quarantine-explained")
            moved = self._move_aside(found, refusal, sidecar)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise TryAgainLater("disk full", code="E_DISK_FULL") from error
            log.warning("quarantaine %s : déplacement impossible (%s), le fichier reste à sa place", key, error.errno)
            _unlink(self._reason_file(refusal))
            refusal, moved = replace(refusal, kept=True), True
            self._write(refusal)
        if not moved:
            self._drop(refusal)
            self.unfinished = False
            return None
        failpoint("quarantine-moved")
        refusal = self._enter(refusal)
        self.unfinished = False
        return refusal

    def _make_ready(self) -> None:
        """A real folder: a link there would lead our files out of the inbox."""
        make_folder(self.folder)
        if not stat.S_ISDIR(self.folder.lstat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "quarantine is not a folder")

    def _move_aside(self, found: Found, refusal: Refusal, sidecar: Found | None) -> bool:
        target = self.folder / refusal.quarantine_name
        try:
            _move(found.path, target)
        except FileNotFoundError:
            return False
        now = target.lstat()
        if found.device == now.st_dev and (now.st_size, now.st_mtime_ns, now.st_ino) != found.seen:
            _move(target, found.path)  # it went on growing, or a new file has its name: that has its own chance
            return False
        if sidecar is not None:
            try:
                _move(sidecar.path, self.folder / refusal.sidecar_name)
            except FileNotFoundError:
                log.info("quarantaine %s : la fiche jointe a été retirée entre-temps", refusal.key)
        sync_folder(self.folder)
        return True

    def _enter(self, refusal: Refusal) -> Refusal:
        """The row in the ledger, and its number in the reason."""
        dictation = self.ledger.refuse(
            refusal.name,
            code=refusal.code,
            detail=refusal.detail,
            quarantine_name=refusal.quarantine_name,
            sha256=refusal.sha256,
            size_bytes=refusal.size_bytes,
        )
        failpoint("quarantine-entered")
        refusal = replace(refusal, dictation=dictation)
        self._explain(refusal)
        self._write(refusal)
        log.warning("dictée %s en quarantaine : %s", dictation, refusal.code)
        return refusal

    # -- after a crash, or when the ledger did not answer

    def finish(self) -> None:
        """Complete what was begun: called at the start of a scan. Raises TryAgainLater."""
        if not self.unfinished:
            return
        for refusal in self._all():
            if refusal.retry_by:
                self._finish_retry(refusal)
            elif refusal.dictation:
                continue
            elif refusal.kept:
                self._enter(refusal)
            elif os.path.lexists(self.folder / refusal.quarantine_name):
                sidecar = self.inbox / refusal.sidecar
                if refusal.sidecar and os.path.lexists(sidecar):
                    _move(sidecar, self.folder / refusal.sidecar_name)
                self._enter(refusal)
            else:  # it never moved: the scan finds it again and judges it again
                self._drop(refusal)
        self.unfinished = False

    # -- another try

    def holds(self, dictation: str) -> bool:
        """Whether a file of this number (or key) lies in quarantine."""
        return any(self._is_of(refusal, dictation) for refusal in self._all())

    def retry(self, dictation: str, *, actor: str) -> str:
        """Put a refused file, and its sidecar, back into the inbox; its old row is cancelled. Returns the name shown.

        dictation: the ledger's number, or the key in the file's name.
        Raises NeedsAPerson E_NOT_IN_QUARANTINE when no such file lies there (any more).
        """
        refusal = next((each for each in self._all() if self._is_of(each, dictation)), None)
        if refusal is None or not (refusal.kept or os.path.lexists(self.folder / refusal.quarantine_name)):
            raise NeedsAPerson(f"no refused file for {dictation[:12]}", code="E_NOT_IN_QUARANTINE")
        refusal = replace(refusal, retry_by=actor)
        self._write(refusal)
        failpoint("retry-asked")
        self._finish_retry(refusal)
        return refusal.name

    def _is_of(self, refusal: Refusal, dictation: str) -> bool:
        return dictation in {refusal.dictation, refusal.key}

    def _finish_retry(self, refusal: Refusal) -> None:
        source = self.folder / refusal.quarantine_name
        if refusal.kept:
            (self.records.parent / "claimed" / f"{refusal.memory_key}.json").unlink(missing_ok=True)
        else:
            audio, sidecar = self._way_back(refusal)
            with contextlib.suppress(FileNotFoundError):  # moved before a crash, or by another process at this moment
                if refusal.sidecar and not os.path.lexists(sidecar):  # a corrected one may lie there already: it wins
                    _move(self.folder / refusal.sidecar_name, sidecar)  # first: the recording never lies there without
            with contextlib.suppress(FileNotFoundError):
                _move(source, audio)
        failpoint("retry-moved")
        if refusal.dictation:
            self.ledger.move(
                refusal.dictation, State.QUARANTINED, State.CANCELLED, actor=refusal.retry_by, note="nouvel essai"
            )
        failpoint("retry-cancelled")
        self._drop(refusal)

    def _way_back(self, refusal: Refusal) -> tuple[Path, Path]:
        """Where recording and sidecar go: where they came from, or beside when something lies there by now."""
        audio = self.inbox / refusal.relative
        sidecar = self.inbox / refusal.sidecar if refusal.sidecar else audio.with_name(f"{audio.name}.json")
        if not audio.parent.is_dir():
            audio = self.inbox / refusal.quarantine_name
            sidecar = audio.with_name(f"{audio.name}.json")
        if os.path.lexists(audio):
            audio = audio.with_name(refusal.quarantine_name)
            sidecar = audio.with_name(f"{audio.name}.json")
        return audio, sidecar

    # -- what is written down

    def _record(self, refusal: Refusal) -> Path:
        return self.records / f"{refusal.key}.json"

    def _write(self, refusal: Refusal) -> None:
        # ASCII: a raw name may hold bytes that are no text, as lone surrogates
        write_durably(self._record(refusal), json.dumps(asdict(refusal)).encode("ascii"))

    def _all(self) -> Iterator[Refusal]:
        for path in sorted(self.records.glob("*.json")) if self.records.is_dir() else []:
            try:
                yield Refusal(**json.loads(path.read_bytes()))
            except FileNotFoundError:
                continue  # retried by another process meanwhile
            except (ValueError, TypeError):
                log.error("note de quarantaine %s illisible", path.stem)

    def _drop(self, refusal: Refusal) -> None:
        for folder in (self.folder, self.fallback):
            _unlink(folder / f"{refusal.quarantine_name}{REASON_SUFFIX}")
        self._record(refusal).unlink(missing_ok=True)

    def _reason_file(self, refusal: Refusal) -> Path:
        return (self.fallback if refusal.kept else self.folder) / f"{refusal.quarantine_name}{REASON_SUFFIX}"

    def _explain(self, refusal: Refusal) -> None:
        write_durably(self._reason_file(refusal), reason(refusal).encode("utf-8"))


def reason(refusal: Refusal) -> str:
    """The text beside a refused file: what happened, what to do, when, and the number to quote."""
    happened, _, to_do = SENTENCES[refusal.code].partition("\u00a0: ")
    when = datetime.fromisoformat(refusal.at).astimezone()
    number = refusal.dictation or refusal.key
    place = "Il est resté à sa place, intact." if refusal.kept else f"Il est ici, intact : {refusal.quarantine_name}"
    lines = [
        "Ce fichier n’a pas pu être pris en charge.",
        "",
        f"Fichier : {refusal.name}",
        place,
        f"Date : {when.day} {_MONTHS[when.month - 1]} {when.year} à {when.hour} h {when.minute:02d}",
        f"Numéro : {number}",
        "",
        f"Ce qui s’est passé : {happened[:1].lower()}{happened[1:]}.",
        *([f"Précision : {refusal.detail}."] if refusal.detail else []),
        f"Que faire : {to_do or 'prévenez le service informatique.'}",
        "",
        f"Pour un nouvel essai avec ce même fichier, le service informatique peut lancer : dictation retry {number}",
        f"Code : {refusal.code}",
    ]
    return "\n".join(lines) + "\n"


def _unlink(path: Path) -> None:
    """Remove a reason that no longer holds. On a share that refuses it stays: a text too many does no harm."""
    with contextlib.suppress(OSError):
        path.unlink()


def _move(source: Path, target: Path) -> None:
    """Rename; across file systems (an author's folder may be a share of its own), copy durably, then remove."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV or not stat.S_ISREG(source.lstat().st_mode):
            raise
        write_durably(target, source.read_bytes())
        source.unlink()
