"""Pack: the signed letter of a dictation and everything known about it, as one Parcel.

Dictation, clearance and PDF in, Parcel out. Touches nothing. Who an author is and what a site is called come from the
hospital's settings, by a number and a key that stand in the dictation.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from dictation.domain.consent import Grounds
from dictation.domain.documents import LetterType, Sidecar
from dictation.domain.exchange import Clearance, Dispatch, OutboxState
from dictation.domain.parcel import Parcel, Replaced
from dictation.domain.people import Author, Site
from dictation.domain.progress import Dictation

_ARRIVED = frozenset({OutboxState.SENT, OutboxState.UNCERTAIN})  # or may have


class People(Protocol):
    """Who is who in this hospital; Settings satisfies it."""

    def author(self, rpps: str) -> Author | None: ...
    def site(self, key: str) -> Site: ...


class _Nobody:
    def author(self, rpps: str) -> Author | None:
        return None

    def site(self, key: str) -> Site:
        return Site(key, "")


nobody: People = _Nobody()


def pack(
    dictation: Dictation,
    letter_type: LetterType,
    clearance: Clearance,
    pdf: bytes,
    *,
    message_id: str,
    earlier: Sequence[Dispatch],
    people: People,
    grounds: Grounds,
) -> Parcel:
    """The parcel of a cleared letter. letter_type: of the draft that was signed. earlier: every dispatch so far.

    grounds: from whom the document is hidden, as it stood when the letter was cleared.
    """
    sidecar, approval = dictation.sidecar, dictation.approval
    assert sidecar is not None and approval is not None  # clear() has asked
    author = people.author(sidecar.author)
    begun, ended = _care(sidecar, letter_type, dictation.received_at.date())
    return Parcel(
        dictation_id=dictation.id,
        letter_version=dictation.letter_version,
        message_id=message_id,
        mailbox=clearance.mailbox,
        cleared_at=clearance.checked_at,
        pdf=pdf,
        signed_at=approval.signed_at,
        letter_type=letter_type,
        patient=sidecar.patient,
        author=author,
        signatory=people.author(approval.signatory),
        site=people.site(sidecar.site),
        addressee=sidecar.addressee,
        begun_on=begun,
        ended_on=ended,
        replaces=replaced(dictation.letter_version, clearance.mailbox, earlier),
        hidden_from_patient=grounds.hidden_from_patient,
        hidden_from_professionals=grounds.hidden_from_professionals,
    )


def _care(sidecar: Sidecar, letter_type: LetterType, dictated: date) -> tuple[date, date]:
    """First and last day of what the letter is about; the day it was dictated when the hospital said nothing."""
    stay = (sidecar.admission_date or sidecar.discharge_date, sidecar.discharge_date or sidecar.admission_date)
    visit = (sidecar.visit_date, sidecar.visit_date)
    found = (stay, visit) if letter_type.tells_a_stay else (visit, stay)
    begun, ended = next((pair for pair in found if pair[0]), (dictated, dictated))
    assert begun is not None and ended is not None
    return begun, ended


def replaced(version: int, mailbox: str, earlier: Sequence[Dispatch]) -> Replaced | None:
    """The latest earlier version that went to the same mailbox: only who got the old letter is told to drop it."""
    sent = [
        row
        for row in earlier
        if row.letter_version < version and row.mailbox.lower() == mailbox.lower() and row.state in _ARRIVED
    ]
    if not sent:
        return None
    *before, last = sorted(sent, key=lambda row: row.letter_version)
    chain = dict.fromkeys(row.message_id for row in before if row.message_id != last.message_id)
    return Replaced(last.letter_version, last.message_id, tuple(chain))
