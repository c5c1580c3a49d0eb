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


SERVICES = {"10003456786": "Urologie", "10001112225": "Orthopédie", "10007654329": "Cardiologie"}
OWN = OverdueSettings(services={"Urologie": {"sign_hours": 12}, "Orthopédie": {"sign_hours": 0, "urgent_hours": 2}})


def test_a_service_has_its_own_limits_and_the_others_keep_theirs():
    waiting = standing(State.PROOFREAD, 20)
    assert overdue.late(waiting, NOW, OWN) is None
    late = overdue.late(waiting, NOW, OWN, "Urologie")
    assert (late.by, late.service) == (timedelta(hours=8), "Urologie")
    assert overdue.late(standing(State.PROOFREAD, 9999), NOW, OWN, "Orthopédie") is None
    assert overdue.late(standing(State.DRAFTED, 25), NOW, OWN, "Urologie") is not None  # what it does not name


@pytest.mark.parametrize("state", sorted(overdue.LIMITS))
@pytest.mark.parametrize("urgent", [False, True])
@pytest.mark.parametrize("author", [*SERVICES, "19999999999"])
def test_the_questions_of_a_list_say_what_is_late_of_each_author(state, urgent, author):
    """Asked of a list or of one dictation, the answer is the same."""
    asked = overdue.before(NOW, OWN, SERVICES)
    for hours in (1, 3, 5, 13, 30, 50, 100, 200):
        one = standing(state, hours, urgent=urgent)
        said = [
            each
            for each in asked
            if (each.state, each.urgent) == (state, urgent) and one.state_since < each.before and each.concerns(author)
        ]
        assert bool(said) is bool(overdue.late(one, NOW, OWN, SERVICES.get(author, "")))
        assert len(said) < 2


def test_a_service_is_asked_for_apart_only_where_its_limit_differs():
    asked = [one for one in overdue.before(NOW, OWN, SERVICES) if one.state is State.DRAFTED and not one.urgent]
    assert [(one.authors, one.but) for one in asked] == [(None, frozenset())]


def test_a_limit_no_setting_has_is_refused():
    for wrong in ({"signing_hours": 3}, {"sign_hours": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            OverdueSettings(services={"Urologie": wrong})


def test_the_digest_names_states_and_ids_and_nothing_of_a_patient():
    late = [standing(State.DRAFTED, 30, number=1), standing(State.PROOFREAD, 100, number=2)]
    text = overdue.digest(overdue.overdue(late, NOW, LIMITS))
    assert text.startswith("2 dictées en retard\u00a0:")
    assert "À signer (1)\n  000000000002  retard 2\u00a0j 4\u00a0h" in text
    assert overdue.digest([]) == "Rien en retard."
