"""Receipts: what a message of the reply mailbox says about a letter.

The bytes of one message in, Reply out; touches nothing and raises nothing: a message no program understands is one a
person reads. Sources: RFC 3464 (delivery reports), RFC 8098 (disposition notifications), RFC 3834 (automatic answers),
and for MSSanté the two ways in which an addressee's program says that it could not file a document (ANS, « transmission
d'un document CDA par courriel MSS »: an Error field since v1.1.3, the words inside Disposition before).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from email import message_from_bytes, message_from_string
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from html.parser import HTMLParser

from dictation.domain.exchange import ReceiptKind
from dictation.domain.replies import Reply

MAX_WORDS, MAX_TEXT, MAX_HEADER = 500, 20_000, 4_000  # characters
MAX_PARTS, MAX_REFERENCES = 200, 50
_K = ReceiptKind
# RFC 3464 2.3.3. Several recipients in one report: the worst counts (we send to one, it may have been forwarded).
_ACTIONS = (
    ("failed", _K.RETURNED),
    ("delayed", _K.DELAYED),
    ("delivered", _K.DELIVERED),
    ("relayed", _K.ACCEPTED),
    ("expanded", _K.ACCEPTED),
)
# RFC 8098 3.2.6.2, and two words of its ancestors. Deleted unread is no reading: somebody should ask.
_DISPOSITIONS = {
    "displayed": _K.READ,
    "processed": _K.INTEGRATED,
    "dispatched": _K.DELIVERED,
    "denied": _K.DELIVERED,
    "deleted": _K.NOT_INTEGRATED,
    "failed": _K.NOT_INTEGRATED,
}
_NOT_FILED = re.compile(r"\[\s*KO\s+Int[ée]gration", re.IGNORECASE)
_ABSENT = re.compile(
    r"^\W*(r[ée]ponse automatique|absence\b|absent(e)? du bureau|out of (the )?office|automatic reply|auto[- ]?reply)",
    re.IGNORECASE,
)
_UNDELIVERED = re.compile(
    r"^\W*(undeliver|(message )?non[- ]?(remis|distribu)|[ée]chec de (la )?(remise|distribution)"
    r"|mail delivery (failed|failure|system)|delivery (status notification|has failed)|failure notice|returned mail)",
    re.IGNORECASE,
)
_DAEMON = re.compile(r"\b(mailer-daemon|postmaster)@", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s@]{1,200}@[^<>\s@]{1,200}>")


def read_reply(content: bytes) -> Reply:
    """What one message says. Never raises."""
    try:
        return _read(message_from_bytes(content))
    except Exception as error:  # the standard parser meets what spam and broken programs write: a person looks instead
        return Reply(None, f"message illisible ({type(error).__name__})")


def _read(message: Message) -> Reply:
    parts = list(_parts(message))
    about = {"sender": _header(message, "From"), "subject": _header(message, "Subject")}
    originals = _original_ids(parts)
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            return _delivery_report(part, originals + _thread(message), about)
        if part.get_content_type() == "message/disposition-notification":
            return _disposition(part, originals + _thread(message), about)
    ids = _thread(message) + originals
    kind: ReceiptKind | None
    if _NOT_FILED.match(about["subject"]):
        kind = _K.NOT_INTEGRATED  # a program that says so without a disposition
    elif _DAEMON.search(about["sender"]) or _UNDELIVERED.match(about["subject"]) or not about["sender"]:
        kind = None  # a server complains in its own way; it may call itself automatic, and is no absence
    elif _is_automatic(message, about["subject"]):
        kind = _K.ABSENT
    else:
        kind = _K.ANSWERED
    text = _text(parts)
    return Reply(kind, _short(about["subject"] or text), _unique(ids), text=text, **about)


# reports


def _delivery_report(part: Message, ids: list[str], about: dict[str, str]) -> Reply:
    groups = [group for group in part.get_payload() if isinstance(group, Message)] if part.is_multipart() else []
    recipients = [group for group in groups if _header(group, "Action")]
    envelope_id = next((_xtext(value) for group in groups if (value := _header(group, "Original-Envelope-Id"))), "")
    kind, chosen = None, None
    for action, meaning in _ACTIONS:
        chosen = next((g for g in recipients if _header(g, "Action").casefold().split()[0] == action), None)
        if chosen is not None:
            kind = meaning
            break
    if chosen is None:
        return Reply(None, "avis de remise sans résultat", _unique(ids), envelope_id, **about)
    names = ("Action", "Status", "Diagnostic-Code", "Remote-MTA")
    words = " ".join(value for name in names if (value := _header(chosen, name)))
    return Reply(kind, _short(words), _unique(ids), envelope_id, **about)


def _disposition(part: Message, ids: list[str], about: dict[str, str]) -> Reply:
    fields = part.get_payload(0) if part.is_multipart() else message_from_string(_payload(part))
    assert isinstance(fields, Message)
    said = _header(fields, "Disposition").rpartition(";")[2].strip()
    verb, _, modifier = said.partition("/")
    error = _header(fields, "Error") or _header(fields, "Failure")
    kind = _DISPOSITIONS.get(verb.strip().casefold())
    if error or modifier.strip().casefold().startswith(("error", "failure")) or _NOT_FILED.search(about["subject"]):
        kind = _K.NOT_INTEGRATED
    words = " ".join(word for word in (said, error) if word) or about["subject"]
    mine = _MESSAGE_ID.findall(_header(fields, "Original-Message-ID"))
    return Reply(kind, _short(words), _unique(mine + ids), _xtext(_header(fields, "Original-Envelope-Id")), **about)


# which message of ours


def _thread(message: Message) -> list[str]:
    """In-Reply-To first, then References from the nearest to the oldest."""
    nearest = _MESSAGE_ID.findall(_header(message, "In-Reply-To"))
    return nearest + _MESSAGE_ID.findall(_header(message, "References"))[::-1]


def _original_ids(parts: list[Message]) -> list[str]:
    """The Message-ID of the letter a report encloses, whole or by its headers."""
    found: list[str] = []
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/rfc822" and part.is_multipart():
            enclosed = part.get_payload(0)
            assert isinstance(enclosed, Message)
            found += _MESSAGE_ID.findall(_header(enclosed, "Message-ID"))
        elif kind in {"text/rfc822-headers", "message/rfc822-headers"}:
            inner = part.get_payload(0) if part.is_multipart() else message_from_string(_payload(part))
            assert isinstance(inner, Message)
            found += _MESSAGE_ID.findall(_header(inner, "Message-ID"))
    return found


def _unique(ids: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))[:MAX_REFERENCES]


def _xtext(value: str) -> str:
    """RFC 3461 4: an envelope id as it was given to the server."""
    return re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), value.strip())


# automatic answers, and a person's


def _is_automatic(message: Message, subject: str) -> bool:
    submitted = _header(message, "Auto-Submitted").casefold()
    if submitted and not submitted.startswith("no"):
        return True
    if message["X-Autoreply"] or message["X-Autorespond"] or _header(message, "Precedence").casefold() == "auto_reply":
        return True
    return _ABSENT.match(subject) is not None


def _text(parts: list[Message]) -> str:
    """What a person wrote: the first plain part, else the words of the first HTML part."""
    plain = next((part for part in parts if part.get_content_type() == "text/plain" and not part.get_filename()), None)
    if plain is not None:
        return _payload(plain).replace("\r\n", "\n").strip()[:MAX_TEXT]
    page = next((part for part in parts if part.get_content_type() == "text/html"), None)
    if page is None:
        return ""
    words = _Words()
    words.feed(_payload(page))
    return re.sub(r"\n\s*\n+", "\n\n", "".join(words.found)).strip()[:MAX_TEXT]


class _Words(HTMLParser):
    """The text of a page, without scripts, styles and pictures."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.silent += tag in {"script", "style"}
        if tag in {"br", "p", "div", "tr", "li"}:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"} and self.silent > 0

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


# reading what may be broken


def _parts(message: Message) -> Iterator[Message]:
    """The parts of a message, not those of a message inside it: a report somebody forwards is not a report."""
    queue, seen = [message], 0
    while queue and seen < MAX_PARTS:
        part, seen = queue.pop(0), seen + 1
        yield part
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            queue += [inner for inner in part.get_payload() if isinstance(inner, Message)]


def _header(message: Message, name: str) -> str:
    """One header, decoded, on one line. Raw 8-bit values are read as UTF-8, which they nearly always are."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    value = raw[:MAX_HEADER].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        pieces = [(value, None)]
    text = "".join(_decoded(piece, charset) for piece, charset in pieces)
    shown = re.sub(r"\s+", " ", re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", text)).strip()
    return unicodedata.normalize("NFC", shown)  # « Intégration » may come with its accent apart


def _decoded(piece: str | bytes, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    try:
        return piece.decode(charset or "utf-8", "replace")
    except LookupError:
        return piece.decode("latin-1")


def _payload(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    return _decoded(content, part.get_content_charset("utf-8"))


def _short(words: str) -> str:
    return words[:MAX_WORDS]
