"""Identity: a patient, birth date or addressee said otherwise than the sidecar has it. The wrong-patient guard."""

from __future__ import annotations

from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk
from dictation.draft.doubts.context import Context, french_date, plain, quoted


def check(context: Context) -> Iterable[Doubt]:
    if context.sidecar is None:
        return
    yield from _patient(context)
    yield from _birth_date(context)
    yield from _addressee(context)


def _patient(context: Context) -> Iterable[Doubt]:
    patient = context.sidecar.patient if context.sidecar else None
    named = context.of_kind(FindingKind.PATIENT)
    if patient is None or not named:
        return
    if any(_agrees(finding.value("name") or "", patient.last_name, patient.first_name) for finding in named):
        return
    known = f"{patient.first_name} {patient.last_name}"
    reason = f"Nom entendu {quoted(named[0].text)}, fiche jointe {quoted(known)}\u00a0: vérifiez l’identité du patient."
    yield context.about("identity.name", Risk.HIGH, named[0], reason)


def _agrees(said: str, last: str, first: str) -> bool:
    """The surname was said; a first name, when one was said, is the right one. « Madame Roussel » is enough."""
    words = plain(said).split()
    surname = plain(last).split()
    if not all(part in words for part in surname):
        return False
    rest = list(words)
    for part in surname:
        rest.remove(part)
    return all(part in plain(first).split() for part in rest)


def _birth_date(context: Context) -> Iterable[Doubt]:
    patient = context.sidecar.patient if context.sidecar else None
    if patient is None:
        return
    known = patient.birth_date.isoformat()
    for finding in context.of_kind(FindingKind.BIRTH_DATE):
        said = finding.value("iso") or ""
        if said == known or (said.startswith("--") and known.endswith(said[1:])):
            continue
        told = f"entendue {french_date(said)}, fiche jointe {french_date(known)}"
        reason = f"Date de naissance {told}\u00a0: vérifiez l’identité du patient."
        yield context.about("identity.birth_date", Risk.HIGH, finding, reason)


def _addressee(context: Context) -> Iterable[Doubt]:
    addressee = context.sidecar.addressee if context.sidecar else None
    if addressee is None:
        return
    for finding in context.of_kind(FindingKind.ADDRESSEE):
        if _agrees(finding.value("name") or "", addressee.last_name, addressee.first_name):
            continue
        known = f"{addressee.first_name} {addressee.last_name}".strip()
        told = f"Destinataire entendu {quoted(finding.text)}, fiche jointe {quoted(known)}"
        reason = f"{told}\u00a0: vérifiez à qui part la lettre."
        yield context.about("identity.addressee", Risk.HIGH, finding, reason)
