"""Message: the mail around the letter.

Parcel in; EmailMessage out. Reads templates/mail/. Neither subject nor text holds a
clinical word or a name: what the message is about stands in the PDF alone. Two renders of the same letter differ (MIME
boundaries, encryption): send.py renders once and keeps the bytes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path

from dictation.domain.parcel import Parcel
from dictation.errors import BadSettings, NeedsAPerson

ATTACHMENT = "lettre.pdf"
# RFC 5321 dot-string and a plain ASCII host name. Quoted local parts and non-ASCII mailboxes are refused: no secure
# mail space in France hands them out, and each is a way to smuggle something into a header or a command.
_ATOM, _LABEL = r"[A-Za-z0-9!#$%&'*+=?^_`{|}~-]+", r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_MAILBOX = re.compile(rf"(?=.{{3,254}}\Z){_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})*\Z")
# For serialising: a header keeps to one line, since Python folds a long Message-ID into an encoded word that no other
# program recognises. Bodies are encoded before, in lines of 76.
ONE_LINE_HEADERS = policy.SMTP.clone(max_line_length=400)


@dataclass(frozen=True, slots=True)
class Stationery:
    """What every message of this hospital has in common."""

    sender: str  # mailbox in From and MAIL FROM; empty on a print-only installation
    templates: Path  # the folder that holds mail/

    def __post_init__(self) -> None:
        if self.sender and not is_mailbox(self.sender):
            raise BadSettings("send.sender: not a mailbox; write it as name@domain")

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2] or "dictation.invalid"  # RFC 2606: never a real host


def is_mailbox(text: str) -> bool:
    """Whether `text` is one plain mail address that may stand in a header and in RCPT TO."""
    return _MAILBOX.match(text) is not None


def message_id(dictation_id: str, letter_version: int, mailbox: str, domain: str) -> str:
    """The Message-ID of one letter version to one addressee: the same for every attempt, even after a lost database."""
    key = f"{dictation_id}:{letter_version}:{mailbox.lower()}"
    return f"<{dictation_id}.{letter_version}.{hashlib.sha256(key.encode()).hexdigest()[:12]}@{domain}>"


def write_message(parcel: Parcel, stationery: Stationery) -> EmailMessage:
    """The neutral message that carries the letter: on paper, or inside S/MIME.

    Raises NeedsAPerson (E_ADDRESSEE_MISSING) when the mailbox is no plain mail address.
    """
    mailbox = parcel.mailbox
    if mailbox and not is_mailbox(mailbox):
        raise NeedsAPerson(f"{parcel.message_id}: not a mailbox", code="E_ADDRESSEE_MISSING")
    message = EmailMessage(policy=policy.SMTP)
    # Assigning a header with a line break in it raises ValueError in this policy: a second lock on the same door.
    message["From"] = stationery.sender or f"impression@{stationery.domain}"
    if mailbox:
        message["To"] = mailbox
    message["Subject"] = fill(stationery.templates, "subject.txt.j2").strip()
    message["Date"] = parcel.cleared_at
    message["Message-ID"] = parcel.message_id
    join_thread(message, parcel)
    text = fill(
        stationery.templates,
        "body.txt.j2",
        attachment=ATTACHMENT,
        replaces=parcel.replaces is not None,
        reference=parcel.reference,
    )
    message.set_content(text, cte="quoted-printable")
    message.add_attachment(parcel.pdf, maintype="application", subtype="pdf", filename=ATTACHMENT)
    return message


def join_thread(message: EmailMessage, parcel: Parcel) -> None:
    """A corrected letter stands with those it replaces, in every mail program."""
    if parcel.replaces:
        message["In-Reply-To"] = parcel.replaces.message_id
        message["References"] = parcel.replaces.thread


def attached_pdf(message: EmailMessage) -> bytes:
    """The letter in a message. NeedsAPerson (E_INTEGRITY) unless it holds exactly one PDF."""
    pdfs = [part for part in message.walk() if part.get_content_type() == "application/pdf"]
    if len(pdfs) != 1:
        raise NeedsAPerson(f"{message['Message-ID']}: {len(pdfs)} PDFs in one message", code="E_INTEGRITY")
    content = pdfs[0].get_content()
    assert isinstance(content, bytes)
    return content


def fill(templates: Path, name: str, **values: str | bool) -> str:
    """One template of the mail folder, filled in."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # autoescape off: plain text, and the values are an id and a file name of ours.
    pages = ImmutableSandboxedEnvironment(loader=FileSystemLoader(templates / "mail"), undefined=StrictUndefined)
    return pages.get_template(name).render(values)
