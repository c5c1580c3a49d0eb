"""State: where a dictation is. Every recording has exactly one, and only the moves below exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dictation.domain.documents import Approval, Attachment, Recording, Sidecar
from dictation.errors import NotAllowed


class State(StrEnum):
    RECEIVED = "received"
    TRANSCRIBED = "transcribed"
    STRUCTURED = "structured"
    DRAFTED = "drafted"
    PROOFREAD = "proofread"
    APPROVED = "approved"
    TYPESET = "typeset"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    ARCHIVED = "archived"
    QUARANTINED = "quarantined"
    HELD = "held"
    STUCK = "stuck"
    UNCERTAIN = "uncertain"
    RETURNED = "returned"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """What the worklist says, in French."""
        return _LABELS[self]


_S = State
_LABELS = {
    _S.RECEIVED: "En préparation",
    _S.TRANSCRIBED: "En préparation",
    _S.STRUCTURED: "En préparation",
    _S.DRAFTED: "À relire",
    _S.PROOFREAD: "À signer",
    _S.APPROVED: "À envoyer",
    _S.TYPESET: "À envoyer",
    _S.SENDING: "Envoi en cours",
    _S.SENT: "Envoyée",
    _S.DELIVERED: "Remise",
    _S.ARCHIVED: "Classée",
    _S.QUARANTINED: "En erreur",
    _S.HELD: "Questions",
    _S.STUCK: "En erreur",
    _S.UNCERTAIN: "Peut-être envoyée",
    _S.RETURNED: "En erreur",
    _S.CANCELLED: "Annulée",
}

# The side states held and stuck remember where the dictation was, and go back there.
_HOLDABLE = {_S.RECEIVED, _S.TRANSCRIBED, _S.STRUCTURED, _S.DRAFTED, _S.PROOFREAD, _S.APPROVED, _S.TYPESET}
MOVES: dict[State, frozenset[State]] = {
    _S.RECEIVED: frozenset({_S.TRANSCRIBED, _S.QUARANTINED}),
    _S.TRANSCRIBED: frozenset({_S.STRUCTURED}),
    _S.STRUCTURED: frozenset({_S.DRAFTED}),
    _S.DRAFTED: frozenset({_S.PROOFREAD}),
    _S.PROOFREAD: frozenset({_S.APPROVED, _S.DRAFTED}),
    _S.APPROVED: frozenset({_S.TYPESET, _S.PROOFREAD}),  # back when the PDF is no longer the one that was signed
    _S.TYPESET: frozenset({_S.SENDING, _S.ARCHIVED}),  # archived: objection, kept and not sent
    _S.SENDING: frozenset({_S.SENT, _S.UNCERTAIN, _S.STUCK, _S.RETURNED}),
    _S.SENT: frozenset({_S.DELIVERED, _S.RETURNED, _S.ARCHIVED, _S.DRAFTED}),  # drafted: a corrected version begins
    _S.DELIVERED: frozenset({_S.ARCHIVED, _S.RETURNED, _S.DRAFTED}),
    _S.ARCHIVED: frozenset({_S.TYPESET}),  # kept for an objection that was lifted since
    _S.QUARANTINED: frozenset({_S.RECEIVED, _S.CANCELLED}),
    _S.HELD: frozenset(_HOLDABLE | {_S.CANCELLED}),
    _S.STUCK: frozenset(_HOLDABLE | {_S.SENDING, _S.CANCELLED}),
    _S.UNCERTAIN: frozenset({_S.SENT, _S.SENDING}),
    _S.RETURNED: frozenset({_S.SENDING, _S.ARCHIVED, _S.DRAFTED}),
    _S.CANCELLED: frozenset(),
}
for _state in _HOLDABLE:
    MOVES[_state] |= {_S.HELD, _S.STUCK, _S.CANCELLED}


def check_move(before: State, after: State) -> None:
    """Raise NotAllowed unless `before` may become `after`."""
    if after not in MOVES[before]:
        raise NotAllowed(f"no move from {before} to {after}")


@dataclass(frozen=True, slots=True)
class Standing:
    """What has stood in one state since before a moment: everybody's but some authors', or some authors' alone."""

    state: State
    urgent: bool
    before: datetime
    authors: frozenset[str] | None = None  # RPPS numbers; None: everybody
    but: frozenset[str] = frozenset()

    def concerns(self, author: str) -> bool:
        return author not in self.but if self.authors is None else author in self.authors


@dataclass(frozen=True, slots=True)
class Tally:
    """What a list counts: the dictations of some states, as the arguments of the ledger's page() choose them."""

    states: frozenset[State]
    settled: bool | None = None
    since_before: tuple[Standing, ...] | None = None


@dataclass(frozen=True, slots=True)
class Dictation:
    """The whole case of one recording, from sound to archive: one row of the ledger, as a record."""

    id: str
    state: State
    version: int  # grows with every change; a stale writer is refused
    recording: Recording
    sidecar: Sidecar | None
    received_at: datetime
    state_since: datetime
    resume_state: State | None = None  # where a held or stuck dictation goes back to
    attempts: int = 0
    error_code: str = ""  # why it is quarantined, held, stuck or returned
    error_detail: str = ""  # ids and figures only
    progress: float | None = None  # 0..1 of what is being recognised
    seconds_to_go: float | None = None
    transcript_sha256: str = ""  # blobs in the content store; "" until they exist
    report_sha256: str = ""
    draft_version: int = 0  # 0 until drafted
    points: int = 0  # points to check of the last draft, and those nobody has answered
    points_open: int = 0
    letter_version: int = 1  # a correction after sending is a new version
    pdf_sha256: str = ""  # of the PDF the signatory saw
    approval: Approval | None = None
    attachments: tuple[Attachment, ...] = ()
    settled_at: datetime | None = None  # a person posted the printed copy of this version: nothing more is awaited
    settled_by: str = ""
