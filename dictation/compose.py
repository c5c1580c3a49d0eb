"""Compose: the one place that picks concrete parts and joins them.

Settings in; an Installation out, whose parts are made when first asked for: listing the worklist loads no recogniser.
Everything else in the program gets what it needs as arguments and could be joined otherwise.
"""

from __future__ import annotations

import functools
import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dictation.disk import ContentStore
from dictation.domain import codec
from dictation.domain.documents import Draft, Report, Sidecar
from dictation.domain.people import Author, Patient
from dictation.domain.progress import Dictation, State
from dictation.errors import BadSettings, NeedsAPerson, NotAllowed, TryAgainLater
from dictation.settings import Settings
from transcribe import select_engine, transcribe
from transcribe.transcript import Transcript

if TYPE_CHECKING:
    from dictation.archive import Archive
    from dictation.domain.filing import Filing
    from dictation.intake import Intake
    from dictation.pipeline import Parts, ProgressCallback
    from dictation.record import Filed, Link, RecordDocument
    from dictation.send.carrier import Carrier
    from dictation.send.feedback import Polled
    from dictation.send.proof import Proof
    from dictation.send.send import Desk
    from dictation.send.smtp import Relay
    from dictation.store.accounts import Account
    from dictation.store.corrections import Corrections
    from dictation.store.directory import Directory
    from dictation.store.filings import FilingStore
    from dictation.store.ledger import Ledger
    from dictation.store.patients import Patients
    from dictation.store.replies import Replies
    from dictation.store.retention import Retention
    from dictation.web.parts import WebParts
    from transcribe.audio import Audio
    from transcribe.vocabulary import Vocabulary

log = logging.getLogger(__name__)
WINDOW_DAYS = 7  # how long half a transcript may wait for its other half


def now() -> datetime:
    return datetime.now(UTC)


def _same_person(one: Patient, other: Patient) -> bool:
    """Two records of one person: the same number, or the same name and birth date."""
    return (
        (one.hospital_number is not None and one.hospital_number == other.hospital_number)
        or (one.ins is not None and one.ins == other.ins)
        or (one.last_name, one.first_name, one.birth_date) == (other.last_name, other.first_name, other.birth_date)
    )


