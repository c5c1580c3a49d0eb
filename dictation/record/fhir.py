"""FHIR R4: the same document as a transaction Bundle: Patient, Practitioners, Organization, Binary, DocumentReference.

Pure functions: a RecordDocument and PDF in, JSON-ready data out. The ids inside are urn:uuid made from the document's
number, so the same document gives the same bundle; conditional creation (ifNoneExist) keeps a repeat from making two.
Source: hl7.org/fhir/R4 documentreference, bundle; French identifier systems of the ANS.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import Any

from dictation.domain.filing import RecordEvent
from dictation.domain.people import Author, Patient, Sex
from dictation.record.document import RecordDocument

RPPS_SYSTEM = "https://rpps.esante.gouv.fr"
FINESS_SYSTEM = "https://finess.esante.gouv.fr"
LOINC_SYSTEM = "http://loinc.org"
CONFIDENTIALITY_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
AUDIENCE_SYSTEM = (  # of the ANS, the same codes as OID 1.2.250.1.213.1.1.4.13
    "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"
)
_GENDERS = {Sex.MALE: "male", Sex.FEMALE: "female", Sex.UNKNOWN: "unknown"}
_SPACE = uuid.UUID("7f2c6e1e-6f0a-5c0e-9c55-2d1c6a7b9d10")  # names below this become the urn:uuid of entries


def bundle(event: RecordEvent, document: RecordDocument, pdf: bytes, *, number_system: str) -> dict[str, Any]:
    """The transaction for one event. number_system: URI under which document and hospital numbers are unique."""
    patient, author = _reference("patient", document), _reference(f"practitioner {document.author.rpps}", document)
    signatory = _reference(f"practitioner {document.signatory.rpps}", document)
    site, binary = _reference("site", document), _reference("binary", document)
    entries = [
        _entry(patient, _patient(document.patient, number_system), _known_patient(document.patient, number_system)),
        _entry(site, _organization(document), f"identifier={FINESS_SYSTEM}|{document.site.finess}"),
        _entry(author, _practitioner(document.author), f"identifier={RPPS_SYSTEM}|{document.author.rpps}"),
    ]
    if signatory != author:
        known = f"identifier={RPPS_SYSTEM}|{document.signatory.rpps}"
        entries.append(_entry(signatory, _practitioner(document.signatory), known))
    content = base64.b64encode(pdf).decode()
    entries.append(_entry(binary, {"resourceType": "Binary", "contentType": "application/pdf", "data": content}))
    reference = _document_reference(event, document, pdf, number_system)
    reference |= {"subject": {"reference": patient}, "author": [{"reference": author}]}
    reference |= {"authenticator": {"reference": signatory}, "custodian": {"reference": site}}
    reference["content"][0]["attachment"]["url"] = binary
    number = f"identifier={number_system}|{document.number}"
    entries.append(_update(_reference("document", document), reference, number))
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _reference(name: str, document: RecordDocument) -> str:
    return f"urn:uuid:{uuid.uuid5(_SPACE, f'{document.number} {name}')}"


def _entry(url: str, resource: dict[str, Any], known: str = "") -> dict[str, Any]:
    """Create it, unless the record has one already."""
    request = {"method": "POST", "url": resource["resourceType"]} | ({"ifNoneExist": known} if known else {})
    return {"fullUrl": url, "resource": resource, "request": request}


def _update(url: str, resource: dict[str, Any], which: str) -> dict[str, Any]:
    """Create it, or put it in the place of the one with this number: a repeat changes nothing."""
    return {"fullUrl": url, "resource": resource, "request": {"method": "PUT", "url": f"DocumentReference?{which}"}}


def _document_reference(event: RecordEvent, document: RecordDocument, pdf: bytes, number_system: str) -> dict[str, Any]:
    code, label = document.letter_type.loinc
    found: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "masterIdentifier": {"system": number_system, "value": document.number},
        "identifier": [{"system": number_system, "value": document.number}],
        "status": "entered-in-error" if event is RecordEvent.CANCELLED else "current",
        "docStatus": "entered-in-error" if event is RecordEvent.CANCELLED else "final",
        "type": {"coding": [{"system": LOINC_SYSTEM, "code": code, "display": label}], "text": document.title},
        "date": document.signed_at.isoformat(),
        "description": document.title,
        "content": [
            {
                "attachment": {
                    "contentType": "application/pdf",
                    "language": "fr-FR",
                    "size": len(pdf),
                    "hash": base64.b64encode(hashlib.sha1(pdf).digest()).decode(),
                    "title": document.title,
                    "creation": document.signed_at.isoformat(),
                }
            }
        ],
    }
    if document.hidden:
        found["securityLabel"] = [{"coding": [coding]} for coding in _labels(document)]
    if document.replaces:
        before = {"identifier": {"system": number_system, "value": document.replaces}}
        found["relatesTo"] = [{"code": "replaces", "target": before}]
    start, end = document.admission_date or document.visit_date, document.discharge_date
    if start:
        period = {"start": start.isoformat()} | ({"end": end.isoformat()} if end else {})
        found["context"] = {"period": period}
    return found


def _labels(document: RecordDocument) -> list[dict[str, str]]:
    """Restricted, and from whom it is hidden."""
    labels = [{"system": CONFIDENTIALITY_SYSTEM, "code": "R", "display": "restricted"}]
    masks = (
        ("MASQUE_PS", "Masqué aux professionnels de santé", document.hidden_from_professionals),
        ("INVISIBLE_PATIENT", "Non visible par le patient", document.hidden_from_patient),
    )
    return labels + [
        {"system": AUDIENCE_SYSTEM, "code": code, "display": label} for code, label, hidden in masks if hidden
    ]


def _known_patient(patient: Patient, number_system: str) -> str:
    if ins := patient.full_ins:
        return f"identifier=urn:oid:{ins.oid}|{ins.value}"
    return f"identifier={number_system}|{patient.hospital_number}"


def _patient(patient: Patient, number_system: str) -> dict[str, Any]:
    identifiers = []
    if ins := patient.full_ins:
        identifiers.append({"use": "official", "system": f"urn:oid:{ins.oid}", "value": ins.value})
    if patient.hospital_number:
        identifiers.append({"use": "usual", "system": number_system, "value": patient.hospital_number})
    return {
        "resourceType": "Patient",
        "identifier": identifiers,
        "name": [{"use": "official", "family": patient.last_name, "given": [patient.first_name]}],
        "gender": _GENDERS[patient.sex],
        "birthDate": patient.birth_date.isoformat(),
    }


def _practitioner(author: Author) -> dict[str, Any]:
    name = {"family": author.last_name, "given": [author.first_name], "prefix": [author.title]}
    return {
        "resourceType": "Practitioner",
        "identifier": [{"system": RPPS_SYSTEM, "value": author.rpps}],
        "name": [name],
    }


def _organization(document: RecordDocument) -> dict[str, Any]:
    site = document.site
    found: dict[str, Any] = {"resourceType": "Organization", "name": site.name}
    if site.finess:
        found["identifier"] = [{"system": FINESS_SYSTEM, "value": site.finess}]
    return found
