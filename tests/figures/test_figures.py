"""The figures page counts what happened, per service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dictation.domain.progress import State
from dictation.figures import Move, Pointed, UnderWay, backlog, by_service, failures, percentile, stages, told

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def moves(one: str, service: str, *steps: tuple[State, float]) -> list[Move]:
    return [Move(one, service, state, START + timedelta(hours=hours)) for state, hours in steps]


def test_a_percentile_is_a_value_that_occurred():
    assert percentile([], 0.5) is None
    assert percentile([4, 1, 3, 2], 0.5) == 2
    assert percentile(range(1, 11), 0.9) == 9
    assert percentile([7], 0.9) == 7


def test_a_stage_goes_from_the_first_arrival_to_the_last():
    back_and_forth = moves(
        "a", "Urologie", (State.RECEIVED, 0), (State.DRAFTED, 1), (State.PROOFREAD, 3), (State.DRAFTED, 4),
        (State.PROOFREAD, 6), (State.APPROVED, 10),
    )  # fmt: skip
    named = {stage.name: stage for stage in stages(back_and_forth)}
    assert (named["Relecture"].letters, named["Relecture"].median_hours) == (1, 5.0)
    assert named["Signature"].median_hours == 7.0
    assert named["Envoi"].letters == 0
    assert named["Envoi"].median_hours is None


def test_services_are_counted_apart():
    ones = moves("a", "Urologie", (State.RECEIVED, 0), (State.DRAFTED, 1))
    others = moves("b", "Orthopédie", (State.RECEIVED, 0), (State.DRAFTED, 2), (State.STUCK, 3))
    under_way = [UnderWay("Orthopédie", State.STUCK, START, START, 0)]
    pointed = [Pointed("Urologie", points) for points in (1, 2, 9)]
    found = by_service(ones + others, under_way, pointed, START + timedelta(days=2))
    assert list(found) == ["Orthopédie", "Urologie"]
    urology, orthopaedics = found["Urologie"], found["Orthopédie"]
    assert (urology.stages[0].median_hours, orthopaedics.stages[0].median_hours) == (1.0, 2.0)
    assert (urology.letters, urology.points_median, urology.points_p90) == (3, 2, 9)
    assert (orthopaedics.letters, orthopaedics.points_median) == (0, None)
    assert (urology.failures[State.STUCK], orthopaedics.failures[State.STUCK]) == (0, 1)
    assert [sum(number for _, number in one.backlog) for one in (urology, orthopaedics)] == [0, 1]


def test_together_they_are_what_they_are_apart():
    ones = [move for n in range(9) for move in moves(f"{n}", "AB"[n % 2], (State.RECEIVED, 0), (State.DRAFTED, n))]
    pointed = [Pointed("AB"[n % 2], n) for n in range(9)]
    whole, apart = told(ones, [], pointed, START), by_service(ones, [], pointed, START).values()
    assert whole.letters == sum(one.letters for one in apart) == 9
    assert whole.stages[0].letters == sum(one.stages[0].letters for one in apart) == 9


def test_the_backlog_is_counted_by_age_and_a_failure_once_per_letter():
    now = START + timedelta(days=10)
    standing = [UnderWay("Urologie", State.DRAFTED, START, now - timedelta(hours=h), 0) for h in (1, 23, 30, 400)]
    assert dict(backlog(standing, now)) == {
        "moins d’un jour": 2,
        "1 à 3 jours": 1,
        "3 à 7 jours": 0,
        "plus de 7 jours": 1,
    }
    twice = moves("a", "Urologie", (State.STUCK, 1), (State.STUCK, 2))
    assert failures(twice)[State.STUCK] == 1
