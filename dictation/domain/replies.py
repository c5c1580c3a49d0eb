"""Reply: what came back about a letter, by mail: a report of a server or a program, an automatic answer, a person's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dictation.domain.exchange import ReceiptKind


@dataclass(frozen=True, slots=True)
class Reply:
    """One message of the reply mailbox, read. Nothing in it is trusted beyond what it says."""

    kind: ReceiptKind | None  # None: no program can tell, a person reads it
    words: str  # of the carrier or the addressee's program, their own
    message_ids: tuple[str, ...] = ()  # of ours that it may be about, the likeliest first; with angle brackets
    envelope_id: str = ""
    sender: str = ""
    subject: str = ""
    text: str = ""  # of a person's answer, plain


@dataclass(frozen=True, slots=True)
class KeptReply:
    """A reply as the store keeps it, with the letter it is about when that is known."""

    id: str
    dictation_id: str
    message_sha256: str  # of the whole message, in the content store
    kind: ReceiptKind | None
    words: str
    sender: str
    subject: str
    text: str
    at: datetime
    settled_by: str = ""  # "" while it waits for a person
