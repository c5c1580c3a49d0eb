"""What a CDA document says of itself: its elements read without their namespace, its patient, its times.

Bytes of one document in; a tree, Node or CdaFacts out. Touches nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from lxml import etree

from dictation.domain.people import INS_OIDS
from dictation.send.cda import HL7

Element = Any  # lxml ships no types
MOMENT = re.compile(r"([0-9]{8})([0-9]{2}([0-9]{2}([0-9]{2}(\.[0-9]+)?)?)?)?([+-][0-9]{4})?")


class Node:
    """One element of a document, read without its namespace; an absent one is empty, not an error."""

    def __init__(self, element: Element | None) -> None:
        self.element = element

    def all(self, path: str) -> list[Node]:
        if self.element is None:
            return []
        prefixed = "/".join(f"{{{HL7}}}{step}" for step in path.split("/"))
        return [Node(found) for found in self.element.iterfind(prefixed)]

    def one(self, path: str) -> Node:
        found = self.all(path)
        return found[0] if found else Node(None)

    def get(self, attribute: str) -> str:
        return "" if self.element is None else (self.element.get(attribute) or "")

    @property
    def text(self) -> str:
        return "" if self.element is None else " ".join("".join(self.element.itertext()).split())

    def __bool__(self) -> bool:
        return self.element is not None


@dataclass(frozen=True, slots=True)
class CdaFacts:
    """What a document says of itself: what the mail and the registry entry around it must agree with."""

    root: Node
    pdf: bytes | None

    @property
    def id(self) -> str:
        node = self.root.one("id")
        return "^".join(part for part in (node.get("root"), node.get("extension")) if part)

    @property
    def code(self) -> str:
        return self.root.one("code").get("code")

    @property
    def patient(self) -> Node:
        return self.root.one("recordTarget/patientRole")

    @property
    def patient_ids(self) -> set[tuple[str, str]]:
        return {(node.get("root"), node.get("extension")) for node in self.patient.all("id")}

    @property
    def has_ins(self) -> bool:
        return any(root in INS_OIDS for root, _ in self.patient_ids)

    @property
    def replaces(self) -> bool:
        return any(node.get("typeCode") == "RPLC" for node in self.root.all("relatedDocument"))

    @property
    def recipients(self) -> list[Node]:
        return self.root.all("informationRecipient/intendedRecipient")

    @property
    def mailboxes(self) -> set[str]:
        """The mailboxes of those the document says it is for, lower case."""
        values = [node.get("value") for one in self.recipients for node in one.all("telecom")]
        return {value.removeprefix("mailto:").lower() for value in values if value.startswith("mailto:")}

    def names(self, part: str) -> list[str]:
        return [node.text for node in self.patient.all(f"patient/name/{part}")]


def parse(data: bytes) -> Element | None:
    """XML from a stranger: no document type (so no entity), no network, no unlimited text."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
        return None if root.getroottree().docinfo.doctype else root
    except (etree.XMLSyntaxError, ValueError):
        return None


def in_utf8(root: Element) -> bool:
    return (root.getroottree().docinfo.encoding or "").upper() == "UTF-8"


def moment(text: str) -> datetime | None:
    """A full HL7 time in UTC; None when it is none. A day alone is its midnight without a zone taken as UTC."""
    match = MOMENT.fullmatch(text)
    if not match:
        return None
    day, clock, zone = match[1], (match[2] or "").partition(".")[0].ljust(6, "0"), match[6] or "+0000"
    shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:])) * (-1 if zone[0] == "-" else 1)
    try:
        return datetime.strptime(day + clock, "%Y%m%d%H%M%S").replace(tzinfo=timezone(shift)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
