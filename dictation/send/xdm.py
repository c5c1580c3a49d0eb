"""XDM: the archive IHE_XDM.zip that a GP's program files by itself: the document, and what a registry asks of it.

Document and its CDA bytes in, zip bytes out; the same input gives the same bytes. Touches nothing. METADATA.XML is an
ebXML SubmitObjectsRequest (IHE ITI TF-3 4.2), with the codes and formats of the French profile.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

from lxml import etree

from dictation.domain.people import Addressee, Author, Patient
from dictation.send import codes
from dictation.send.cda import structure_number
from dictation.send.codes import Code
from dictation.send.document import Document, PatientId, civil, utc_time

ARCHIVE = "IHE_XDM.zip"
DOCUMENT_NAME = "DOC0001.XML"
SUBSET = "IHE_XDM/SUBSET01/"
LCM = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
HAS_MEMBER = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
REPLACES = "urn:ihe:iti:2007:AssociationType:RPLC"
DOCUMENT_ENTRY = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
SUBMISSION_SET = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
# Classification and identification schemes of XDS, without their common prefix.
ENTRY_AUTHOR = "93606bcf-9494-43ec-9b4e-a7748d1a838d"
ENTRY_CLASS = "41a5887f-8865-4c09-adf7-e362475b143a"
ENTRY_CONFIDENTIALITY = "f4f85eac-e6cb-4883-b524-f2705394840f"
ENTRY_FORMAT = "a09d5840-386c-46f2-b5ad-9c3699a4309d"
ENTRY_FACILITY = "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"
ENTRY_SETTING = "cccf5598-8b07-4b77-a05e-ae952c785ead"
ENTRY_TYPE = "f0306f51-975f-434e-a61c-c59651d33983"
ENTRY_PATIENT = "58a6f841-87b3-4a3e-92fd-a8ffeff98427"
ENTRY_UNIQUE = "2e82c1f6-a085-4c72-9da3-8640a32e42ab"
ENTRY_LABELLED = (ENTRY_TYPE, ENTRY_CLASS, ENTRY_FORMAT, ENTRY_FACILITY, ENTRY_SETTING, ENTRY_CONFIDENTIALITY)
SET_AUTHOR = "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"
SET_CONTENT = "aa543740-bdda-424e-8c96-df4873be8500"
SET_PATIENT = "6b5aea1a-874d-4603-a4bc-96a0a7b38446"
SET_SOURCE = "554ac39e-e3fe-47fe-b233-965d2a147832"
SET_UNIQUE = "96fdda7c-d067-4183-912e-bf5ee74998a8"
AUTHOR_ROLE = "Membre de l'équipe de soins"  # row 353 of JDV_J47: true of whoever dictates about a patient seen here
Element = Any  # lxml ships no types


def write_xdm(document: Document, cda: bytes, *, source_oid: str, application: str) -> bytes:
    """The archive. source_oid: of the sending system; application: what README.TXT calls it."""
    files = {
        "INDEX.HTM": _index(document).encode(),
        "README.TXT": _readme(document, application).encode(),
        SUBSET + "METADATA.XML": write_metadata(document, cda, source_oid=source_oid),
        SUBSET + DOCUMENT_NAME: cda,
    }
    out = io.BytesIO()
    stamp = document.signed_at.timetuple()[:6]
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def write_metadata(document: Document, cda: bytes, *, source_oid: str) -> bytes:
    """METADATA.XML: the submission set, its one document, and the link between the two."""
    root = etree.Element(f"{{{LCM}}}SubmitObjectsRequest", nsmap={"lcm": LCM, "rim": RIM})
    objects = _add(root, "RegistryObjectList")
    _document_entry(objects, document, cda)
    _submission_set(objects, document, source_oid)
    set_id, entry_id = document.uuid("submission set"), document.uuid("entry")
    link = _association(objects, document, HAS_MEMBER, set_id, entry_id)
    _slot(link, "SubmissionSetStatus", "Original")
    if document.replaces:
        _association(objects, document, REPLACES, entry_id, _earlier(document).uuid("entry"))
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def _document_entry(objects: Element, document: Document, cda: bytes) -> None:
    own = document.uuid("entry")
    entry = _add(objects, "ExtrinsicObject", id=own, objectType=DOCUMENT_ENTRY, mimeType="text/xml", status=APPROVED)
    hospital = next((one for one in document.patient_ids if one.kind == "PI"), document.patient_ids[0])
    _slot(entry, "creationTime", utc_time(document.signed_at))
    _slot(entry, "hash", hashlib.sha1(cda, usedforsecurity=False).hexdigest())
    _slot(entry, "languageCode", "fr-FR")
    _slot(entry, "legalAuthenticator", _person(document.signatory))
    _slot(entry, "serviceStartTime", utc_time(document.begun))
    _slot(entry, "serviceStopTime", utc_time(document.ended))
    _slot(entry, "size", str(len(cda)))
    _slot(entry, "sourcePatientId", _patient_id(hospital))
    _slot(entry, "sourcePatientInfo", *_patient_info(document.patient))
    _slot(entry, "URI", DOCUMENT_NAME)
    _name(entry, document.title)
    _author(entry, document, ENTRY_AUTHOR, own)
    site = document.site
    for scheme, code in (
        (ENTRY_CLASS, document.class_code),
        (ENTRY_CONFIDENTIALITY, document.confidentiality),
        (ENTRY_FORMAT, codes.FORMATS["urn:ihe:iti:xds-sd:pdf:2008"]),
        (ENTRY_FACILITY, codes.FACILITIES[site.facility_code]),
        (ENTRY_SETTING, codes.SETTINGS[site.setting_code]),
        (ENTRY_TYPE, document.type),
    ):
        _classification(entry, document, scheme, code, own)
    for audience in document.hidden:
        _classification(entry, document, ENTRY_CONFIDENTIALITY, audience, own, f" {audience.code}")
    _identifier(entry, document, ENTRY_PATIENT, "XDSDocumentEntry.patientId", _patient_id(document.patient_ids[0]), own)
    _identifier(entry, document, ENTRY_UNIQUE, "XDSDocumentEntry.uniqueId", document.id, own)


def _submission_set(objects: Element, document: Document, source_oid: str) -> None:
    own = document.uuid("submission set")
    package = _add(objects, "RegistryPackage", id=own, status=APPROVED)
    _slot(package, "intendedRecipient", _recipient(document))
    _slot(package, "submissionTime", utc_time(document.signed_at))
    _name(package, document.title)
    _text(package, "Description", _comments(document))
    _author(package, document, SET_AUTHOR, own)
    _classification(package, document, SET_CONTENT, document.activity, own)
    _identifier(package, document, SET_PATIENT, "XDSSubmissionSet.patientId", _patient_id(document.patient_ids[0]), own)
    _identifier(package, document, SET_SOURCE, "XDSSubmissionSet.sourceId", source_oid, own)
    unique = f"2.25.{int(document.uuid('submission set unique id')[9:].replace('-', ''), 16)}"
    _identifier(package, document, SET_UNIQUE, "XDSSubmissionSet.uniqueId", unique, own)
    _add(
        objects,
        "Classification",
        id=document.uuid("submission set marker"),
        classifiedObject=own,
        classificationNode=SUBMISSION_SET,
    )


def _comments(document: Document) -> str:
    """What a person reads of the lot in a list: kind and house, and whether something is to be dropped."""
    said = f"{document.title}, {document.site.name}"
    return f"{said}. Annule et remplace la version {document.replaces[1]}." if document.replaces else said


def _earlier(document: Document) -> Document:
    assert document.replaces is not None
    return replace(document, id=document.replaces[0])


# the pieces of ebXML


def _author(parent: Element, document: Document, scheme: str, classified: str) -> None:
    author = _add(
        parent,
        "Classification",
        id=document.uuid(scheme),
        classificationScheme=f"urn:uuid:{scheme}",
        classifiedObject=classified,
        nodeRepresentation="",
    )
    specialty = codes.AUTHORS[document.author.specialty_code]
    _slot(author, "authorInstitution", _institution(document))
    _slot(author, "authorPerson", _person(document.author))
    _slot(author, "authorRole", AUTHOR_ROLE)
    _slot(author, "authorSpecialty", f"{specialty.code}^{_component(specialty.label)}^{specialty.system}")


def _classification(
    parent: Element, document: Document, scheme: str, code: Code, classified: str, which: str = ""
) -> None:
    """which: tells one row of a scheme from the others of the same object."""
    row = _add(
        parent,
        "Classification",
        id=document.uuid(scheme + which),
        classificationScheme=f"urn:uuid:{scheme}",
        classifiedObject=classified,
        nodeRepresentation=code.code,
    )
    _slot(row, "codingScheme", code.system)
    _name(row, code.label)


def _identifier(parent: Element, document: Document, scheme: str, name: str, value: str, owner: str) -> None:
    row = _add(
        parent,
        "ExternalIdentifier",
        id=document.uuid(scheme),
        identificationScheme=f"urn:uuid:{scheme}",
        registryObject=owner,
        value=value,
    )
    _name(row, name)


def _association(objects: Element, document: Document, kind: str, source: str, target: str) -> Element:
    return _add(
        objects,
        "Association",
        id=document.uuid(kind),
        associationType=kind,
        sourceObject=source,
        targetObject=target,
    )


def _slot(parent: Element, name: str, *values: str) -> None:
    listed = _add(_add(parent, "Slot", name=name), "ValueList")
    for value in values:
        _add(listed, "Value").text = value


def _name(parent: Element, text: str) -> None:
    _text(parent, "Name", text)


def _text(parent: Element, tag: str, text: str) -> None:
    attributes = {"{http://www.w3.org/XML/1998/namespace}lang": "FR", "charset": "UTF8", "value": text}
    _add(_add(parent, tag), "LocalizedString", **attributes)


def _add(parent: Element, tag: str, **attributes: str) -> Element:
    return etree.SubElement(parent, f"{{{RIM}}}{tag}", attributes)


# the pieces of HL7 v2 that XDS borrows


def _patient_id(identifier: PatientId) -> str:
    return f"{_component(identifier.extension)}^^^&{identifier.root}&ISO^{identifier.kind}"


def _person(who: Author) -> str:
    names = f"{_component(who.last_name)}^{_component(who.first_name)}"
    return f"8{who.rpps}^{names}^^^^^^&{codes.PROFESSIONAL_ROOT}&ISO^D^^^IDNPS"


def _institution(document: Document) -> str:
    site = document.site
    return f"{_component(site.name)}^^^^^&{codes.ORGANISATION_ROOT}&ISO^IDNST^^^1{site.finess}"


def _recipient(document: Document) -> str:
    """Structure, person and mailbox (XON|XCN|XTN, IHE ITI TF-3 4.2.3.3.7); what is not known is empty."""
    addressee: Addressee = document.addressee
    number = structure_number(addressee.organisation_number)
    house = _component(addressee.organisation)
    if house and number:
        house += f"^^^^^&{codes.ORGANISATION_ROOT}&ISO^IDNST^^^{number}"
    who = f"^{_component(addressee.last_name)}^{_component(addressee.first_name)}"
    if addressee.rpps:
        who = f"8{addressee.rpps}{who}^^^^^^&{codes.PROFESSIONAL_ROOT}&ISO^D^^^IDNPS"
    return f"{house}|{who}|^^Internet^{_component(document.mailbox)}"


def _patient_info(patient: Patient) -> Sequence[str]:
    born = "^".join(_component(civil(name)) for name in (patient.last_name, patient.first_name, patient.given_names))
    lines = [f"PID-5|{born}^^^^L"]
    if patient.used_last_name or patient.used_first_name:
        used = (patient.used_last_name or patient.last_name, patient.used_first_name or patient.first_name)
        lines.append(f"PID-5|{_component(civil(used[0]))}^{_component(civil(used[1]))}^^^^^D")
    lines += [f"PID-7|{patient.birth_date:%Y%m%d}", f"PID-8|{patient.sex.value}"]
    if patient.birth_place:
        lines.append(f"PID-11|^^^^^^BDL^^{patient.birth_place}")
    return lines


def _component(text: str) -> str:
    """A text that may stand between two ^."""
    return "".join(" " if character in "^&|~\\" else character for character in text)


# what a person sees who opens the archive by hand


def _index(document: Document) -> str:
    name = escape(document.site.name)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\r\n'
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\r\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr" lang="fr">\r\n'
        f"<head><title>{name}</title></head>\r\n"
        f'<body><p>{name}</p><p><a href="README.TXT">Lisez-moi</a></p></body>\r\n</html>\r\n'
    )


def _readme(document: Document, application: str) -> str:
    lines = (
        "Emetteur",
        f"  {document.site.name} (FINESS {document.site.finess})",
        "",
        "Application",
        f"  {application}",
        "",
        "Instructions",
        "  Ce dossier contient un document médical destiné à être intégré par le logiciel du destinataire.",
        "  Le même document est joint au message sous forme de PDF.",
        "",
        "Arborescence",
        "  INDEX.HTM                      page d’accueil",
        "  README.TXT                     ce fichier",
        "  IHE_XDM/SUBSET01/METADATA.XML  description du lot",
        "  IHE_XDM/SUBSET01/DOC0001.XML   document médical (CDA R2)",
    )
    return "\r\n".join(lines) + "\r\n"
