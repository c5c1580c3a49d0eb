"""Check who stands in the header of a CDA document, and how: names, titles, addresses, identifiers, the GP.

A document in, faults out. Touches nothing. The rules are those of the CI-SIS minimal structure on persons,
organisations and addresses, and that one number is one person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lxml import etree

from dictation.send import codes
from dictation.send.cda import HL7
from dictation.send.cda_facts import Node, moment
from dictation.send.faults import Fault

_PERSONS = ("assignedPerson", "associatedPerson", "informationRecipient")
_TITLES = frozenset(codes.TITLES.values())
_PREFIXES = frozenset(codes.CIVILITIES.values()) | _TITLES
_FLAVORS = frozenset(["UNK", "NASK", "ASKU", "NAV", "MSK"])  # of an address or a telecom
_PRIVATE = ("religiousAffiliationCode", "raceCode", "ethnicGroupCode")
_HOUSES = {
    "assignedAuthor": "representedOrganization",
    "assignedEntity": "representedOrganization",
    "intendedRecipient": "receivedOrganization",
}


def check_header(root: Node) -> Iterator[Fault]:
    """Every fault of the people and places of the header."""
    yield from _names(root)
    yield from _identifiers(root)
    yield from _addresses(root)
    yield from _general_practitioner(root)
    yield from _dates(root)
    patient = root.one("recordTarget/patientRole/patient")
    if any(patient.one(tag) for tag in _PRIVATE):
        yield Fault("cda.patient-private")


def _each(root: Node, tag: str) -> Iterator[Node]:
    assert root.element is not None
    return (Node(found) for found in root.element.iter(f"{{{HL7}}}{tag}"))


def _names(root: Node) -> Iterator[Fault]:
    """One name each, one family name in it, at most one first name and title, titles of the official lists."""
    for tag in _PERSONS:
        for person in _each(root, tag):
            if not person.one("name") or person.get("nullFlavor"):
                continue  # who has to be named is for other rules; informationRecipient is two elements of one name
            counts = {part: len(person.all(f"name/{part}")) for part in ("family", "given", "prefix", "suffix")}
            if len(person.all("name")) != 1 or counts.pop("family") > 1 or max(counts.values()) > 1:
                yield Fault("cda.name", tag)
            prefixes = {node.text for node in person.all("name/prefix") if not node.get("nullFlavor")}
            suffixes = {node.text for node in person.all("name/suffix") if not node.get("nullFlavor")}
            if not prefixes <= _PREFIXES or not suffixes <= _TITLES:
                yield Fault("cda.civility", tag)


def _identifiers(root: Node) -> Iterator[Fault]:
    for tag, least in (("assignedEntity", 1), ("assignedAuthor", 0), ("associatedEntity", 0)):
        if any(not least <= len(role.all("id")) <= 1 for role in _each(root, tag)):
            yield Fault("cda.identifier", tag)
    for role, house in _HOUSES.items():
        numbers = [number for one in _each(root, role) for number in one.all(f"{house}/id")]
        if any(number.get("root") != codes.ORGANISATION_ROOT for number in numbers if not number.get("nullFlavor")):
            yield Fault("cda.identifier", house)
    for recipient in root.all("informationRecipient/intendedRecipient"):
        numbers = recipient.all("id")
        if any(n.get("root") != codes.PROFESSIONAL_ROOT or not n.get("extension") for n in numbers):
            yield Fault("cda.recipient-id")
    families: dict[str, set[str]] = defaultdict(set)
    for role, person in (
        ("assignedAuthor", "assignedPerson"), ("assignedEntity", "assignedPerson"),
        ("associatedEntity", "associatedPerson"), ("intendedRecipient", "informationRecipient"),
    ):  # fmt: skip
        for one in _each(root, role):
            number, family = one.one("id"), one.one(f"{person}/name/family").text
            if number.get("root") == codes.PROFESSIONAL_ROOT and number.get("extension") and family:
                families[number.get("extension")].add(codes.bare(family))
    if any(len(names) > 1 for names in families.values()):
        yield Fault("cda.two-names")


def _addresses(root: Node) -> Iterator[Fault]:
    """Lines, or parts, never both; empty only with its reason. A telecom without value says why in the same words."""
    for address in _each(root, "addr"):
        assert address.element is not None
        tags = [etree.QName(child).localname for child in address.element if isinstance(child.tag, str)]
        flavor = address.get("nullFlavor")
        mixed = "streetAddressLine" in tags and any(tag != "streetAddressLine" for tag in tags)
        blank = any(not (child.text or child.get("nullFlavor")) for tag in set(tags) for child in address.all(tag))
        if mixed or blank or (flavor not in _FLAVORS if not tags else bool(flavor)):
            yield Fault("cda.address")
    for telecom in _each(root, "telecom"):
        flavor = telecom.get("nullFlavor")
        if flavor and (flavor not in _FLAVORS or telecom.get("value")):
            yield Fault("cda.telecom")


def _general_practitioner(root: Node) -> Iterator[Fault]:
    """The GP is a participant INF with a time (or why there is none), a name, a profession and a national number."""
    for participant in root.all("participant"):
        if not participant.one("time"):
            yield Fault("cda.participant-time")
        if participant.one("functionCode").get("code") != "PCP":
            continue
        entity = participant.one("associatedEntity")
        named = entity.one("associatedPerson/name/family").text
        if participant.get("typeCode") != "INF" or entity.get("classCode") != "PROV" or not named:
            yield Fault("cda.pcp")
        number = entity.one("id")
        if number.get("root") != codes.PROFESSIONAL_ROOT or not number.get("extension"):
            yield Fault("cda.pcp-id")
        if not entity.one("code"):
            yield Fault("cda.pcp-code")


def _dates(root: Node) -> Iterator[Fault]:
    """An interval ends after it begins; nobody is cared for before birth."""
    born = moment(root.one("recordTarget/patientRole/patient/birthTime").get("value"))
    for tag in ("effectiveTime", "time"):
        for interval in _each(root, tag):
            said = [interval.one(end).get("value") for end in ("low", "high")]
            days = min(map(len, said)) <= 8  # one without hour and zone: only its day can be compared
            low, high = (moment(value[:8] if days else value) for value in said)
            if low and high and high < low:
                yield Fault("cda.interval", tag)
    begun = moment(root.one("documentationOf/serviceEvent/effectiveTime/low").get("value"))
    if born and begun and begun.date() < born.date():
        yield Fault("cda.interval", "birthTime")
