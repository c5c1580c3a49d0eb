"""Document: what a clinical document says about a letter, worked out once for CDA, XDM and the mail's own headers.

Parcel in, Document out, or NeedsAPerson with what is missing. Touches nothing. The same parcel always gives the same
identifiers: they are made from the letter's own, so a lost database does not make a second document of it.
"""

from __future__ import annotations

import unicodedata
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TypeVar
from zoneinfo import ZoneInfo

from dictation.domain.documents import LetterType
from dictation.domain.parcel import Parcel
from dictation.domain.people import (
    TEST_INS_OIDS,
    Addressee,
    Author,
    Ins,
    Patient,
    Site,
    finess_form,
    rpps_form,
)
from dictation.errors import NeedsAPerson
from dictation.send import codes
from dictation.send.codes import Code

Known = TypeVar("Known")
PARIS = ZoneInfo("Europe/Paris")
_OURS = uuid.uuid5(uuid.NAMESPACE_DNS, "dictation.invalid")


@dataclass(frozen=True, slots=True)
class PatientId:
    """One identifier of the patient: the number, and the OID of the register it belongs to."""

    root: str
    extension: str
    kind: str  # NH: national (INS); PI: the hospital's


@dataclass(frozen=True, slots=True)
class Document:
    """One clinical document, complete."""

    id: str  # OID
    set_id: str  # OID, the same for every version
    version: int
    replaces: tuple[str, int] | None  # id and version of the document it takes the place of
    type: Code
    activity: Code
    encounter: Code
    title: str
    patient: Patient
    patient_ids: tuple[PatientId, ...]  # the INS first, when it may be quoted
    author: Author
    signatory: Author
    signed_at: datetime
    site: Site
    addressee: Addressee
    mailbox: str  # where it goes, as the envelope says
    begun: datetime
    ended: datetime
    pdf: bytes
    hidden: tuple[Code, ...] = ()  # from whom, rows of codes.AUDIENCES

    @property
    def class_code(self) -> Code:
        return codes.CLASS_OF_TYPE[self.type.code]

    @property
    def confidentiality(self) -> Code:
        """Restricted as soon as somebody may not see it."""
        return codes.CONFIDENTIALITIES["R" if self.hidden else "N"]

    @property
    def ins(self) -> Ins | None:
        return self.patient.full_ins

    def uuid(self, of: str) -> str:
        """A stable name for one object of the envelope."""
        return f"urn:uuid:{uuid.uuid5(_OURS, f'{self.id}:{of}')}"


def describe(parcel: Parcel, *, production: bool) -> Document:
    """The document of a parcel.

    production: whether real patients are written about. NeedsAPerson: E_MSSANTE_INCOMPLETE (something the profile
    demands is not known), E_TEST_IDENTITY (a test identity in production, or a real one in a trial).
    """
    patient, site = _known(parcel.patient, "patient"), _known(parcel.site, "site")
    author, signatory = _known(parcel.author, "author"), _known(parcel.signatory, "signatory")
    letter_type, begun = _known(parcel.letter_type, "letter type"), _known(parcel.begun_on, "date of the care")
    addressee, signed_at = _known(parcel.addressee, "addressee"), _known(parcel.signed_at, "date of the signature")
    _check(site, author, signatory, addressee)
    key = f"{site.finess}:{parcel.dictation_id}"
    type_code = codes.TYPE_OF_LETTER[letter_type]
    ended = parcel.ended_on or begun
    replaced = parcel.replaces
    return Document(
        id=_document_id(key, parcel.letter_version, parcel.mailbox),
        set_id=_oid(key),
        version=parcel.letter_version,
        replaces=(_document_id(key, replaced.letter_version, parcel.mailbox), replaced.letter_version)
        if replaced
        else None,
        type=type_code,
        activity=codes.ACTIVITIES[_activity(letter_type, begun, ended)],
        encounter=codes.ENCOUNTERS[_encounter(letter_type, site)],
        title=type_code.label,
        patient=patient,
        patient_ids=_patient_ids(patient, site, production=production),
        author=author,
        signatory=signatory,
        signed_at=signed_at.astimezone(PARIS),
        site=site,
        addressee=addressee,
        mailbox=parcel.mailbox,
        begun=_midnight(begun),
        ended=_midnight(ended),
        pdf=parcel.pdf,
        hidden=tuple(codes.AUDIENCES[code] for code, hidden in _hidden(parcel) if hidden),
    )


