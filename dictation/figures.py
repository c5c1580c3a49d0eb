"""Figures: how long each stage takes, how old the backlog is, points per letter, failures. Never per person.

Moves and present states in, numbers out: the same for all services together and for each, in alphabetical order.
Touches nothing. A percentile is the value at its rank, not an average of two: small services have few letters, and an
invented value would look more exact than it is.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dictation.domain.progress import State

_S = State
# A stage goes from the first arrival in one state to the last arrival in the next.
STAGES = (
    ("Préparation", _S.RECEIVED, _S.DRAFTED),
    ("Relecture", _S.DRAFTED, _S.PROOFREAD),
    ("Signature", _S.PROOFREAD, _S.APPROVED),
    ("Envoi", _S.APPROVED, _S.SENT),
    ("De la voix à l’envoi", _S.RECEIVED, _S.SENT),
)
AGES = (("moins d’un jour", 24.0), ("1 à 3 jours", 72.0), ("3 à 7 jours", 168.0), ("plus de 7 jours", math.inf))
FAILURES = (_S.QUARANTINED, _S.STUCK, _S.UNCERTAIN, _S.RETURNED)


@dataclass(frozen=True, slots=True)
class Move:
    """A dictation arrived in a state."""

    dictation_id: str
    service: str
    state: State
    at: datetime


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Where a dictation that is not over stands now."""

    service: str
    state: State
    since: datetime
    received_at: datetime
    points: int


@dataclass(frozen=True, slots=True)
class Stage:
    """How long one stage took, over the letters that ended it; hours, None when no letter did."""

    name: str
    letters: int
    median_hours: float | None
    p90_hours: float | None


@dataclass(frozen=True, slots=True)
class Pointed:
    """How many points to check a letter had when its draft was written."""

    service: str
    points: int


@dataclass(frozen=True, slots=True)
class Told:
    """Everything the figures page and its CSV say of one service, or of all of them."""

    stages: list[Stage]
    backlog: list[tuple[str, int]]  # age in words, dictations under way
    letters: int  # whose points were counted
    points_median: float | None
    points_p90: float | None
    failures: Mapping[State, int]


def told(moves: Sequence[Move], under_way: Sequence[UnderWay], pointed: Sequence[Pointed], now: datetime) -> Told:
    points = [one.points for one in pointed]
    return Told(
        stages(moves), backlog(under_way, now), len(points), percentile(points, 0.5), percentile(points, 0.9),
        failures(moves),
    )  # fmt: skip


def by_service(
    moves: Sequence[Move], under_way: Sequence[UnderWay], pointed: Sequence[Pointed], now: datetime
) -> dict[str, Told]:
    """The same for each service of which anything is known, in alphabetical order: this ranks nobody."""

    apart: dict[str, tuple[list[Move], list[UnderWay], list[Pointed]]] = defaultdict(lambda: ([], [], []))
    for move in moves:
        apart[move.service][0].append(move)
    for standing in under_way:
        apart[standing.service][1].append(standing)
    for letter in pointed:
        apart[letter.service][2].append(letter)
    return {service: told(*own, now) for service, own in sorted(apart.items())}


def percentile(values: Iterable[float], share: float) -> float | None:
    """The value that `share` (0..1) of the values do not exceed; None of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def stages(moves: Sequence[Move]) -> list[Stage]:
    first: dict[tuple[str, State], datetime] = {}
    last: dict[tuple[str, State], datetime] = {}
    for move in moves:
        key = (move.dictation_id, move.state)
        first[key] = min(move.at, first.get(key, move.at))
        last[key] = max(move.at, last.get(key, move.at))
    out = []
    for name, begins, ends in STAGES:
        hours = [
            (at - first[one, begins]) / timedelta(hours=1)
            for (one, state), at in last.items()
            if state is ends and (one, begins) in first and at >= first[one, begins]
        ]
        out.append(Stage(name, len(hours), percentile(hours, 0.5), percentile(hours, 0.9)))
    return out


def backlog(standing: Sequence[UnderWay], now: datetime) -> list[tuple[str, int]]:
    """How many letters under way were received how long ago."""
    counts = dict.fromkeys((words for words, _ in AGES), 0)
    for one in standing:
        hours = (now - one.received_at) / timedelta(hours=1)
        counts[next(words for words, most in AGES if hours < most)] += 1
    return list(counts.items())


def failures(moves: Sequence[Move]) -> Mapping[State, int]:
    """How many dictations met each kind of trouble, once each."""
    met = {(move.dictation_id, move.state) for move in moves if move.state in FAILURES}
    return {state: sum(one_state is state for _, one_state in met) for state in FAILURES}
