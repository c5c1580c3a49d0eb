"""Admit: one file of the inbox becomes a Recording in the ledger, exactly once, or goes to quarantine with its reason.

A recording and its sidecar in, an Outcome out. Copies into the content store, then writes the ledger's row, and only
then removes from inbox/: after a crash anywhere in between the next scan finds the file again and knows it.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import shutil
import traceback
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from dictation.disk import Claim, ContentStore, dropped_digest, failpoint, read_dropped
from dictation.domain.documents import Attachment, Recording, Sidecar
from dictation.domain.people import Author
from dictation.domain.progress import Dictation, State
from dictation.errors import SENTENCES, NeedsAPerson, TryAgainLater
from dictation.intake import names, quarantine
from dictation.intake import sidecar as sidecars
from dictation.intake.away import take_away
from dictation.intake.documents import LARGEST, Lone, agrees, must_be_pdf
from dictation.intake.listing import Found, Pair
from dictation.intake.memory import Memory, Remembered
from dictation.intake.quarantine import Quarantine
from dictation.intake.settle import Settling, held_by_a_writer
from dictation.settings import InboxSettings

log = logging.getLogger(__name__)

RESERVE_BYTES = 64 << 20  # never fill the disk of the database to the last block
MAX_FAILURES = 3  # unexpected errors on the same bytes before a person is asked
SIDECAR_ALONE_SECONDS = 3600.0  # longer, and it might meet a later recording of the same name: another patient's
# What a copy in progress may look like too: these wait until nothing has changed for `incomplete_seconds`.
UNFINISHED = frozenset({"E_EMPTY", "E_PERMISSION", "E_AUDIO_TRUNCATED"})


class Probe(Protocol):
    """Listens to a file just enough to know that it is whole."""

    def __call__(self, path: Path) -> float:
        """The recording's length in seconds. Raises an exception with a `code` (E_AUDIO_...) and perhaps a `detail`."""


class Authors(Protocol):
    """Who may dictate."""

    def author(self, rpps: str) -> Author | None: ...

    def author_of_folder(self, folder: str) -> Author | None: ...


