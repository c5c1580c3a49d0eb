"""Filings: what each signed letter owes the patient record, and what the record answered.

A row is made when it is first due, from the states alone: nothing has to ask for it, and a crash loses none.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from dictation.domain.filing import Filing, RecordEvent
from dictation.domain.journal import Details
from dictation.domain.progress import State
from dictation.store import journal
from dictation.store.tables import DictationRow, FilingRow
from dictation.store.transactions import reading, writing

FIRST_WAIT, LONGEST_WAIT = 60.0, 3600.0  # seconds
# A letter in one of these states is signed, whatever became of its sending.
_SIGNED = [
    state.value
    for state in (
        State.APPROVED, State.TYPESET, State.SENDING, State.SENT, State.DELIVERED, State.ARCHIVED, State.UNCERTAIN,
        State.RETURNED,
    )
]  # fmt: skip


class FilingStore:
    """What `dictation.record.file_due` needs of the store."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def due(self) -> list[Filing]:
        """What the record has not acknowledged and may be tried now, oldest first; makes the rows that are missing."""
        now = self._clock()
        with writing():
            for row in self._unasked():
                events = FilingRow.objects.filter(dictation=row, acknowledged_at__isnull=False)
                replaces = events.filter(letter_version__lt=row.letter_version).exists()
                self._open(row, RecordEvent.REPLACED if replaces else RecordEvent.NEW, now)
            for row in self._delivered():
                self._open(row, RecordEvent.STATUS, now)
            for row in self._withdrawn():
                self._open(row, RecordEvent.CANCELLED, now)
            waiting = FilingRow.objects.filter(acknowledged_at__isnull=True, refused_code="")
            ready = waiting.filter(Q(not_before__isnull=True) | Q(not_before__lte=now)).order_by("opened_at", "id")
            return [_due(row) for row in ready]

    def acknowledged(self, due: Filing, words: str) -> None:
        self._settle(due, "record-acknowledged", words, acknowledged_at=self._clock())

    def refused(self, due: Filing, code: str, words: str) -> None:
        self._settle(due, "record-refused", words, refused_code=code)

    def postpone(self, due: Filing, words: str) -> None:
        """Try again later: after a minute, then twice as long each time, at most an hour."""
        now = self._clock()
        with writing():
            row = FilingRow.objects.select_for_update().get(pk=due.id)
            wait = min(FIRST_WAIT * 2 ** min(row.attempts, 20), LONGEST_WAIT)
            row.attempts, row.words, row.changed_at = row.attempts + 1, words[:500], now
            row.not_before = now + timedelta(seconds=wait)
            row.save()

    def retry(self, dictation_id: str, *, actor: str) -> int:
        """A person had the record mended: ask again for what it refused; return how many."""
        now = self._clock()
        with writing():
            refused = FilingRow.objects.filter(dictation_id=dictation_id, acknowledged_at__isnull=True)
            number = refused.exclude(refused_code="").update(refused_code="", not_before=None, changed_at=now)
            if number:
                journal.append(now, actor, "record-retried", dictation_id)
        return number

    def backlog(self) -> tuple[int, int, datetime | None]:
        """(waiting, refused, since when the oldest of both waits)."""
        with reading():
            open_rows = FilingRow.objects.filter(acknowledged_at__isnull=True)
            oldest = open_rows.order_by("opened_at").values_list("opened_at", flat=True).first()
            refused = open_rows.exclude(refused_code="").count()
            return open_rows.count() - refused, refused, oldest

    def refused_ids(self) -> list[tuple[str, str]]:
        """(dictation id, code) of what the record refused and nobody has retried, oldest first."""
        with reading():
            rows = FilingRow.objects.filter(acknowledged_at__isnull=True).exclude(refused_code="")
            return list(rows.order_by("opened_at", "id").values_list("dictation_id", "refused_code"))

    def of(self, dictation_id: str) -> list[dict[str, str]]:
        """What a listing says of one dictation: event, version, how it stands."""
        with reading():
            rows = FilingRow.objects.filter(dictation_id=dictation_id).order_by("opened_at", "id")
            return [
                {
                    "event": row.event,
                    "letter_version": str(row.letter_version),
                    "state": "acknowledged" if row.acknowledged_at else row.refused_code or "waiting",
                    "words": row.words,
                }
                for row in rows
            ]

    def _unasked(self) -> list[DictationRow]:
        mine = FilingRow.objects.filter(
            dictation=OuterRef("pk"),
            letter_version=OuterRef("letter_version"),
            event__in=[RecordEvent.NEW.value, RecordEvent.REPLACED.value],
        )
        signed = DictationRow.objects.filter(state__in=_SIGNED, approval__isnull=False)
        return list(signed.filter(~Exists(mine)).order_by("state_since")[:200])

    def _delivered(self) -> list[DictationRow]:
        return self._after(DictationRow.objects.filter(state=State.DELIVERED.value), RecordEvent.STATUS)

    def _withdrawn(self) -> list[DictationRow]:
        return self._after(DictationRow.objects.filter(state=State.CANCELLED.value), RecordEvent.CANCELLED)

    def _after(self, rows: QuerySet[DictationRow], event: RecordEvent) -> list[DictationRow]:
        """Those whose document the record holds, and which it has not been told of `event` yet."""
        same = FilingRow.objects.filter(dictation=OuterRef("pk"), letter_version=OuterRef("letter_version"))
        held = same.filter(event__in=[RecordEvent.NEW.value, RecordEvent.REPLACED.value], acknowledged_at__isnull=False)
        return list(rows.filter(Exists(held), ~Exists(same.filter(event=event.value)))[:200])

    def _open(self, row: DictationRow, event: RecordEvent, now: datetime) -> None:
        FilingRow.objects.create(
            id=uuid.uuid4().hex[:16],
            dictation=row,
            letter_version=row.letter_version,
            event=event.value,
            opened_at=now,
            changed_at=now,
        )

    def _settle(self, due: Filing, action: str, words: str, **columns: object) -> None:
        now = self._clock()
        with writing():
            row = FilingRow.objects.filter(pk=due.id, acknowledged_at__isnull=True)
            if row.update(words=words[:500], changed_at=now, not_before=None, **columns):
                details: Details = {
                    "event": due.event.value,
                    "letter_version": due.letter_version,
                    "words": words[:200],
                }
                journal.append(now, "record", action, due.dictation_id, details)


def _due(row: FilingRow) -> Filing:
    return Filing(row.id, row.dictation_id, row.letter_version, RecordEvent(row.event))
