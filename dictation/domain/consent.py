"""Consent: what a patient said about being written about, and what it means for one letter at one second.

The last word on a scope counts; an objection to any scope that holds this letter is an objection to it. Law: CSP
L.1110-4 (the patient is told, and may object); MSSanté va1.20 and va1.22; the two maskings are those of the French HL7
profile for documents (hidden from professionals, not visible to the patient).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dictation.domain.documents import LetterType
from dictation.domain.exchange import Consent
from dictation.domain.people import Addressee
from dictation.domain.progress import Dictation

PATIENT_MAILBOXES = "@patient.mssante.fr"


@dataclass(frozen=True, slots=True)
class Scope:
    """To whom, and which kind of letter. Empty: anybody, any kind."""

    rpps: str = ""
    mailbox: str = ""  # lower case
    name: str = ""  # as printed
    letter_type: LetterType | None = None

    @property
    def anybody(self) -> bool:
        return not (self.rpps or self.mailbox or self.name)

    def holds(self, addressee: Addressee | None, letter_type: LetterType | None) -> bool:
        if self.letter_type is not None and self.letter_type is not letter_type:
            return False
        if self.anybody:
            return True
        return addressee is not None and (
            (self.rpps != "" and self.rpps == addressee.rpps)
            or (self.mailbox != "" and self.mailbox == addressee.mailbox.lower())
            or (not (self.rpps and addressee.rpps) and self.name != "" and self.name == name_of(addressee))
        )


@dataclass(frozen=True, slots=True)
class ConsentWord:
    """One thing a patient said, who wrote it down, and when."""

    id: int
    verdict: Consent  # granted or objected
    scope: Scope
    actor: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is known now, beyond the sidecar, about sending one letter."""

    word: ConsentWord | None = None
    hidden_from_patient: bool = False
    hidden_from_professionals: bool = False
    mailbox_code: str = ""  # what the directory says against the mailbox: an error code


def name_of(addressee: Addressee) -> str:
    return f"{addressee.last_name} {addressee.first_name}".strip().casefold()


def scope_of(dictation: Dictation, *, anybody: bool, any_kind: bool) -> Scope:
    """The scope a person means when looking at one letter: its addressee or anybody, its kind or any."""
    sidecar = dictation.sidecar
    kind = None if any_kind or sidecar is None else sidecar.letter_type
    if anybody or sidecar is None or sidecar.addressee is None:
        return Scope(letter_type=kind)
    who = sidecar.addressee
    return Scope(who.rpps, who.mailbox.lower(), name_of(who), kind)


def in_force(
    words: Iterable[ConsentWord], addressee: Addressee | None, letter_type: LetterType | None
) -> ConsentWord | None:
    """The word that decides about this letter. words: oldest first."""
    last: dict[Scope, ConsentWord] = {}
    for word in words:
        if word.scope.holds(addressee, letter_type):
            last[word.scope] = word
    lasting = sorted(last.values(), key=lambda word: word.id)
    objections = [word for word in lasting if word.verdict is Consent.OBJECTED]
    return objections[-1] if objections else lasting[-1] if lasting else None


def obstacle(dictation: Dictation, grounds: Grounds, *, needs_mailbox: bool) -> str:
    """Why this letter may not leave now for a reason of the patient or the directory: an error code, or nothing."""
    sidecar = dictation.sidecar
    consent = sidecar.consent if sidecar else Consent.UNKNOWN
    word = grounds.word
    if word is not None:
        # What was said when dictating is newer than a grant written down before: the objection stands.
        older_grant = consent is Consent.OBJECTED and word.at <= dictation.received_at
        consent = word.verdict if not older_grant else consent
    if consent is Consent.OBJECTED:
        return "E_OBJECTION"
    if consent is not Consent.GRANTED:
        return "E_NO_CONSENT"
    mailbox = sidecar.addressee.mailbox.lower() if sidecar and sidecar.addressee else ""
    to_patient = mailbox.endswith(PATIENT_MAILBOXES)
    if grounds.hidden_from_patient if to_patient else grounds.hidden_from_professionals:
        return "E_HIDDEN"
    return grounds.mailbox_code if needs_mailbox else ""
