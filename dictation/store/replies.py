"""Replies: what came back about the letters, what it changes, and what waits for a person.

A reply and everything it changes (receipt, outbox row, state, journal) is one transaction; the same message twice, from
whatever mailbox, is one reply.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from dictation.domain.exchange import OutboxState, Receipt, ReceiptKind
from dictation.domain.journal import Details
from dictation.domain.progress import Dictation, State
from dictation.domain.replies import KeptReply, Reply
from dictation.errors import NeedsAPerson, TryAgainLater
from dictation.store import journal, rows
from dictation.store.ledger import Ledger
from dictation.store.outbox import PRINTED
from dictation.store.tables import DictationRow, MailboxSeenRow, OutboxRow, ReplyRow
from dictation.store.transactions import reading, writing

ACTOR = "feedback"
_ARRIVED = [kind.value for kind in ReceiptKind if kind.arrived]
_BACK = {ReceiptKind.RETURNED: "E_BOUNCED", ReceiptKind.NOT_INTEGRATED: "E_NOT_INTEGRATED"}
KeptReplies = list[KeptReply]


class Replies:
    """What dictation.send.feedback and the pages need of the store."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._clock = ledger, ledger.clock

    def seen(self, mailbox: str, validity: int) -> set[int]:
        """UIDs of this mailbox that have been recorded."""
        with reading():
            return set(MailboxSeenRow.objects.filter(mailbox=mailbox, validity=validity).values_list("uid", flat=True))

    def take(self, reply: Reply, message_sha256: str, *, mailbox: str, validity: int, uid: int) -> bool | None:
        """Record one message and what it changes. True: it is about a letter of ours; False: it waits for a person;
        None: it had been recorded before, under another UID. TryAgainLater (E_STILL_SENDING), and nothing recorded:
        a letter that is being handed over cannot come back yet; its report may be quicker than the server's 250.
        """
        now = self._clock()
        with writing():
            dispatch = _about(reply)
            known = ReplyRow.objects.filter(message_sha256=message_sha256).exists()
            if dispatch and not known and reply.kind and reply.kind.calls_for_a_person and _being_sent(dispatch):
                raise TryAgainLater(f"dictation {dispatch.dictation_id} is being sent", code="E_STILL_SENDING")
            MailboxSeenRow.objects.get_or_create(
                mailbox=mailbox, validity=validity, uid=uid, defaults={"message_sha256": message_sha256}
            )
            if known:
                return None
            row = ReplyRow.objects.create(
                id=uuid.uuid4().hex[:12],
                message_sha256=message_sha256,
                dictation_id=dispatch.dictation_id if dispatch else None,
                dispatch=dispatch,
                kind=reply.kind.value if reply.kind else "",
                words=reply.words,
                sender=reply.sender[:500],
                subject=reply.subject[:500],
                text=reply.text,
                at=now,
            )
            if dispatch is None:
                journal.append(now, ACTOR, "reply-unmatched", "", {"reply": row.id, "kind": row.kind})
                return False
            details: Details = {"reply": row.id, "kind": row.kind, "message_sha256": message_sha256}
            journal.append(now, ACTOR, "reply-matched", row.dictation_id or "", details)
            if reply.kind is None:
                return False
            self._settle(row, ACTOR)
            self._effect(dispatch, reply.kind, reply.words)
        return True

    def waiting(self, authors: Collection[str] | None = None) -> KeptReplies:
        """Replies that a person must read: about no letter we know, or not understood. Oldest first.

        authors: only about letters of these, by RPPS number; None: also those about no letter, which may be anybody's.
        """
        with reading():
            return [_kept(row) for row in _unsettled(authors).order_by("at", "id")[:500]]

    def of(self, dictation_id: str) -> KeptReplies:
        """Everything that came back about one dictation, oldest first."""
        with reading():
            return [_kept(row) for row in ReplyRow.objects.filter(dictation_id=dictation_id).order_by("at", "id")]

    def get(self, reply_id: str) -> KeptReply:
        with reading():
            row = ReplyRow.objects.filter(pk=reply_id).first()
        if row is None:
            raise NeedsAPerson(f"no reply {reply_id}", code="E_UNKNOWN_REPLY")
        return _kept(row)

    def attach(self, reply_id: str, dictation_id: str, *, actor: str, authors: Collection[str] | None = None) -> None:
        """A person says which letter it is about. It moves nothing by itself: the person has read it.

        authors: whose replies this person is shown, as for `waiting`.
        """
        with writing():
            row = _locked_waiting(reply_id, authors)
            ReplyRow.objects.filter(pk=row.pk).update(dictation_id=self._ledger.get(dictation_id).id)
            self._settle(row, actor)
            journal.append(self._clock(), actor, "reply-attached", dictation_id, {"reply": row.id})

    def dismiss(self, reply_id: str, *, actor: str, note: str, authors: Collection[str] | None = None) -> None:
        """A person says that it is about no letter, or has been dealt with."""
        with writing():
            row = _locked_waiting(reply_id, authors)
            self._settle(row, actor)
            journal.append(
                self._clock(), actor, "reply-dismissed", row.dictation_id or "", {"reply": row.id, "note": note}
            )

    def catch_up(self) -> int:
        """Move letters on whose proof came before their state could take it; how many moved."""
        late = ReplyRow.objects.filter(
            dispatch__dictation=OuterRef("pk"), dispatch__letter_version=OuterRef("letter_version")
        )
        arrived = Exists(late.filter(kind__in=_ARRIVED))
        moved = 0
        with reading():
            found = list(
                DictationRow.objects.filter(arrived, state=State.SENT.value).values_list("pk", flat=True)[:500]
            )
        for dictation_id in found:
            moved += self._ledger.move(dictation_id, State.SENT, State.DELIVERED, actor=ACTOR)
        return moved

    def without_news(self, days: float, *, authors: Collection[str] | None = None, limit: int = 500) -> list[Dictation]:
        """Letters (of these authors) that a mail server took so long ago, and of which nothing was heard since;
        oldest first.

        An absence or a delay is no news; an answer of the addressee is.
        """
        since = self._clock() - timedelta(days=days)
        mailed = OutboxRow.objects.filter(
            dictation=OuterRef("pk"), letter_version=OuterRef("letter_version"), state=OutboxState.SENT.value
        ).exclude(carrier__in=PRINTED)
        answered = ReplyRow.objects.filter(
            dispatch__dictation=OuterRef("pk"),
            dispatch__letter_version=OuterRef("letter_version"),
            kind=ReceiptKind.ANSWERED.value,
        )
        silent = DictationRow.objects.filter(
            Exists(mailed), ~Exists(answered), state=State.SENT.value, state_since__lt=since, settled_at__isnull=True
        )
        if authors is not None:
            silent = silent.filter(author__in=list(authors))
        with reading():
            return [rows.dictation(row) for row in silent.order_by("state_since")[:limit]]

    def _effect(self, dispatch: OutboxRow, kind: ReceiptKind, words: str) -> None:
        """What a reply changes. A late one about a version that was replaced is kept, and moves nothing."""
        id, ledger = dispatch.dictation_id, self._ledger
        ledger.add_receipt(id, Receipt(kind, words, self._clock()))
        current = DictationRow.objects.get(pk=id).letter_version == dispatch.letter_version
        if kind.arrived:
            # Positive proof about a row nobody could be sure of.
            ledger.settle_dispatch(dispatch.pk, OutboxState.SENT, words=words, actor=ACTOR)
            if current:
                ledger.move(id, State.UNCERTAIN, State.SENT, actor=ACTOR)
                ledger.move(id, State.SENT, State.DELIVERED, actor=ACTOR)
        elif kind.calls_for_a_person and current:
            ledger.bounce_dispatch(dispatch.pk, words=words, actor=ACTOR)
            ledger.move(id, State.UNCERTAIN, State.SENT, actor=ACTOR)
            ledger.move(
                id, {State.SENT, State.DELIVERED}, State.RETURNED, actor=ACTOR, error_code=_BACK[kind], error_detail=""
            )

    def _settle(self, row: ReplyRow, actor: str) -> None:
        ReplyRow.objects.filter(pk=row.pk).update(settled_by=actor, settled_at=self._clock())


