"""The clinical document: the signed bytes inside, every identity in its place, the same document each time."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from lxml import etree

from dictation.domain.documents import LetterType
from dictation.domain.parcel import Replaced
from dictation.domain.people import Ins, Sex, finess_form, luhn, nir_key, rpps_form
from dictation.send import codes
from dictation.send.cda import HL7, write_cda
from dictation.send.check_cda import check_cda
from dictation.send.document import civil, describe, hl7_time, utc_time
from tests.send.peers import ADDRESSEE, GP, OTHER_GP, PATIENT, PDF, SITE, SURGEON, Clock, letter_parcel

CLOCK = Clock(datetime(2026, 7, 14, 22, 30, tzinfo=UTC))


def document(**changes):
    return describe(letter_parcel(CLOCK, **changes), production=False)


def written(**changes):
    return etree.fromstring(write_cda(document(**changes)))


def at(root, path: str) -> list:
    return root.findall("/".join(f"{{{HL7}}}{step}" for step in path.split("/")))


def test_the_pdf_inside_is_the_signed_one_byte_for_byte():
    [body] = at(written(), "component/nonXMLBody/text")
    assert base64.b64decode(body.text, validate=True) == PDF
    assert body.attrib == {"mediaType": "application/pdf", "representation": "B64"}


def test_the_same_letter_gives_the_same_bytes():
    assert write_cda(document()) == write_cda(document())


def test_a_sex_that_is_not_known_is_written_as_such_and_accepted():
    data = write_cda(document(patient=replace(PATIENT, sex=Sex.UNKNOWN)))
    assert check_cda(data, production=False)[1] == []
    [element] = at(etree.fromstring(data), "recordTarget/patientRole/patient/administrativeGenderCode")
    assert (element.get("code"), element.get("displayName")) == ("UN", "Inconnu")  # JDV_J143 has no U


@pytest.mark.parametrize(
    ("letter_type", "code"),
    [
        (LetterType.CONSULTATION, "11488-4"),
        (LetterType.OPERATION, "34874-8"),
        (LetterType.DISCHARGE, "11490-0"),
        (LetterType.STAY, "34112-3"),
        (LetterType.OPINION, "11488-4"),
        (LetterType.IMAGING, "18748-4"),
        (LetterType.MEETING, "34794-8"),
    ],
)
def test_each_letter_type_has_its_code_and_a_document_without_fault(letter_type, code):
    data = write_cda(document(letter_type=letter_type))
    facts, faults = check_cda(data, production=False)
    assert faults == []
    assert facts.code == code
    [element] = at(etree.fromstring(data), "code")
    assert element.get("displayName") == codes.TYPES[code].label


def test_every_time_carries_its_zone_summer_and_winter():
    root = written(begun_on=date(2026, 1, 5), ended_on=date(2026, 1, 9))
    [when] = at(root, "effectiveTime")
    assert when.get("value") == "20260715003000+0200"  # after midnight in Paris
    [low] = at(root, "documentationOf/serviceEvent/effectiveTime/low")
    assert low.get("value") == "20260105000000+0100"


def test_one_moment_in_both_forms():
    moment = document().signed_at
    assert (hl7_time(moment), utc_time(moment)) == ("20260715003000+0200", "20260714223000")


def test_the_national_identity_comes_with_all_its_traits():
    [role] = at(written(), "recordTarget/patientRole")
    assert [(one.get("root"), one.get("extension")) for one in at(role, "id")] == [
        ("1.2.250.1.213.1.4.10", "279035121518989"),
        ("1.2.250.1.999.2", "IPP0020227"),
    ]
    assert [(one.get("qualifier"), one.text) for one in at(role, "patient/name/given")] == [
        (None, "ZEPHIRINE MARIE-LOUISE"),
        ("BR", "ZEPHIRINE"),
    ]
    [county] = at(role, "patient/birthplace/place/addr/county")
    assert county.text == "51215"


def test_used_names_stand_beside_those_of_birth():
    root = written(patient=replace(PATIENT, used_last_name="Épouse", used_first_name="Zoé"))
    names = at(root, "recordTarget/patientRole/patient/name/family")
    assert [(one.get("qualifier"), one.text) for one in names] == [("BR", "TESTPATIENT"), ("CL", "EPOUSE")]


def test_without_an_ins_the_hospital_number_alone_identifies():
    bare = replace(PATIENT, ins=None, given_names="", birth_place="")
    data = write_cda(document(patient=bare))
    facts, faults = check_cda(data, production=False)
    assert faults == []
    assert facts.patient_ids == {("1.2.250.1.999.2", "IPP0020227")}
    assert not facts.has_ins


def test_the_substitute_who_signed_is_the_legal_authenticator_and_not_the_author():
    substitute = replace(SURGEON, rpps="10100000024", last_name="Mercier")
    root = written(signatory=substitute)
    [author] = at(root, "author/assignedAuthor/id")
    [signer] = at(root, "legalAuthenticator/assignedEntity/id")
    assert (author.get("extension"), signer.get("extension")) == ("810100000016", "810100000024")


def test_a_new_version_names_the_document_it_replaces_and_keeps_the_set():
    first, second = document(), document(letter_version=2, replaces=Replaced(1, "<a@b.example>"))
    root = etree.fromstring(write_cda(second))
    [parent] = at(root, "relatedDocument/parentDocument/id")
    assert parent.get("root") == first.id != second.id
    assert first.set_id == second.set_id
    [version] = at(root, "versionNumber")
    assert version.get("value") == "2"
    assert check_cda(write_cda(second), production=False)[1] == []


def test_another_addressee_is_another_document_of_the_same_set():
    other = document(mailbox=OTHER_GP)
    assert (other.id == document().id, other.set_id == document().set_id) == (False, True)


@pytest.mark.parametrize(
    ("letter_type", "facility", "code"),
    [
        (LetterType.CONSULTATION, "SA01", "EXTERNE"),
        (LetterType.CONSULTATION, "SA08", "AMB"),
        (LetterType.MEETING, "SA01", "VR"),
        (LetterType.STAY, "SA04", "IMP"),
    ],
)
def test_a_consultation_in_a_hospital_is_external_and_a_meeting_has_no_patient(letter_type, facility, code):
    data = write_cda(document(letter_type=letter_type, site=replace(SITE, facility_code=facility)))
    assert check_cda(data, production=False)[1] == []
    [element] = at(etree.fromstring(data), "componentOf/encompassingEncounter/code")
    assert (element.get("code"), element.get("displayName")) == (code, codes.ENCOUNTERS[code].label)


def test_the_gp_stands_as_participant_and_as_recipient_with_number_profession_and_practice():
    root = written()
    [gp], [recipient] = at(root, "participant/associatedEntity"), at(root, "informationRecipient/intendedRecipient")
    [code] = at(gp, "code")
    assert (code.get("code"), code.get("displayName")) == (
        "G15_10/SM53",
        "Médecin - Spécialiste en Médecine Générale (SM)",
    )
    for role, house in ((gp, "scopingOrganization"), (recipient, "receivedOrganization")):
        assert at(role, "id")[0].get("extension") == "810101000023"
        assert at(role, "telecom")[0].get("value") == f"mailto:{GP}"
        assert at(role, f"{house}/id")[0].get("extension") == "399900000000011"  # 3 and the SIRET
        assert at(role, f"{house}/name")[0].text == "Cabinet médical du Marché"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"specialty_code": "G15_10/SM26"}, "G15_10/SM26"),
        ({"specialty": "médecine générale"}, "G15_10/SM54"),
        ({"specialty": "ostéopathie"}, "G15_10"),
        ({"specialty": ""}, "G15_10"),
        ({"specialty": "Cardiologie et maladies vasculaires"}, "G15_10/SM04"),
    ],
)
def test_the_profession_of_an_addressee_is_a_row_of_the_value_set_or_doctor(changes, code):
    assert codes.profession_of(replace(ADDRESSEE, **changes)).code == code


def test_an_addressee_of_a_profession_we_have_no_label_for_is_not_called_a_doctor():
    root = written(addressee=replace(ADDRESSEE, specialty_code="G15_26"))
    assert at(root, "participant/associatedEntity/code") == []


@pytest.mark.parametrize(
    ("title", "before", "behind"),
    [("Docteur", None, "DR"), ("Pr", None, "PR"), ("Madame", "MME", None), ("M.", "M", None), ("Maître", None, None)],
)
def test_titles_are_written_by_their_official_code_or_not_at_all(title, before, behind):
    root = written(author=replace(SURGEON, title=title), signatory=replace(SURGEON, title=title))
    [name] = at(root, "author/assignedAuthor/assignedPerson/name")
    texts = [name.findtext(f"{{{HL7}}}{tag}") for tag in ("prefix", "suffix")]
    assert texts == [before, behind]
    assert check_cda(etree.tostring(root, xml_declaration=True, encoding="UTF-8"), production=False)[1] == []


def test_markup_in_a_name_stays_text():
    root = written(author=replace(SURGEON, last_name="<b>&amp;</b>"))
    [family] = at(root, "author/assignedAuthor/assignedPerson/name/family")
    assert family.text == "<b>&amp;</b>"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Élodie", "ELODIE"),
        ("d’Août", "D'AOUT"),
        ("Cœur", "COEUR"),
        ("Jean-François", "JEAN-FRANCOIS"),
        ("Nuñez ", "NUNEZ"),
    ],
)
def test_names_are_written_as_the_identity_register_has_them(name, expected):
    assert civil(name) == expected


def test_every_code_has_its_own_label_and_every_loinc_code_its_key():
    assert all(row.label for row in codes.AUTHORS.values())
    assert all(luhn(code.replace("-", "")) for code in codes.TYPES)
    assert set(codes.CLASS_OF_TYPE) == set(codes.TYPES)
    assert codes.AUTHORS["G15_10/SM08"].label == "Médecin - Chirurgie orthopédique et Traumatologie (SM)"


def test_numbers_of_professionals_and_structures_have_their_form():
    assert rpps_form("10100000016")
    assert not rpps_form("810100000016")
    assert finess_form("2A0000014")
    assert not finess_form("62000000")


@pytest.mark.parametrize("department", ["2A", "2B"])
def test_a_corsican_ins_is_a_good_ins(department):
    body = f"26901{department}123456"
    assert Ins(f"{body}{nir_key(body):02d}", "1.2.250.1.213.1.4.10")
    with pytest.raises(ValueError):
        Ins(f"{body}{nir_key(body) % 97 + 1:02d}", "1.2.250.1.213.1.4.10")
