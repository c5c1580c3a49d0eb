"""Only the moves of the table exist, and none of them skips the people."""

import itertools

import pytest

from dictation.domain.progress import MOVES, State, check_move
from dictation.errors import NotAllowed

AFTER_SIGNATURE = {State.APPROVED, State.TYPESET, State.SENDING, State.SENT, State.DELIVERED, State.UNCERTAIN}


def test_every_state_has_its_moves_and_its_french_label():
    assert set(MOVES) == set(State)
    assert all(state.label for state in State)


@pytest.mark.parametrize(("before", "after"), list(itertools.product(State, State)))
def test_a_move_outside_the_table_is_refused(before, after):
    if after in MOVES[before]:
        check_move(before, after)
    else:
        with pytest.raises(NotAllowed):
            check_move(before, after)


def test_no_path_reaches_the_line_without_a_signature():
    """Held and stuck give back the state they interrupted, so they are no way around."""
    reached, frontier = {State.RECEIVED}, [State.RECEIVED]
    while frontier:
        for after in MOVES[frontier.pop()] - reached - {State.APPROVED, State.HELD, State.STUCK}:
            reached.add(after)
            frontier.append(after)
    assert not reached & AFTER_SIGNATURE


def test_a_cancelled_or_archived_dictation_stays_so():
    assert not MOVES[State.CANCELLED]
    assert MOVES[State.ARCHIVED] == {State.TYPESET}  # kept for an objection, lifted since
