"""Check an IHE_XDM archive: its files, and METADATA.XML against the documents it describes.

Zip bytes in; the documents it holds (CdaFacts) and every fault out. Nothing is unpacked to the disk.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from dictation.domain.people import INS_OIDS
from dictation.send import codes, xdm
from dictation.send.cda_facts import CdaFacts, Node, in_utf8, moment, parse
from dictation.send.check_cda import check_cda
from dictation.send.faults import Fault
from dictation.send.xdm import RIM

Element = Any  # lxml ships no types
MAX_UNPACKED = 200_000_000
_PDF_FORMAT = "urn:ihe:iti:xds-sd:pdf:2008"
_REQUIRED = ("INDEX.HTM", "README.TXT", "IHE_XDM/SUBSET01/METADATA.XML")
_CX = re.compile(r"([^^]+)\^\^\^&([0-9.]+)&ISO(\^[A-Z]*)?.*")
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_SEPARATORS = str.maketrans("^&|~\\", "     ")  # what no component of HL7 v2 may hold
_SCHEMES = {xdm.ENTRY_TYPE: codes.LOINC, xdm.ENTRY_CLASS: codes.CLASS_SYSTEM}


def check_archive(data: bytes, *, production: bool) -> tuple[list[CdaFacts], list[Fault]]:
    """Every document that could be read, and every fault of the archive, its description and its documents."""
    files, faults = _unpack(data)
    if files is None:
        return [], faults
    documents: dict[str, bytes] = {
        name.rpartition("/")[2]: content
        for name, content in files.items()
        if re.fullmatch(r"IHE_XDM/SUBSET01/(?!METADATA)[^/]+\.XML", name)
    }
    if not documents or any(name not in files for name in _REQUIRED):
        faults.append(Fault("zip.layout"))
    facts: dict[str, CdaFacts] = {}
    for name, content in documents.items():
        found, broken = check_cda(content, production=production)
        faults += broken
        if found is not None:
            facts[name] = found
    if b"README.TXT" not in files.get("INDEX.HTM", b"README.TXT") or not files.get("README.TXT", b"x").strip():
        faults.append(Fault("zip.index"))
    metadata = files.get("IHE_XDM/SUBSET01/METADATA.XML")
    if metadata is not None:
        faults += _check_metadata(metadata, documents, facts)
    return list(facts.values()), faults


def _unpack(data: bytes) -> tuple[dict[str, bytes] | None, list[Fault]]:
    faults = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                return None, [Fault("zip.readable")]
            names = [entry.filename for entry in entries]
            unsafe = [name for name in names if name.startswith("/") or ".." in name.split("/") or "\\" in name]
            if unsafe or len(set(names)) != len(names):
                return None, [Fault("zip.names")]
            if any(not _short(name) for name in names):
                faults.append(Fault("zip.short-names"))
            return {entry.filename: archive.read(entry) for entry in entries}, faults
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError, OSError, zlib.error):
        return None, [Fault("zip.readable")]


def _short(name: str) -> bool:
    return all(re.fullmatch(r"[A-Z0-9_]{1,8}(\.[A-Z0-9_]{1,3})?", part) for part in name.split("/"))


@dataclass(frozen=True)
class _Entry:
    """One object of METADATA.XML, read by slots, classifications and identifiers."""

    element: Element

    def slot(self, name: str) -> list[str]:
        path = f"{{{RIM}}}Slot[@name='{name}']/{{{RIM}}}ValueList/{{{RIM}}}Value"
        return [(value.text or "").strip() for value in self.element.iterfind(path)]

    def first(self, name: str) -> str:
        return next(iter(self.slot(name)), "")

    def classified(self, scheme: str) -> list[_Entry]:
        path = f"{{{RIM}}}Classification[@classificationScheme='urn:uuid:{scheme}']"
        return [_Entry(found) for found in self.element.iterfind(path)]

    def code(self, scheme: str) -> str:
        return next((one.element.get("nodeRepresentation") or "" for one in self.classified(scheme)), "")

    def identifier(self, scheme: str) -> str:
        path = f"{{{RIM}}}ExternalIdentifier[@identificationScheme='urn:uuid:{scheme}']"
        found = self.element.find(path)
        return "" if found is None else (found.get("value") or "")

    @property
    def name(self) -> str:
        found = self.element.find(f"{{{RIM}}}Name/{{{RIM}}}LocalizedString")
        return "" if found is None else (found.get("value") or "")


def _check_metadata(data: bytes, documents: dict[str, bytes], facts: dict[str, CdaFacts]) -> Iterator[Fault]:
    root = parse(data)
    marked = data.startswith(b"\xef\xbb\xbf")
    if root is None or etree.QName(root).localname != "SubmitObjectsRequest" or marked or not in_utf8(root):
        yield Fault("xdm.readable")
        return
    entries = [_Entry(found) for found in root.iter(f"{{{RIM}}}ExtrinsicObject")]
    sets = [_Entry(found) for found in root.iter(f"{{{RIM}}}RegistryPackage")]
    uris = sorted(entry.first("URI") for entry in entries)
    if [uri for uri in uris if not uri.upper().endswith(".PDF")] != sorted(documents):
        yield Fault("xdm.entry")
    yield from _check_set(root, sets)
    for entry in entries:
        name = entry.first("URI")
        if name in documents:
            yield from _check_bytes(entry, documents[name])
        if name in facts:
            yield from _check_entry(entry, facts[name])
            yield from _check_schemes(entry, facts[name])
            if sets and not _same_patient(sets[0].identifier(xdm.SET_PATIENT), facts[name]):
                yield Fault("xdm.patient", "RegistryPackage")
            if sets and not _institution_fits(sets[0], xdm.SET_AUTHOR, facts[name].root):
                yield Fault("xdm.institution", "RegistryPackage")
            if sets and not _recipients_fit(sets[0].slot("intendedRecipient"), facts[name]):
                yield Fault("xdm.recipient")
    yield from _check_links(root, entries, sets, facts)


def _check_set(root: Element, sets: list[_Entry]) -> Iterator[Fault]:
    package = sets[0] if len(sets) == 1 else None
    marked = any(one.get("classificationNode") == xdm.SUBMISSION_SET for one in root.iter(f"{{{RIM}}}Classification"))
    if package is None or not marked or not re.fullmatch(r"[0-9]{14}", package.first("submissionTime")):
        yield Fault("xdm.set")
    if package is None:
        return
    schemes = (xdm.SET_PATIENT, xdm.SET_SOURCE, xdm.SET_UNIQUE)
    if not all(package.identifier(scheme) for scheme in schemes):
        yield Fault("xdm.set-ids")
    if not any(author.first("authorPerson") for author in package.classified(xdm.SET_AUTHOR)):
        yield Fault("xdm.set-author")
    if not package.code(xdm.SET_CONTENT):
        yield Fault("xdm.content-type")
    elif any(row.first("codingScheme") != codes.ACTIVITY_SYSTEM for row in package.classified(xdm.SET_CONTENT)):
        yield Fault("xdm.scheme", "contentTypeCode")
    elif package.code(xdm.SET_CONTENT) not in codes.KNOWN_ACTIVITIES:
        yield Fault("xdm.content-unknown")
    numbers = [number for number in (package.identifier(xdm.SET_SOURCE), package.identifier(xdm.SET_UNIQUE)) if number]
    if not all(_OID.fullmatch(number) for number in numbers):
        yield Fault("xdm.oid")
    yield from _labels(package, (xdm.SET_CONTENT,))
    if package.element.get("status") != xdm.APPROVED:
        yield Fault("xdm.status", "RegistryPackage")


def _check_bytes(entry: _Entry, content: bytes) -> Iterator[Fault]:
    if (entry.element.get("objectType"), entry.element.get("mimeType")) != (xdm.DOCUMENT_ENTRY, "text/xml"):
        yield Fault("xdm.object")
    if entry.element.get("status") != xdm.APPROVED:
        yield Fault("xdm.status", "ExtrinsicObject")
    if entry.first("hash").lower() != hashlib.sha1(content, usedforsecurity=False).hexdigest():
        yield Fault("xdm.hash")
    if entry.first("size") != str(len(content)):
        yield Fault("xdm.size")


def _check_entry(entry: _Entry, facts: CdaFacts) -> Iterator[Fault]:
    root = facts.root
    event = root.one("documentationOf/serviceEvent")
    facility = root.one("componentOf/encompassingEncounter/location/healthCareFacility/code").get("code")
    setting = event.one("performer/assignedEntity/representedOrganization/standardIndustryClassCode").get("code")
    language = root.one("languageCode").get("code")
    confidential = [one.element.get("nodeRepresentation") for one in entry.classified(xdm.ENTRY_CONFIDENTIALITY)]
    rules = {
        "xdm.unique-id": entry.identifier(xdm.ENTRY_UNIQUE) == facts.id,
        "xdm.title": entry.name.split() == root.one("title").text.split(),
        "xdm.creation-time": _same_moment(entry.first("creationTime"), root.one("effectiveTime").get("value")),
        "xdm.service-time": _same_service_times(entry, event),
        "xdm.type": entry.code(xdm.ENTRY_TYPE) == facts.code,
        "xdm.class": _class_fits(entry.code(xdm.ENTRY_CLASS), facts.code),
        "xdm.format": _format_fits(entry.code(xdm.ENTRY_FORMAT), facts),
        "xdm.facility": entry.code(xdm.ENTRY_FACILITY) == facility,
        "xdm.setting": entry.code(xdm.ENTRY_SETTING) == setting,
        "xdm.confidentiality": root.one("confidentialityCode").get("code") in confidential,
        "xdm.language": entry.first("languageCode") == language,
        "xdm.patient": _same_patient(entry.identifier(xdm.ENTRY_PATIENT), facts),
        "xdm.source-patient": _same_patient(entry.first("sourcePatientId"), facts),
        "xdm.source-info": _same_traits(entry.slot("sourcePatientInfo"), facts),
        "xdm.author": _author_fits(entry, root),
        "xdm.specialty": _specialty_fits(entry, root),
        "xdm.institution": _institution_fits(entry, xdm.ENTRY_AUTHOR, root),
        "xdm.legal-authenticator": _same_person(
            entry.first("legalAuthenticator"), root.all("legalAuthenticator/assignedEntity")
        ),
    }
    yield from (Fault(rule) for rule, kept in rules.items() if not kept)
    yield from _labels(entry, xdm.ENTRY_LABELLED)


def _labels(described: _Entry, schemes: Iterable[str]) -> Iterator[Fault]:
    """Every classification carries the name of its code, that of the value set where we know it."""
    for scheme in schemes:
        for row in described.classified(scheme):
            code, system = row.element.get("nodeRepresentation") or "", row.first("codingScheme")
            expected = codes.LABELS.get(f"{system}|{code}")
            if not row.name.strip():
                yield Fault("xdm.label-missing", code)
            elif expected is not None and not codes.same_label(row.name, expected):
                yield Fault("xdm.label", code)


def _check_schemes(entry: _Entry, facts: CdaFacts) -> Iterator[Fault]:
    """Every code says of which system it is: the document's own where the document gives the code."""
    place = facts.root.one("componentOf/encompassingEncounter/location/healthCareFacility/code")
    entity = facts.root.one("documentationOf/serviceEvent/performer/assignedEntity")
    setting = entity.one("representedOrganization/standardIndustryClassCode")
    asked = _SCHEMES | {
        xdm.ENTRY_FACILITY: place.get("codeSystem"),
        xdm.ENTRY_SETTING: setting.get("codeSystem"),
    }
    for scheme, system in asked.items():
        if system and any(row.first("codingScheme") != system for row in entry.classified(scheme)):
            yield Fault("xdm.scheme", scheme)
    for row in entry.classified(xdm.ENTRY_FORMAT):
        ours = row.element.get("nodeRepresentation") == _PDF_FORMAT
        if row.first("codingScheme") != codes.FORMAT_SYSTEM if ours else not _OID.fullmatch(row.first("codingScheme")):
            yield Fault("xdm.scheme", xdm.ENTRY_FORMAT)
    for row in entry.classified(xdm.ENTRY_CONFIDENTIALITY):
        graded = row.element.get("nodeRepresentation") in codes.CONFIDENTIALITIES
        if row.first("codingScheme") != (codes.CONFIDENTIALITY_SYSTEM if graded else codes.AUDIENCE_SYSTEM):
            yield Fault("xdm.scheme", xdm.ENTRY_CONFIDENTIALITY)


