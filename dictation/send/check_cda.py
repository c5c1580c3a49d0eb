"""Check a CDA document: the rules of the minimal structure, and what the official checks let through.

Bytes of one document in; what it says (CdaFacts) and its faults out. Touches nothing. Documents of other programs are
welcome: what the profile leaves free is left free here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lxml import etree

from dictation.domain.people import INS_OIDS, TEST_INS_OIDS, finess_form, luhn, nir_key
from dictation.send import codes
from dictation.send.cda import HL7, TEMPLATES
from dictation.send.cda_facts import MOMENT, CdaFacts, Node, in_utf8, moment, parse
from dictation.send.check_codes import check_codes
from dictation.send.check_header import check_header
from dictation.send.faults import Fault

Element = Any  # lxml ships no types
_OLD_INS = "1.2.250.1.213.1.4.2"  # INS-C, of before 2021
_SOCIAL_SECURITY = "1.2.250.1.213.1.4.13"  # a NIR, but no INS
_PATIENT_AUTHORED = "1.2.250.1.213.4.1"
_ORDER = [
    "realmCode", "typeId", "templateId", "id", "code", "title", "effectiveTime", "confidentialityCode",
    "languageCode", "setId", "versionNumber", "copyTime", "recordTarget", "author", "dataEnterer", "informant",
    "custodian", "informationRecipient", "legalAuthenticator", "authenticator", "participant", "inFulfillmentOf",
    "documentationOf", "relatedDocument", "authorization", "componentOf", "component",
]  # fmt: skip
_TELECOM = re.compile(r"(tel|fax|mailto|http|ftp|mllp):.*\S.*")
_USES = frozenset(["H", "HP", "HV", "WP", "DIR", "PUB", "EC", "MC", "PG"])
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def check_cda(data: bytes, *, production: bool) -> tuple[CdaFacts | None, list[Fault]]:
    """The facts of a document (None when it cannot be read) and every fault found in it."""
    element = parse(data)
    if element is None or element.tag != f"{{{HL7}}}ClinicalDocument":
        return None, [Fault("cda.readable")]
    root = Node(element)
    pdf, body_faults = _body(root)
    facts = CdaFacts(root, pdf)
    found = [rule if isinstance(rule, Fault) else Fault(rule) for check in _CHECKS for rule in check(root)]
    found += [Fault(rule) for rule in _national_identity(facts, production)]
    if not in_utf8(element):
        found.append(Fault("cda.encoding"))
    return facts, [*found, *body_faults]


# each check yields the names of the rules it finds broken


def _envelope(root: Node) -> Iterator[str]:
    assert root.element is not None
    tags = [etree.QName(child).localname for child in root.element if isinstance(child.tag, str)]
    places = [_ORDER.index(tag) if tag in _ORDER else -1 for tag in tags]
    if -1 in places or places != sorted(places):
        yield "cda.order"
    if [node.get("code") for node in root.all("realmCode")] != ["FR"]:
        yield "cda.realm"
    type_id = root.one("typeId")
    if (type_id.get("root"), type_id.get("extension")) != ("2.16.840.1.113883.1.3", "POCD_HD000040"):
        yield "cda.type-id"
    templates = [node.get("root") for node in root.all("templateId")]
    around_pdf = bool(root.one("component/nonXMLBody"))
    wanted = set(TEMPLATES) if around_pdf else set(TEMPLATES[:2])
    if not wanted <= set(templates) or (around_pdf and len(templates) != len(TEMPLATES)) or len(templates) < 3:
        yield "cda.templates"


def _identity(root: Node) -> Iterator[str]:
    ids = root.all("id")
    if len(ids) != 1 or not (_OID.fullmatch(ids[0].get("root")) or _UUID.fullmatch(ids[0].get("root"))):
        yield "cda.id"
    code = root.one("code").get("code")
    body, _, key = code.partition("-")
    if not (re.fullmatch(r"[0-9]{1,7}-[0-9]", code) and luhn(body + key)):
        yield "cda.code"
    elif code not in codes.TYPES:
        yield "cda.code-unknown"
    if not root.one("title").text:
        yield "cda.title"
    when = root.one("effectiveTime").get("value")
    if len(when) < 14 or moment(when) is None:
        yield "cda.effective-time"
    if root.one("confidentialityCode").get("code") not in codes.CONFIDENTIALITIES:
        yield "cda.confidentiality"
    if not re.fullmatch(r"[a-z]{2}-[A-Z]{2}", root.one("languageCode").get("code")):
        yield "cda.language"
    if not root.one("setId").get("root"):
        yield "cda.set-id"
    if not re.fullmatch(r"[1-9][0-9]*", root.one("versionNumber").get("value")):
        yield "cda.version"
    own = (ids[0].get("root"), ids[0].get("extension")) if ids else ("", "")
    if len(root.all("relatedDocument")) > 1:
        yield "cda.replaces"
    for related in root.all("relatedDocument"):
        parents = [(node.get("root"), node.get("extension")) for node in related.all("parentDocument/id")]
        if len(parents) != 1 or not parents[0][0] or own in parents or related.get("typeCode") != "RPLC":
            yield "cda.replaces"
        if related.get("typeCode") == "RPLC" and not _later(root, related.one("parentDocument")):
            yield "cda.replaces-version"


def _later(root: Node, parent: Node) -> bool:
    """Whether a document is a later version of its parent, as far as both say so."""
    own, before = root.one("versionNumber").get("value"), parent.one("versionNumber").get("value")
    sets = [(node.get("root"), node.get("extension")) for node in (root.one("setId"), parent.one("setId"))]
    numbered = not own.isdecimal() or int(own) > (int(before) if before.isdecimal() else 1)
    return numbered and (not parent.one("setId") or sets[0] == sets[1])


def _times(root: Node) -> Iterator[str]:
    assert root.element is not None
    timed = ("effectiveTime", "time", "low", "high", "center")
    for element in root.element.iter(*(f"{{{HL7}}}{tag}" for tag in timed)):
        value = element.get("value") or ""
        if not value:
            continue
        match = MOMENT.fullmatch(value)
        if match is None or (match[2] and not match[6]):
            yield "cda.zone"
        elif not match[2]:
            yield "cda.day-only"


def _patient(root: Node) -> Iterator[str]:
    roles = root.all("recordTarget/patientRole")
    role = roles[0] if roles else Node(None)
    if len(roles) != 1 or len(role.all("patient")) != 1 or not role.all("id"):
        yield "cda.patient"
    if any(not (node.get("root") and node.get("extension").strip()) for node in role.all("id")):
        yield "cda.patient"
    families, given = role.all("patient/name/family"), role.all("patient/name/given")
    named = families and all(node.text and node.get("qualifier") in {"BR", "CL"} for node in families)
    if not named or any(node.get("qualifier") not in {"", "BR", "CL"} for node in given):
        yield "cda.patient-name"
    born = role.one("patient/birthTime")
    day = born.get("value")
    if not born.get("nullFlavor") and not (re.fullmatch(r"[0-9]{4,8}", day) and (len(day) < 8 or moment(day))):
        yield "cda.birth-time"
    gender = role.one("patient/administrativeGenderCode")
    if not gender.get("nullFlavor") and gender.get("code") not in codes.GENDERS:
        yield "cda.gender"
    if not role.one("addr") or not role.one("telecom"):
        yield "cda.patient-contact"


def _telecoms(root: Node) -> Iterator[str]:
    assert root.element is not None
    for element in root.element.iter(f"{{{HL7}}}telecom"):
        value, use = element.get("value") or "", element.get("use") or ""
        bad_value = not element.get("nullFlavor") and not _TELECOM.fullmatch(value)
        if bad_value or (use and not set(use.split()) <= _USES):
            yield "cda.telecom"


def _national_identity(facts: CdaFacts, production: bool) -> Iterator[str]:
    registers = {root for root, _ in facts.patient_ids if root.startswith("1.2.250.1.213.1.4.")}
    if _OLD_INS in registers:
        yield "cda.ins-old"
    if registers - {*INS_OIDS, _OLD_INS, _SOCIAL_SECURITY}:
        yield "cda.ins-register"
    for root, number in sorted(facts.patient_ids):
        if root not in INS_OIDS:
            continue
        if not re.fullmatch(r"[0-9]{5}([0-9]{2}|2[AB])[0-9]{8}", number):
            yield "cda.ins-length"
        elif not _key_agrees(number):
            yield "cda.ins-key"
        if root in TEST_INS_OIDS and production:
            yield "cda.ins-test"
        if root not in TEST_INS_OIDS and not production:
            yield "cda.ins-production"
    if facts.has_ins and not _all_traits(facts):
        yield "cda.ins-traits"
    elif any(root in INS_OIDS and not _tells_the_same(number, facts) for root, number in facts.patient_ids):
        yield "cda.ins-differs"


def _tells_the_same(number: str, facts: CdaFacts) -> bool:
    """Whether sex, year and month in a NIR are those of the traits, where the NIR tells them (INSEE: 1 or 2, 01 to 12).

    A difference may be right (a corrected register): for a person to weigh. It may be another patient's number.
    """
    person = facts.patient.one("patient")
    sex, born = person.one("administrativeGenderCode").get("code"), person.one("birthTime").get("value")
    told = re.match(r"([12])([0-9]{2})(0[1-9]|1[0-2])", number)
    if told is None or len(born) != 8:
        return True
    return (told[2], told[3]) == (born[2:4], born[4:6]) and sex in {{"1": "M", "2": "F"}[told[1]], "UN"}


def _key_agrees(number: str) -> bool:
    try:
        return nir_key(number[:13]) == int(number[13:])
    except ValueError:
        return False


def _all_traits(facts: CdaFacts) -> bool:
    person = facts.patient.one("patient")
    family = [node for node in person.all("name/family") if node.get("qualifier") == "BR"]
    born = [node for node in person.all("name/given") if node.get("qualifier") == "BR"]
    listed = [node for node in person.all("name/given") if not node.get("qualifier")]
    county = person.one("birthplace/place/addr/county").text
    return (
        all(nodes and nodes[0].text for nodes in (family, born, listed))
        and re.fullmatch(r"[0-9]{8}", person.one("birthTime").get("value")) is not None
        and re.fullmatch(r"[0-9][0-9AB][0-9]{3}", county) is not None
        and person.one("administrativeGenderCode").get("code") in codes.GENDERS
    )


def _people(root: Node) -> Iterator[str]:
    authors = root.all("author")
    whole = [one for one in authors if one.one("time") and _who(one.one("assignedAuthor"), "assignedPerson")]
    if not authors or len(whole) != len(authors):
        yield "cda.author"
    signers = root.all("legalAuthenticator")
    signer = signers[0] if len(signers) == 1 else Node(None)
    signed = signer.one("signatureCode").get("code") == "S" and signer.one("time").get("value")
    if not signed or not _who(signer.one("assignedEntity"), "assignedPerson"):
        yield "cda.legal-authenticator"
    for participant in root.all("participant"):
        entity = participant.one("associatedEntity")
        named = _said_who(entity, "associatedPerson", "scopingOrganization")
        if entity.get("classCode") not in {"PROV", "AGNT"} or not named:
            yield "cda.participant"
    recipients = root.all("informationRecipient/intendedRecipient")
    if not all(_said_who(one, "informationRecipient", "receivedOrganization") for one in recipients):
        yield "cda.recipient"
    if not recipients and not any(one.one("functionCode").get("code") == "PCP" for one in root.all("participant")):
        yield "cda.addressee"


def _who(role: Node, person: str) -> bool:
    """An identifier, and the name of a person or (a device) of what he uses."""
    return any(node.get("root") for node in role.all("id")) and bool(
        _named(role.one(person)) or role.one("assignedAuthoringDevice")
    )


def _said_who(role: Node, person: str, organisation: str) -> bool:
    """A person by name where one is written, a structure otherwise."""
    return _named(role.one(person)) if role.one(person) else bool(role.one(f"{organisation}/name").text)


def _named(person: Node) -> bool:
    return bool(person.one("name/family").text)


def _numbers(root: Node) -> Iterator[str]:
    assert root.element is not None
    for element in root.element.iter(f"{{{HL7}}}id", f"{{{HL7}}}setId"):
        where = element.get("root") or ""
        if where and not (_OID.fullmatch(where) or _UUID.fullmatch(where)):
            yield "cda.oid"
        number = element.get("extension") or ""
        if element.get("root") == codes.PROFESSIONAL_ROOT:
            if not re.fullmatch(r"8[0-9]{11}|[013456].+", number) or re.fullmatch(r"1[0-9]{10}", number):
                yield "cda.professional"
            elif number.startswith("8") and not luhn(number[1:]):
                yield "cda.rpps-key"
        if element.get("root") == codes.ORGANISATION_ROOT:
            if not number or (number.startswith("1") and not finess_form(number[1:])) or finess_form(number):
                yield "cda.finess"
            elif number.startswith("1") and number[1:].isdecimal() and not luhn(number[1:]):
                yield "cda.finess-key"


def _structures(root: Node) -> Iterator[str]:
    keepers = root.all("custodian/assignedCustodian/representedCustodianOrganization")
    keeper = keepers[0] if len(keepers) == 1 else Node(None)
    if (
        len(keeper.all("id")) != 1
        or keeper.one("id").get("root") not in {codes.ORGANISATION_ROOT, _PATIENT_AUTHORED}
        or not keeper.one("name").text
    ):
        yield "cda.custodian"
    events = root.all("documentationOf/serviceEvent")
    main = [event for event in events if event.one("performer/assignedEntity/id").get("root")]
    entity = main[0].one("performer/assignedEntity") if main else Node(None)
    industry = entity.one("representedOrganization/standardIndustryClassCode")
    many = any(len(event.all("performer")) > 1 for event in events)
    if many or not main or not main[0].one("effectiveTime/low").get("value") or not industry:
        yield "cda.service-event"
    encounters = root.all("componentOf/encompassingEncounter")
    facility = encounters[0].one("location/healthCareFacility/code") if len(encounters) == 1 else Node(None)
    if not facility or not encounters[0].one("effectiveTime"):
        yield "cda.encounter"


def _body(root: Node) -> tuple[bytes | None, list[Fault]]:
    """The PDF inside, and what is wrong with its wrapping. A structured body has none, and is none of our rules."""
    bodies, structured = root.all("component/nonXMLBody"), root.all("component/structuredBody")
    if len(bodies) + len(structured) != 1 or len(root.all("component")) != 1:
        return None, [Fault("cda.body")]
    if structured:
        return None, []
    text, found = bodies[0].one("text"), []
    if text.get("mediaType") != "application/pdf":
        found.append(Fault("cda.body-type"))
    if text.get("representation") != "B64":
        found.append(Fault("cda.body-representation"))
    try:
        pdf = base64.b64decode("".join(text.text.split()), validate=True)
    except binascii.Error:
        pdf = b""
    return pdf, found if pdf.startswith(b"%PDF-") else [*found, Fault("cda.body-pdf")]


_CHECKS: tuple[Callable[[Node], Iterable[str | Fault]], ...] = (
    _envelope, _identity, _times, _patient, _telecoms, _people, _numbers, _structures, check_codes, check_header,
)  # fmt: skip
