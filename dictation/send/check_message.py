"""Check an MSSanté message before it leaves, or one that somebody else made: our own validator.

The bytes of a message in, its faults out, worst first. Touches nothing. The rules are those of the profile and those
the official checks do not apply; rules.tsv says each in French, check_xdm.py and check_cda.py look inside the archive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses

from dictation.send.cda_facts import CdaFacts, moment
from dictation.send.check_pdf import check_pdf
from dictation.send.check_xdm import check_archive
from dictation.send.codes import same_label
from dictation.send.document import file_part
from dictation.send.faults import ERROR, WARNING, Fault

__all__ = ["ERROR", "WARNING", "Fault", "check_message"]

BIG, TOO_BIG = 10_000_000, 25_000_000  # bytes: what most operators take; what Mon espace santé takes
PREFIX = "XDM/1.0/DDM+"
_ONCE = ("From", "To", "Subject", "Date", "Message-ID")
_MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")
_TYPES = {"zip": {"application/zip", "application/x-zip-compressed"}, "pdf": {"application/pdf"}}
_PATIENT_SPACE = "@patient.mssante.fr"


def check_message(content: bytes, *, production: bool) -> list[Fault]:
    """Every fault of a message, errors first, each once. production: whether it is about real patients."""
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    faults = [*_check_headers(message), *_check_text(message), *_check_types(message)]
    if len(content) > BIG:
        faults.append(Fault("mail.too-big" if len(content) > TOO_BIG else "mail.big"))
    archives, pdfs, names = _attachments(message)
    documents: list[CdaFacts] = []
    for name, data in archives:
        if (name or "").lower() != "ihe_xdm.zip":
            faults.append(Fault("mail.zip-name"))
        found, broken = check_archive(data, production=production)
        documents += found
        faults += broken
    if len(archives) > 1:
        faults.append(Fault("mail.zip"))
    faults += _check_pdfs(pdfs, names, documents)
    faults += _check_agreement(message, documents, structured=bool(archives))
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.level != ERROR, fault.rule, fault.place))


def _attachments(message: EmailMessage) -> tuple[list[tuple[str | None, bytes]], list[bytes], list[str]]:
    """Archives with their names, PDFs, and the names of the PDFs. What a type leaves open, the name decides."""
    archives, pdfs, names = [], [], []
    for part in message.walk():
        if part.is_multipart():
            continue
        name, kind, data = part.get_filename(), part.get_content_type(), part.get_payload(decode=True)
        if not isinstance(data, bytes):
            continue
        ending = (name or "").lower().rpartition(".")[2]
        if kind in _TYPES["zip"] or ending == "zip":
            archives.append((name, data))
        elif kind in _TYPES["pdf"] or ending == "pdf":
            pdfs.append(data)
            names.append(name or "")
    return archives, pdfs, names


def _check_types(message: EmailMessage) -> Iterator[Fault]:
    """What an attachment is said to be is what its name says; and there is nothing but archive and PDFs."""
    for part in message.walk():
        name, kind = part.get_filename(), part.get_content_type()
        if part.is_multipart() or not name:
            continue
        ending = name.lower().rpartition(".")[2]
        if ending not in _TYPES and not any(kind in known for known in _TYPES.values()):
            yield Fault("mail.other-file")
        elif kind not in _TYPES.get(ending, ()):
            yield Fault("mail.type")


def _check_headers(message: EmailMessage) -> Iterator[Fault]:
    for name in _ONCE:
        if len(message.get_all(name, [])) != 1 or not str(message[name]).strip():
            yield Fault("mail.headers", name)
    if message.get("Date") is not None and getattr(message["Date"], "datetime", None) is None:
        yield Fault("mail.headers", "Date")
    if not _MESSAGE_ID.fullmatch(str(message.get("Message-ID", "<-@->")).strip()):
        yield Fault("mail.headers", "Message-ID")
    names = [name.upper() for name in message.keys() if name.upper().startswith("X-MSS-")]  # noqa: SIM118
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Fault("mail.headers", name)
    if message.get("From") and not any(name for name, _ in getaddresses([str(message["From"])])):
        yield Fault("mail.from-name")
    asked = _mailboxes(message, "Disposition-Notification-To")
    if not asked:
        yield Fault("mail.disposition")
    elif not asked <= _mailboxes(message, "From") | _mailboxes(message, "Reply-To"):
        yield Fault("mail.disposition-to")
    if not message.get("X-MSS-NIL"):
        yield Fault("mail.nil")
    stop, to = message.get("X-MSS-MES"), str(message.get("To", "")).lower()
    if stop is not None and (str(stop).strip() != "FIN" or _PATIENT_SPACE not in to):
        yield Fault("mail.mes")


def _mailboxes(message: EmailMessage, header: str) -> set[str]:
    return {
        address.lower() for _, address in getaddresses([str(one) for one in message.get_all(header, [])]) if address
    }


def _check_text(message: EmailMessage) -> Iterator[Fault]:
    if not message.is_multipart() or message.defects:
        yield Fault("mail.structure")
    texts = [part for part in message.walk() if part.get_content_maintype() == "text" and not part.get_filename()]
    if not any(part.get_content_type() == "text/plain" for part in texts):
        yield Fault("mail.text")
    for part in texts:
        charset = (part.get_content_charset() or "us-ascii").lower()
        data = part.get_payload(decode=True)
        try:
            assert isinstance(data, bytes)
            data.decode("utf-8")
        except UnicodeDecodeError:
            charset = "broken"
        if charset not in {"utf-8", "us-ascii"}:
            yield Fault("mail.charset")


def _check_pdfs(pdfs: list[bytes], names: list[str], documents: list[CdaFacts]) -> Iterator[Fault]:
    if not pdfs:
        yield Fault("mail.pdf")
    for pdf in pdfs:
        yield from check_pdf(pdf)
    if documents and len(pdfs) > len(documents):
        yield Fault("mail.pdf-other")
    for name in names if documents else ():
        yield from _check_pdf_name(name, documents)
    if any(document.pdf is not None and pdfs and document.pdf not in pdfs for document in documents):
        yield Fault("cda.pdf-differs")


def _check_pdf_name(name: str, documents: list[CdaFacts]) -> Iterator[Fault]:
    """Day of the care, kind of document, birth name, first name, and perhaps a number: parts between « _ »."""
    if not re.fullmatch(r"[0-9]{8}(_[^_]+){3,4}\.pdf", name, re.IGNORECASE):
        yield Fault("mail.pdf-name")
        return
    day, kind, family, given = name.rpartition(".")[0].split("_")[:4]
    if not any(_one_of(family, one.names("family")) and _one_of(given, one.names("given")) for one in documents):
        yield Fault("mail.pdf-patient")
    labels = [one.root.one("code").get("displayName") for one in documents]
    if not any(same_label(kind, file_part(label[:40].strip())) for label in labels):
        yield Fault("mail.pdf-label")
    if not any(
        one.root.one("documentationOf/serviceEvent/effectiveTime/low").get("value").startswith(day) for one in documents
    ):
        yield Fault("mail.pdf-date")


def _one_of(part: str, names: list[str]) -> bool:
    """Whether a part of a file name is one of the names; what no file name may hold stands as a space there."""
    return any(same_label(part, file_part(name)) for name in names)


def _check_agreement(message: EmailMessage, documents: list[CdaFacts], *, structured: bool) -> Iterator[Fault]:
    """What the mail says of its documents."""
    yield from _check_subject(str(message.get("Subject", "")), documents, structured=structured)
    announced = message.get("X-MSS-CODECDA")
    listed = {code.strip() for code in str(announced).split(",")} if announced is not None else set()
    if listed != {document.code for document in documents} and (documents or not structured):
        yield Fault("mail.codecda")
    national, qualified = message.get("X-MSS-INS"), all(document.has_ins for document in documents)
    wanted = ("O" if qualified else "N") if documents else None
    if (None if national is None else str(national).strip()) != wanted and (documents or not structured):
        yield Fault("mail.ins")
    if any(document.patient_ids.isdisjoint(documents[0].patient_ids) for document in documents[1:]):
        yield Fault("mail.one-patient")
    boxes = set().union(*(document.mailboxes for document in documents))
    if boxes and boxes.isdisjoint(_mailboxes(message, "To")):
        yield Fault("mail.addressee")
    yield from _check_replacement(message, documents)


def _check_subject(subject: str, documents: list[CdaFacts], *, structured: bool) -> Iterator[Fault]:
    if subject.startswith(PREFIX) != structured or not subject.removeprefix(PREFIX).strip():
        yield Fault("mail.subject")
    if not documents:
        return
    named = any(_says(subject, name) for name in documents[0].names("family"))
    born = moment(documents[0].patient.one("patient/birthTime").get("value"))
    dates = re.findall(r"([0-9]{2})[/.-]?([0-9]{2})[/.-]?([0-9]{4})", subject)
    if structured and not (named and (born is None or (f"{born:%d}", f"{born:%m}", f"{born:%Y}") in dates)):
        yield Fault("mail.subject-patient")


def _check_replacement(message: EmailMessage, documents: list[CdaFacts]) -> Iterator[Fault]:
    body = message.get_body(("plain",))
    text = " ".join(str(body.get_content()).split()) if body is not None else ""
    says_so = re.search(r"annule\s+et\s+remplace", text, re.IGNORECASE) is not None
    if any(document.replaces for document in documents):
        if not says_so:
            yield Fault("mail.replaces")
        parent, thread = str(message.get("In-Reply-To", "")).split(), str(message.get("References", "")).split()
        if not parent or parent[-1:] != thread[-1:]:
            yield Fault("mail.thread")
    elif says_so and documents:
        yield Fault("mail.replaces-nothing")


def _says(subject: str, name: str) -> bool:
    """Whether a name stands in a subject as whole words."""
    words, wanted = subject.split(), name.split()
    places = range(len(words) - len(wanted) + 1)
    return bool(wanted) and any(same_label(" ".join(words[i : i + len(wanted)]), name) for i in places)
