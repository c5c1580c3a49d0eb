"""Carrier: a way out of the hospital for one message to one addressee.

A letter goes in twice: `seal` turns its Parcel into the bytes that will travel (once; they are stored and never made
again), `carry` hands those bytes over, as often as needed. Every carrier passes tests/contracts/test_carrier.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from dictation.domain.parcel import Parcel
from dictation.errors import TryAgainLater
from dictation.send.message import Stationery


@dataclass(frozen=True, slots=True)
class Envelope:
    """Sealed bytes and where they go: everything a carrier needs, the same for every attempt."""

    message_id: str  # with its angle brackets
    sender: str  # mailbox of the hospital
    mailbox: str  # mailbox of the addressee; empty on the print path
    content: bytes  # the whole message, CRLF line ends


class Claimed(TryAgainLater):
    """The outbox row was not ours to send: another worker holds it, or it is gone already. Nothing left from here."""


class Carrier(Protocol):
    """A way out of the hospital for one message to one addressee."""

    @property
    def name(self) -> str:
        """What the outbox row and the settings call it."""
        ...

    @property
    def needs_mailbox(self) -> bool:
        """Whether an addressee without a mailbox cannot be reached this way."""
        ...

    def seal(self, parcel: Parcel, stationery: Stationery) -> bytes:
        """The bytes that travel, CRLF line ends. Opens no line.

        NeedsAPerson: E_ADDRESSEE_MISSING (no plain mail address), E_CERTIFICATE (the addressee's cannot be used),
        E_OWN_CERTIFICATE (ours cannot), and what the profile of one carrier adds (see mssante.py).
        """
        ...

    def carry(self, envelope: Envelope, claim: Callable[[], bool]) -> str:
        """Hand the bytes over; return the acknowledgement in the carrier's own words.

        `claim` is called once, when nothing but the bytes themselves is left to do: it commits the claim on the
        outbox row. When it says False, or raises, nothing leaves.
        Raises TryAgainLater when nothing left (also after the claim), Claimed when the claim was refused,
        NeedsAPerson on a plain no, OutcomeUnknown when it may have left: look it up, never repeat blindly.
        """
        ...

    def outcome(self, message_id: str) -> bool | None:
        """Whether this message arrived, asked after an unknown outcome. None: this carrier cannot know."""
        ...
