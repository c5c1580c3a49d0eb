"""Retention: whose sound has been kept long enough, and whose is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dictation.domain.progress import State
from dictation.store import journal
from dictation.store.tables import DictationRow
from dictation.store.transactions import reading, writing

# Nothing more can be asked of the sound: the letter has left, or is kept for good, and its bundle is written.
_OVER = [State.SENT.value, State.DELIVERED.value, State.ARCHIVED.value]
# The recogniser may still have to hear it; a held or stuck one only while it has no transcript.
_UNHEARD = [State.RECEIVED.value, State.HELD.value, State.STUCK.value]
_AT_ONCE = 200  # a round ends in bounded time; the next one goes on


class Retention:
    """What `dictation.archive.erase_due` needs of the store."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def sound_to_erase(self, since: datetime) -> list[str]:
        """Ids of dictations that have not moved since then and whose sound is still kept, longest first."""
        kept = DictationRow.objects.filter(state__in=_OVER, sound_erased_at__isnull=True, archive_due=False)
        with reading():
            found = kept.filter(state_since__lt=since, refused=False).order_by("state_since")
            return list(found.values_list("pk", flat=True)[:_AT_ONCE])

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

    def unheard(self) -> set[str]:
        """Digests of the recordings that still wait for their transcript."""
        waiting = DictationRow.objects.filter(state__in=_UNHEARD, transcript_sha256="", refused=False)
        with reading():
            return set(waiting.values_list("sha256", flat=True))