class Installation:
    """One hospital's installation: its settings, and the parts made from them on first use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stopping = threading.Event()  # set once, when the service ends
        self.abandoned = False  # a step was still running when it did

    # the store

    @functools.cached_property
    def blobs(self) -> ContentStore:
        return ContentStore(self.settings.state_folder / "blobs")

    @functools.cached_property
    def ledger(self) -> Ledger:
        from dictation.django_settings import setup

        setup(self.settings)
        from dictation.backup import hold_restored
        from dictation.store.ledger import Ledger

        ledger = Ledger(now, directory_required=self.settings.directory.required)
        hold_restored(ledger, self.settings.state_folder)  # before anybody can work on it
        return ledger

    # the steps

    def intake(self) -> Intake:
        from dictation.intake import Intake

        return Intake(
            self.settings.inbox,
            inbox=self.settings.inbox_folder,
            state=self.settings.state_folder,
            blobs=self.blobs,
            ledger=self.ledger,
            probe=self._probe,
            authors=self.settings,
            clock=now,
        )

    def _probe(self, path: Path) -> float:
        """Seconds of sound in a file; UnreadableAudio when it cannot be a dictation."""
        return self._decode(path).duration

    def _decode(self, sound: Path | bytes) -> Audio:
        """Decoded behind a wall. TryAgainLater when the decoder was ended from outside: not the recording's fault."""
        from transcribe.child import decode_in_child

        try:
            return decode_in_child(sound, max_seconds=self.settings.inbox.max_minutes * 60)
        except ChildProcessError as error:
            raise TryAgainLater("the decoder was ended from outside") from error

    def transcribe(self, sound: bytes, report: ProgressCallback) -> Transcript:
        from transcribe.journal import WindowJournal
        from transcribe.listen import ListenOptions, Progress

        def told(progress: Progress) -> None:
            report(progress.seconds_done / max(progress.seconds_total, 0.001), progress.seconds_to_go)

        audio = self._decode(sound)
        journal = WindowJournal(self.settings.state_folder / "windows" / f"{audio.sha256}.jsonl")
        transcript = transcribe(
            audio,
            engine=self._engine,
            options=ListenOptions(prompt=self._prompt(), beam_size=self.settings.transcribe.beam_size),
            detector=self._detector,
            on_progress=told,
            cancelled=self.stopping.is_set,
            journal=journal,
        )
        journal.clear()  # a crash before the transcript is stored costs the recording anew, never a word
        return transcript

    @property
    def vocabulary(self) -> Vocabulary:
        from transcribe.vocabulary import Vocabulary

        return Vocabulary(self.settings.home / "vocabulary.txt")

    def _prompt(self) -> str:
        """What a model trained with prompts reads before it listens; the others never see it."""
        from transcribe.prompt import sentence
        from transcribe.tokens import count

        terms = self.vocabulary.terms()
        return sentence("Compte rendu médical", terms, count=count) if terms else ""

    @functools.cached_property
    def _detector(self) -> Any:
        from transcribe.vad import Detector

        return Detector()

    @property
    def converted_folder(self) -> Path:
        return self._at_home(self.settings.transcribe.converted) or self.settings.state_folder / "converted"

    @functools.cached_property
    def _engine(self) -> Any:
        asked = self.settings.transcribe
        selection = select_engine(
            None if asked.engine == "auto" else asked.engine,
            asked.model,
            models=self.settings.models_folder,
            cache=self.converted_folder,
            threads=asked.threads,
        )
        log.info("recognition: %s", selection.reason)
        return selection.engine

    def typeset(
        self, dictation: Dictation, draft: Draft, *, signatory: str, printed_on: Any, unread: bool = False
    ) -> bytes:
        """The PDF of a draft. signatory: RPPS of who is about to sign; "" for a proof nobody can sign."""
        from dictation.letter import typeset

        sidecar = dictation.sidecar
        author = self.settings.author(sidecar.author) if sidecar else None
        if sidecar is None or author is None:
            raise NeedsAPerson(f"dictation {dictation.id}: author unknown", code="E_AUTHOR_UNKNOWN")
        signer = self._signatory(signatory) if signatory else None
        return typeset(
            draft,
            sidecar,
            author,
            self.settings.site(sidecar.site),
            signatory=signer,
            letter_id=f"{dictation.id}-{dictation.letter_version}",
            printed_on=printed_on,
            templates=self.settings.templates_folder / "letter",
            unread=unread,
        ).pdf

    def _signatory(self, rpps: str) -> Author:
        found = self.settings.author(rpps)
        if found is None:
            raise NotAllowed("the signatory is not in the settings", code="E_NOT_SIGNATORY")
        return found

    def _write_draft(self, report: Any, sidecar: Sidecar, letter_type: Any, transcript: Transcript) -> Draft:
        from dictation.draft import write

        sure, others = self.settings.draft.number_probability, self._others(sidecar)
        return write(
            report, sidecar, letter_type, transcript, number_probability=sure, others=others, today=now().date()
        )

    def _others(self, sidecar: Sidecar) -> list[Patient]:
        """The other patients of the day, expected or dictated: who else a recording may be about."""
        today = now()
        expected = [patient for _, patient in self.patients.expected(sidecar.visit_date or today.date())]
        dictated = self.ledger.patients_since(today - timedelta(days=1))
        own = sidecar.patient
        found = sorted({*expected, *dictated}, key=lambda one: (one.last_name, one.first_name, one.birth_date))
        return [one for one in found if own is None or not _same_person(one, own)]

    def recheck(self, dictation_id: str, edited: Draft) -> Draft:
        """A corrected draft with its points: the first draft's, and those the present text raises."""
        from dictation.draft import recheck
        from dictation.structure import reread

        dictation = self.ledger.get(dictation_id)
        sidecar = dictation.sidecar
        transcript = Transcript.from_json(self.blobs.get(dictation.transcript_sha256).decode())
        report = codec.loads(Report, self.blobs.get(dictation.report_sha256))
        report = reread(edited.sections, report, sidecar)
        first, others = self.ledger.draft(dictation_id, 1), self._others(sidecar) if sidecar else ()
        return recheck(first, edited, report, sidecar, transcript, others=others, today=now().date())

    def _structure(self, transcript: Transcript, sidecar: Sidecar) -> Any:
        from dictation.structure import extend_lexicons, structure

        extend_lexicons(self._at_home(self.settings.structure.lexicons))  # nothing to do but the first time
        return structure(transcript, sidecar)

    def _verify_letter(self, pdf: bytes, sha256: str) -> None:
        from dictation.letter import verify

        verify(pdf, sha256)

    # the way out

    @functools.cached_property
    def carrier(self) -> Carrier:
        ways = {"folder": self._folder, "smime": self._smime, "mssante": self._mssante}
        return ways[self.settings.send.carrier]()

    def _other_carriers(self) -> tuple[Carrier, ...]:
        """What an addressee may have instead of the usual carrier: paper always, the others when they are set up."""
        settings = self.settings.send
        ways = (
            ("folder", True, self._folder),
            ("smime", settings.signing_certificate is not None, self._smime),
            ("mssante", bool(settings.source_oid), self._mssante),
        )
        return tuple(make() for name, ready, make in ways if ready and name != settings.carrier)

    def _folder(self) -> Carrier:
        from dictation.send.folder import FolderCarrier

        return FolderCarrier(self._at_home(self.settings.send.print_folder) or self.settings.outbox_folder / "print")

    def _smime(self) -> Carrier:
        from dictation.send.smime import SmimeCarrier

        return SmimeCarrier(
            self._relay(),
            self.settings.send.sender,
            self._send_file("signing_certificate"),
            self._send_file("signing_key"),
            self._send_file("addressee_certificates"),
            self._send_file("addressee_ca_file"),
            now,
        )

    def _mssante(self) -> Carrier:
        from dictation import __version__
        from dictation.send.mssante import MssanteCarrier

        settings = self.settings.send
        if not settings.source_oid:
            raise BadSettings("send.source_oid: the mssante carrier needs it")
        return MssanteCarrier(
            self._relay(notify=True),
            settings.sender,
            now,
            source_oid=settings.source_oid,
            software=f"dictation {__version__}",
            software_reference=settings.software_reference,
            sender_name=settings.sender_name,
            # In production the list is not optional: a look-alike domain must not get a letter.
            domains_file=self._send_file("domains_file")
            if settings.production
            else self._at_home(settings.domains_file),
            production=settings.production,
            max_bytes=int(settings.max_megabytes * 1_000_000),
        )

    def _relay(self, *, notify: bool = False) -> Relay:
        from dictation.send.smtp import Relay, token_in

        settings = self.settings.send
        if not settings.host or not settings.sender:
            raise BadSettings(f"send.host, send.sender: the {settings.carrier} carrier needs both")
        token_file = self._at_home(settings.oauth_token_file)
        return Relay(
            settings.host,
            settings.port,
            self._send_file("ca_file"),
            now,
            tls=settings.tls,
            client_certificate=self._at_home(settings.client_certificate),
            client_key=self._at_home(settings.client_key),
            user=settings.user,
            password=settings.password.get_secret_value() if settings.password else "",
            token=(lambda: token_in(token_file)) if token_file else None,
            notify=notify,
            timeout_seconds=settings.timeout_seconds,
        )

    def _send_file(self, name: str) -> Path:
        path = self._at_home(getattr(self.settings.send, name))
        if path is None:
            raise BadSettings(f"send.{name}: the {self.settings.send.carrier} carrier needs it")
        return path

    def _at_home(self, path: Path | None) -> Path | None:
        return None if path is None else self.settings.home / path

    @functools.cached_property
    def desk(self) -> Desk:
        from dictation.send.message import Stationery
        from dictation.send.send import Desk

        stationery = Stationery(self.settings.send.sender, self.settings.templates_folder)
        return Desk(self.ledger, self.blobs, self.carrier, stationery, now, self.settings, self._other_carriers())

    @functools.cached_property
    def replies(self) -> Replies:
        ledger = self.ledger
        from dictation.store.replies import Replies

        return Replies(ledger)

    @functools.cached_property
    def corrections(self) -> Corrections:
        ledger = self.ledger
        from dictation.store.corrections import Corrections

        return Corrections(ledger)

    def prove(self, dictation_id: str) -> Proof:
        from dictation.send.proof import prove

        replaced, replies = self.corrections.of(dictation_id), self.replies.of(dictation_id)
        return prove(dictation_id, self.ledger, replaced=replaced, replies=replies, now=now())

    @functools.cached_property
    def directory(self) -> Directory:
        assert self.ledger
        from dictation.store.directory import Directory

        return Directory(now)

    def poll_feedback(self) -> Polled:
        """One look into the reply mailbox."""
        from dictation.send.feedback import poll
        from dictation.send.mailbox_reader import ReplyMailbox

        asked = self.settings.feedback
        ca_file = self._at_home(asked.ca_file)
        if not asked.host or ca_file is None:
            raise BadSettings("feedback.host, feedback.ca_file: polling the reply mailbox needs both")
        mailbox = ReplyMailbox(
            asked.host,
            asked.port,
            ca_file,
            now,
            user=asked.user,
            password=asked.password.get_secret_value() if asked.password else "",
            tls=asked.tls,
            client_certificate=self._at_home(asked.client_certificate),
            client_key=self._at_home(asked.client_key),
            folder=asked.folder,
            delete_recorded=asked.delete_recorded,
            timeout_seconds=asked.timeout_seconds,
        )
        return poll(mailbox, self.replies, self.blobs)

    @property
    def archive_folder(self) -> Path:
        return self._at_home(self.settings.archive.folder) or self.settings.state_folder / "archive"

    @functools.cached_property
    def archive(self) -> Archive:
        from dictation.archive import Archive

        return Archive(self.ledger, self.blobs, self.archive_folder, now)

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

        since = now() - timedelta(days=WINDOW_DAYS)
        return sweep(self.settings.state_folder / "windows", self.retention.unheard, since.timestamp())

    @functools.cached_property
    def retention(self) -> Retention:
        assert self.ledger
        from dictation.store.retention import Retention

        return Retention(now)

    def back_up(self, target: Path) -> Path:
        from dictation.backup import back_up

        assert self.ledger
        from dictation.store.database import copy_database

        settings = self.settings
        return back_up(
            settings.state_folder,
            settings.inbox_folder,
            target,
            archive=self.archive_folder,
            copy_database=copy_database,
            now=now(),
        )

    def restore(self, backup: Path) -> tuple[int, int]:
        """Put a backup into this empty home: (files, dictations on hold)."""
        from dictation.backup import restore

        settings = self.settings
        files = restore(backup, settings.state_folder, settings.inbox_folder, archive=self.archive_folder)
        return files, sum(dictation.error_code == "E_RESTORED" for dictation in self._waiting())

    def _waiting(self) -> list[Dictation]:
        return self.ledger.list({State.HELD, State.UNCERTAIN}, limit=1_000_000)

    # the patient record

    @functools.cached_property
    def filings(self) -> FilingStore:
        assert self.ledger
        from dictation.store.filings import FilingStore

        return FilingStore(now)

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
        )
        if record.link == "mllp":
            from dictation.record.mllp import MllpLink

            if not record.host:
                raise BadSettings("record.host: the mllp link needs it")
            certificate, key = self._at_home(record.client_certificate), self._at_home(record.client_key)
            ca_file = self._at_home(record.ca_file)
            return MllpLink(record.host, record.port, names, now, ca_file, certificate, key, record.timeout_seconds)
        if record.link == "fhir":
            from dictation.record.https import FhirLink

            token = record.token.get_secret_value() if record.token else ""
            ca_file = self._at_home(record.ca_file)
            return FhirLink(record.address, record.number_system, ca_file, token, record.timeout_seconds)
        if record.link == "folder":
            from dictation.record.folder import FolderLink

            return FolderLink(self._at_home(record.folder) or self.settings.outbox_folder / "record", names, now)
        return None

    @functools.cached_property
    def patients(self) -> Patients:
        assert self.ledger
        from dictation.store.patients import Patients

        return Patients(now)

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
        return document_of(dictation, author, signatory, self.settings.site(dictation.sidecar.site))

    def parts(self) -> Parts:
        from dictation.pipeline import Parts
        from dictation.send import send

        return Parts(
            ledger=self.ledger,
            blobs=self.blobs,
            outbox=self.settings.outbox_folder,
            transcribe=self.transcribe,
            structure=self._structure,
            draft=self._write_draft,
            verify_letter=self._verify_letter,
            send=lambda dictation_id: send(dictation_id, self.desk),
            archive=self.archive.write,
            max_attempts=self.settings.workflow.max_attempts,
            retry_seconds=self.settings.workflow.retry_seconds,
        )

    # what a person asks

    def retry(self, dictation_id: str, actor: str) -> str:
        """Work on it again: a refused file goes back to the inbox, a stuck or held dictation where it was."""
        dictation = self.ledger.get(dictation_id)
        if dictation.state is State.QUARANTINED:
            quarantine = self.intake().quarantine
            if quarantine.holds(dictation_id):
                quarantine.retry(dictation_id, actor=actor)
                return "Le fichier est de nouveau dans l’inbox."
            if not self.blobs.has(dictation.recording.sha256):
                raise NeedsAPerson(f"dictation {dictation_id}: its file is gone", code="E_NOT_IN_QUARANTINE")
            self.ledger.move(dictation_id, State.QUARANTINED, State.RECEIVED, actor=actor, note="nouvel essai")
            return "La dictée est de nouveau en préparation."
        self.ledger.resume(dictation_id, actor=actor)
        return "La dictée reprend où elle en était."

    def hold(self, dictation_id: str, *, actor: str, reason: str) -> None:
        from dictation.proofread import hold

        hold(self.ledger, dictation_id, reason or "suspendue par le service informatique", actor=actor)

    def verify(self) -> list[str]:
        """What is wrong with the journal and the archive bundles, in French; empty when nothing is."""
        return [*self.ledger.verify(), *self.archive.verify_all()]

    def accounts(self) -> list[Account]:
        assert self.ledger
        from dictation.store.accounts import accounts

        return accounts()

    def add_account(self, name: str, password: str, *, role: str, rpps: str = "") -> None:
        assert self.ledger
        from dictation.store.accounts import Role, save_account

        author = self.settings.author(rpps) if rpps else None
        save_account(
            name,
            password,
            Role(role),
            rpps=rpps,
            first_name=author.first_name if author else "",
            last_name=author.last_name if author else "",
        )

    # the pages

    def web_parts(self) -> WebParts:
        from dictation.health import checks
        from dictation.send import confirm_sent, resend
        from dictation.web.parts import WebParts

        quiet = self.settings.workflow.uncertain_after_seconds
        return WebParts(
            ledger=self.ledger,
            blobs=self.blobs,
            typeset=self.typeset,
            playable_wav=self._playable_wav,
            playback_folder=self.settings.state_folder / "playback",
            settings=self.settings.web,
            overdue=self.settings.overdue,
            clock=now,
            authors=tuple(entry.record() for entry in self.settings.authors),
            retry=self.retry,
            confirm_sent=lambda dictation_id, actor: confirm_sent(dictation_id, self.desk, actor=actor),
            resend=lambda dictation_id, actor: resend(dictation_id, self.desk, actor=actor, quiet_seconds=quiet),
            checks=lambda: checks(self),
            replies=self.replies,
            corrections=self.corrections,
            silent_days=self.settings.feedback.silent_days,
            recheck=self.recheck,
        )

    def _playable_wav(self, dictation: Dictation) -> bytes:
        """The very samples the recogniser heard, as a WAV a browser plays."""
        from transcribe.audio import encode_wav

        if self.retention.was_erased(dictation.id):
            raise NeedsAPerson(f"dictation {dictation.id}: sound erased", code="E_SOUND_ERASED")
        return encode_wav(self._decode(self.blobs.get(dictation.recording.sha256)).samples)
