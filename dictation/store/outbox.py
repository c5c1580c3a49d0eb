"""Outbox: one row per letter version and mailbox, claimed before the first byte leaves, settled after.

The Message-ID is fixed when the row is made. A row found `inflight` by somebody who did not claim it may have left:
it becomes `uncertain`, and only a person makes it `ready` again.
"""

from __future__ import annotations

import uuid

from dictation.domain.consent import obstacle
from dictation.domain.exchange import Dispatch, OutboxState, Receipt
from dictation.domain.journal import Details
from dictation.domain.progress import State
from dictation.errors import NeedsAPerson, NotAllowed
from dictation.store import journal, rows
from dictation.store.consents import Consents, unseal
from dictation.store.tables import DictationRow, OutboxRow, ReceiptRow
from dictation.store.transactions import reading, writing

_READY, _INFLIGHT, _SENT = OutboxState.READY, OutboxState.INFLIGHT, OutboxState.SENT
_UNCERTAIN, _FAILED = OutboxState.UNCERTAIN, OutboxState.FAILED

# How a row may be settled, and from what. `sent` is final: the line's own evidence always wins.
SETTLED_FROM: dict[OutboxState, frozenset[OutboxState]] = {
    _SENT: frozenset({_INFLIGHT, _UNCERTAIN}),
    _UNCERTAIN: frozenset({_INFLIGHT}),
    _FAILED: frozenset({_READY, _INFLIGHT, _UNCERTAIN}),
    _READY: frozenset({_INFLIGHT}),  # a plain « not now » after DATA
}


PRINTED = frozenset({"folder"})  # carriers that use no mailbox, and that nothing ever comes back from