def _hidden(parcel: Parcel) -> tuple[tuple[str, bool], ...]:
    return ("MASQUE_PS", parcel.hidden_from_professionals), ("INVISIBLE_PATIENT", parcel.hidden_from_patient)


def hl7_time(moment: datetime) -> str:
    """Local time with its zone, as CDA writes it: 20261124093000+0100."""
    return f"{moment:%Y%m%d%H%M%S%z}"


def utc_time(moment: datetime) -> str:
    """The same moment as XDS writes it: UTC, without a zone."""
    return f"{moment.astimezone(UTC):%Y%m%d%H%M%S}"


def civil(name: str) -> str:
    """A name as the identity register writes it: capitals without accents."""
    plain = unicodedata.normalize("NFD", name.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).replace("’", "'").upper().strip()


def file_part(text: str) -> str:
    """A text that may stand between two « _ » of a file name."""
    return "".join(
        " " if character in '_/\\:*?"<>|' or not character.isprintable() else character for character in text
    )


def _known(value: Known | None, what: str) -> Known:
    if value is None:
        raise _missing(what)
    return value


def _missing(what: str) -> NeedsAPerson:
    return NeedsAPerson(f"MSSanté needs: {what}", code="E_MSSANTE_INCOMPLETE")


def _check(site: Site, author: Author, signatory: Author, addressee: Addressee) -> None:
    if not finess_form(site.finess) or not site.name.strip():
        raise _missing("sites: name and finess")
    if site.facility_code not in codes.FACILITIES or site.setting_code not in codes.SETTINGS:
        raise _missing("sites: facility_code and setting_code, of the official value sets")
    for person in (author, signatory):
        if not rpps_form(person.rpps) or person.specialty_code not in codes.AUTHORS:
            raise _missing("authors: rpps and specialty_code, of the official value set")
    if addressee.rpps and not rpps_form(addressee.rpps):
        raise _missing("an RPPS of the addressee that has 11 digits")


def _patient_ids(patient: Patient, site: Site, *, production: bool) -> tuple[PatientId, ...]:
    found = []
    if patient.ins is not None and (patient.ins.oid in TEST_INS_OIDS) == production:
        raise NeedsAPerson("INS register and environment do not agree", code="E_TEST_IDENTITY")
    if ins := patient.full_ins:
        found.append(PatientId(ins.oid, ins.value, "NH"))
    if patient.hospital_number and site.hospital_numbers_oid:
        found.append(PatientId(site.hospital_numbers_oid, patient.hospital_number, "PI"))
    if not found:
        raise _missing("an INS with its traits, or a hospital number and sites.hospital_numbers_oid")
    return tuple(found)


STAYS = {
    LetterType.OPERATION,
    LetterType.DISCHARGE,
    LetterType.STAY,
}  # letters about somebody who was admitted; the others: seen


_HOUSES = {"SA01", "SA02", "SA03", "SA04"}  # établissements de santé, public and private


def _encounter(letter_type: LetterType, site: Site) -> str:
    """Row of JDV_J142: « ambulatoire » there is outside a hospital; in one, a consultation is « externe »."""
    if letter_type in STAYS:
        return "IMP"
    if letter_type is LetterType.MEETING:
        return "VR"  # its label names the meeting in the patient's absence
    return "EXTERNE" if site.facility_code in _HOUSES else "AMB"


def _activity(letter_type: LetterType, begun: date, ended: date) -> str:
    if letter_type not in STAYS:
        return "07"
    return "04" if letter_type.tells_a_stay and begun == ended else "03"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)


def _document_id(key: str, version: int, mailbox: str) -> str:
    # The addressee is written in the document: another addressee, another document.
    return _oid(f"{key}:{version}:{mailbox.lower()}")


def _oid(key: str) -> str:
    """An OID nobody else has: ITU-T X.667, a UUID under the arc 2.25."""
    return f"2.25.{uuid.uuid5(_OURS, key).int}"
