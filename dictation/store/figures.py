"""Figures: the raw rows behind the figures page: moves of the last weeks, and what is under way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dictation.domain.progress import State
from dictation.figures import Move, Pointed, UnderWay
from dictation.store.tables import DictationRow, JournalRow
from dictation.store.transactions import reading

_MOVES = {state.value: state for state in State} | {"refused": State.QUARANTINED}  # a file refused at the door
_OVER = [state.value for state in (State.SENT, State.DELIVERED, State.ARCHIVED, State.CANCELLED)]

Moves = list[Move]


class Figures:
    """The part of the Ledger that figures are made from."""

    def moves_since(self, since: datetime, services: Mapping[str, str]) -> Moves:
        """Every arrival in a state since then, of these authors (RPPS -> service; "" is what has no author)."""
        with reading():
            rows = JournalRow.objects.filter(action__in=list(_MOVES), at__gte=since).order_by()
            found = list(rows.values_list("dictation_id", "action", "at"))
            owners = dict(
                DictationRow.objects.filter(author__in=list(services), state_since__gte=since)
                .order_by()
                .values_list("id", "author")
            )
        return [Move(one, services[owners[one]], _MOVES[state], at) for one, state, at in found if one in owners]

    def under_way(self, services: Mapping[str, str]) -> list[UnderWay]:
        """What is not over, of these authors."""
        with reading():
            rows = DictationRow.objects.filter(author__in=list(services)).exclude(state__in=_OVER).order_by()
            found = list(rows.values_list("author", "state", "state_since", "received_at", "points"))
        return [UnderWay(services[a], State(state), since, at, points) for a, state, since, at, points in found]

    def points_since(self, since: datetime, services: Mapping[str, str]) -> list[Pointed]:
        """Points to check of each letter received since then."""
        with reading():
            rows = DictationRow.objects.filter(author__in=list(services), received_at__gte=since, draft_version__gt=0)
            found = list(rows.order_by().values_list("author", "points"))
        return [Pointed(services[author], points) for author, points in found]
