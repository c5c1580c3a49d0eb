"""HL7 v2.5 MDM: the message a patient record takes a document with, and the acknowledgement it gives.

Pure functions: a RecordDocument and PDF in, ER7 text out (segments end with CR). T02, T04 and T10 carry the PDF in
OBX-5 (ED, base64); T11 speaks of it by its number alone. Source: HL7 v2.5 chapter 9, IHE PAM France.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date, datetime

import hl7

from dictation.domain.filing import RecordEvent
from dictation.domain.people import Addressee, Author, Patient
from dictation.record.document import RecordDocument

ENCODING = "^~\\&"
_ESCAPES = str.maketrans(
    {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\r": "\\X0D\\", "\n": "\\X0A\\"}
)
INS_AUTHORITY = {  # IHE PAM France: assigning authority of an INS, by register
    "1.2.250.1.213.1.4.8": "ASIP-SANTE-INS-NIR",
    "1.2.250.1.213.1.4.9": "ASIP-SANTE-INS-NIA",
    "1.2.250.1.213.1.4.10": "ASIP-SANTE-INS-NIR-TEST",
    "1.2.250.1.213.1.4.11": "ASIP-SANTE-INS-NIR-DEMO",
}
VALIDATED = "VALI"  # HL7 table 0445 of IHE PAM France: an INS may be used
RPPS_AUTHORITY = "1.2.250.1.71.4.2.1"  # OID of the register of health professionals
_FINAL = ("", "", "", "", "", "F")  # OBX-6 to OBX-11
WITH_CONTENT = {RecordEvent.NEW, RecordEvent.STATUS, RecordEvent.REPLACED}
STRUCTURE = {
    RecordEvent.NEW: "MDM_T02",
    RecordEvent.STATUS: "MDM_T02",
    RecordEvent.REPLACED: "MDM_T02",
    RecordEvent.CANCELLED: "MDM_T01",
}


@dataclass(frozen=True, slots=True)
class Names:
    """How our side and theirs are called in MSH, the namespace of our numbers, and whether this is a trial."""

    application: str = "DICTATION"
    facility: str = ""
    their_application: str = ""
    their_facility: str = ""
    number_oid: str = ""  # OID under which document and patient numbers are unique; "" when the record needs none
    production: bool = False  # MSH-11: real patients (P), or a trial (T)


def message(
    event: RecordEvent, document: RecordDocument, pdf: bytes, *, control_id: str, at: datetime, names: Names
) -> str:
    """The whole message. control_id: MSH-10, the same for every attempt. at: aware, when it is written."""
    kind = "^".join(("MDM", event.value, STRUCTURE[event]))
    msh = ["MSH", ENCODING, names.application, names.facility, names.their_application, names.their_facility]
    processing = "P" if names.production else "T"
    msh += [_time(at), "", kind, control_id, processing, "2.5", "", "", "", "", "FRA", "UNICODE UTF-8"]
    segments = [msh, ["EVN", event.value, _time(at)], _pid(document.patient, names), _pv1(document)]
    segments.append(_txa(event, document, names))
    if event in WITH_CONTENT:
        segments += [_obx(document, pdf), *_masks(document)]
    return "".join("|".join(fields).rstrip("|") + "\r" for fields in segments)


def _pid(patient: Patient, names: Names) -> list[str]:
    numbers = []
    if patient.hospital_number:
        authority = f"{_text(names.facility)}&{names.number_oid}&ISO" if names.number_oid else _text(names.facility)
        numbers.append(f"{_text(patient.hospital_number)}^^^{authority}^PI")
    if ins := patient.full_ins:
        numbers.append(f"{ins.value}^^^{INS_AUTHORITY[ins.oid]}&{ins.oid}&ISO^INS")
    called = [f"{_text(patient.last_name)}^{_text(patient.first_name)}^{_text(patient.given_names)}^^^^L"]
    if patient.used_last_name or patient.used_first_name:
        used = (patient.used_last_name or patient.last_name, patient.used_first_name or patient.first_name)
        called.append(f"{_text(used[0])}^{_text(used[1])}^^^^^D")
    born = f"^^^^^^BDL^^{_text(patient.birth_place)}" if patient.birth_place else ""
    fields = ["PID", "1", "", "~".join(numbers), "", "~".join(called), "", _day(patient.birth_date), patient.sex.value]
    fields += ["", "", born]
    # PID-32: an INS in a sidecar is a qualified one (docs/inbox-contract.md), one of the administration said VALI
    return [*fields, *[""] * (32 - len(fields)), VALIDATED] if patient.full_ins else fields


def _pv1(document: RecordDocument) -> list[str]:
    """Inpatient when there was an admission, outpatient otherwise."""
    inpatient = document.admission_date is not None
    fields = ["PV1", "1", "I" if inpatient else "O", *[""] * 4, _person(document.author)]
    fields += [""] * (44 - len(fields))
    return [*fields, _day(document.admission_date or document.visit_date), _day(document.discharge_date)]


def _txa(event: RecordEvent, document: RecordDocument, names: Names) -> list[str]:
    code, label = document.letter_type.loinc
    activity = document.visit_date or document.admission_date
    number, parent = _number(document.number, names), _number(document.replaces, names) if document.replaces else ""
    return [
        "TXA",
        "1",
        f"{code}^{_text(label)}^LN",
        "AP",  # TXA-3: application data
        _day(activity) or _time(document.dictated_at),
        _person(document.author),
        _time(document.dictated_at),
        "",
        "",
        _person(document.author),
        "",
        "",
        number,
        parent,
        "",
        "",
        f"{document.number}.pdf",
        "LA",  # TXA-17: legally authenticated; a draft is never filed
        "R" if document.hidden else "U",  # restricted, or usual control
        "CA" if event is RecordEvent.CANCELLED else "AV",
        "",
        "",
        f"{_person(document.signatory)}^^{_time(document.signed_at)}",
        _addressee(document.addressee) if document.addressee else "",
    ]


def _obx(document: RecordDocument, pdf: bytes) -> list[str]:
    code, label = document.letter_type.loinc
    content = "^".join(("", "application", "pdf", "Base64", base64.b64encode(pdf).decode()))
    head = ["OBX", "1", "ED", f"{code}^{_text(label)}^LN", "", content]
    return [*head, *[""] * 5, "F", "", "", _time(document.signed_at)]


def _masks(document: RecordDocument) -> list[list[str]]:
    """From whom the document is hidden: one OBX each, both or none. Source: ANS, « Transmission de documents CDA-R2 en
    HL7 v2 », 12.2.6, whose table is called MetaDMPMSS.
    """
    if not document.hidden:
        return []
    masks = (
        ("MASQUE_PS", "Masqué aux professionnels de Santé", document.hidden_from_professionals),
        ("INVISIBLE_PATIENT", "Document Non Visible par le patient", document.hidden_from_patient),
    )
    said = {True: "Y", False: "N"}
    return [
        [
            "OBX",
            str(number),
            "CE",
            f"{code}^{label}^MetaDMPMSS",
            "",
            f"{said[hidden]}^^expandedYes-NoIndicator",
            *_FINAL,
        ]
        for number, (code, label, hidden) in enumerate(masks, 2)
    ]


def _person(author: Author) -> str:
    """XCN: identifier, names, and the register that gave the identifier."""
    names = "^".join((_text(author.last_name), _text(author.first_name)))
    return f"{author.rpps}^{names}^^^{_text(author.title)}^^^&{RPPS_AUTHORITY}&ISO^L^^^RPPS"


def _addressee(addressee: Addressee) -> str:
    """XCN: of somebody who may have no number we know."""
    names = "^".join((_text(addressee.last_name), _text(addressee.first_name)))
    register = f"^^^&{RPPS_AUTHORITY}&ISO^L^^^RPPS" if addressee.rpps else ""
    return f"{addressee.rpps}^{names}^^^{_text(addressee.title)}{register}"


def _number(number: str, names: Names) -> str:
    return f"{number}^{_text(names.application)}^{names.number_oid}^ISO" if names.number_oid else number


def _text(value: str) -> str:
    return value.translate(_ESCAPES)


def _time(at: datetime) -> str:
    return at.strftime("%Y%m%d%H%M%S%z")


def _day(day: date | None) -> str:
    return day.strftime("%Y%m%d") if day else ""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """MSA of an answer: `code` AA or CA means yes, AE, AR, CE, CR mean no."""

    code: str
    control_id: str
    words: str

    @property
    def yes(self) -> bool:
        return self.code in {"AA", "CA"}


def acknowledgement(answer: str) -> Acknowledgement:
    """Read an answer. ValueError when it is no acknowledgement."""
    try:
        parsed = hl7.parse(answer)
        msa = parsed.segment("MSA")
        words = str(msa[3]) if len(msa) > 3 else ""
        if not words:
            words = "; ".join(str(error) for error in parsed.segments("ERR")) if "ERR|" in answer else ""
        return Acknowledgement(str(msa[1]), str(msa[2]), words)
    except (KeyError, IndexError, hl7.HL7Exception) as error:
        raise ValueError("not an HL7 acknowledgement") from error
