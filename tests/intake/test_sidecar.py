"""The sidecar says who and about whom, or says by field what is wrong with it; the published schema says the same."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from dictation.domain.documents import LetterType, Priority
from dictation.domain.exchange import Consent
from dictation.domain.people import Author
from dictation.errors import NeedsAPerson
from dictation.intake.sidecar import SCHEMA, check, read_sidecar

AUTHOR = Author("10100000017", "Fontaine", "Claire", site="nord")
OTHER = Author("10100000025", "Mercier", "Paul")
FULL = {
    "$schema": "sidecar.schema.json",
    "version": 1,
    "author": AUTHOR.rpps,
    "patient": {
        "last_name": "Durand",
        "first_name": "Zoé",
        "birth_date": "1954-03-12",
        "sex": "F",
        "ins": {"value": "154036249803704", "oid": "1.2.250.1.213.1.4.10"},
        "hospital_number": "IPP1",
    },
    "addressee": {
        "last_name": "Petit",
        "first_name": "Sylvie",
        "rpps": "10101000015",
        "title": "Docteur",
        "specialty": "médecine générale",
        "address": ["12 rue des Lilas", "62300 Lens"],
        "mailbox": "sylvie.petit@medecin.example",
    },
    "letter_type": "discharge",
    "priority": "urgent",
    "site": "sud",
    "visit_date": "2026-11-03",
    "admission_date": "2026-11-01",
    "discharge_date": "2026-11-03",
    "consent": "granted",
}
published = Draft202012Validator(SCHEMA, format_checker=FormatChecker(["date"]))


def known(rpps):
    return {AUTHOR.rpps: AUTHOR, OTHER.rpps: OTHER}.get(rpps)


def read(plain, folder=None):
    return read_sidecar(json.dumps(plain).encode(), known, folder)


def without(*path):
    plain = copy.deepcopy(FULL)
    inner = plain
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return plain


def changed(value, *path):
    plain = copy.deepcopy(FULL)
    inner = plain
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return plain


def test_the_published_schema_is_the_one_the_program_uses(repository):
    text = (repository / "docs" / "sidecar.schema.json").read_text(encoding="utf-8")
    assert json.loads(text) == SCHEMA
    Draft202012Validator.check_schema(SCHEMA)


def test_a_full_sidecar_is_read_field_by_field():
    sidecar = read(FULL)
    assert (sidecar.letter_type, sidecar.priority, sidecar.consent) == (
        LetterType.DISCHARGE,
        Priority.URGENT,
        Consent.GRANTED,
    )
    assert sidecar.patient.ins.value == "154036249803704"
    assert sidecar.addressee.address == ("12 rue des Lilas", "62300 Lens")
    assert sidecar.discharge_date.isoformat() == "2026-11-03"
    assert sidecar.site == "sud"


def test_what_the_sidecar_leaves_out_comes_from_its_author():
    assert read({"author": AUTHOR.rpps}).site == "nord"
    assert read({}, folder=AUTHOR).author == AUTHOR.rpps


@pytest.mark.parametrize("case", sorted(path.name for path in __import__("pathlib").Path("tests/cases").glob("0*")))
def test_the_sidecars_of_the_cases_keep_the_contract(repository, case):
    plain = json.loads((repository / "tests" / "cases" / case / "sidecar.json").read_text(encoding="utf-8"))
    assert check(plain) == []
    assert published.is_valid(plain)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_what_windows_tools_write_is_understood(encoding):
    data = json.dumps(FULL, ensure_ascii=False).encode(encoding)
    assert read_sidecar(data, known).patient.first_name == "Zoé"


def test_decomposed_accents_are_composed_so_that_names_compare():
    assert read(changed("Zoe\u0301", "patient", "first_name")).patient.first_name == "Zoé"


WRONG = {
    "patient.last_name": without("patient", "last_name"),
    "patient.birth_date": changed("12/03/1954", "patient", "birth_date"),
    "patient.sex": changed("H", "patient", "sex"),
    "patient.ins.oid": changed("1.2.3", "patient", "ins", "oid"),
    "patient.ins.value": changed("15403624980370", "patient", "ins", "value"),
    "patient.hospital_number": changed("  ", "patient", "hospital_number"),
    "patient.ipp": changed("IPP1", "patient", "ipp"),
    "patient": changed("Durand", "patient"),
    "addressee.address": changed(["ligne"] * 7, "addressee", "address"),
    "addressee.address[1]": changed(["a", 5], "addressee", "address"),
    "addressee.mailbox": changed("sylvie.petit", "addressee", "mailbox"),
    "addressee.rpps": changed("1010", "addressee", "rpps"),
    "addressee.title": changed("D" * 51, "addressee", "title"),
    "author": changed(10100000017, "author"),
    "letter_type": changed("lettre", "letter_type"),
    "priority": changed(True, "priority"),
    "version": changed(True, "version"),
    "visit_date": changed("2026-11-31", "visit_date"),
    "consent": changed(None, "consent"),
    "site": changed("", "site"),
}


@pytest.mark.parametrize("place", WRONG)
def test_what_is_wrong_is_named_by_its_field_and_never_by_its_value(place):
    plain = WRONG[place]
    [problem] = check(plain)
    assert problem.startswith(f"{place}\u00a0: ")
    assert not published.is_valid(plain)
    with pytest.raises(NeedsAPerson) as error:
        read(plain)
    assert error.value.code == "E_SIDECAR_INVALID"
    assert not any(value in str(error.value) for value in ("Durand", "1954", "Zoé"))


@pytest.mark.parametrize(
    ("plain", "place"),
    [
        (changed("154036249803705", "patient", "ins", "value"), "patient.ins.value"),
        (changed("2026-10-31", "discharge_date"), "discharge_date"),
        (changed("\ud800", "site"), "site"),
    ],
)
def test_rules_no_schema_can_say_are_checked_too(plain, place):
    assert [problem.partition("\u00a0")[0] for problem in check(plain)] == [place]


def test_an_unknown_field_that_may_be_a_name_is_not_repeated():
    [problem] = check({"Durand Zoé": 1})
    assert "Durand" not in problem


def test_a_long_list_of_problems_is_cut():
    with pytest.raises(NeedsAPerson) as error:
        read({f"champ_{letter}": 1 for letter in "abcdefghijkl"})
    assert str(error.value).count("\u202f;") == 8
    assert "et 4 autres" in str(error.value)


@pytest.mark.parametrize(
    ("plain", "folder", "code"),
    [
        ({}, None, "E_AUTHOR_UNKNOWN"),
        ({"author": "10100000033"}, None, "E_AUTHOR_UNKNOWN"),
        ({"author": OTHER.rpps}, AUTHOR, "E_AUTHOR_CONFLICT"),
    ],
)
def test_who_dictated_must_be_known_and_undisputed(plain, folder, code):
    with pytest.raises(NeedsAPerson) as error:
        read(plain, folder)
    assert error.value.code == code


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["2026-02-30", "1954-03-12", "M"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
PLACES = """
author patient patient.birth_date patient.ins patient.last_name version site consent
addressee.address addressee.mailbox addressee.extra
"""
places = st.sampled_from(PLACES.split())


@given(value=values, place=places)
def test_we_refuse_whatever_the_published_schema_refuses(value, place):
    plain = changed(value, *place.split("."))
    if not published.is_valid(plain):
        assert check(plain)
    elif not any("\ud800" <= character <= "\udfff" for character in str(value)):
        assert check(plain) == []
