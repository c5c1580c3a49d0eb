"""Postal book: which letters may be printed for La Poste, and who printed which.

A print is one line of the journal, written in the transaction that lays the files: none is forgotten, none is claimed
that does not lie there. Settling by post is one line too, and two columns: no list goes through the journal for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q

from dictation.domain.exchange import OutboxState, ReceiptKind
from dictation.domain.journal import Details
from dictation.domain.postal import SETTLEABLE, Printed
from dictation.domain.progress import Dictation, State
from dictation.errors import NotAllowed
from dictation.store import journal, rows
from dictation.store.ledger import Ledger
from dictation.store.outbox import PRINTED
from dictation.store.revisions import _locked
from dictation.store.tables import DictationRow, OutboxRow, ReplyRow
from dictation.store.transactions import reading, writing

ACTION = "printed-for-post"
SETTLED, REOPENED = "settled-by-post", "settlement-withdrawn"
_SEEN = [kind.value for kind in (ReceiptKind.READ, ReceiptKind.INTEGRATED, ReceiptKind.ANSWERED)]


class PostalBook:
    """What dictation.send.postal needs of the store."""

    def __init__(self, ledger: Ledger) -> None:
        self._clock = ledger.clock

    def stopped(self, quiet_seconds: float, *, dictation_id: str = "", limit: int = 500) -> list[Dictation]:
        """Letters that came back, and those that perhaps left so long ago that no line is open any more."""
        quiet = Q(state=State.UNCERTAIN.value, state_since__lte=self._clock() - timedelta(seconds=quiet_seconds))
        found = DictationRow.objects.filter(Q(state=State.RETURNED.value) | quiet, settled_at__isnull=True)
        if dictation_id:
            found = found.filter(pk=dictation_id)
        with reading():
            return [rows.dictation(row) for row in found.order_by("state_since")[:limit]]

    def unread(self, hours: float, *, dictation_id: str = "", limit: int = 500) -> list[Dictation]:
        """Letters that a mail server took, with no word for so long that anybody read them; oldest first."""
        since = self._clock() - timedelta(hours=hours)
        mailed = OutboxRow.objects.filter(
            dictation=OuterRef("pk"), letter_version=OuterRef("letter_version"), state=OutboxState.SENT.value
        ).exclude(carrier__in=PRINTED)
        about_it = Q(dispatch__isnull=True) | Q(dispatch__letter_version=OuterRef("letter_version"))
        seen = ReplyRow.objects.filter(about_it, dictation=OuterRef("pk"), kind__in=_SEEN)
        found = DictationRow.objects.filter(
            Exists(mailed),
            ~Exists(seen),
            state__in=[State.SENT.value, State.DELIVERED.value],
            state_since__lt=since,
            settled_at__isnull=True,
        )
        if dictation_id:
            found = found.filter(pk=dictation_id)
        with reading():
            return [rows.dictation(row) for row in found.order_by("state_since")[:limit]]

    def prints(self, dictation_id: str) -> list[Printed]:
        """Every print of any version, oldest first."""
        with reading():
            return [
                Printed(
                    letter_version=int(str(line.details["letter_version"])),
                    pdf_sha256=str(line.details["pdf_sha256"]),
                    cover_sha256=str(line.details["cover_sha256"]),
                    actor=line.actor,
                    at=line.at,
                    note=str(line.details["note"]),
                )
                for line in journal.entries(dictation_id)
                if line.action == ACTION
            ]

    def write_down(
        self,
        dictation_id: str,
        letter_version: int,
        details: dict[str, str],
        *,
        actor: str,
        lay: Callable[[bool], None],
    ) -> None:
        """One print: `lay` is told whether this version was printed before, and either lays the files or raises."""
        with writing():
            DictationRow.objects.select_for_update().get(pk=dictation_id)  # one print, or one resending, at a time
            lay(any(one.letter_version == letter_version for one in self.prints(dictation_id)))
            journal.append(self._clock(), actor, ACTION, dictation_id, {"letter_version": letter_version, **details})

    def settle(self, dictation_id: str, *, actor: str, note: str = "") -> bool:
        """A person posted the printed copy of the present version. False when it was settled before.

        NotAllowed: E_WRONG_STATE (nothing left, or nothing is awaited), E_NOT_PRINTED.
        """
        now = self._clock()
        with writing():
            row = _locked(dictation_id)
            if State(row.state) not in SETTLEABLE:
                raise NotAllowed(f"dictation {dictation_id} is {row.state}", code="E_WRONG_STATE")
            if row.settled_at is not None:
                return False
            version = row.letter_version
            if not any(one.letter_version == version for one in self.prints(dictation_id)):
                raise NotAllowed(f"dictation {dictation_id}: version {version} never printed", code="E_NOT_PRINTED")
            columns = {"settled_at": now, "settled_by": actor, "version": row.version + 1}
            DictationRow.objects.filter(pk=dictation_id).update(**columns)
            journal.append(now, actor, SETTLED, dictation_id, {"letter_version": version, "note": note})
        return True

    def reopen(self, dictation_id: str, *, actor: str, note: str) -> bool:
        """The copy was not posted, or came back: the letter waits again. False when it was not settled."""
        with writing():
            row = _locked(dictation_id)
            if row.settled_at is None:
                return False
            columns = {"settled_at": None, "settled_by": "", "version": row.version + 1}
            DictationRow.objects.filter(pk=dictation_id).update(**columns)
            details: Details = {"letter_version": row.letter_version, "note": note}
            journal.append(self._clock(), actor, REOPENED, dictation_id, details)
        return True
