"""Figures: how long each stage takes, how old the backlog is, points per letter. Per service, never per person.

Moves and present states in, numbers out. Touches nothing. A percentile is the value at its rank, not an average of two:
small services have few letters, and an invented value would look more exact than it is.
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


def by_service(moves: Sequence[Move]) -> dict[str, list[Stage]]:
    """The same for each service, in alphabetical order."""
    apart: dict[str, list[Move]] = defaultdict(list)
    for move in moves:
        apart[move.service].append(move)
    return {service: stages(own) for service, own in sorted(apart.items())}


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