def _check_links(
    root: Element, entries: list[_Entry], sets: list[_Entry], facts: dict[str, CdaFacts]
) -> Iterator[Fault]:
    ids = {entry.element.get("id") for entry in entries}
    corrected = {name for name, document in facts.items() if document.replaces}
    set_ids = {package.element.get("id") for package in sets}
    members = {
        link.get("targetObject")
        for link in root.iter(f"{{{RIM}}}Association")
        if link.get("associationType") == xdm.HAS_MEMBER and link.get("sourceObject") in set_ids
    }
    if any(entry.element.get("id") not in members for entry in entries):
        yield Fault("xdm.association")
    for link in root.iter(f"{{{RIM}}}Association"):
        member = link.get("associationType") == xdm.HAS_MEMBER
        if member and _Entry(link).first("SubmissionSetStatus") != "Original":
            yield Fault("xdm.status", "Association")
    replacing = {
        link.get("sourceObject")
        for link in root.iter(f"{{{RIM}}}Association")
        if link.get("associationType") == xdm.REPLACES and link.get("targetObject") not in {None, "", *ids}
    }
    for entry in entries:
        if (entry.element.get("id") in replacing) != (entry.first("URI") in corrected):
            yield Fault("xdm.replaces")
    for one in (*entries, *sets):
        for row in one.element.iterfind(f"{{{RIM}}}Classification"):
            if row.get("classifiedObject") != one.element.get("id"):
                yield Fault("xdm.classified")
        for row in one.element.iterfind(f"{{{RIM}}}ExternalIdentifier"):
            if row.get("registryObject") != one.element.get("id"):
                yield Fault("xdm.classified", "ExternalIdentifier")


