"""Nothing is left behind: every state has a limit, and what passed it is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dictation import overdue
from dictation.domain.documents import Priority, Recording, Sidecar
from dictation.domain.progress import Dictation, State
from dictation.settings import OverdueSettings

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
LIMITS = OverdueSettings()
OVER = {State.DELIVERED, State.ARCHIVED, State.CANCELLED}


def standing(state: State, hours: float, *, urgent: bool = False, number: int = 1) -> Dictation:
    since = NOW - timedelta(hours=hours)
    sidecar = Sidecar("10003456786", priority=Priority.URGENT if urgent else Priority.NORMAL)
    return Dictation(f"{number:012x}", state, 1, Recording("a" * 64, "d.wav", 1), sidecar, since, since)


def test_every_state_somebody_must_move_on_from_has_a_limit():
    assert set(overdue.LIMITS) == set(State) - OVER


@pytest.mark.parametrize("state", sorted(set(State) - OVER))
def test_late_begins_one_second_after_the_limit(state):
    hours = getattr(LIMITS, overdue.LIMITS[state])
    assert overdue.late(standing(state, hours), NOW, LIMITS) is None
    assert overdue.late(standing(state, hours + 1 / 3600), NOW, LIMITS) is not None


def test_an_urgent_dictation_is_late_sooner():
    assert overdue.late(standing(State.DRAFTED, 5), NOW, LIMITS) is None
    assert overdue.late(standing(State.DRAFTED, 5, urgent=True), NOW, LIMITS).by == timedelta(hours=1)


def test_a_limit_of_nought_is_no_limit():
    assert overdue.late(standing(State.DRAFTED, 9999), NOW, OverdueSettings(proofread_hours=0)) is None


def test_the_digest_names_states_and_ids_and_nothing_of_a_patient():
    late = [standing(State.DRAFTED, 30, number=1), standing(State.PROOFREAD, 100, number=2)]
    text = overdue.digest(overdue.overdue(late, NOW, LIMITS))
    assert text.startswith("2 dictées en retard\u00a0:")
    assert "À signer (1)\n  000000000002  retard 2\u00a0j 4\u00a0h" in text
    assert overdue.digest([]) == "Rien en retard."
