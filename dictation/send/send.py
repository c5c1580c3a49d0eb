"""Send: the verb. A signed letter leaves once, or a person is told why not.

Dictation id in, Receipt out. Touches the ledger (outbox row, receipts, state), the content store, and a Carrier.

    typeset --clearance--> sending --carrier says yes--> sent
                              |  no: returned   |  set-up wrong: stuck   |  nobody knows: uncertain

1. The intent is an outbox row with a fixed Message-ID and the digest of the finished message, written before any line
   opens: every attempt sends the same bytes.
2. The claim (ready -> inflight) is committed when the line is open and only DATA is left. A second worker fails it.
3. A row found `inflight` is the trace of a crash, or of another worker, inside the window where nobody can know:
   it becomes `uncertain` and is never sent again by itself. confirm_sent and resend are for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from dictation.disk import ContentStore, failpoint
from dictation.domain.consent import Grounds
from dictation.domain.documents import Draft
from dictation.domain.exchange import Dispatch, OutboxState, Receipt, ReceiptKind
from dictation.domain.progress import Dictation, State
from dictation.errors import DictationError, NeedsAPerson, NotAllowed, OutcomeUnknown, TryAgainLater
from dictation.send.carrier import Carrier, Envelope
from dictation.send.clearance import clear
from dictation.send.message import Stationery, message_id
from dictation.send.pack import People, nobody, pack

ACTOR = "send"  # who moved it, in the journal, when no person did
# What a plain no is about. The carrier refused this letter or this addressee: the row is spent.
_REFUSED = frozenset({"E_REFUSED", "E_MESSAGE_TOO_BIG"})
# This letter may not leave as it is: a person corrects the case, or archives it. Anything else is about our set-up:
# the letter waits, stuck, until that is repaired.
_RETURNED = _REFUSED | {
    "E_OBJECTION", "E_NO_CONSENT", "E_ADDRESSEE_MISSING", "E_LETTER_ALTERED", "E_CERTIFICATE", "E_DOMAIN_NOT_TRUSTED",
    "E_HIDDEN", "E_MAILBOX_GONE", "E_MAILBOX_CHANGED", "E_MAILBOX_UNKNOWN",
}  # fmt: skip


class Ledger(Protocol):
    """What sending needs of the ledger."""

    def get(self, dictation_id: str) -> Dictation: ...
    def draft(self, dictation_id: str, version: int | None = None) -> Draft: ...
    def move(self, dictation_id: str, before: State | Collection[State], after: State, *, actor: str, note: str = "",
             **facts: Any) -> bool: ...  # fmt: skip
    def open_dispatch(self, dictation_id: str, *, letter_version: int, mailbox: str, carrier: str, message_id: str,
                      pdf_sha256: str, message_sha256: str) -> Dispatch: ...  # fmt: skip
    def grounds(self, dictation: Dictation) -> Grounds: ...
    def dispatches(self, dictation_id: str) -> list[Dispatch]: ...
    def claim_dispatch(self, dispatch_id: str) -> bool: ...
    def settle_dispatch(self, dispatch_id: str, state: OutboxState, *, words: str = "", actor: str = ...) -> bool: ...
    def requeue_dispatch(self, dispatch_id: str, actor: str) -> bool: ...
    def unseal_dispatches(self, dictation_id: str, actor: str) -> bool: ...
    def add_receipt(self, dictation_id: str, receipt: Receipt) -> None: ...
    def receipts(self, dictation_id: str) -> list[Receipt]: ...


@dataclass(frozen=True)
class Desk:
    """What sending works with; compose fills it once."""

    ledger: Ledger
    store: ContentStore
    carrier: Carrier
    stationery: Stationery
    clock: Callable[[], datetime]  # aware, UTC
    people: People = nobody  # who is who in this hospital; a plain message does not need to know
    others: tuple[Carrier, ...] = ()  # ways out that one addressee may have instead of the usual one

    def towards(self, dictation: Dictation) -> Desk:
        """The same desk with the carrier of this addressee. NeedsAPerson (E_CARRIER_MISSING) when we have no such."""
        addressee = dictation.sidecar.addressee if dictation.sidecar else None
        wanted = addressee.carrier if addressee else ""
        if wanted in {"", self.carrier.name}:
            return self
        for other in self.others:
            if other.name == wanted:
                return replace(self, carrier=other)
        raise NeedsAPerson(f"dictation {dictation.id}: no carrier {wanted}", code="E_CARRIER_MISSING")


def send(dictation_id: str, desk: Desk) -> Receipt:
    """Send the signed letter of a dictation; sending one that has left is a no-op that returns its receipt.

    Moves the dictation itself: typeset -> sending once it is cleared and sealed, then to sent, returned, stuck or
    uncertain. Raises what clear() and Carrier.seal() raise, before the row is written; TryAgainLater while nothing
    left; NeedsAPerson on a plain no; OutcomeUnknown when the letter may have left, now or in an attempt found
    unfinished.
    """
    dictation = desk.ledger.get(dictation_id)
    try:
        desk = desk.towards(dictation)
        row = _row_to_go_on_with(dictation, desk)
        if row is None or row.state is OutboxState.READY:
            row = row or _write_intent(dictation, desk)
            _clear(dictation, row, desk)
            desk.ledger.move(dictation_id, State.TYPESET, State.SENDING, actor=ACTOR, note=row.id)
            return _accepted(dictation_id, desk, words=_carry(dictation, row, desk))
        if row.state is OutboxState.SENT:
            return _accepted(dictation_id, desk)
        raise NeedsAPerson(f"dispatch {row.id}: was refused; a person decides", code="E_REFUSED")
    except DictationError as error:
        _move_after(dictation_id, error, desk)
        raise


def confirm_sent(dictation_id: str, desk: Desk, *, actor: str) -> Receipt:
    """A person found out that an uncertain letter did arrive. No-op when it is known to be sent."""
    dictation = desk.ledger.get(dictation_id)
    words = f"confirmed by {actor}"
    confirmed = False
    for row in _rows(dictation, desk, OutboxState.UNCERTAIN):
        confirmed |= desk.ledger.settle_dispatch(row.id, OutboxState.SENT, words=words, actor=actor)
    if not confirmed and not _rows(dictation, desk, OutboxState.SENT):
        raise NotAllowed(f"dictation {dictation_id}: nothing to confirm")
    return _accepted(dictation_id, desk, actor=actor, words=words if confirmed else "")


def resend(dictation_id: str, desk: Desk, *, actor: str, quiet_seconds: float = 900.0) -> None:
    """A person decided to send an uncertain or returned letter again: same bytes, same Message-ID.

    When the addressee's mailbox was changed meanwhile, the old row is given up and the next send opens a new one. A
    message that no server was ever offered is sealed anew: the GP's certificate may have been replaced.
    quiet_seconds: how long an uncertain letter must have been uncertain; longer than every SMTP timeout, so that no
    worker still holds the line. NotAllowed earlier than that, or when the letter is in another state.
    """
    dictation = desk.ledger.get(dictation_id)
    if dictation.state not in {State.UNCERTAIN, State.RETURNED}:
        raise NotAllowed(f"dictation {dictation_id}: {dictation.state} is not a state to send again from")
    quiet_until = dictation.state_since + timedelta(seconds=quiet_seconds)
    if dictation.state is State.UNCERTAIN and desk.clock() < quiet_until:
        raise NotAllowed(f"dictation {dictation_id}: the line may still be open", code="E_LINE_MAY_BE_OPEN")
    for row in _rows(dictation, desk, OutboxState.UNCERTAIN, OutboxState.FAILED):
        if row.mailbox == _mailbox(dictation):
            desk.ledger.requeue_dispatch(row.id, actor)
        elif row.state is OutboxState.UNCERTAIN:
            desk.ledger.settle_dispatch(row.id, OutboxState.FAILED, words="given up: new addressee", actor=actor)
    desk.ledger.unseal_dispatches(dictation_id, actor)
    desk.ledger.move(dictation_id, {State.UNCERTAIN, State.RETURNED}, State.SENDING, actor=actor)


def _mailbox(dictation: Dictation) -> str:
    addressee = dictation.sidecar.addressee if dictation.sidecar else None
    return addressee.mailbox if addressee else ""


def _rows(dictation: Dictation, desk: Desk, *states: OutboxState) -> list[Dispatch]:
    version = dictation.letter_version
    return [r for r in desk.ledger.dispatches(dictation.id) if r.letter_version == version and r.state in states]


def _row_to_go_on_with(dictation: Dictation, desk: Desk) -> Dispatch | None:
    """The outbox row of this letter for today's mailbox, if any. OutcomeUnknown when any row may have left.

    The outbox is looked at once: what another worker does after that look is for the claim to find.
    """
    rows = _rows(dictation, desk, *OutboxState)
    for place, row in enumerate(rows):
        if row.state not in {OutboxState.INFLIGHT, OutboxState.UNCERTAIN}:
            continue
        if desk.carrier.name == row.carrier and desk.carrier.outcome(row.message_id):
            desk.ledger.settle_dispatch(row.id, OutboxState.SENT, words="found at the carrier")
            rows[place] = replace(row, state=OutboxState.SENT)
            continue
        desk.ledger.settle_dispatch(row.id, OutboxState.UNCERTAIN, words="an attempt was interrupted")
        raise OutcomeUnknown(f"dispatch {row.id}: may have left")
    return next((row for row in rows if row.mailbox == _mailbox(dictation)), None)


def _write_intent(dictation: Dictation, desk: Desk) -> Dispatch:
    """Clear, pack and seal the letter once, keep its bytes, then write the outbox row that names them."""
    signed = dictation.approval.pdf_sha256 if dictation.approval else ""
    grounds = desk.ledger.grounds(dictation)
    needs_mailbox = desk.carrier.needs_mailbox
    clearance = clear(dictation, signed, needs_mailbox=needs_mailbox, now=desk.clock(), grounds=grounds)
    pdf = desk.store.get(signed)  # read by its digest: altered bytes do not come back
    name = message_id(dictation.id, dictation.letter_version, clearance.mailbox, desk.stationery.domain)
    assert dictation.approval is not None  # clear() has asked
    parcel = pack(
        dictation,
        desk.ledger.draft(dictation.id, dictation.approval.draft_version).letter_type,
        clearance,
        pdf,
        message_id=name,
        earlier=desk.ledger.dispatches(dictation.id),
        people=desk.people,
        grounds=grounds,
    )
    return desk.ledger.open_dispatch(
        dictation.id,
        letter_version=dictation.letter_version,
        mailbox=clearance.mailbox,
        carrier=desk.carrier.name,
        message_id=name,
        pdf_sha256=signed,
        message_sha256=desk.store.put(desk.carrier.seal(parcel, desk.stationery)),
    )


def _clear(dictation: Dictation, row: Dispatch, desk: Desk) -> None:
    """Clearance of the case as it is now, for the bytes of the row and for nobody but its addressee."""
    grounds = desk.ledger.grounds(dictation)
    needs_mailbox = desk.carrier.needs_mailbox
    clearance = clear(dictation, row.pdf_sha256, needs_mailbox=needs_mailbox, now=desk.clock(), grounds=grounds)
    if clearance.mailbox != row.mailbox:
        raise NeedsAPerson(f"dispatch {row.id}: the addressee changed", code="E_ADDRESSEE_MISSING")


def _carry(dictation: Dictation, row: Dispatch, desk: Desk) -> str:
    """One attempt. Returns the carrier's words, with the row settled as sent; settles it otherwise before raising."""
    if row.carrier != desk.carrier.name:
        raise NeedsAPerson(f"dispatch {row.id}: sealed for {row.carrier}, not {desk.carrier.name}", code="E_CARRIER")
    envelope = Envelope(row.message_id, desk.stationery.sender, row.mailbox, desk.store.get(row.message_sha256))
    claimed = False

    def claim() -> bool:
        nonlocal claimed
        _clear(desk.ledger.get(dictation.id), row, desk)  # again: the second of sending is this one
        failpoint("send-before-claim")
        claimed = desk.ledger.claim_dispatch(row.id)
        failpoint("send-claimed")
        return claimed

    try:
        words = desk.carrier.carry(envelope, claim)
    except DictationError as error:
        after = _row_after(error, claimed)
        if after is not None:
            desk.ledger.settle_dispatch(row.id, after, words=f"{error.code}: {error}")
        raise
    failpoint("send-after-data")
    desk.ledger.settle_dispatch(row.id, OutboxState.SENT, words=words)
    failpoint("send-settled")
    return words


