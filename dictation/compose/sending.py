"""Sending: carriers, the desk they leave from, the directory, and what comes back."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from dictation.compose.ground import Ground
from dictation.domain.progress import Dictation
from dictation.errors import BadSettings

if TYPE_CHECKING:
    from dictation.send.carrier import Carrier
    from dictation.send.feedback import Polled
    from dictation.send.postal import PostRoom
    from dictation.send.proof import Proof
    from dictation.send.revocation import Revocations
    from dictation.send.send import Desk
    from dictation.send.smtp import Relay
    from dictation.store.corrections import Corrections
    from dictation.store.directory import Directory
    from dictation.store.replies import Replies


class Sending(Ground):
    """The way out, and the way back."""

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

        return FolderCarrier(self.print_folder)

    @property
    def print_folder(self) -> Path:
        return self._at_home(self.settings.send.print_folder) or self.settings.outbox_folder / "print"

    def _smime(self) -> Carrier:
        from dictation.send.smime import SmimeCarrier

        return SmimeCarrier(
            self._relay(),
            self.settings.send.sender,
            self._send_file("signing_certificate"),
            self._send_file("signing_key"),
            self._send_file("addressee_certificates"),
            self._send_file("addressee_ca_file"),
            self.clock,
            self.revocations,
        )

    @property
    def revocations(self) -> Revocations:
        from dictation.send.revocation import Revocations

        return Revocations(self._at_home(self.settings.send.revocations))

    def _mssante(self) -> Carrier:
        from dictation import __version__
        from dictation.send.mssante import MssanteCarrier

        settings = self.settings.send
        if not settings.source_oid:
            raise BadSettings("send.source_oid: the mssante carrier needs it")
        return MssanteCarrier(
            self._relay(),
            settings.sender,
            self.clock,
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

    def _relay(self) -> Relay:
        from dictation.send.smtp import Relay, token_in

        settings = self.settings.send
        if not settings.host or not settings.sender:
            raise BadSettings(f"send.host, send.sender: the {settings.carrier} carrier needs both")
        token_file = self._at_home(settings.oauth_token_file)
        return Relay(
            settings.host,
            settings.port,
            self._send_file("ca_file"),
            self.clock,
            tls=settings.tls,
            client_certificate=self._at_home(settings.client_certificate),
            client_key=self._at_home(settings.client_key),
            user=settings.user,
            password=settings.password.get_secret_value() if settings.password else "",
            revocations=self.revocations,
            token=(lambda: token_in(token_file)) if token_file else None,
            notify=True,  # no carrier that has a reply mailbox does without a report of delivery
            timeout_seconds=settings.timeout_seconds,
        )

    def _send_file(self, name: str) -> Path:
        path = self._at_home(getattr(self.settings.send, name))
        if path is None:
            raise BadSettings(f"send.{name}: the {self.settings.send.carrier} carrier needs it")
        return path

    @functools.cached_property
    def desk(self) -> Desk:
        from dictation.send.message import Stationery
        from dictation.send.send import Desk

        stationery = Stationery(self.settings.send.sender, self.settings.templates_folder)
        return Desk(
            self.ledger, self.blobs, self.carrier, stationery, self.clock, self.settings, self._other_carriers()
        )

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

    @functools.cached_property
    def post_room(self) -> PostRoom:
        ledger = self.ledger
        from dictation.send.postal import PostRoom
        from dictation.store.postal import PostalBook

        hours, quiet = self.settings.feedback.unread_hours, self.settings.workflow.uncertain_after_seconds
        return PostRoom(ledger, PostalBook(ledger), self.blobs, self._cover, self.print_folder, hours, quiet)

    def _cover(self, dictation: Dictation, letter: bytes) -> bytes:
        from dictation.letter import cover
        from dictation.web.french import PARIS

        sidecar = dictation.sidecar
        return cover(
            sidecar.addressee if sidecar else None,
            self.settings.site(sidecar.site if sidecar else ""),
            letter,
            letter_id=f"{dictation.id}-{dictation.letter_version}",
            printed_on=self.clock().astimezone(PARIS).date(),
            templates=self.settings.templates_folder / "letter",
        )

    def prove(self, dictation_id: str) -> Proof:
        from dictation.send.proof import prove

        replaced, replies = self.corrections.of(dictation_id), self.replies.of(dictation_id)
        return prove(dictation_id, self.ledger, replaced=replaced, replies=replies, now=self.clock())

    def proof_pdf(self, dictation_id: str) -> bytes:
        """The proof of a sending on one page, PDF/A-1b."""
        from dictation.letter import proof_page
        from dictation.letter.typography import doctor
        from dictation.send.proof_sheet import sheet

        proof = self.prove(dictation_id)
        signers = {entry.rpps: doctor(entry.record()) for entry in self.settings.authors}
        sidecar = proof.dictation.sidecar
        site = self.settings.site(sidecar.site if sidecar else "")
        return proof_page(sheet(proof, signers), site, templates=self.settings.templates_folder / "letter")

    @functools.cached_property
    def directory(self) -> Directory:
        assert self.ledger
        from dictation.store.directory import Directory

        return Directory(self.clock)

    def poll_feedback(self) -> Polled:
        """One look into the reply mailbox."""
        from dictation.send.feedback import poll
        from dictation.send.mailbox_reader import ReplyMailbox, mailbox_token
        from dictation.send.signer import Judge
        from dictation.send.smime_reply import Opener

        asked = self.settings.feedback
        ca_file = self._at_home(asked.ca_file)
        if not asked.host or ca_file is None:
            raise BadSettings("feedback.host, feedback.ca_file: polling the reply mailbox needs both")
        token_file = self._at_home(asked.oauth_token_file)
        if token_file and not asked.user:
            raise BadSettings("feedback.user: the token is that of a mailbox, which must be named")
        mailbox = ReplyMailbox(
            asked.host,
            asked.port,
            ca_file,
            self.clock,
            user=asked.user,
            password=asked.password.get_secret_value() if asked.password else "",
            token=(lambda: mailbox_token(token_file)) if token_file else None,
            tls=asked.tls,
            client_certificate=self._at_home(asked.client_certificate),
            client_key=self._at_home(asked.client_key),
            revocations=self.revocations,
            folder=asked.folder,
            delete_recorded=asked.delete_recorded,
            timeout_seconds=asked.timeout_seconds,
        )
        certificate = self._at_home(asked.opening_certificate or self.settings.send.signing_certificate)
        key = self._at_home(asked.opening_key or self.settings.send.signing_key)
        judge = Judge(self.clock, self._at_home(self.settings.send.addressee_ca_file), self.revocations)
        return poll(mailbox, self.replies, self.blobs, Opener(certificate, key, judge))
