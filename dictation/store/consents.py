"""Consents: every word of a patient about being written about; the last one on a scope counts.

Read again inside the transaction that claims a dispatch: an objection recorded a moment before stops the letter.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from django.db.models import Q

from dictation.domain.consent import ConsentWord, Grounds, Scope, in_force
from dictation.domain.documents import LetterType
from dictation.domain.exchange import Consent, OutboxState
from dictation.domain.filing import RecordEvent
from dictation.domain.journal import Details
from dictation.domain.people import Patient
from dictation.domain.progress import Dictation
from dictation.errors import NeedsAPerson
from dictation.store import journal, rows
from dictation.store.directory import mailbox_code
from dictation.store.tables import ConsentRow, DictationRow, FilingRow, HiddenRow, OutboxRow, PatientRow
from dictation.store.transactions import reading, writing

Words = list[ConsentWord]


class Consents:
    """The part of the Ledger that knows who may be written to."""

    _directory_required = False  # the Ledger sets it from the settings

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def grounds(self, dictation: Dictation) -> Grounds:
        """What stands for or against sending this letter, now."""
        with reading():
            return self._grounds(dictation)

    def consents(self, dictation_id: str) -> Words:
        """Everything this patient said that was written down, oldest first."""
        with reading():
            return _words_of(_patient(dictation_id))

    def say_consent(self, dictation_id: str, verdict: Consent, scope: Scope, *, actor: str, note: str = "") -> None:
        """Write down what the patient of this dictation said. An objection is lifted by a grant of the same scope."""
        if verdict is Consent.UNKNOWN:
            raise ValueError("a patient said yes or no")
        now = self._clock()
        with writing():
            patient = _patient(dictation_id)
            if patient is None:
                raise NeedsAPerson(f"dictation {dictation_id}: no patient", code="E_PATIENT_MISSING")
            ConsentRow.objects.create(
                ins=patient.ins.value if patient.ins else "",
                hospital_number=patient.hospital_number or "",
                rpps=scope.rpps,
                mailbox=scope.mailbox.lower(),
                addressee_name=scope.name,
                letter_type=scope.letter_type.value if scope.letter_type else "",
                verdict=verdict.value,
                actor=actor,
                note=note,
                at=now,
            )
            kind = scope.letter_type.value if scope.letter_type else ""
            details: Details = {"anybody": int(scope.anybody), "letter_type": kind, "note": note}
            journal.append(now, actor, f"consent-{verdict.value}", dictation_id, details)

    def hide(self, dictation_id: str, *, from_patient: bool, from_professionals: bool, actor: str) -> None:
        """From whom this document is hidden, from now on. Saying the same again changes nothing.

        A message that was sealed and never on the line is sealed again, with the new marks; the patient record is told
        again what it holds. NeedsAPerson (E_UNKNOWN_DICTATION).
        """
        now = self._clock()
        with writing():
            row = DictationRow.objects.select_for_update().filter(pk=dictation_id).first()
            if row is None:
                raise NeedsAPerson(f"no dictation {dictation_id}", code="E_UNKNOWN_DICTATION")
            before = HiddenRow.objects.filter(pk=dictation_id).values_list("from_patient", "from_professionals").first()
            if (before or (False, False)) == (from_patient, from_professionals):
                return
            columns = {
                "from_patient": from_patient,
                "from_professionals": from_professionals,
                "actor": actor,
                "at": now,
            }
            HiddenRow.objects.update_or_create(dictation_id=dictation_id, defaults=columns)
            details = {"from_patient": int(from_patient), "from_professionals": int(from_professionals)}
            journal.append(now, actor, "hidden-changed", dictation_id, details)
            if (before or (False, False))[0] != from_patient:  # what hides it from professionals stops their mail
                unseal(row, now, actor)
            _tell_the_record_again(row, now)

    def _grounds(self, dictation: Dictation) -> Grounds:
        sidecar = dictation.sidecar
        addressee = sidecar.addressee if sidecar else None
        words = _words_of(sidecar.patient if sidecar else None)
        hidden = HiddenRow.objects.filter(pk=dictation.id).first()
        against = mailbox_code(addressee.mailbox, addressee.rpps, self._directory_required) if addressee else ""
        return Grounds(
            word=in_force(words, addressee, sidecar.letter_type if sidecar else None),
            hidden_from_patient=hidden is not None and hidden.from_patient,
            hidden_from_professionals=hidden is not None and hidden.from_professionals,
            mailbox_code=against,
        )


def unseal(row: DictationRow, now: datetime, actor: str) -> bool:
    """Give up the messages of this letter that no server was ever offered: nothing of them can have left.

    The next sending seals anew, under the same Message-ID, as marks and certificates are then. Within a transaction.
    """
    kept = OutboxRow.objects.filter(dictation=row, letter_version=row.letter_version, attempts=0)
    unsealed = list(kept.filter(state=OutboxState.READY.value))
    for dispatch in unsealed:
        dispatch.delete()
        journal.append(now, actor, "dispatch-unsealed", row.id, {"dispatch": dispatch.message_id})
    return bool(unsealed)


def _tell_the_record_again(row: DictationRow, now: datetime) -> None:
    """Under a number of its own: the record would take the first one for a message it has had."""
    told = FilingRow.objects.filter(dictation=row, letter_version=row.letter_version, acknowledged_at__isnull=False)
    for filing in told.filter(event__in=[RecordEvent.NEW.value, RecordEvent.REPLACED.value]):
        again = {"id": uuid.uuid4().hex[:16], "acknowledged_at": None, "not_before": None, "attempts": 0}
        FilingRow.objects.filter(pk=filing.pk).update(changed_at=now, **again)


def _patient(dictation_id: str) -> Patient | None:
    row = DictationRow.objects.filter(pk=dictation_id).first()
    if row is None:
        raise NeedsAPerson(f"no dictation {dictation_id}", code="E_UNKNOWN_DICTATION")
    sidecar = rows.dictation(row).sidecar
    return sidecar.patient if sidecar else None


def _words_of(patient: Patient | None) -> Words:
    """By national identity or by any number this hospital ever gave the patient."""
    if patient is None:
        return []
    mine = Q(pk__in=[])
    if patient.ins:
        mine |= Q(ins=patient.ins.value)
    if patient.hospital_number:
        mine |= Q(hospital_number__in=_numbers(patient.hospital_number))
    return [_word(row) for row in ConsentRow.objects.filter(mine).order_by("id")]


def _numbers(number: str) -> set[str]:
    """The numbers of one person: those merged into this one, and the one it was merged into."""
    numbers, new = set[str](), {number}
    while new:
        numbers |= new
        onward = PatientRow.objects.filter(pk__in=new).exclude(merged_into="").values_list("merged_into", flat=True)
        backward = PatientRow.objects.filter(merged_into__in=new).values_list("pk", flat=True)
        new = {*onward, *backward} - numbers
    return numbers


def _word(row: ConsentRow) -> ConsentWord:
    kind = LetterType(row.letter_type) if row.letter_type else None
    scope = Scope(row.rpps, row.mailbox, row.addressee_name, kind)
    return ConsentWord(row.pk, Consent(row.verdict), scope, row.actor, row.at, row.note)
