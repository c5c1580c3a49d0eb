"""Consent, Clearance, Dispatch, Receipt: what decides whether a letter may leave, and what proves that it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Consent(StrEnum):
    """The patient's word on sending this letter to this addressee (CSP L.1110-4: informed, may object)."""

    GRANTED = "granted"
    OBJECTED = "objected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Clearance:
    """Consent, identity and addressee checked at the second of sending."""

    dictation_id: str
    letter_version: int
    pdf_sha256: str
    mailbox: str
    checked_at: datetime


class OutboxState(StrEnum):
    """The life of one outbox row; `inflight` found after a restart becomes `uncertain`, never sent again by itself."""

    READY = "ready"
    INFLIGHT = "inflight"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One letter version to one addressee by one carrier: the outbox row, as a record."""

    id: str
    dictation_id: str
    letter_version: int
    mailbox: str
    carrier: str
    message_id: str  # fixed before the line opens, the same for every attempt
    pdf_sha256: str
    message_sha256: str = ""  # digest of the rendered message: every attempt sends the same bytes
    state: OutboxState = OutboxState.READY
    attempts: int = 0


class ReceiptKind(StrEnum):
    """What a receipt says. Only the last two call for a person; « absent » and « answered » move nothing."""

    ACCEPTED = "accepted"
    DELAYED = "delayed"
    DELIVERED = "delivered"  # in the addressee's mailbox
    INTEGRATED = "integrated"  # filed by the addressee's program
    READ = "read"
    ABSENT = "absent"  # an automatic answer: out of office
    ANSWERED = "answered"  # the addressee wrote back
    NOT_INTEGRATED = "not_integrated"  # arrived, and the addressee's program could not file it
    RETURNED = "returned"

    @property
    def label(self) -> str:
        """What people read, in French."""
        return _LABELS[self]

    @property
    def arrived(self) -> bool:
        """Whether it proves that the letter is in the addressee's mailbox."""
        return self in {ReceiptKind.DELIVERED, ReceiptKind.INTEGRATED, ReceiptKind.READ}

    @property
    def calls_for_a_person(self) -> bool:
        return self in {ReceiptKind.NOT_INTEGRATED, ReceiptKind.RETURNED}


_LABELS = {
    ReceiptKind.ACCEPTED: "Acceptée par la messagerie",
    ReceiptKind.DELAYED: "Remise retardée",
    ReceiptKind.DELIVERED: "Remise dans la boîte du destinataire",
    ReceiptKind.INTEGRATED: "Classée par le logiciel du destinataire",
    ReceiptKind.READ: "Lue",
    ReceiptKind.ABSENT: "Réponse automatique d’absence",
    ReceiptKind.ANSWERED: "Réponse du destinataire",
    ReceiptKind.NOT_INTEGRATED: "Reçue, mais non classée par le logiciel du destinataire",
    ReceiptKind.RETURNED: "Non remise",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the carrier said, in its own words."""

    kind: ReceiptKind
    words: str
    at: datetime
