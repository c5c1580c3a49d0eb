"""Proof: one page that says what left, who signed which bytes, who took it, and what came back.

A dictation in, Proof out; reads the ledger and what came back, changes nothing. Every line is something the journal or
a receipt says, in the carrier's own words; digests let anybody compare the page with the archive bundle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dictation.domain.documents import Approval
from dictation.domain.exchange import Dispatch, Receipt
from dictation.domain.journal import JournalEntry
from dictation.domain.progress import Dictation
from dictation.domain.replies import KeptReply
from dictation.errors import NotAllowed

# The lines of the journal that are about leaving and arriving.
_TOLD = ("approved", "typeset", "sending", "sent", "delivered", "returned", "uncertain", "archived")
_TOLD_BY_PREFIX = (
    "dispatch-",
    "consent-",
    "hidden-",
    "reply-",
    "letter-replaced",
    "arrival-",
    "resend-",
    "printed-",
    "settle",
)


class Ledger(Protocol):
    def get(self, dictation_id: str) -> Dictation: ...
    def dispatches(self, dictation_id: str) -> Sequence[Dispatch]: ...
    def receipts(self, dictation_id: str) -> Sequence[Receipt]: ...
    def journal(self, dictation_id: str) -> Sequence[JournalEntry]: ...


class Version(Protocol):
    """A version of the letter that was replaced."""

    @property
    def letter_version(self) -> int: ...
    @property
    def approval(self) -> Approval: ...


@dataclass(frozen=True, slots=True)
class Signed:
    """One version of the letter: who signed which bytes, when."""

    letter_version: int
    signatory: str  # RPPS or account
    signed_at: datetime
    pdf_sha256: str
    text_sha256: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Everything the page shows."""

    dictation: Dictation
    signed: tuple[Signed, ...]  # oldest first
    dispatches: tuple[Dispatch, ...]
    receipts: tuple[Receipt, ...]
    replies: tuple[KeptReply, ...]
    events: tuple[JournalEntry, ...]
    journal_hash: str  # of the last line about this dictation: whoever holds it can tell a changed journal
    made_at: datetime


def prove(
    dictation_id: str, ledger: Ledger, *, replaced: Sequence[Version], replies: Sequence[KeptReply], now: datetime
) -> Proof:
    """NotAllowed (E_NOT_SIGNED) when nothing was ever signed."""
    dictation = ledger.get(dictation_id)
    versions = [(one.letter_version, one.approval) for one in replaced]
    if dictation.approval:
        versions.append((dictation.letter_version, dictation.approval))
    if not versions:
        raise NotAllowed(f"dictation {dictation_id}: nobody has signed", code="E_NOT_SIGNED")
    lines = ledger.journal(dictation_id)
    return Proof(
        dictation=dictation,
        signed=tuple(Signed(v, a.signatory, a.signed_at, a.pdf_sha256, a.text_sha256) for v, a in versions),
        dispatches=tuple(ledger.dispatches(dictation_id)),
        receipts=tuple(ledger.receipts(dictation_id)),
        replies=tuple(replies),
        events=tuple(line for line in lines if line.action in _TOLD or line.action.startswith(_TOLD_BY_PREFIX)),
        journal_hash=lines[-1].hash if lines else "",
        made_at=now,
    )