def _same_patient(identifier: str, facts: CdaFacts) -> bool:
    found = _CX.fullmatch(identifier)
    if found is None or (found[2], found[1]) not in facts.patient_ids:
        return False
    return found[2] not in INS_OIDS or found[3] == "^NH"


def _same_moment(utc: str, local: str) -> bool:
    """A registry time (UTC, perhaps shortened) and a document's time with its zone."""
    wanted = moment(local)
    if wanted is None or not re.fullmatch(r"[0-9]{4,14}", utc):
        return False
    if not re.search(r"[+-][0-9]{4}$", local) and len(local) <= 8:
        return utc.startswith(local) or len(utc) > 8  # a day without a zone: its midnight may be another day in UTC
    return f"{wanted:%Y%m%d%H%M%S}".startswith(utc)


def _same_service_times(entry: _Entry, event: Node) -> bool:
    low, high = event.one("effectiveTime/low").get("value"), event.one("effectiveTime/high").get("value")
    start, stop = entry.first("serviceStartTime"), entry.first("serviceStopTime")
    return _same_moment(start, low) and (_same_moment(stop, high) if stop or high else True)


def _same_traits(lines: list[str], facts: CdaFacts) -> bool:
    """Whether sourcePatientInfo (PID-5, PID-7, PID-8, PID-11 of HL7 v2) tells of the document's patient.

    Birth name, birth date and sex are asked for; a name used (PID-5 of type D) and the place of birth (PID-11 of type
    BDL), where the document or the description gives one.
    """
    fields = [(name, (value + "^" * 9).split("^")) for name, _, value in (line.partition("|") for line in lines)]
    person = facts.patient.one("patient")
    born = [value for name, value in fields if name == "PID-5" and value[6] in {"", "L"}]
    used = [value for name, value in fields if name == "PID-5" and value[6] == "D"]
    families, given = _named(person, "family"), _named(person, "given")
    first = given["BR"] or given[""]
    day = {value[0] for name, value in fields if name == "PID-7"}
    sex = {value[0] for name, value in fields if name == "PID-8"}
    places = {value[8] for name, value in fields if name == "PID-11" and value[6] == "BDL"}
    county = person.one("birthplace/place/addr/county").text
    gender = person.one("administrativeGenderCode").get("code")
    return (
        bool(born)
        and all(_among(value[0], families["BR"] or families["CL"]) for value in born)
        and all(_among(value[1], first) and (not value[2] or _among(value[2], given[""])) for value in born)
        and all(_among(value[0], families["CL"] + families["BR"]) for value in used)
        and all(_among(value[1], given["CL"] + first) for value in used)
        and day == {person.one("birthTime").get("value")}
        and sex == {"U" if gender == "UN" else gender}
        and places == ({county} if county else set())
    )


