"""Overdue: what has been standing still for longer than the hospital agreed, and the daily word about it.

Dictations, the hour and the limits in; the late ones, longest first, and a digest in French out. Touches nothing.
"Nothing left behind" is one rule for recordings, drafts, signatures, questions and sendings alike: every state a person
or a machine must move on from has a limit, and an urgent dictation has a shorter one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dictation.domain.documents import Priority
from dictation.domain.progress import Dictation, State
from dictation.settings import OverdueSettings

_S = State
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


def limit(state: State, limits: OverdueSettings, *, urgent: bool) -> timedelta | None:
    """How long a dictation may stand in a state; None for as long as it likes (a limit of 0 says so too)."""
    name = LIMITS.get(state)
    hours = float(getattr(limits, name)) if name else 0.0
    if not hours:
        return None
    short = urgent and limits.urgent_hours and state is not _S.SENT  # a receipt comes when it comes
    return timedelta(hours=min(hours, limits.urgent_hours) if short else hours)


def before(now: datetime, limits: OverdueSettings) -> dict[tuple[State, bool], datetime]:
    """(state, urgent) -> what has stood there since before this moment is late."""
    out = {}
    for state in LIMITS:
        for urgent in (False, True):
            allowed = limit(state, limits, urgent=urgent)
            if allowed is not None:
                out[state, urgent] = now - allowed
    return out


def late(dictation: Dictation, now: datetime, limits: OverdueSettings) -> Late | None:
    """The dictation with how late it is, None while it is not: one that was settled by post never is."""
    urgent = dictation.sidecar is not None and dictation.sidecar.priority is Priority.URGENT
    allowed = limit(dictation.state, limits, urgent=urgent)
    if allowed is None or dictation.settled_at is not None or now - dictation.state_since <= allowed:
        return None
    return Late(dictation, now - dictation.state_since - allowed)


def overdue(dictations: Iterable[Dictation], now: datetime, limits: OverdueSettings) -> list[Late]:
    """The late ones, the longest late first."""
    found = [one for dictation in dictations if (one := late(dictation, now, limits))]
    return sorted(found, key=lambda one: -one.by)


def digest(found: list[Late]) -> str:
    """The daily word about them: ids, states and hours only, so that it may travel by plain mail."""
    if not found:
        return "Rien en retard."
    lines = [f"{len(found)} {'dictée' if len(found) == 1 else 'dictées'} en retard\u00a0:"]
    for state in dict.fromkeys(one.dictation.state for one in found):
        own = [one for one in found if one.dictation.state is state]
        lines.append(f"\n{state.label} ({len(own)})")
        lines += [f"  {one.dictation.id}  retard {_hours(one.by)}" for one in own]
    return "\n".join(lines)


def _hours(by: timedelta) -> str:
    hours = int(by.total_seconds() // 3600)
    return f"{hours // 24}\u00a0j {hours % 24}\u00a0h" if hours >= 24 else f"{hours}\u00a0h"
