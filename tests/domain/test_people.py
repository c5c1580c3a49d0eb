"""Identities that do not agree with their own key are refused before anything is written about them."""

from datetime import date

import pytest

from dictation.domain.people import Ins, Patient, Sex, luhn, nir_key

TEST_REGISTER = "1.2.250.1.213.1.4.10"


@pytest.mark.parametrize(("body", "key"), [("2790351215189", 89), ("2500262498001", 73), ("255082A004001", None)])
def test_the_key_of_a_nir_is_97_minus_its_remainder(body, key):
    assert nir_key(body) == (key if key is not None else 97 - int("2550819004001") % 97)


@pytest.mark.parametrize("body", ["", "123", "27903512151AB", "27903512151890"])
def test_what_is_not_a_nir_has_no_key(body):
    with pytest.raises(ValueError, match="13 characters"):
        nir_key(body)


def test_an_ins_with_a_wrong_key_does_not_exist():
    Ins("279035121518989", TEST_REGISTER)
    with pytest.raises(ValueError, match="key"):
        Ins("279035121518988", TEST_REGISTER)
    with pytest.raises(ValueError, match="register"):
        Ins("279035121518989", "1.2.3")


def test_a_patient_has_an_identity_or_does_not_exist():
    with pytest.raises(ValueError, match="INS or a hospital number"):
        Patient("Martin", "Jeanne", date(1950, 2, 12), Sex.FEMALE)
    with pytest.raises(ValueError, match="first and a last name"):
        Patient(" ", "Jeanne", date(1950, 2, 12), Sex.FEMALE, hospital_number="IPP1")


@pytest.mark.parametrize(("digits", "whole"), [("79927398713", True), ("79927398710", False), ("7992739871a", False)])
def test_luhn_tells_a_mistyped_digit(digits, whole):
    assert luhn(digits) is whole
