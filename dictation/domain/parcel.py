"""Parcel: one signed letter on its way to one addressee, with everything a carrier may say about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dictation.domain.documents import LetterType
from dictation.domain.people import Addressee, Author, Patient, Site


@dataclass(frozen=True, slots=True)
class Replaced:
    """The version of this letter that the same addressee already has."""

    letter_version: int
    message_id: str
    before: tuple[str, ...] = ()  # Message-IDs of the versions that this one replaced in its turn, oldest first

    @property
    def thread(self) -> str:
        """References of the next message (RFC 5322 3.6.4): those of its parent, and the parent itself."""
        return " ".join((*self.before, self.message_id))


@dataclass(frozen=True, slots=True)
class Parcel:
    """The letter and its label. Made once per letter version and mailbox; a carrier turns it into bytes that are kept.

    What a plain message does not need may be unknown here: a carrier that cannot do without says so.
    """

    dictation_id: str
    letter_version: int
    message_id: str  # with its angle brackets; the same for every attempt
    mailbox: str  # empty on the print path
    cleared_at: datetime  # aware; the date of the message
    pdf: bytes  # what was signed, byte for byte
    signed_at: datetime | None = None
    letter_type: LetterType | None = None
    patient: Patient | None = None
    author: Author | None = None
    signatory: Author | None = None
    site: Site | None = None
    addressee: Addressee | None = None
    begun_on: date | None = None  # of the consultation, the operation, the stay
    ended_on: date | None = None
    replaces: Replaced | None = None
    hidden_from_patient: bool = False
    hidden_from_professionals: bool = False

    @property
    def reference(self) -> str:
        """What the addressee quotes when he answers."""
        return f"{self.dictation_id}-{self.letter_version}"
