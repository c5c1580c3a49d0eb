"""CDA: the letter as a clinical document, HL7 CDA R2 level 1: a header for programs around the PDF for people.

Document in, bytes of DOC0001.XML out; the same document gives the same bytes. Touches nothing. The order of elements is
that of the CDA schema; the rules are those of the CI-SIS minimal structure (« structuration minimale », body level N1).
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from lxml import etree

from dictation.domain.directory import folded
from dictation.domain.people import Addressee, Author, Site, finess_form, siret_form
from dictation.send import codes
from dictation.send.codes import Code
from dictation.send.document import Document, civil, hl7_time

HL7 = "urn:hl7-org:v3"
TEMPLATES = (
    "2.16.840.1.113883.2.8.2.1",  # HL7 France
    "1.2.250.1.213.1.1.1.1",  # CI-SIS
    "1.3.6.1.4.1.19376.1.2.20",  # IHE XDS-SD: a PDF inside
)
Element = Any  # lxml ships no types


def write_cda(document: Document) -> bytes:
    """The clinical document, UTF-8 with its declaration."""
    root = etree.Element(f"{{{HL7}}}ClinicalDocument", nsmap={None: HL7})
    _identity(root, document)
    _record_target(root, document)
    _author(root, document)
    _custodian(root, document.site)
    _recipient(root, document.addressee, document.mailbox)
    _legal_authenticator(root, document)
    if document.addressee.general_practitioner:
        _general_practitioner(root, document.addressee, document.mailbox)
    _service_event(root, document)
    if document.replaces:
        _replaced(root, document)
    _encounter(root, document)
    body = _add(_add(root, "component"), "nonXMLBody")
    text = _add(body, "text", mediaType="application/pdf", representation="B64")
    text.text = base64.b64encode(document.pdf).decode("ascii")
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def _identity(root: Element, document: Document) -> None:
    _add(root, "realmCode", code="FR")
    _add(root, "typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    for template in TEMPLATES:
        _add(root, "templateId", root=template)
    _add(root, "id", root=document.id)
    _code(root, "code", document.type)
    _add(root, "title").text = document.title
    _add(root, "effectiveTime", value=hl7_time(document.signed_at))
    _code(root, "confidentialityCode", document.confidentiality)
    _add(root, "languageCode", code="fr-FR")
    _add(root, "setId", root=document.set_id)
    _add(root, "versionNumber", value=str(document.version))


def _record_target(root: Element, document: Document) -> None:
    person = document.patient
    role = _add(_add(root, "recordTarget"), "patientRole")
    for identifier in document.patient_ids:
        _add(role, "id", root=identifier.root, extension=identifier.extension)
    _add(role, "addr", nullFlavor="UNK")  # on purpose: a letter does not need where the patient lives
    _add(role, "telecom", nullFlavor="UNK")
    patient = _add(role, "patient", classCode="PSN")
    name = _add(patient, "name")
    _add(name, "family", qualifier="BR").text = civil(person.last_name)
    if person.used_last_name:
        _add(name, "family", qualifier="CL").text = civil(person.used_last_name)
    if person.given_names:
        _add(name, "given").text = civil(person.given_names)
    _add(name, "given", qualifier="BR").text = civil(person.first_name)
    if person.used_first_name:
        _add(name, "given", qualifier="CL").text = civil(person.used_first_name)
    _code(patient, "administrativeGenderCode", codes.GENDER_OF[person.sex])
    _add(patient, "birthTime", value=f"{person.birth_date:%Y%m%d}")
    if person.birth_place:
        _add(_add(_add(_add(patient, "birthplace"), "place"), "addr"), "county").text = person.birth_place


def _author(root: Element, document: Document) -> None:
    author = _add(root, "author")
    _add(author, "time", value=hl7_time(document.signed_at))
    _professional(author, "assignedAuthor", document.author, document.site)


def _custodian(root: Element, site: Site) -> None:
    keeper = _add(_add(root, "custodian"), "assignedCustodian")
    _organisation(keeper, "representedCustodianOrganization", site)


def _recipient(root: Element, addressee: Addressee, mailbox: str) -> None:
    recipient = _add(_add(root, "informationRecipient"), "intendedRecipient")
    if addressee.rpps:  # an identifier that is not known is left out here: the profile takes no nullFlavor
        _addressee_id(recipient, addressee)
    if addressee.address:
        _address(recipient, addressee.address)
    _add(recipient, "telecom", value=f"mailto:{mailbox}", use="DIR")
    _name(_add(recipient, "informationRecipient"), addressee)
    _addressee_organisation(recipient, "receivedOrganization", addressee)


def _legal_authenticator(root: Element, document: Document) -> None:
    who = _add(root, "legalAuthenticator")
    _add(who, "time", value=hl7_time(document.signed_at))
    _add(who, "signatureCode", code="S")
    _professional(who, "assignedEntity", document.signatory, document.site)


def _general_practitioner(root: Element, addressee: Addressee, mailbox: str) -> None:
    participant = _add(root, "participant", typeCode="INF")
    _code(participant, "functionCode", codes.FUNCTIONS["PCP"])
    _add(participant, "time", nullFlavor="NA")
    entity = _add(participant, "associatedEntity", classCode="PROV")
    _addressee_id(entity, addressee)
    if profession := codes.profession_of(addressee):
        _code(entity, "code", profession)
    _address(entity, addressee.address)
    _add(entity, "telecom", value=f"mailto:{mailbox}", use="DIR")
    _name(_add(entity, "associatedPerson"), addressee)
    _addressee_organisation(entity, "scopingOrganization", addressee)


def _service_event(root: Element, document: Document) -> None:
    event = _add(_add(root, "documentationOf"), "serviceEvent")
    _interval(event, document.begun, document.ended)
    performer = _add(event, "performer", typeCode="PRF")
    entity = _professional(performer, "assignedEntity", document.author, document.site)
    industry = codes.SETTINGS[document.site.setting_code]
    _code(entity[-1], "standardIndustryClassCode", industry)


def _replaced(root: Element, document: Document) -> None:
    assert document.replaces is not None
    parent = _add(_add(root, "relatedDocument", typeCode="RPLC"), "parentDocument")
    _add(parent, "id", root=document.replaces[0])
    _add(parent, "setId", root=document.set_id)
    _add(parent, "versionNumber", value=str(document.replaces[1]))


def _encounter(root: Element, document: Document) -> None:
    encounter = _add(_add(root, "componentOf"), "encompassingEncounter")
    _code(encounter, "code", document.encounter)
    _interval(encounter, document.begun, document.ended)
    facility = _add(_add(encounter, "location"), "healthCareFacility")
    _code(facility, "code", codes.FACILITIES[document.site.facility_code])
    place = _add(facility, "location")
    _add(place, "name").text = document.site.name
    _address(place, document.site.address)


# the pieces


def _professional(parent: Element, tag: str, who: Author, site: Site) -> Element:
    entity = _add(parent, tag)
    _add(entity, "id", root=codes.PROFESSIONAL_ROOT, extension=f"8{who.rpps}")
    _code(entity, "code", codes.AUTHORS[who.specialty_code])
    _address(entity, site.address)
    _telephone(entity, site.telephone)
    _name(_add(entity, "assignedPerson"), who)
    _organisation(entity, "representedOrganization", site)
    return entity


def _organisation(parent: Element, tag: str, site: Site) -> None:
    organisation = _add(parent, tag)
    _add(organisation, "id", root=codes.ORGANISATION_ROOT, extension=f"1{site.finess}")
    _add(organisation, "name").text = site.name
    _telephone(organisation, site.telephone)
    _address(organisation, site.address)


def _addressee_id(parent: Element, addressee: Addressee) -> None:
    if addressee.rpps:
        _add(parent, "id", root=codes.PROFESSIONAL_ROOT, extension=f"8{addressee.rpps}")
    else:
        _add(parent, "id", nullFlavor="UNK")


def structure_number(number: str) -> str:
    """The national number of a structure: 1 and its FINESS, or 3 and its SIRET; empty when it is neither."""
    return f"1{number}" if finess_form(number) else f"3{number}" if siret_form(number) else ""


def _addressee_organisation(parent: Element, tag: str, addressee: Addressee) -> None:
    if not addressee.organisation:
        return
    organisation = _add(parent, tag)
    if number := structure_number(addressee.organisation_number):
        _add(organisation, "id", root=codes.ORGANISATION_ROOT, extension=number)
    _add(organisation, "name").text = addressee.organisation


def _name(parent: Element, who: Author | Addressee) -> None:
    name, title = _add(parent, "name"), folded(who.title)
    if title in codes.CIVILITIES:
        _add(name, "prefix").text = codes.CIVILITIES[title]
    _add(name, "family").text = who.last_name
    if who.first_name:
        _add(name, "given").text = who.first_name
    if title in codes.TITLES:
        _add(name, "suffix").text = codes.TITLES[title]


def _address(parent: Element, lines: tuple[str, ...]) -> None:
    if not lines:
        _add(parent, "addr", nullFlavor="UNK")
        return
    address = _add(parent, "addr")
    for line in lines:
        _add(address, "streetAddressLine").text = line


def _telephone(parent: Element, number: str) -> None:
    digits = "".join(character for character in number if character in "+0123456789")
    if digits:
        _add(parent, "telecom", value=f"tel:{digits}", use="WP")
    else:
        _add(parent, "telecom", nullFlavor="UNK")


def _interval(parent: Element, begun: datetime, ended: datetime) -> None:
    interval = _add(parent, "effectiveTime")
    _add(interval, "low", value=hl7_time(begun))
    _add(interval, "high", value=hl7_time(ended))


def _code(parent: Element, tag: str, code: Code) -> None:
    label = {"displayName": code.label} if code.label else {}
    _add(parent, tag, code=code.code, codeSystem=code.system, **label)


def _add(parent: Element, tag: str, **attributes: str) -> Element:
    return etree.SubElement(parent, f"{{{HL7}}}{tag}", attributes)