def _named(person: Node, part: str) -> dict[str, list[str]]:
    """The parts of the patient's names by qualifier: BR at birth, CL used, none."""
    nodes = person.all(f"name/{part}")
    return {kind: [node.text for node in nodes if node.get("qualifier") == kind] for kind in ("BR", "CL", "")}


def _among(name: str, names: list[str]) -> bool:
    return any(codes.same_label(name, other.translate(_SEPARATORS)) for other in names)


def _class_fits(found: str, type_code: str) -> bool:
    expected = codes.CLASS_OF_TYPE.get(type_code)
    return bool(found) if expected is None else found == expected.code


def _format_fits(found: str, facts: CdaFacts) -> bool:
    around_pdf = bool(facts.root.one("component/nonXMLBody"))
    return found == _PDF_FORMAT if around_pdf else bool(found) and found != _PDF_FORMAT


def _author_fits(entry: _Entry, root: Node) -> bool:
    named = [author.first("authorPerson") for author in entry.classified(xdm.ENTRY_AUTHOR)]
    return bool(named) and all(_same_person(name, root.all("author/assignedAuthor")) for name in named)


def _same_person(described: str, roles: list[Node]) -> bool:
    """Whether an XCN (number^family name^...) is one of the document's people: the number, and the name with it."""
    number, family = [*described.split("^"), ""][:2]
    return number != "" and any(
        any(node.get("extension") == number for node in role.all("id"))
        and (not role.one("assignedPerson") or _among(family, [role.one("assignedPerson/name/family").text]))
        for role in roles
    )


