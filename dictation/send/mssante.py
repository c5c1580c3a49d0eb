"""MSSanté: the trusted mail space of French health care. One patient a message: the signed PDF, and IHE_XDM.zip.

Parcel in, message out, handed to the operator's submission server. Reads templates/mail/ and the operator's list of
trusted domains. The subject names the patient: the profile demands it, and the space is closed (TLS between members).
What was built is checked by check_message.py before it is kept: a message that breaks a rule never leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from pathlib import Path
from typing import Any

from lxml import etree

from dictation.domain.parcel import Parcel
from dictation.errors import BadSettings, NeedsAPerson
from dictation.send.carrier import Envelope
from dictation.send.cda import write_cda
from dictation.send.check_message import ERROR, check_message
from dictation.send.document import Document, civil, describe, file_part
from dictation.send.message import ONE_LINE_HEADERS, Stationery, attached_pdf, fill, is_mailbox, join_thread
from dictation.send.smtp import Relay
from dictation.send.xdm import ARCHIVE, write_xdm

SUBJECT_PREFIX = "XDM/1.0/DDM+"
_FOLDED = frozenset({"subject"})


class _Headers(EmailPolicy):
    """Message-IDs on one line, as everywhere here; words of people in encoded words of at most 75 (RFC 2047)."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        narrow = policy.SMTP if name.lower() in _FOLDED else ONE_LINE_HEADERS
        return narrow.fold_binary(name, value)


HEADERS = _Headers(linesep="\r\n", max_line_length=400)


@dataclass(frozen=True)
class MssanteCarrier:
    """Builds the message of the profile and hands it to the operator."""

    relay: Relay
    sender: str
    clock: Callable[[], datetime]
    source_oid: str  # of the sending system
    software: str  # what README.TXT calls us
    software_reference: str = ""  # X-MSS-NIL: given by the national agency, never invented
    sender_name: str = ""  # what a person reads in From; empty: the name of the site
    domains_file: Path | None = None  # trusted domains; the operator's list
    production: bool = False
    max_bytes: int = 10_000_000
    name: str = "mssante"
    needs_mailbox: bool = True

    def seal(self, parcel: Parcel, stationery: Stationery) -> bytes:
        self._trusted(parcel.mailbox, parcel.message_id)
        document = describe(parcel, production=self.production)
        content = self._message(parcel, document, stationery).as_bytes(policy=HEADERS)
        if len(content) > self.max_bytes:
            raise NeedsAPerson(f"{parcel.message_id}: {len(content)} bytes", code="E_MESSAGE_TOO_BIG")
        broken = [fault.rule for fault in check_message(content, production=self.production) if fault.level == ERROR]
        if broken:
            raise NeedsAPerson(f"{parcel.message_id}: {' '.join(broken)}", code="E_MESSAGE_INVALID")
        return content

    def carry(self, envelope: Envelope, claim: Callable[[], bool]) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        attached_pdf(message)
        if message["Message-ID"] != envelope.message_id:
            raise NeedsAPerson(f"{envelope.message_id}: not a sealed message", code="E_INTEGRITY")
        self._trusted(envelope.mailbox, envelope.message_id)  # the list may have changed since it was sealed
        return self.relay.deliver(envelope, claim)

    def outcome(self, message_id: str) -> bool | None:
        return None  # SMTP has no way to ask

    def _trusted(self, mailbox: str, message_id: str) -> None:
        """Only members of the space may get a message of it. A domain that looks right is no proof."""
        if not is_mailbox(mailbox):
            raise NeedsAPerson(f"{message_id}: not a mailbox", code="E_ADDRESSEE_MISSING")
        if self.domains_file is not None:
            domain = mailbox.rpartition("@")[2].lower()
            if domain not in trusted_domains(self.domains_file):
                raise NeedsAPerson(f"{message_id}: not a trusted domain", code="E_DOMAIN_NOT_TRUSTED")

    def _message(self, parcel: Parcel, document: Document, stationery: Stationery) -> EmailMessage:
        structured = not document.addressee.pdf_only
        message = EmailMessage(policy=policy.SMTP)
        message["From"] = Address(self.sender_name or document.site.name, addr_spec=self.sender)
        message["To"] = parcel.mailbox
        message["Subject"] = (SUBJECT_PREFIX if structured else "") + label(document)
        message["Date"] = parcel.cleared_at
        message["Message-ID"] = parcel.message_id
        join_thread(message, parcel)
        message["Disposition-Notification-To"] = self.sender
        if self.software_reference:
            message["X-MSS-NIL"] = self.software_reference
        if structured:
            message["X-MSS-CODECDA"] = document.type.code
            message["X-MSS-INS"] = "O" if document.ins else "N"
        name = pdf_name(document)
        text = fill(
            stationery.templates,
            "mssante.txt.j2",
            attachment=name,
            structured=structured,
            replaces=parcel.replaces is not None,
            reference=parcel.reference,
        )
        message.set_content(text, cte="quoted-printable")
        if structured:
            archive = write_xdm(document, write_cda(document), source_oid=self.source_oid, application=self.software)
            message.add_attachment(archive, maintype="application", subtype="zip", filename=ARCHIVE)
        message.add_attachment(parcel.pdf, maintype="application", subtype="pdf", filename=name)
        return message


def label(document: Document) -> str:
    """What the subject says after its prefix: kind of document, and who it is about."""
    patient = document.patient
    who = f"{civil(patient.last_name)} {civil(patient.first_name)} {patient.birth_date:%d/%m/%Y}"
    return f"{document.type.label} {who}"


def pdf_name(document: Document) -> str:
    """Date of the care, kind of document, name: the parts stand between « _ », so none may hold one."""
    parts = (
        f"{document.begun:%Y%m%d}",
        document.type.label[:40].strip(),
        civil(document.patient.last_name),
        civil(document.patient.first_name),
    )
    return "_".join(file_part(part) for part in parts) + ".pdf"


def trusted_domains(path: Path) -> frozenset[str]:
    """The domains of the space: the operator's XML list (Domaine/Nom), or one domain a line."""
    try:
        data = path.read_bytes()
        if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            found: Any = etree.fromstring(data, parser).xpath("//*[local-name()='Domaine']/*[local-name()='Nom']")
            names = [name.text or "" for name in found]
        else:
            names = [line.partition("#")[0] for line in data.decode("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError, etree.XMLSyntaxError) as error:
        raise BadSettings(f"send.domains_file = {path}: not a readable list of domains") from error
    domains = frozenset(name.strip().lower() for name in names if name.strip())
    if not domains:
        raise BadSettings(f"send.domains_file = {path}: no domain in it")
    return domains
