"""Relink: a letter that is about somebody else than its sidecar said goes on under the right patient.

Dictation and patient in; the ledger's sidecar, points and state changed, and a journal line that keeps what was
compared. No word of the letter changes. A letter that was signed, or replaces one that left, is never relinked: those
bytes named somebody, and a person has to decide what becomes of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from dictation import proofread
from dictation.domain.documents import Doubt, Draft, Risk, Sidecar
from dictation.domain.people import Patient
from dictation.domain.progress import Dictation, State
from dictation.errors import NotAllowed

log = logging.getLogger(__name__)


def may_relink(dictation: Dictation) -> bool:
    """Whether the letter may still be linked to another patient: nobody has signed it, none of its versions left."""
    where = {State.DRAFTED, State.PROOFREAD, State.HELD}
    return dictation.state in where and dictation.sidecar is not None and not _left_or_signed(dictation)


def relink(
    ledger: proofread.Ledger,
    dictation_id: str,
    patient: Patient,
    reason: str,
    *,
    compared: str,
    actor: str,
    keep_addressee: bool = False,
    recheck: Callable[[str, Draft], Draft] | None = None,
) -> None:
    """The letter is about this patient: every word stays, and it is proofread again with its points found anew.

    What belonged to the other one goes: consent, dates of the stay, and the addressee unless keep_addressee says that
    they are this patient's too. One held for another reason than the patient stays held. compared: what the person had
    before their eyes, for the journal. NotAllowed: E_REASON_MISSING, E_FROZEN (signed, or a version left),
    E_SAME_PATIENT, E_WRONG_STATE.
    """
    proofread.expect_reason(dictation_id, reason)
    dictation = ledger.get(dictation_id)
    if _left_or_signed(dictation):
        raise NotAllowed(f"dictation {dictation_id}: signed or sent", code="E_FROZEN")
    sidecar = dictation.sidecar
    if sidecar is None or not may_relink(dictation):
        raise NotAllowed(f"dictation {dictation_id} is {dictation.state}", code="E_WRONG_STATE")
    if sidecar.patient == patient:
        raise NotAllowed(f"dictation {dictation_id}: the same patient", code="E_SAME_PATIENT")
    note = f"Mauvais patient\u00a0: {reason.strip()} ({compared})"
    if dictation.state is State.PROOFREAD:
        ledger.move(dictation_id, State.PROOFREAD, State.DRAFTED, actor=actor, note=note, version=dictation.version)
    addressee = sidecar.addressee if keep_addressee else None
    bare = Sidecar(author=sidecar.author)
    ledger.set_sidecar(
        dictation_id,
        replace(
            sidecar, patient=patient, addressee=addressee, consent=bare.consent, admission_date=None,
            discharge_date=None,
        ),
        actor=actor,
    )  # fmt: skip
    ledger.record(proofread.RELINKED, actor=actor, dictation_id=dictation_id, details={"note": note})
    if dictation.state is State.HELD:
        _back(ledger, dictation, note, actor)
    if dictation.draft_version:
        _points_anew(ledger, dictation_id, actor, recheck)


def _back(ledger: proofread.Ledger, dictation: Dictation, note: str, actor: str) -> None:
    """Held for its patient: no longer. Held for something else: still, but what was handed over is proofread again."""
    for_its_patient = dictation.error_code == proofread.WRONG_PATIENT
    if not for_its_patient and dictation.resume_state is not State.PROOFREAD:
        return
    ledger.resume(dictation.id, actor=actor)
    ledger.move(dictation.id, State.PROOFREAD, State.DRAFTED, actor=actor, note=note)  # only if it was there
    if not for_its_patient:
        proofread.hold(ledger, dictation.id, "Toujours en attente, comme avant le changement de patient", actor=actor)


def _left_or_signed(dictation: Dictation) -> bool:
    return dictation.approval is not None or dictation.letter_version > 1


def _points_anew(
    ledger: proofread.Ledger, dictation_id: str, actor: str, recheck: Callable[[str, Draft], Draft] | None
) -> None:
    """The points of another patient's letter; when they cannot be found, one that says so."""
    draft = ledger.draft(dictation_id)
    try:
        checked = recheck(dictation_id, draft) if recheck is not None else None
    except Exception as error:
        log.error("dictation %s: points not checked for another patient: %s", dictation_id, type(error).__name__)
        checked = None
    if checked is None:
        key = f"identity.relinked/{draft.version}"
        reason = "La lettre a été reliée à un autre patient\u00a0: vérifiez l’identité avec le son."
        checked = replace(draft, doubts=(Doubt(key, "identity.relinked", Risk.HIGH, reason), *draft.doubts))
    if checked.doubts != draft.doubts:
        ledger.save_draft(dictation_id, checked, actor=actor, expected_version=draft.version)