def _unsettled(authors: Collection[str] | None) -> QuerySet[ReplyRow]:
    found = ReplyRow.objects.filter(settled_at__isnull=True)
    return found if authors is None else found.filter(dictation__author__in=list(authors))


def _locked_waiting(reply_id: str, authors: Collection[str] | None) -> ReplyRow:
    row = _unsettled(authors).select_for_update(of=("self",)).filter(pk=reply_id).first()
    if row is None:
        raise NeedsAPerson(f"no reply {reply_id} waits", code="E_UNKNOWN_REPLY")
    return row


def _about(reply: Reply) -> OutboxRow | None:
    """The dispatch a reply is about: its Message-ID, in the order of likelihood, then the envelope id."""
    for message_id in reply.message_ids:
        found = OutboxRow.objects.filter(message_id=message_id).first()
        if found is not None:
            return found
    named = reply.envelope_id.strip("<>")
    if not named:
        return None
    return OutboxRow.objects.filter(Q(pk=named) | Q(message_id=f"<{named}>")).first()


def _being_sent(dispatch: OutboxRow) -> bool:
    row = DictationRow.objects.get(pk=dispatch.dictation_id)
    return row.state == State.SENDING.value and row.letter_version == dispatch.letter_version


def _kept(row: ReplyRow) -> KeptReply:
    return KeptReply(
        id=row.id,
        dictation_id=row.dictation_id or "",
        message_sha256=row.message_sha256,
        kind=ReceiptKind(row.kind) if row.kind else None,
        words=row.words,
        sender=row.sender,
        subject=row.subject,
        text=row.text,
        at=row.at,
        settled_by=row.settled_by,
    )