class Outbox(Consents):
    """The part of the Ledger that sending uses."""

    def open_dispatch(
        self,
        dictation_id: str,
        *,
        letter_version: int,
        mailbox: str,
        carrier: str,
        message_id: str,
        pdf_sha256: str,
        message_sha256: str,
    ) -> Dispatch:
        """The outbox row of this letter for this mailbox: made now, or as it was first made, with its Message-ID."""
        now = self._clock()
        with writing():
            row, created = OutboxRow.objects.get_or_create(
                dictation_id=dictation_id,
                letter_version=letter_version,
                mailbox=mailbox,
                defaults={
                    "id": uuid.uuid4().hex[:12],
                    "carrier": carrier,
                    "message_id": message_id,
                    "pdf_sha256": pdf_sha256,
                    "message_sha256": message_sha256,
                    "opened_at": now,
                    "changed_at": now,
                },
            )
            if created:
                details = {"dispatch": row.id, "message_id": message_id, "pdf_sha256": pdf_sha256, "carrier": carrier}
                journal.append(now, "send", "dispatch-opened", dictation_id, details)
        return rows.dispatch(row)

    def dispatches(self, dictation_id: str) -> list[Dispatch]:
        """Every dispatch of a dictation, oldest first."""
        with reading():
            found = OutboxRow.objects.filter(dictation_id=dictation_id).order_by("opened_at", "id")
            return [rows.dispatch(row) for row in found]

    def dispatch(self, dispatch_id: str) -> Dispatch:
        with reading():
            row = OutboxRow.objects.filter(pk=dispatch_id).first()
        if row is None:
            raise NeedsAPerson(f"no dispatch {dispatch_id}", code="E_UNKNOWN_DISPATCH")
        return rows.dispatch(row)

    def replaces(self, dictation_id: str) -> Dispatch | None:
        """The message that an earlier version of this letter left as, to the same mailbox: what « annule et remplace ».

        None for a first version, and for an addressee who never got one.
        """
        with reading():
            letter = DictationRow.objects.filter(pk=dictation_id).first()
            if letter is None:
                raise NeedsAPerson(f"no dictation {dictation_id}", code="E_UNKNOWN_DICTATION")
            sidecar = rows.dictation(letter).sidecar
            mailbox = sidecar.addressee.mailbox if sidecar and sidecar.addressee else ""
            older = OutboxRow.objects.filter(dictation=letter, letter_version__lt=letter.letter_version)
            row = older.filter(mailbox=mailbox, state=_SENT.value).order_by("-letter_version").first()
            return rows.dispatch(row) if row else None

    def claim_dispatch(self, dispatch_id: str) -> bool:
        """READY -> INFLIGHT, on the disk before this returns. False: somebody else has it, or had it; do not send.

        Only a letter that is approved and being sent can be claimed, with the PDF that was approved, and while nothing
        stands against it: an objection is recorded before this transaction, and stops it, or after.
        """
        now = self._clock()
        with writing():
            row = OutboxRow.objects.select_for_update().filter(pk=dispatch_id, state=_READY.value).first()
            if row is None:
                return False
            letter = DictationRow.objects.get(pk=row.dictation_id)
            if letter.state != State.SENDING.value or not letter.approval:
                raise NotAllowed(f"dictation {letter.id} is {letter.state}, not sending", code="E_NOT_CLEARED")
            if letter.pdf_sha256 != row.pdf_sha256:
                raise NotAllowed(f"dispatch {row.id}: not the approved PDF", code="E_LETTER_ALTERED")
            dictation = rows.dictation(letter)
            code = obstacle(dictation, self._grounds(dictation), needs_mailbox=row.carrier not in PRINTED)
            if code:
                raise NeedsAPerson(f"dispatch {row.id}: not cleared", code=code)
            attempts = row.attempts + 1
            OutboxRow.objects.filter(pk=row.pk).update(state=_INFLIGHT.value, attempts=attempts, changed_at=now)
            details: Details = {"dispatch": row.id, "attempt": attempts}
            journal.append(now, "send", "dispatch-inflight", row.dictation_id, details)
        return True

    def settle_dispatch(self, dispatch_id: str, state: OutboxState, *, words: str = "", actor: str = "send") -> bool:
        """Write how an attempt ended. False when the row was no longer where that end is possible: nothing changed."""
        now = self._clock()
        allowed = [before.value for before in SETTLED_FROM.get(state, frozenset())]
        with writing():
            row = OutboxRow.objects.select_for_update().filter(pk=dispatch_id, state__in=allowed).first()
            if row is None:
                return False
            OutboxRow.objects.filter(pk=row.pk).update(state=state.value, words=words, changed_at=now)
            details = {"dispatch": row.id, "before": row.state, "words": words[:500]}
            journal.append(now, actor, f"dispatch-{state.value}", row.dictation_id, details)
        return True

    def doubt_restored(self, dispatch_id: str, *, actor: str) -> bool:
        """A backup was put back: what was ready or on its way in it may have left since. `uncertain`, for a person.

        Only for a letter that was being sent: False for any other.
        """
        now = self._clock()
        with writing():
            row = OutboxRow.objects.select_for_update().filter(pk=dispatch_id).first()
            if row is None or row.state not in {_READY.value, _INFLIGHT.value}:
                return False
            letter = DictationRow.objects.get(pk=row.dictation_id)
            if letter.state != State.SENDING.value or letter.pdf_sha256 != row.pdf_sha256:
                return False
            OutboxRow.objects.filter(pk=row.pk).update(state=_UNCERTAIN.value, words="restored", changed_at=now)
            details = {"dispatch": row.id, "before": row.state, "words": "restored from a backup"}
            journal.append(now, actor, "dispatch-uncertain", row.dictation_id, details)
        return True

    def bounce_dispatch(self, dispatch_id: str, *, words: str, actor: str) -> bool:
        """A report says that a message that had been accepted did not arrive after all: `failed`, for a person.

        The one way out of `sent`: what the line said then is true, and so is what the report says now.
        """
        now = self._clock()
        with writing():
            row = OutboxRow.objects.select_for_update().filter(pk=dispatch_id).first()
            if row is None or row.state not in {_SENT.value, _UNCERTAIN.value}:
                return False
            OutboxRow.objects.filter(pk=row.pk).update(state=_FAILED.value, words=words, changed_at=now)
            details: Details = {"dispatch": row.id, "before": row.state, "words": words[:500]}
            journal.append(now, actor, "dispatch-bounced", row.dictation_id, details)
        return True

    def unseal_dispatches(self, dictation_id: str, actor: str) -> bool:
        """A person sends again: what no server was offered is sealed anew. False when there is no such message."""
        now = self._clock()
        with writing():
            letter = DictationRow.objects.select_for_update().filter(pk=dictation_id).first()
            return letter is not None and unseal(letter, now, actor)

    def requeue_dispatch(self, dispatch_id: str, actor: str) -> bool:
        """A person decides to send once more what is uncertain or failed: same row, same Message-ID.

        The dictation goes back to `sending` in the same transaction. False when the row is in no such state.
        """
        now = self._clock()
        with writing():
            row = OutboxRow.objects.select_for_update().filter(pk=dispatch_id).first()
            if row is None or row.state not in {_UNCERTAIN.value, _FAILED.value}:
                return False
            letter = DictationRow.objects.select_for_update().get(pk=row.dictation_id)
            if letter.state not in {State.UNCERTAIN.value, State.RETURNED.value, State.SENDING.value}:
                raise NotAllowed(f"dictation {letter.id} is {letter.state}", code="E_NOT_ALLOWED")
            OutboxRow.objects.filter(pk=row.pk).update(state=_READY.value, changed_at=now)
            DictationRow.objects.filter(pk=letter.pk).update(
                state=State.SENDING.value,
                state_since=now,
                version=letter.version + 1,
                attempts=0,
                waits=0,
                not_before=None,
                error_code="",
                error_detail="",
                settled_at=None,
                settled_by="",
            )
            details = {"dispatch": row.id, "message_id": row.message_id, "before": letter.state, "after": "sending"}
            journal.append(now, actor, "dispatch-requeued", row.dictation_id, details)
        return True

    def add_receipt(self, dictation_id: str, receipt: Receipt) -> None:
        """Keep what a carrier said, in its own words; the same receipt twice is kept once."""
        with writing():
            _, created = ReceiptRow.objects.get_or_create(
                dictation_id=dictation_id, kind=receipt.kind.value, words=receipt.words, at=receipt.at
            )
            if created:
                journal.append(self._clock(), "send", f"receipt-{receipt.kind.value}", dictation_id)

    def receipts(self, dictation_id: str) -> list[Receipt]:
        with reading():
            found = ReceiptRow.objects.filter(dictation_id=dictation_id).order_by("at", "id")
            return [rows.receipt(row) for row in found]
