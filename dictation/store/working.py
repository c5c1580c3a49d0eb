"""Working: what the steps are told to do, how far they are, and when to try again.

The part of the Ledger the workflow lives by. Nothing here moves a dictation to another state.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q

from dictation.domain.exchange import OutboxState
from dictation.domain.progress import State
from dictation.store import journal
from dictation.store.revisions import _locked
from dictation.store.tables import DictationRow, OutboxRow
from dictation.store.transactions import reading, writing

PREPARE = frozenset({State.RECEIVED, State.TRANSCRIBED, State.STRUCTURED})
DELIVER = frozenset({State.APPROVED, State.TYPESET, State.SENDING})


class Work(NamedTuple):
    """Something to run. The key is the same until the row changes: starting twice is starting once."""

    dictation_id: str
    workflow: str  # "prepare" or "deliver"
    key: str  # prepare: id:row version; deliver: id:letter version:row version


Works = list[Work]


class Working:
    """The part of the Ledger that says what is to be done."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def needing_work(self) -> Works:
        """What should run now, urgent first: states a step starts from, archives to write, outcomes to follow."""
        now = self._clock()
        proof = OutboxRow.objects.filter(
            dictation=OuterRef("pk"), letter_version=OuterRef("letter_version"), state=OutboxState.SENT.value
        )
        deliver: Any = Q(state__in=[state.value for state in DELIVER]) | Q(archive_due=True)
        deliver |= Q(state=State.UNCERTAIN.value) & Exists(proof)
        prepare = Q(state__in=[state.value for state in PREPARE])
        due = Q(not_before__isnull=True) | Q(not_before__lte=now)
        with reading():
            found = DictationRow.objects.filter(due & (prepare | deliver)).order_by("-urgent", "received_at", "id")
            columns = found.values_list("id", "state", "version", "letter_version")
            return [
                Work(pk, "prepare", f"{pk}:{version}")
                if State(state) in PREPARE
                else Work(pk, "deliver", f"{pk}:{letter_version}:{version}")
                for pk, state, version, letter_version in columns
            ]

    def progress(self, dictation_id: str, share: float | None, seconds_to_go: float | None) -> None:
        """How far recognition is, 0..1, and the seconds it still needs. No journal line, no new version."""
        with writing():
            received = DictationRow.objects.filter(pk=dictation_id, state=State.RECEIVED.value)
            received.update(progress=share, seconds_to_go=seconds_to_go)

    def count_attempt(self, dictation_id: str) -> int:
        """One more attempt at the present step begins; its number. A move sets the count back to 0."""
        with writing():
            row = _locked(dictation_id)
            attempts = row.attempts + 1
            DictationRow.objects.filter(pk=row.pk).update(attempts=attempts, version=row.version + 1)
        return attempts

    def not_before(self, dictation_id: str, when: datetime | None) -> None:
        """Leave it alone until then."""
        with writing():
            DictationRow.objects.filter(pk=dictation_id).update(not_before=when, version=F("version") + 1)

    def postpone(
        self,
        dictation_id: str,
        state: State,
        *,
        code: str,
        detail: str = "",
        first_seconds: float,
        longest_seconds: float = 3600.0,
        counted: bool = False,
    ) -> datetime:
        """Try the step again later: after first_seconds, then twice as long each time. Returns when.

        counted: the attempt stays counted (a bug); otherwise it does not (the relay was closed, the disk full).
        Nothing happens when the dictation has left `state` meanwhile.
        """
        now = self._clock()
        with writing():
            row = _locked(dictation_id)
            seconds = min(first_seconds * 2 ** min(row.waits, 30), longest_seconds)
            when = now + timedelta(seconds=seconds)
            if row.state != state.value:
                return when
            attempts = row.attempts if counted else max(row.attempts - 1, 0)
            # An archived letter keeps the reason it was archived for; only its bundle is late.
            reason = {} if state is State.ARCHIVED else {"error_code": code, "error_detail": detail}
            DictationRow.objects.filter(pk=row.pk).update(
                not_before=when,
                waits=row.waits + 1,
                attempts=attempts,
                progress=None,
                seconds_to_go=None,
                version=row.version + 1,
                **reason,
            )
            journal.append(now, "workflow", "postponed", row.id, {"code": code, "seconds": seconds, "at": state.value})
        return when

    def archive_due(self, dictation_id: str) -> bool:
        """Whether the archive bundle is missing or older than the state."""
        with reading():
            return DictationRow.objects.filter(pk=dictation_id, archive_due=True).exists()

    def archive_written(self, dictation_id: str, state: State) -> bool:
        """The bundle was written when the dictation was in `state`. False when it has moved on: write it again."""
        now = self._clock()
        with writing():
            due = DictationRow.objects.filter(pk=dictation_id, state=state.value, archive_due=True)
            quiet: dict[str, Any] = {"not_before": None, "waits": 0, "attempts": 0}
            if state is not State.ARCHIVED:
                quiet |= {"error_code": "", "error_detail": ""}
            written = due.update(archive_due=False, version=F("version") + 1, **quiet) == 1
            if written:
                journal.append(now, "archive", "bundle-written", dictation_id, {"at": state.value})
        return written
