"""Addressee: the line of the national directory that a person chose becomes the addressee of one letter.

Dictation and entry in; the ledger's sidecar changed and the choice journalled. The directory proposes, a person
chooses: nothing here looks for a match. A signed letter keeps the name and the address it was signed with, so only the
mailbox may change, and only to one of the same person; sending asks the directory about it once more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from dictation.domain.directory import Entry, folded
from dictation.domain.documents import Sidecar
from dictation.domain.people import Addressee
from dictation.domain.progress import Dictation, State
from dictation.errors import NotAllowed

_S = State
# Where the addressee of a letter may still be chosen: it is not on its way, has not arrived, and is not given up.
CHOOSABLE = frozenset({_S.DRAFTED, _S.PROOFREAD, _S.HELD, _S.APPROVED, _S.TYPESET, _S.STUCK, _S.RETURNED})
_TITLES = {"dr": "Docteur", "docteur": "Docteur", "pr": "Professeur", "professeur": "Professeur"}
_POSTCODE = re.compile(r"\d{5}\b")


class Ledger(Protocol):
    """What choosing needs of the ledger."""

    def get(self, dictation_id: str) -> Dictation: ...
    def set_sidecar(self, dictation_id: str, sidecar: Sidecar, *, actor: str) -> None: ...
    def record(
        self, action: str, *, actor: str, dictation_id: str = "", details: Mapping[str, str | int | float] | None = None
    ) -> None: ...


def choose(ledger: Ledger, dictation_id: str, entry: Entry, *, actor: str) -> Addressee:
    """Write to this entry from now on; the addressee as the letter now has it.

    NotAllowed: E_WRONG_STATE, E_OTHER_ADDRESSEE (the signed letter is addressed to somebody else),
    E_ENTRY_WITHOUT_MAILBOX (for a signed letter, nothing would change).
    """
    dictation = ledger.get(dictation_id)
    sidecar = dictation.sidecar
    if sidecar is None or dictation.state not in CHOOSABLE:
        raise NotAllowed(f"dictation {dictation_id} is {dictation.state}", code="E_WRONG_STATE")
    if dictation.approval is not None:
        addressee = _same_person(dictation_id, sidecar.addressee, entry)
    else:
        addressee = _written_to(sidecar.addressee, entry)
    ledger.set_sidecar(dictation_id, replace(sidecar, addressee=addressee), actor=actor)
    details = {"entry": entry.fingerprint, "rpps": entry.rpps}
    ledger.record("addressee-chosen", actor=actor, dictation_id=dictation_id, details=details)
    return addressee


def _written_to(before: Addressee | None, entry: Entry) -> Addressee:
    """The same person found again keeps how they are reached (carrier, letter alone), and whether they are the GP."""
    same = before is not None and bool(entry.rpps) and before.rpps == entry.rpps
    town = entry.town if _POSTCODE.match(entry.town) else f"{entry.postcode} {entry.town}".strip()
    who = Addressee(
        last_name=entry.last_name or entry.organisation,
        first_name=entry.first_name,
        rpps=entry.rpps if re.fullmatch(r"\d{11}", entry.rpps) else "",
        title=_TITLES.get(folded(entry.title), "") if entry.last_name else "",
        specialty=entry.specialty,
        organisation=entry.organisation if entry.last_name else "",
        address=tuple(line for line in (entry.street, town) if line),
        mailbox=entry.mailbox,
        general_practitioner=_may_be_the_gp(entry),
    )
    if not same or before is None:
        return who
    return replace(
        who, carrier=before.carrier, pdf_only=before.pdf_only, general_practitioner=before.general_practitioner
    )


def _may_be_the_gp(entry: Entry) -> bool:
    """A doctor of general medicine, as far as the line tells: nobody else is called « médecin traitant » unasked."""
    doctor = bool(entry.last_name) and folded(entry.profession) in {"", "medecin"}
    return doctor and (not entry.specialty or "medecine generale" in folded(entry.specialty))


def _same_person(dictation_id: str, signed: Addressee | None, entry: Entry) -> Addressee:
    if signed is None or not _is(signed, entry):
        raise NotAllowed(f"dictation {dictation_id}: signed for somebody else", code="E_OTHER_ADDRESSEE")
    if not entry.mailbox:
        raise NotAllowed(f"dictation {dictation_id}: no mailbox there", code="E_ENTRY_WITHOUT_MAILBOX")
    return replace(signed, mailbox=entry.mailbox)


def _is(signed: Addressee, entry: Entry) -> bool:
    """By number when the letter knows it; otherwise by the names printed on it, for a person to compare the rest."""
    if signed.rpps:
        return signed.rpps == entry.rpps
    names = (signed.last_name, entry.last_name), (signed.first_name, entry.first_name)
    return all(folded(printed) == folded(found) for printed, found in names if printed)
