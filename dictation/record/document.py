"""RecordDocument: what the patient record is told about one version of a letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dictation.domain.consent import Grounds
from dictation.domain.documents import LetterType
from dictation.domain.people import Addressee, Author, Patient, Site
from dictation.domain.progress import Dictation
from dictation.domain.visits import Visit
from dictation.errors import NeedsAPerson


@dataclass(frozen=True, slots=True)
class RecordDocument:
    """One version of one letter. Times are aware; `pdf_sha256` names the very bytes that were signed."""

    number: str  # unique in the hospital, the same for all events of this version
    replaces: str  # number of the version before; "" for the first
    letter_type: LetterType
    title: str
    patient: Patient
    author: Author
    signatory: Author
    site: Site
    addressee: Addressee | None
    visit_date: date | None
    admission_date: date | None
    discharge_date: date | None
    dictated_at: datetime
    signed_at: datetime
    pdf_sha256: str
    hidden_from_patient: bool = False
    hidden_from_professionals: bool = False

    @property
    def hidden(self) -> bool:
        return self.hidden_from_patient or self.hidden_from_professionals


def number_of(dictation_id: str, letter_version: int) -> str:
    return f"{dictation_id}-{letter_version}"


def document_of(
    dictation: Dictation, author: Author, signatory: Author, site: Site, grounds: Grounds, stay: Visit | None = None
) -> RecordDocument:
    """What to file of a signed dictation. NeedsAPerson when it is not signed or says not of whom it speaks.

    stay: what the administration told of it; it dates a discharge letter that names neither admission nor discharge.
    The record gets it whoever may not see it: it is told from whom to hide it, and a GP's mail is not its business.
    """
    sidecar, approval = dictation.sidecar, dictation.approval
    if approval is None:
        raise NeedsAPerson(f"dictation {dictation.id}: not signed", code="E_NOT_SIGNED")
    if sidecar is None or sidecar.patient is None:
        raise NeedsAPerson(f"dictation {dictation.id}: no patient", code="E_PATIENT_MISSING")
    if not sidecar.patient.hospital_number and not sidecar.patient.full_ins:
        raise NeedsAPerson(
            f"dictation {dictation.id}: no number of the patient to file under", code="E_PATIENT_MISSING"
        )
    letter_type = sidecar.letter_type or LetterType.CONSULTATION
    admission_date, discharge_date = sidecar.admission_date, sidecar.discharge_date
    if stay and letter_type is LetterType.DISCHARGE and not admission_date and not discharge_date:
        admission_date, discharge_date = stay.on, stay.until
    version = dictation.letter_version
    return RecordDocument(
        number=number_of(dictation.id, version),
        replaces=number_of(dictation.id, version - 1) if version > 1 else "",
        letter_type=letter_type,
        title=letter_type.label,
        patient=sidecar.patient,
        author=author,
        signatory=signatory,
        site=site,
        addressee=sidecar.addressee,
        visit_date=sidecar.visit_date,
        admission_date=admission_date,
        discharge_date=discharge_date,
        dictated_at=dictation.received_at,
        signed_at=approval.signed_at,
        pdf_sha256=approval.pdf_sha256,
        hidden_from_patient=grounds.hidden_from_patient,
        hidden_from_professionals=grounds.hidden_from_professionals,
    )
