"""Retention: whose sound has been kept long enough, and whose is gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Q

from dictation.domain.journal import ANCHOR
from dictation.domain.progress import State
from dictation.store import journal, rows
from dictation.store.tables import DictationRow, JournalRow
from dictation.store.transactions import reading, writing

# The letter has reached an end: it has left, or is kept for good.
_OVER = [State.SENT.value, State.DELIVERED.value, State.ARCHIVED.value]
# A letter may still come back for so long, and its correction needs the sound. Postfix gives up after five days.
COMES_BACK_WITHIN = timedelta(days=7)
# The recogniser may still have to hear it; a held or stuck one only while it has no transcript.
_UNHEARD = [State.RECEIVED.value, State.HELD.value, State.STUCK.value]
_AT_ONCE = 200  # a round ends in bounded time; the next one goes on


class Retention:
    """What `dictation.archive.erase_due` needs of the store."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def sound_to_erase(self, kept: timedelta) -> list[str]:
        """Ids of dictations signed longer ago than that whose sound is still there; those received first come first.

        However long ago it was signed, a letter that has not reached an end keeps its sound, and so does one that
        reached it only now: it may come back. A letter that came back has its end when a person settled it by post.
        """
        now = self._clock()
        quiet = now - min(kept, COMES_BACK_WITHIN)
        ended = Q(state__in=_OVER, state_since__lt=quiet) | Q(state=State.RETURNED.value, settled_at__lt=quiet)
        found = DictationRow.objects.filter(
            ended,
            received_at__lt=now - kept,  # nothing is signed before: it spares reading the others' signatures
            sound_erased_at__isnull=True,
            archive_due=False,
            refused=False,
        ).order_by("received_at", "pk")
        with reading():
            due = (row.pk for row in found.iterator() if _signed_at(row) < now - kept)
            return list(islice(due, _AT_ONCE))

    def sound_erased(self, dictation_id: str, actor: str) -> None:
        """Write down that it is gone. Saying so twice is saying so once."""
        now = self._clock()
        with writing():
            row = DictationRow.objects.filter(pk=dictation_id, sound_erased_at__isnull=True)
            if row.update(sound_erased_at=now):
                journal.append(now, actor, "sound-erased", dictation_id)

    def was_erased(self, dictation_id: str) -> bool:
        with reading():
            return DictationRow.objects.filter(pk=dictation_id, sound_erased_at__isnull=False).exists()

    def vouched(self) -> set[str]:
        """Names of the archive bundles that the journal knows, whether they are still there or not."""
        lines = JournalRow.objects.filter(action=ANCHOR).values_list("details", flat=True)
        with reading():
            return {str(json.loads(details)["bundle"]) for details in lines.iterator()}

    def unheard(self) -> set[str]:
        """Digests of the recordings that still wait for their transcript."""
        waiting = DictationRow.objects.filter(state__in=_UNHEARD, transcript_sha256="", refused=False)
        with reading():
            return set(waiting.values_list("sha256", flat=True))


def _signed_at(row: DictationRow) -> datetime:
    """When the present version was signed: nothing that ended was not."""
    approval = rows.dictation(row).approval
    return approval.signed_at if approval else row.state_since
