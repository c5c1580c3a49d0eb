"""Overdue: what has been standing still for longer than the hospital agreed, and the daily word about it.

Dictations, the hour and the limits in; the late ones, longest first, and a digest in French out. Touches nothing.
"Nothing left behind" is one rule for recordings, drafts, signatures, questions and sendings alike: every state a person
or a machine must move on from has a limit, an urgent dictation a shorter one, and a service its own where it asked so.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from dictation.domain.documents import Priority
from dictation.domain.progress import Dictation, Standing, State
from dictation.settings import OverdueSettings

_S = State
OF_THE_MACHINE = {"prepare_hours", "send_hours", "error_hours"}  # no person's work waits there, but somebody must look
NOBODY: Mapping[str, str] = MappingProxyType({})
# Which limit of the settings goes with a state. States that end a letter's way have none.
LIMITS = {
    _S.RECEIVED: "prepare_hours",
    _S.TRANSCRIBED: "prepare_hours",
    _S.STRUCTURED: "prepare_hours",
    _S.DRAFTED: "proofread_hours",
    _S.HELD: "answer_hours",
    _S.PROOFREAD: "sign_hours",
    _S.APPROVED: "send_hours",
    _S.TYPESET: "send_hours",
    _S.SENDING: "send_hours",
    _S.SENT: "receipt_hours",
    _S.QUARANTINED: "error_hours",
    _S.STUCK: "error_hours",
    _S.RETURNED: "error_hours",
    _S.UNCERTAIN: "error_hours",
}


@dataclass(frozen=True, slots=True)
class Late:
    """One dictation that should have moved on."""

    dictation: Dictation
    by: timedelta  # how long past its limit
    service: str = ""  # of its author


def limit(state: State, limits: OverdueSettings, *, urgent: bool) -> timedelta | None:
    """How long a dictation may stand in a state; None for as long as it likes (a limit of 0 says so too)."""
    name = LIMITS.get(state)
    hours = float(getattr(limits, name)) if name else 0.0
    if not hours:
        return None
    short = urgent and limits.urgent_hours and state is not _S.SENT  # a receipt comes when it comes
    return timedelta(hours=min(hours, limits.urgent_hours) if short else hours)


def before(now: datetime, limits: OverdueSettings, services: Mapping[str, str] = NOBODY) -> list[Standing]:
    """What is late, as questions for a list. services: RPPS -> service of every author.

    One question for everybody; where a service has another limit, its authors are left out of it and asked for apart.
    """
    own = {service: limits.of(service) for service in limits.services or {} if service in services.values()}
    out = []
    for state, urgent in itertools.product(LIMITS, (False, True)):
        usual, apart = limit(state, limits, urgent=urgent), set[str]()
        for service, other in own.items():
            allowed = limit(state, other, urgent=urgent)
            if allowed == usual:
                continue
            authors = frozenset(rpps for rpps, one in services.items() if one == service)
            apart |= authors
            if allowed is not None:
                out.append(Standing(state, urgent, now - allowed, authors))
        if usual is not None:
            out.append(Standing(state, urgent, now - usual, but=frozenset(apart)))
    return out


def late(dictation: Dictation, now: datetime, limits: OverdueSettings, service: str = "") -> Late | None:
    """The dictation with how late it is, None while it is not: one that was settled by post never is.

    service: its author's.
    """
    urgent = dictation.sidecar is not None and dictation.sidecar.priority is Priority.URGENT
    allowed = limit(dictation.state, limits.of(service), urgent=urgent)
    if allowed is None or dictation.settled_at is not None or now - dictation.state_since <= allowed:
        return None
    return Late(dictation, now - dictation.state_since - allowed, service)


def overdue(
    dictations: Iterable[Dictation], now: datetime, limits: OverdueSettings, services: Mapping[str, str] = NOBODY
) -> list[Late]:
    """The late ones, the longest late first. services: RPPS -> service of every author."""
    found = []
    for dictation in dictations:
        service = services.get(dictation.sidecar.author, "") if dictation.sidecar else ""
        if one := late(dictation, now, limits, service):
            found.append(one)
    return sorted(found, key=lambda one: -one.by)


def digest(found: list[Late]) -> str:
    """The daily word about them: ids, states, services and hours only, so that it may travel by plain mail."""
    if not found:
        return "Rien en retard."
    lines = [f"{len(found)} {'dictée' if len(found) == 1 else 'dictées'} en retard\u00a0:"]
    for state in dict.fromkeys(one.dictation.state for one in found):
        own = [one for one in found if one.dictation.state is state]
        lines.append(f"\n{state.label} ({len(own)})")
        lines += [f"  {one.dictation.id}  retard {_hours(one.by)}  {one.service}".rstrip() for one in own]
    return "\n".join(lines)


def _hours(by: timedelta) -> str:
    hours = int(by.total_seconds() // 3600)
    return f"{hours // 24}\u00a0j {hours % 24}\u00a0h" if hours >= 24 else f"{hours}\u00a0h"
