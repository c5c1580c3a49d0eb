"""Keeping: archive, retention, backup, and the hospital's own patient record."""

from __future__ import annotations

import functools
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dictation.compose.ground import Ground
from dictation.domain.progress import Dictation, State
from dictation.errors import BadSettings, NeedsAPerson, NotAllowed

if TYPE_CHECKING:
    from dictation.archive import Archive
    from dictation.domain.filing import Filing
    from dictation.overdue import Late
    from dictation.record import Filed, Link, RecordDocument
    from dictation.store.filings import FilingStore
    from dictation.store.patients import Patients
    from dictation.store.retention import Retention

WINDOW_DAYS = 7  # how long half a transcript may wait for its other half


class Keeping(Ground):
    """What stays, how long, and who is told."""

    @property
    def archive_folder(self) -> Path:
        return self._at_home(self.settings.archive.folder) or self.settings.state_folder / "archive"

    @functools.cached_property
    def archive(self) -> Archive:
        from dictation.archive import Archive

        return Archive(self.ledger, self.blobs, self.archive_folder, self.clock)

    def erase_due(self) -> int:
        """Erase the sound that has been kept long enough, and what was half heard; return of how many dictations."""
        from dictation.archive import erase_due
        from dictation.web.audio import playback_path

        self.sweep_windows()
        folder, days = self.settings.state_folder / "playback", self.settings.archive.keep_audio_days
        return erase_due(self.retention, self.archive, lambda sha256: playback_path(folder, sha256), days)

    def sweep_windows(self) -> int:
        """Erase what a recogniser left half heard of recordings that were cancelled, or waited too long."""
        from transcribe.journal import sweep

        since = self.clock() - timedelta(days=WINDOW_DAYS)
        return sweep(self.settings.state_folder / "windows", self.retention.unheard, since.timestamp())

    @functools.cached_property
    def retention(self) -> Retention:
        assert self.ledger
        from dictation.store.retention import Retention

        return Retention(self.clock)

    def back_up(self, target: Path) -> Path:
        from dictation.backup import DATABASE, DUMP, back_up

        assert self.ledger
        from dictation.store.database import copy_database
        from dictation.store.dump import dump

        settings, address = self.settings, self.settings.store.database
        return back_up(
            settings.state_folder,
            settings.inbox_folder,
            target,
            archive=self.archive_folder,
            copy_database=functools.partial(dump, address) if address else copy_database,
            database=DUMP if address else DATABASE,
            now=self.clock(),
            vocabulary=settings.vocabulary_file,
        )

    def restore(self, backup: Path) -> tuple[int, int]:
        """Put a backup into this empty home: (files, dictations on hold)."""
        from dictation.backup import restore
        from dictation.store.dump import is_empty, load

        settings, address = self.settings, self.settings.store.database
        if address and not is_empty(address):
            raise NotAllowed("this database holds tables already", code="E_NOT_EMPTY")
        files = restore(
            backup,
            settings.state_folder,
            settings.inbox_folder,
            archive=self.archive_folder,
            load_database=functools.partial(load, address) if address else None,
            vocabulary=settings.vocabulary_file,
        )
        return files, sum(dictation.error_code == "E_RESTORED" for dictation in self._waiting())

    def _waiting(self) -> list[Dictation]:
        return self.ledger.list({State.HELD, State.UNCERTAIN}, limit=1_000_000)

    def overdue(self) -> list[Late]:
        """What should have moved on, by the limits of its service; the longest late first."""
        from dictation import overdue

        services = {entry.rpps: entry.service for entry in self.settings.authors}
        now, limits = self.clock(), self.settings.overdue
        asked = overdue.before(now, limits, services)
        found = self.ledger.page(set(overdue.LIMITS), since_before=asked, limit=100_000)
        return overdue.overdue(found, now, limits, services)

    def say_what_is_late(self) -> Path | None:
        """The daily word, once its hour has come; its file, None when there is nothing to write."""
        from dictation.digest import write_due
        from dictation.store.digests import Digests

        assert self.ledger
        asked, now = self.settings.overdue, self.clock()
        folder = self._at_home(asked.digest_folder) or self.settings.outbox_folder / "digest"
        return write_due(Digests(self.clock), self.overdue, folder, hour=asked.digest_hour, now=now)

    @functools.cached_property
    def filings(self) -> FilingStore:
        assert self.ledger
        from dictation.store.filings import FilingStore

        return FilingStore(self.clock)

    @functools.cached_property
    def record_link(self) -> Link | None:
        """The way into the patient record; None when the settings name none."""
        from dictation.record.hl7v2 import Names

        record = self.settings.record
        names = Names(
            facility=record.facility,
            their_application=record.their_application,
            their_facility=record.their_facility,
            number_oid=record.number_oid,
            production=self.settings.send.production,
        )
        if record.link == "mllp":
            from dictation.record.mllp import MllpLink

            if not record.host:
                raise BadSettings("record.host: the mllp link needs it")
            certificate, key = self._at_home(record.client_certificate), self._at_home(record.client_key)
            ca_file = self._at_home(record.ca_file)
            return MllpLink(
                record.host, record.port, names, self.clock, ca_file, certificate, key, record.timeout_seconds
            )
        if record.link == "fhir":
            from dictation.record.https import FhirLink

            token = record.token.get_secret_value() if record.token else ""
            ca_file = self._at_home(record.ca_file)
            return FhirLink(record.address, record.number_system, ca_file, token, record.timeout_seconds)
        if record.link == "folder":
            from dictation.record.folder import FolderLink

            return FolderLink(self._at_home(record.folder) or self.settings.outbox_folder / "record", names, self.clock)
        return None

    @functools.cached_property
    def patients(self) -> Patients:
        assert self.ledger
        from dictation.store.patients import Patients

        return Patients(self.clock)

    def file_due(self) -> Filed:
        """One round of filing: everything signed that the patient record has not acknowledged."""
        from dictation.record import Filed, file_due

        if self.record_link is None:
            return Filed(0, 0, 0)
        return file_due(self.filings, self.record_link, self.blobs, self._case_of)

    def _case_of(self, filing: Filing) -> RecordDocument:
        from dictation.record import document_of

        dictation = self.ledger.get(filing.dictation_id)
        author = self.settings.author(dictation.sidecar.author) if dictation.sidecar else None
        if author is None or dictation.sidecar is None:
            raise NeedsAPerson(f"dictation {dictation.id}: author unknown", code="E_AUTHOR_UNKNOWN")
        signed_by = dictation.approval.signatory if dictation.approval else ""
        signatory = self.settings.author(signed_by) or author
        site, grounds = self.settings.site(dictation.sidecar.site), self.ledger.grounds(dictation)
        number = dictation.sidecar.patient.hospital_number if dictation.sidecar.patient else None
        signed = dictation.approval.signed_at.date() if dictation.approval else None
        stay = self.patients.stay(number, signed) if number and signed else None
        return document_of(dictation, author, signatory, site, grounds, stay)
