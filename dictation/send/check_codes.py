"""Check the codes of a CDA document against the official value sets: the code, its system, its label.

A document in, faults out. Touches nothing. A code of the right form that codes.py does not list is for a person to
weigh: the national sets are longer than ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from dictation.send import codes
from dictation.send.cda import HL7
from dictation.send.cda_facts import Node
from dictation.send.faults import Fault

_OTHER_SYSTEM = "1.2.250.1.213.1.1.4.6"  # of devices, patients and other sources that are neither doctor nor hospital
_PROFESSION = re.compile(r"G[0-9]{2}_[0-9]{1,3}(/[A-Z]{1,5}[0-9]{1,4})?")  # TRE_G15, and what one is skilled in
# Where the minimal structure asks for the label beside the code (displayName).
_LABELLED = (
    "code", "documentationOf/serviceEvent/code", "participant/associatedEntity/code",
    "componentOf/encompassingEncounter/code", "componentOf/encompassingEncounter/location/healthCareFacility/code",
)  # fmt: skip
_ROLES = ("assignedAuthor", "assignedEntity", "associatedEntity")


def check_codes(root: Node) -> Iterator[Fault]:
    """Every code of the header that is of no value set, of another system, or under another label."""
    yield from _systems(root)
    yield from _professions(root)
    yield from _functions(root)
    yield from _places(root)
    yield from _labels(root)


def _systems(root: Node) -> Iterator[Fault]:
    gender = root.one("recordTarget/patientRole/patient/administrativeGenderCode")
    for node, place, system in (
        (root.one("code"), "code", codes.LOINC),
        (root.one("confidentialityCode"), "confidentialityCode", codes.CONFIDENTIALITY_SYSTEM),
        (gender, "administrativeGenderCode", codes.GENDER_SYSTEM),
    ):
        if node.get("codeSystem") != system and not node.get("nullFlavor"):
            yield Fault("cda.system", place)


def _professions(root: Node) -> Iterator[Fault]:
    for author in root.all("author"):
        if author.one("assignedAuthor/code").get("codeSystem") not in {"", codes.AUTHOR_SYSTEM, _OTHER_SYSTEM}:
            yield Fault("cda.system", "author")
    assert root.element is not None
    for role in _ROLES:
        for element in root.element.iter(f"{{{HL7}}}{role}"):
            code = Node(element).one("code")
            if code.get("codeSystem") != codes.AUTHOR_SYSTEM:
                continue
            if not _PROFESSION.fullmatch(code.get("code")):
                yield Fault("cda.value", role)
            elif code.get("code") not in codes.AUTHORS and code.get("code") not in codes.OTHER_PROFESSIONS:
                yield Fault("cda.value-unknown", role)


def _functions(root: Node) -> Iterator[Fault]:
    assert root.element is not None
    for element in root.element.iter(f"{{{HL7}}}functionCode"):
        code, system = element.get("code") or "", element.get("codeSystem") or ""
        if element.get("nullFlavor"):
            continue
        if code not in codes.FUNCTIONS:
            yield Fault("cda.value-unknown", "functionCode")
        elif system != codes.FUNCTIONS[code].system:
            yield Fault("cda.system", "functionCode")


def _places(root: Node) -> Iterator[Fault]:
    for event in root.all("documentationOf/serviceEvent"):
        setting = event.one("performer/assignedEntity/representedOrganization/standardIndustryClassCode")
        known = setting.get("code") in codes.ALL_SETTINGS and setting.get("codeSystem") == codes.SETTING_SYSTEM
        if setting and not known:
            yield Fault("cda.setting")
    encounter = root.one("componentOf/encompassingEncounter")
    facility, kind = encounter.one("location/healthCareFacility/code"), encounter.one("code")
    formed = re.fullmatch(r"SA[0-9]{2}|EXP_PATIENT|SNR", facility.get("code"))
    if facility and (not formed or facility.get("codeSystem") not in {codes.FACILITY_SYSTEM, _OTHER_SYSTEM}):
        yield Fault("cda.facility")
    elif facility.get("code").startswith("SA") and facility.get("code") not in codes.FACILITIES:
        yield Fault("cda.value-unknown", "healthCareFacility")
    if kind and not kind.get("nullFlavor"):
        if kind.get("code") not in codes.ENCOUNTERS:
            yield Fault("cda.value", "encompassingEncounter")
        elif kind.get("codeSystem") != codes.ENCOUNTERS[kind.get("code")].system:
            yield Fault("cda.system", "encompassingEncounter")


def _labels(root: Node) -> Iterator[Fault]:
    for path in _LABELLED:
        if any(code.get("code") and not code.get("displayName").strip() for code in root.all(path)):
            yield Fault("cda.label-missing", path)
    assert root.element is not None
    for element in root.element.iter(f"{{{HL7}}}*"):
        shown = element.get("displayName")
        expected = codes.LABELS.get(f"{element.get('codeSystem')}|{element.get('code')}")
        if shown is not None and expected is not None and not codes.same_label(shown, expected):
            yield Fault("cda.label", etree.QName(element).localname)