def _row_after(error: DictationError, claimed: bool) -> OutboxState | None:
    """Where an attempt that did not end in yes leaves its row; None: where it is."""
    if isinstance(error, OutcomeUnknown):
        return OutboxState.UNCERTAIN
    if error.code in _REFUSED:
        return OutboxState.FAILED
    return OutboxState.READY if claimed else None


def _move_after(dictation_id: str, error: DictationError, desk: Desk) -> None:
    """Where an attempt that did not end in yes leaves the dictation. One that was not sending yet stays where it is."""
    detail = str(error)
    if isinstance(error, OutcomeUnknown):
        after = State.UNCERTAIN
    elif error.code in _RETURNED:
        after = State.RETURNED
    elif isinstance(error, TryAgainLater | NotAllowed):
        return
    else:
        after = State.STUCK
    desk.ledger.move(dictation_id, State.SENDING, after, actor=ACTOR, error_code=error.code, error_detail=detail)


def _accepted(dictation_id: str, desk: Desk, *, actor: str = ACTOR, words: str = "") -> Receipt:
    """The receipt of a row that is `sent`, and the move that goes with it: each written once, in whatever crash."""
    receipts = [r for r in desk.ledger.receipts(dictation_id) if r.kind is ReceiptKind.ACCEPTED]
    if words or not receipts:
        # No words and no receipt: a crash between the row and the receipt. The row keeps the words.
        receipts = [Receipt(ReceiptKind.ACCEPTED, words or "accepted; see the outbox row", desk.clock())]
        desk.ledger.add_receipt(dictation_id, receipts[0])
    desk.ledger.move(dictation_id, {State.SENDING, State.UNCERTAIN}, State.SENT, actor=actor)
    return receipts[-1]
