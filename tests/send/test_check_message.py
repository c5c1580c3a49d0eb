"""The validator finds every single thing changed in a good message, by the rule meant for it, and nothing else."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy

import pytest

from dictation.cli import main
from dictation.domain.documents import LetterType
from dictation.domain.parcel import Replaced
from dictation.send.check_message import ERROR, check_message
from dictation.send.faults import rules
from tests.send.mutations import (
    CLOCK,
    DOC,
    GOOD,
    INS,
    META,
    MUTATIONS,
    Parts,
    cda,
    everywhere,
    header,
    meta,
    part,
    sealed,
)
from tests.send.peers import PDF, SENDER, letter_parcel


def found(content: bytes, *, production: bool = False) -> set[str]:
    return {fault.rule for fault in check_message(content, production=production)}


def test_the_good_message_has_no_fault_taken_apart_and_joined_again_neither():
    assert found(GOOD) == set()
    assert found(Parts.of(GOOD).join()) == set()


@pytest.mark.parametrize(("rule", "change", "also"), [row[1:] for row in MUTATIONS], ids=[row[0] for row in MUTATIONS])
def test_every_single_change_is_found_by_the_rule_meant_for_it(rule, change, also):
    parts = Parts.of(GOOD)
    change(parts)
    assert found(parts.join()) == {rule} | also


def test_a_test_identity_is_refused_in_production():
    assert found(GOOD, production=True) == {"cda.ins-test"}


@pytest.mark.parametrize(
    ("ins", "good"),
    [("269012A12345624", True), ("269012B12345651", True), ("269012A12345651", False), ("269012C12345624", False)],
)
def test_the_key_of_a_corsican_is_computed(ins, good):
    parts = Parts.of(GOOD)
    everywhere(INS, ins)(parts)
    # The sex, the year and the month of another person: for a person to weigh.
    assert (found(parts.join()) == {"cda.ins-differs"}) is good


def test_a_header_of_the_space_that_says_two_things_is_one_too_many():
    assert found(GOOD.replace(b"X-MSS-INS: O\r\n", b"X-MSS-INS: O\r\nX-MSS-INS: N\r\n")) == {"mail.headers"}


def test_documents_of_two_patients_do_not_travel_together():
    parts = Parts.of(GOOD)
    other = parts.files[DOC].replace(INS.encode(), b"154036249803704").replace(b"IPP0020227", b"IPP0020228")
    parts.files["IHE_XDM/SUBSET01/DOC0002.XML"] = other
    parts.headers["X-MSS-CODECDA"] = "34874-8,34874-8"
    assert "mail.one-patient" in found(parts.join())


SECOND = sealed(letter_version=2, replaces=Replaced(1, "<first@hopital.example>"))
REPLACEMENTS = [
    ("a mail that does not say so", "mail.replaces", part(text="Bonjour")),
    ("no parent", "mail.thread", header("In-Reply-To", None)),
    ("no thread", "mail.thread", header("References", None)),
    ("a thread that ends elsewhere", "mail.thread", header("References", "<other@hopital.example>")),
    ("no association", "xdm.replaces", meta(r'<rim:Association [^>]*RPLC"[^>]*/>')),
    ("an association with nothing", "xdm.replaces", meta(r'(RPLC"[^>]*targetObject=")[^"]*', r"\1")),
    ("a first version", "cda.replaces-version", cda('versionNumber value="2"', 'versionNumber value="1"')),
    ("an older version", "cda.replaces-version", cda('(<parentDocument>.*versionNumber value=")1', r"\g<1>3")),
    ("a version of another set", "cda.replaces-version", cda('(<parentDocument>.*setId root=")2', r"\g<1>1.2")),
    ("itself", "cda.replaces", cda('(<id root="2[^/]*/>)(.*<parentDocument>)<id[^/]*/>', r"\1\2\1")),
]


@pytest.mark.parametrize(("rule", "change"), [row[1:] for row in REPLACEMENTS], ids=[row[0] for row in REPLACEMENTS])
def test_a_replacement_says_so_everywhere(rule, change):
    assert found(SECOND) == set()
    parts = Parts.of(SECOND)
    change(parts)
    assert found(parts.join()) == {rule}


def test_an_association_that_replaces_what_the_document_does_not():
    parts = Parts.of(GOOD)
    kind = "urn:ihe:iti:2007:AssociationType:RPLC"
    link = rf'<rim:Association id="urn:uuid:8" associationType="{kind}" sourceObject="\2" targetObject="urn:uuid:9"/>'
    meta('(ExtrinsicObject id=")([^"]*)(.*)(</rim:RegistryObjectList>)', rf"\1\2\3{link}\4")(parts)
    assert found(parts.join()) == {"xdm.replaces"}


def test_a_third_version_names_the_first_too():
    first, second = "<first@hopital.example>", "<second@hopital.example>"
    content = sealed(letter_version=3, replaces=Replaced(2, second, (first,)))
    assert found(content) == set()
    headers = Parts.of(content).headers
    assert (headers["In-Reply-To"], headers["References"]) == (second, f"{first} {second}")


def test_a_patient_known_by_the_hospital_number_alone_is_a_good_message():
    parcel = letter_parcel(CLOCK)
    content = sealed(patient=replace(parcel.patient, ins=None, birth_place="", given_names=""))
    assert found(content) == set()
    assert Parts.of(content).headers["X-MSS-INS"] == "N"


def test_the_report_of_a_stay_is_a_good_message_dated_by_the_stay():
    content = sealed(letter_type=LetterType.STAY, begun_on=date(2026, 11, 5), ended_on=date(2026, 11, 9))
    assert found(content) == set()
    parts = Parts.of(content)
    assert (parts.headers["X-MSS-CODECDA"], parts.pdf_name.split("_")[:2]) == (
        "34112-3",
        ["20261105", "CR hospitalier (séjour)"],
    )
    assert b'nodeRepresentation="03"' in parts.files[META]


def test_the_letter_alone_is_a_good_message_and_must_not_announce_a_document():
    parcel = letter_parcel(CLOCK)
    content = sealed(addressee=replace(parcel.addressee, pdf_only=True))
    assert found(content) == set()
    message = message_from_bytes(content, policy=policy.default)
    assert "X-MSS-CODECDA" not in message
    announced = content.replace(b"X-MSS-NIL:", b"X-MSS-CODECDA: 34874-8\r\nX-MSS-NIL:")
    assert found(announced) == {"mail.codecda"}


def test_what_other_programs_may_do_is_no_error():
    parts = Parts.of(GOOD)
    parts.zip_name = "IHE_XDM.ZIP"
    parts.files["IHE_XDM/SUBSET01/DOC00001.PDF"] = PDF
    parts.headers["Subject"] = "XDM/1.0/DDM+CR Testpatient Zéphirine 28-03-1979"
    cda("(<addr nullFlavor)", r'<id root="1.2.250.1.213.1.4.13" extension="279035121518989"/>\1')(parts)
    cda('displayName="CR opératoire"', 'displayName="CR  OPERATOIRE"')(parts)
    cda('(<id root=")2\\.25\\.[0-9]+', r"\g<1>6E8BC430-9C3A-11D9-9669-0800200C9A66")(parts)
    meta('(42ab" [^>]*value=")[^"]*', r"\g<1>6E8BC430-9C3A-11D9-9669-0800200C9A66")(parts)
    parts.honest = True
    assert found(parts.join()) == set()


@pytest.mark.parametrize("junk", [b"", b"Subject: x\r\n\r\nBonjour", b"\x00\xff" * 400, GOOD[: len(GOOD) // 2]])
def test_whatever_is_given_gets_an_answer(junk):
    assert any(fault.level == ERROR for fault in check_message(junk, production=False))


def test_an_entity_is_never_read_from_the_disk(tmp_path):
    (tmp_path / "secret").write_text("TOPSECRET")
    parts = Parts.of(GOOD)
    bomb = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]><ClinicalDocument'
    cda("<ClinicalDocument", bomb)(parts)
    cda("<title>CR opératoire", "<title>&e;")(parts)
    assert "cda.readable" in found(parts.join())


def test_every_rule_is_broken_by_a_test():
    tested = {row[1] for row in MUTATIONS} | {rule for row in MUTATIONS for rule in row[3]}
    elsewhere = {"cda.ins-test", "mail.one-patient", "mail.structure"}
    untested = {"mail.big", "mail.too-big", "cda.code-unknown", "cda.addressee"}
    assert set(rules()) == tested | elsewhere | untested
    assert len(MUTATIONS) >= 35


def test_a_type_we_do_not_know_and_no_addressee_are_for_a_person_to_weigh():
    parts = Parts.of(GOOD)
    cda('code="34874-8"', 'code="11505-5"')(parts)
    meta('nodeRepresentation="34874-8"', 'nodeRepresentation="11505-5"')(parts)
    parts.headers["X-MSS-CODECDA"] = "11505-5"
    cda("<informationRecipient>.*</informationRecipient>(?=<legal)")(parts)
    cda("<participant.*</participant>")(parts)
    parts.honest = True
    assert found(parts.join()) == {"cda.code-unknown", "cda.addressee"}


@pytest.mark.parametrize(("limit", "rule"), [("BIG", "mail.big"), ("TOO_BIG", "mail.too-big")])
def test_the_size_of_the_whole_message_counts(monkeypatch, limit, rule):
    monkeypatch.setattr(sys.modules["dictation.send.check_message"], "BIG", len(GOOD) - 1)
    monkeypatch.setattr(sys.modules["dictation.send.check_message"], limit, len(GOOD) - 1)
    assert found(GOOD) == {rule}


def test_the_command_explains_in_french_and_ends_with_what_a_script_can_read(tmp_path, capsys):
    good, bad = tmp_path / "good.eml", tmp_path / "bad.eml"
    good.write_bytes(GOOD)
    parts = Parts.of(GOOD)
    everywhere(INS, "279035121518988")(parts)
    bad.write_bytes(parts.join())
    assert main(["check-message", str(good)]) == 0
    assert "peut partir" in capsys.readouterr().out
    assert main(["check-message", str(bad)]) == 1
    said = capsys.readouterr().out
    assert "cda.ins-key" in said
    assert "La clé du matricule INS est fausse." in said
    assert main(["check-message", str(bad), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["faults"][0]["rule"]) == (False, "cda.ins-key")
    assert main(["check-message", str(tmp_path / "absent.eml")]) == 2


def test_no_fault_tells_a_name_or_a_number():
    parts = Parts.of(GOOD)
    everywhere(INS, "279035121518988")(parts)
    parts.headers["From"] = ""
    for fault in check_message(parts.join(), production=True):
        words = f"{fault.rule} {fault.place} {fault.sentence}"
        assert "TESTPATIENT" not in words.upper()
        assert "2790351" not in words
        assert SENDER not in words
