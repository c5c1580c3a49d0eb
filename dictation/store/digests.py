"""Digests: on which days the service said what is late, as the journal tells it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta

from dictation.store import journal
from dictation.store.tables import JournalHead, JournalRow
from dictation.store.transactions import reading, writing

SAID = "digest-written"


class Digests:
    """What dictation.digest needs of the store."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def said(self, day: date) -> bool:
        """Whether that day had its word. day: today or yesterday where the hospital is."""
        with reading():
            return self._said(day)

    def say(self, day: date, *, late: int) -> bool:
        """That day had its word, about so many. False when it had one already: nothing is written twice."""
        now = self._clock()
        with writing():
            JournalHead.objects.select_for_update().filter(id=1).first()  # the journal's writers one by one
            if self._said(day):
                return False
            journal.append(now, "workflow", SAID, details={"day": day.isoformat(), "late": late})
        return True

    def _said(self, day: date) -> bool:
        lately = JournalRow.objects.filter(action=SAID, at__gte=self._clock() - timedelta(days=2))
        return any(json.loads(text)["day"] == day.isoformat() for text in lately.values_list("details", flat=True))
