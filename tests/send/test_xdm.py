"""The archive: four files, the same bytes each time, and a description that says what the document says."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from dictation.domain.documents import LetterType
from dictation.domain.parcel import Replaced
from dictation.send import check_xdm
from dictation.send.cda import write_cda
from dictation.send.check_xdm import check_archive
from dictation.send.document import describe
from dictation.send.xdm import (
    APPROVED,
    ENTRY_AUTHOR,
    ENTRY_CLASS,
    ENTRY_CONFIDENTIALITY,
    ENTRY_TYPE,
    RIM,
    SET_AUTHOR,
    SUBMISSION_SET,
    write_metadata,
    write_xdm,
)
from tests.send.peers import PATIENT, SITE, Clock, letter_parcel

CLOCK = Clock(datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
_R = f"{{{RIM}}}"


def archive(**changes) -> bytes:
    document = describe(letter_parcel(CLOCK, **changes), production=False)
    return write_xdm(document, write_cda(document), source_oid="1.2.250.1.999.1", application="dictation")


def metadata(**changes):
    document = describe(letter_parcel(CLOCK, **changes), production=False)
    return etree.fromstring(write_metadata(document, write_cda(document), source_oid="1.2.250.1.999.1"))


def slots(element) -> dict[str, list[str]]:
    return {
        slot.get("name"): [value.text for value in slot.iter(f"{_R}Value")] for slot in element.findall(f"{_R}Slot")
    }


def test_the_archive_holds_four_files_with_short_names_in_their_order():
    with zipfile.ZipFile(io.BytesIO(archive())) as opened:
        names = opened.namelist()
        assert opened.testzip() is None
    assert names == [
        "INDEX.HTM", "README.TXT", "IHE_XDM/SUBSET01/METADATA.XML", "IHE_XDM/SUBSET01/DOC0001.XML",
    ]  # fmt: skip


def test_the_same_letter_gives_the_same_archive_and_another_one_does_not():
    assert archive() == archive()
    assert archive() != archive(pdf=b"%PDF-1.4\n%%EOF")


def test_a_person_who_opens_it_by_hand_finds_his_way():
    with zipfile.ZipFile(io.BytesIO(archive())) as opened:
        page, words = opened.read("INDEX.HTM").decode(), opened.read("README.TXT").decode()
    assert 'href="README.TXT"' in page
    etree.fromstring(page.encode())
    assert [line for line in words.split("\r\n") if line and not line.startswith(" ")] == [
        "Emetteur", "Application", "Instructions", "Arborescence",
    ]  # fmt: skip
    assert "TESTPATIENT" not in page + words


def test_digest_and_size_are_those_of_the_document():
    data = archive()
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        cda = opened.read("IHE_XDM/SUBSET01/DOC0001.XML")
        description = etree.fromstring(opened.read("IHE_XDM/SUBSET01/METADATA.XML"))
    found = slots(description.find(f".//{_R}ExtrinsicObject"))
    assert found["hash"] == [hashlib.sha1(cda).hexdigest()]
    assert found["size"] == [str(len(cda))]
    assert check_archive(data, production=False)[1] == []


def test_the_document_entry_says_what_the_registry_asks():
    entry = metadata().find(f".//{_R}ExtrinsicObject")
    found = slots(entry)
    assert (entry.get("mimeType"), entry.get("status")) == ("text/xml", APPROVED)
    assert found["creationTime"] == ["20261124093000"]
    assert found["serviceStartTime"] == ["20261108230000"]
    assert found["URI"] == ["DOC0001.XML"]
    assert found["sourcePatientId"] == ["IPP0020227^^^&1.2.250.1.999.2&ISO^PI"]
    assert found["legalAuthenticator"] == ["810100000016^Fontaine^Claire^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"]
    assert found["sourcePatientInfo"] == [
        "PID-5|TESTPATIENT^ZEPHIRINE^ZEPHIRINE MARIE-LOUISE^^^^L",
        "PID-7|19790328",
        "PID-8|F",
        "PID-11|^^^^^^BDL^^51215",
    ]
    codes = [row.get("nodeRepresentation") for row in entry.findall(f"{_R}Classification")]
    assert codes == ["", "10", "N", "urn:ihe:iti:xds-sd:pdf:2008", "SA01", "ETABLISSEMENT", "34874-8"]


def test_the_set_says_in_words_what_it_brings():
    first, second = metadata(), metadata(letter_version=2, replaces=Replaced(1, "<a@b.example>"))
    path = f".//{_R}RegistryPackage/{_R}Description/{_R}LocalizedString"
    assert first.find(path).get("value") == "CR opératoire, Centre hospitalier de démonstration"
    assert second.find(path).get("value").endswith("Annule et remplace la version 1.")
    package = first.find(f".//{_R}RegistryPackage")
    kinds = [child.tag.removeprefix(_R) for child in package]
    order = ["Slot", "Name", "Description", "Classification", "ExternalIdentifier"]  # ebRIM 3.0 asks for it
    assert kinds == sorted(kinds, key=order.index)


def test_every_author_has_a_role():
    root = metadata()
    for scheme in (ENTRY_AUTHOR, SET_AUTHOR):
        [author] = root.findall(f".//{_R}Classification[@classificationScheme='urn:uuid:{scheme}']")
        assert list(slots(author)) == ["authorInstitution", "authorPerson", "authorRole", "authorSpecialty"]
        assert slots(author)["authorRole"] == ["Membre de l'équipe de soins"]


def test_every_classification_and_identifier_belongs_to_the_object_it_stands_in():
    root = metadata()
    for kind in ("ExtrinsicObject", "RegistryPackage"):
        owner = root.find(f".//{_R}{kind}")
        rows = owner.findall(f"{_R}Classification")
        assert rows
        assert {row.get("classifiedObject") for row in rows} == {owner.get("id")}
        identifiers = owner.findall(f"{_R}ExternalIdentifier")
        assert {row.get("registryObject") for row in identifiers} == {owner.get("id")}
    [marker] = root.findall(f".//{_R}Classification[@classificationNode='{SUBMISSION_SET}']")
    assert marker.get("classifiedObject") == root.find(f".//{_R}RegistryPackage").get("id")
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name) for name in ids)


def test_a_replacement_is_linked_to_the_entry_of_the_first_version():
    first = metadata().find(f".//{_R}ExtrinsicObject").get("id")
    root = metadata(letter_version=2, replaces=Replaced(1, "<a@b.example>"))
    links = {link.get("associationType").rpartition(":")[2]: link for link in root.iter(f"{_R}Association")}
    assert set(links) == {"HasMember", "RPLC"}
    assert links["RPLC"].get("targetObject") == first
    assert links["RPLC"].get("sourceObject") == root.find(f".//{_R}ExtrinsicObject").get("id")


def test_separators_in_a_name_do_not_make_new_fields():
    root = metadata(site=replace(SITE, name="CH ^ & | A"), patient=replace(PATIENT, last_name="A^B"))
    author = root.find(f".//{_R}ExtrinsicObject/{_R}Classification")
    assert slots(author)["authorInstitution"][0].startswith("CH       A^^^^^&1.2.250")
    info = slots(root.find(f".//{_R}ExtrinsicObject"))["sourcePatientInfo"][0]
    assert info.count("^") == 6


def test_a_zip_that_claims_to_unpack_to_more_than_a_letter_can_hold_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(check_xdm, "MAX_UNPACKED", 100_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        for number in range(3):
            bomb.writestr(f"A{number}.TXT", b"0" * 40_000)
    assert len(out.getvalue()) < 1_000
    _, faults = check_archive(out.getvalue(), production=False)
    assert [fault.rule for fault in faults] == ["zip.readable"]


def test_a_hidden_document_is_restricted_and_says_from_whom():
    hidden = {"hidden_from_patient": True, "mailbox": "gp@medecin.example"}
    entry = metadata(**hidden).find(f".//{_R}ExtrinsicObject")
    rows = entry.findall(f"{_R}Classification[@classificationScheme='urn:uuid:{ENTRY_CONFIDENTIALITY}']")
    assert [(row.get("nodeRepresentation"), *slots(row)["codingScheme"]) for row in rows] == [
        ("R", "2.16.840.1.113883.5.25"),
        ("INVISIBLE_PATIENT", "1.2.250.1.213.1.1.4.13"),
    ]
    assert len({row.get("id") for row in entry.iter() if row.get("id")}) == len(
        [row for row in entry.iter() if row.get("id")]
    )
    assert check_archive(archive(**hidden), production=False)[1] == []
    cda = etree.fromstring(write_cda(describe(letter_parcel(CLOCK, **hidden), production=False)))
    assert cda.find("{*}confidentialityCode").get("code") == "R"


@pytest.mark.parametrize(
    ("letter_type", "type_code", "class_code"),
    [
        (LetterType.MEETING, "34794-8", "10"),
        (LetterType.IMAGING, "18748-4", "31"),
        (LetterType.OPINION, "11488-4", "10"),
        (LetterType.STAY, "34112-3", "10"),
    ],
)
def test_each_kind_of_letter_is_filed_in_its_own_drawer(letter_type, type_code, class_code):
    entry = metadata(letter_type=letter_type).find(f".//{_R}ExtrinsicObject")
    rows = {row.get("classificationScheme"): row for row in entry.findall(f"{_R}Classification")}
    assert rows[f"urn:uuid:{ENTRY_TYPE}"].get("nodeRepresentation") == type_code
    assert rows[f"urn:uuid:{ENTRY_CLASS}"].get("nodeRepresentation") == class_code
    assert check_archive(archive(letter_type=letter_type), production=False)[1] == []