class Ledger(quarantine.Ledger, Protocol):
    """What intake asks of the ledger."""

    def register(
        self, recording: Recording, sidecar: Sidecar, attachments: tuple[Attachment, ...] = ()
    ) -> tuple[str, bool]: ...

    def get(self, dictation_id: str) -> Dictation: ...

    def record(
        self, action: str, *, actor: str, dictation_id: str = "", details: dict[str, str | int | float] | None = None
    ) -> Any: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file at one scan."""

    kind: str  # "taken", "refused", "waiting", "remembered", "gone"
    dictation: str = ""  # of what was taken or refused
    code: str = ""  # why it was refused, or waits
    seconds: float | None = None  # when to look again, for what waits


class Admission:
    """Takes files in, one at a time."""

    def __init__(
        self,
        settings: InboxSettings,
        *,
        blobs: ContentStore,
        ledger: Ledger,
        probe: Probe,
        authors: Authors,
        quarantine: Quarantine,
        memory: Memory,
        settling: Settling,
    ) -> None:
        self.settings = settings
        self.blobs = blobs
        self.ledger = ledger
        self.probe = probe
        self.authors = authors
        self.quarantine = quarantine
        self.memory = memory
        self.settling = settling
        # (folder, name) of recordings taken: (dictation, when, whether with a sidecar); what comes later is told so
        self._taken: dict[tuple[str, str], tuple[str, float, bool]] = {}

    def consider(self, pair: Pair, now: float) -> Outcome:
        """Take, refuse, or let wait. Raises TryAgainLater when the disk or the ledger cannot serve anybody."""
        found = pair.audio
        beside = [each for document in pair.documents for each in document.files]
        together = [each for each in (found, pair.sidecar, *pair.rivals, *beside) if each is not None]
        still = min(self.settling.still_for(each, now) for each in together)
        if still < self.settings.settle_seconds:
            return Outcome("waiting", code="E_STILL_WRITTEN", seconds=self.settings.settle_seconds - still)
        if rest := self.settling.resting(found, now):
            return Outcome("waiting", code="E_INTERNAL", seconds=rest)
        remembered = self.memory.recall(found)
        if remembered and (remembered.dictation or remembered.code):
            return self._leave_again(pair, remembered)
        verdict = self.settling.verdict(found)
        if verdict and verdict[0]:
            return self._refuse_in_time(pair, *verdict, still)
        try:
            outcome = self._judge(pair, still, earlier=remembered)
        except TryAgainLater as error:
            if error.code in {"E_DISK_FULL", "E_STORE_BUSY"}:
                raise
            return self._passing(pair, error)
        except Exception as error:
            return self._wrong(pair, error, still, now)
        if outcome.kind == "taken":
            self.settling.forget(found)
        if outcome.kind == "taken":
            for name in (found.name, names.stem(found.name)):
                self._forget_old(now)
                self._taken[found.folder, names.alike(name)] = (outcome.dictation, now, pair.sidecar is not None)
        return outcome

    def _forget_old(self, now: float) -> None:
        if len(self._taken) > 1000:
            recent = {key: who for key, who in self._taken.items() if now - who[1] < SIDECAR_ALONE_SECONDS}
            self._taken = recent

    def consider_alone(self, lone: Lone, now: float) -> Outcome:
        """A sidecar or a document without recording: it may still come, but must not meet the next one of that name."""
        found = lone.found
        still = min(self.settling.still_for(each, now) for each in (found, lone.index) if each is not None)
        if still < self.settings.settle_seconds:
            return Outcome("waiting", code="E_STILL_WRITTEN", seconds=self.settings.settle_seconds - still)
        remembered = self.memory.recall(found)
        if remembered:
            return Outcome("remembered", dictation=remembered.dictation)
        alone, itself = "E_DOCUMENT_ALONE" if found.is_document else "E_SIDECAR_ALONE", Pair(found, lone.index)
        if lone.code:
            return self._refuse(itself, lone.code, lone.detail)
        nothing = ("", 0.0, False)
        taken, when, whole = self._taken.get((found.folder, names.alike(names.stem(found.name))), nothing)
        if taken and now - when < SIDECAR_ALONE_SECONDS and (found.is_document or not whole):
            return self._refuse(itself, "E_DOCUMENT_LATE" if found.is_document else "E_SIDECAR_LATE", f"dictée {taken}")
        if still < SIDECAR_ALONE_SECONDS:
            return Outcome("waiting", code=alone, seconds=SIDECAR_ALONE_SECONDS - still)
        return self._refuse(itself, alone)

    # -- judging

    def _judge(self, pair: Pair, still: float, earlier: Remembered | None) -> Outcome:
        found = pair.audio
        if not found.regular:
            raise NeedsAPerson(code="E_FOLDER_TOO_DEEP" if found.too_deep else "E_NOT_REGULAR")
        if found.size > self.settings.max_megabytes << 20:  # before asking whether there is room for a copy
            raise NeedsAPerson(f"{found.size} bytes", code="E_TOO_BIG")
        if pair.rivals:
            raise NeedsAPerson(code="E_SIDECAR_AMBIGUOUS")
        if still < self.settings.incomplete_seconds and held_by_a_writer(found.path):
            return Outcome("waiting", code="E_STILL_WRITTEN", seconds=self.settings.settle_seconds or 1.0)
        author = self._author_of(found.folder)
        if pair.sidecar is None and author is None:
            return self._await_sidecar(pair, still)
        if pair.sidecar is None:
            assert author is not None
            sidecar = Sidecar(author=author.rpps, site=author.site)
        else:
            sidecar = self._read(pair.sidecar, author)
        return self._take(pair, sidecar, earlier)

    def _author_of(self, folder: str) -> Author | None:
        """Whose folder this is: the deepest one that the settings give to an author."""
        parts = unicodedata.normalize("NFC", folder).split("/") if folder else []
        for length in range(len(parts), 0, -1):
            author = self.authors.author_of_folder("/".join(parts[:length]))
            if author is not None:
                return author
        return None

    def _read(self, found: Found, author: Author | None) -> Sidecar:
        try:
            data = read_dropped(found.path, sidecars.MAX_BYTES)
        except NeedsAPerson as error:
            raise NeedsAPerson(f"sidecar: {error.code}", code="E_SIDECAR_UNREADABLE") from error
        return sidecars.read_sidecar(data, self.authors.author, author)

    def _await_sidecar(self, pair: Pair, still: float) -> Outcome:
        """Nobody says who dictated. The sound is checked at once, so that its owner hears first what matters first."""
        left = self.settings.sidecar_wait_seconds - still
        if left <= 0:
            raise NeedsAPerson("no sidecar, and not in an author's folder", code="E_AUTHOR_UNKNOWN")
        if self.settling.verdict(pair.audio) is None:
            with contextlib.suppress(_OnlyLooking):
                self._claim(pair.audio, only_look=True)
            self.settling.judge(pair.audio, "")
        return Outcome("waiting", code="E_AUTHOR_UNKNOWN", seconds=left)

    # -- taking

    def _claim(self, found: Found, *, only_look: bool = False) -> tuple[Claim, float]:
        """Our own copy, listened to before it enters the store: (claim, seconds of sound)."""
        if shutil.disk_usage(_existing(self.blobs.root)).free < found.size + RESERVE_BYTES:
            raise TryAgainLater("too little room for a copy", code="E_DISK_FULL")
        seconds = 0.0

        def listen(copy: Path) -> None:
            nonlocal seconds
            seconds = self.probe(copy)
            if seconds > self.settings.max_minutes * 60:
                raise NeedsAPerson(f"{seconds:.0f} s", code="E_AUDIO_TOO_LONG")
            if only_look:
                raise _OnlyLooking

        claim = self.blobs.claim(found.path, self.settings.max_megabytes << 20, seen=found.seen, check=listen)
        return claim, seconds

    def _take(self, pair: Pair, sidecar: Sidecar, earlier: Remembered | None) -> Outcome:
        found = pair.audio
        claim, seconds = self._claim(found)
        same = earlier is not None and earlier.sha256 == claim.sha256
        remembered = Remembered(claim.sha256, found.device, found.inode)
        if not same:
            self.memory.note(found, remembered)
        failpoint("intake-noted")
        recording = Recording(claim.sha256, found.shown, claim.size_bytes, seconds)
        pair, attachments = self._attach(pair, sidecar)
        dictation, created = self.ledger.register(recording, sidecar, attachments)
        failpoint("intake-registered")
        if not created and not same:
            self.memory.forget(self.memory.key(found))
            return self._refuse_duplicate(pair, claim, dictation)
        remembered = replace(remembered, dictation=dictation)
        self.memory.note(found, remembered)
        failpoint("intake-marked")
        self._remove(pair, remembered)
        log.info("dictée %s reçue : %d octets, %.0f s", dictation, claim.size_bytes, seconds)
        return Outcome("taken", dictation=dictation)

    def _attach(self, pair: Pair, sidecar: Sidecar) -> tuple[Pair, tuple[Attachment, ...]]:
        """Our own copies of the documents beside a recording. One that is none goes to quarantine by itself: the
        dictation does not wait for it. One that is about another patient after all stays where it lies."""
        kept, attachments = [], []
        for document in pair.documents:
            found = document.found
            if not agrees(document, sidecar):
                continue
            try:
                claim = self.blobs.claim(found.path, LARGEST, seen=found.seen, check=must_be_pdf)
            except NeedsAPerson as error:
                self._refuse(Pair(found, document.index), error.code)
                continue
            kept.append(document)
            attachments.append(Attachment(claim.sha256, found.shown, claim.size_bytes))
        return replace(pair, documents=tuple(kept), leftovers=()), tuple(attachments)

    def _leave_again(self, pair: Pair, remembered: Remembered) -> Outcome:
        """A file that was taken (or refused) but still lies there: a crash, or a share we may not write to."""
        found, key = pair.audio, self.memory.key(pair.audio)
        if remembered.kept and remembered.is_of(found):
            return Outcome("remembered", dictation=remembered.dictation, code=remembered.code)
        if remembered.code:
            self.memory.forget(key)
            return Outcome("waiting", seconds=0.0)
        try:
            sha256 = dropped_digest(found.path, found.seen)
        except TryAgainLater as error:
            return self._passing(pair, error)
        except NeedsAPerson:  # no longer readable: the row exists, nothing is lost
            return Outcome("remembered", dictation=remembered.dictation)
        if sha256 != remembered.sha256:  # other sound under the same name, size and time
            self.memory.forget(key)
            return Outcome("waiting", seconds=0.0)
        self._remove(pair, replace(remembered, device=found.device, inode=found.inode))
        return Outcome("remembered", dictation=remembered.dictation)

    def _remove(self, pair: Pair, remembered: Remembered) -> None:
        """Take a recording and all beside it out of the inbox; where that is not allowed, remember it for good."""
        found = pair.audio
        try:
            # documents first: a sidecar still says whose they are, when a crash leaves some of them
            beside = [each for document in pair.documents for each in document.files] + [*pair.leftovers]
            for each in [*beside, pair.sidecar] if pair.sidecar else beside:
                take_away(each)
            failpoint("intake-sidecar-removed")
            take_away(found)
        except OSError as error:
            if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
                log.warning(
                    "dictée %s\u00a0: l’original ne peut pas être retiré (%s)", remembered.dictation, error.errno
                )
                self.memory.note(found, replace(remembered, kept=True))
            return  # other trouble: the next scan finds it, knows it, and removes it
        failpoint("intake-removed")
        self.memory.forget(self.memory.key(found))

    # -- refusing, waiting

    def _wrong(self, pair: Pair, error: Exception, still: float, now: float) -> Outcome:
        """An expected refusal has a code we know; anything else is a bug, tried again before a person is asked."""
        code = getattr(error, "code", "")
        if isinstance(code, str) and code in SENTENCES and not isinstance(error, OSError):
            detail = getattr(error, "detail", "") if code == "E_SIDECAR_INVALID" else ""
            if code in {"E_EMPTY", "E_AUDIO_TRUNCATED"}:  # said of these bytes; rights may change and leave no trace
                self.settling.judge(pair.audio, code, detail)
            return self._refuse_in_time(pair, code, detail, still)
        if isinstance(error, OSError) and not isinstance(error, ChildProcessError):  # our own disk: nobody is served
            raise TryAgainLater(f"intake: {errno.errorcode.get(error.errno or 0)}") from error
        failures = self.settling.count_failure(pair.audio, now, self.settings.rescan_seconds)
        # No message: that of an error we did not write may quote a name or a content.
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("intake: unexpected %s, try %d\n%s", type(error).__name__, failures, where)
        if failures < MAX_FAILURES:
            return Outcome("waiting", code="E_INTERNAL", seconds=self.settings.rescan_seconds)
        return self._refuse(pair, "E_INTERNAL", type(error).__name__)

    def _refuse_in_time(self, pair: Pair, code: str, detail: str, still: float) -> Outcome:
        left = self.settings.incomplete_seconds - still
        if code in UNFINISHED and left > 0:
            return Outcome("waiting", code=code, seconds=left)
        return self._refuse(pair, code, detail)

    def _refuse(self, pair: Pair, code: str, detail: str = "", *, sha256: str = "") -> Outcome:
        found = pair.audio
        key = self.memory.key(found)
        refusal = self.quarantine.put(found, code, detail, sidecar=pair.sidecar, sha256=sha256, memory_key=key)
        if refusal is None:
            return Outcome("gone")
        self.settling.forget(found)
        if refusal.kept:
            self.memory.note(
                found, Remembered(sha256, found.device, found.inode, refusal.dictation, code=code, kept=True)
            )
        return Outcome("refused", dictation=refusal.dictation, code=code)

    def _refuse_duplicate(self, pair: Pair, claim: Claim, dictation: str) -> Outcome:
        state = self.ledger.get(dictation).state
        if claim.new and state in {State.ARCHIVED, State.CANCELLED}:  # its sound was erased on purpose: not again
            self.blobs.erase(claim.sha256)
        detail = f"déjà reçu, dictée {dictation} («\u00a0{state.label}\u00a0»)"
        return self._refuse(pair, "E_DUPLICATE", detail, sha256=claim.sha256)

    def _passing(self, pair: Pair, error: TryAgainLater) -> Outcome:
        if error.code == "E_VANISHED":
            log.info("intake: a file was removed before it could be taken")
            self.ledger.record("vanished", actor="intake", details={"size_bytes": pair.audio.size})
            return Outcome("gone", code=error.code)
        return Outcome("waiting", code=error.code, seconds=self.settings.settle_seconds or 1.0)


class _OnlyLooking(Exception):
    """Raised on a sound copy that is not to be kept."""


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