def _institution_fits(described: _Entry, scheme: str, root: Node) -> bool:
    """Whether an author of METADATA.XML is of a structure (XON-10) that the document's authors are of."""
    known = {node.get("extension") for node in root.all("author/assignedAuthor/representedOrganization/id")} - {""}
    institutions = [author.first("authorInstitution") for author in described.classified(scheme)]
    return not known or all((one + "^" * 9).split("^")[9] in known for one in institutions)


def _recipients_fit(described: list[str], facts: CdaFacts) -> bool:
    """Whether intendedRecipient (structure|person|mailbox) names people and mailboxes the document is for."""
    numbers = {node.get("extension") for one in facts.recipients for node in one.all("id")} - {""}
    for recipient in described:
        _, person, telecom = [*recipient.split("|"), "", "", ""][:3]
        number, mailbox = person.split("^")[0], [*telecom.split("^"), "", "", "", ""][3].lower()
        if not recipient.strip("|^ ") or (number and numbers and number not in numbers):
            return False
        if mailbox and facts.mailboxes and mailbox not in facts.mailboxes:
            return False
    return True


def _specialty_fits(entry: _Entry, root: Node) -> bool:
    """Whether authorSpecialty (code^label^system), where it is given, is what an author of the document is."""
    known = {(code.get("code"), code.get("codeSystem")) for code in root.all("author/assignedAuthor/code")}
    given = [one.split("^") for author in entry.classified(xdm.ENTRY_AUTHOR) for one in author.slot("authorSpecialty")]
    return not known or all((one[0], one[-1]) in known for one in given)
