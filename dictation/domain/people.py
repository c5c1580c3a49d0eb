"""The people of a letter: who dictated, about whom, for whom.

Identifier rules: RPPS has 11 digits with a Luhn key (a few old ones fail it: a warning elsewhere, never a refusal);
INS is a NIR of 13 characters and a key of 2, key = 97 - (n mod 97), with 2A and 2B counted as 19 and 18 (source: ANS,
référentiel INS; INSEE).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

INS_OIDS = {
    "1.2.250.1.213.1.4.8": "NIR",
    "1.2.250.1.213.1.4.9": "NIA",
    "1.2.250.1.213.1.4.10": "NIR de test",
    "1.2.250.1.213.1.4.11": "NIR de démonstration",
}
TEST_INS_OIDS = frozenset({"1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"})  # of nobody: never in production


class Sex(StrEnum):
    """Administrative sex, in the codes of HL7 v2."""

    MALE = "M"
    FEMALE = "F"
    UNKNOWN = "U"  # not told, or neither: nothing is concluded from it

    @property
    def label(self) -> str:
        return {"M": "masculin", "F": "féminin", "U": "non précisé"}[self.value]

    @property
    def born(self) -> str:
        return {"M": "né", "F": "née", "U": "né(e)"}[self.value]


def luhn(digits: str) -> bool:
    """Whether a string of digits ends with its Luhn key (RPPS, FINESS)."""
    if not (digits.isascii() and digits.isdecimal()):
        return False
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def nir_key(body: str) -> int:
    """The key, 1..97, of the 13 characters of a NIR; Corsica's 2A and 2B allowed. ValueError when it is no NIR."""
    number = body.replace("2A", "19").replace("2B", "18")
    if not re.fullmatch(r"[0-9]{13}", number):
        raise ValueError("a NIR has 13 characters")
    return 97 - int(number) % 97


def rpps_form(number: str) -> bool:
    """11 digits. Its Luhn key is not asked for: official examples fail it."""
    return re.fullmatch(r"[0-9]{11}", number) is not None


def finess_form(number: str) -> bool:
    """9 characters, digits but for Corsica's 2A and 2B in front."""
    return re.fullmatch(r"(2[AB]|[0-9]{2})[0-9]{7}", number) is not None


def siret_form(number: str) -> bool:
    """14 digits with their Luhn key."""
    return re.fullmatch(r"[0-9]{14}", number) is not None and luhn(number)


def cog_form(code: str) -> bool:
    """5 characters, digits but for Corsica's 2A and 2B in front: a commune, or a country (99...)."""
    return re.fullmatch(r"[0-9][0-9AB][0-9]{3}", code) is not None


@dataclass(frozen=True, slots=True)
class Ins:
    """National health identity: the number and the OID that says which register it belongs to."""

    value: str  # 15 characters: NIR and key
    oid: str

    def __post_init__(self) -> None:
        if self.oid not in INS_OIDS:
            raise ValueError("unknown INS register")
        if len(self.value) != 15 or not self.value[13:].isdecimal() or nir_key(self.value[:13]) != int(self.value[13:]):
            raise ValueError("the INS does not agree with its key")


@dataclass(frozen=True, slots=True)
class Patient:
    """Who the letter is about. INS or hospital number: at least one of the two."""

    last_name: str
    first_name: str
    birth_date: date
    sex: Sex
    ins: Ins | None = None
    hospital_number: str | None = None  # IPP
    given_names: str = ""  # the whole list, as the identity register writes it: a trait of the INS
    birth_place: str = ""  # INSEE code (COG) of the place of birth: a trait of the INS
    used_last_name: str = ""
    used_first_name: str = ""

    @property
    def full_ins(self) -> Ins | None:
        """The INS when all its traits are known; without them it may not be quoted (ANS, référentiel INS)."""
        return self.ins if self.given_names.strip() and self.birth_place else None

    def __post_init__(self) -> None:
        if self.ins is None and not self.hospital_number:
            raise ValueError("a patient has an INS or a hospital number")
        if not self.last_name.strip() or not self.first_name.strip():
            raise ValueError("a patient has a first and a last name")


@dataclass(frozen=True, slots=True)
class Author:
    """Who dictated. Known to the hospital: listed in the settings."""

    rpps: str
    last_name: str
    first_name: str
    title: str = "Docteur"
    specialty: str = ""
    service: str = ""
    site: str = "principal"
    specialty_code: str = "G15_10"  # row of JDV_J01, e.g. G15_10/SM12


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who receives the letter: usually the patient's declared GP."""

    last_name: str
    first_name: str = ""
    rpps: str = ""
    title: str = "Docteur"
    specialty: str = ""
    specialty_code: str = ""  # row of JDV_J01, e.g. G15_10/SM26; empty: looked for by its label
    organisation: str = ""  # practice or hospital where the letter is received
    organisation_number: str = ""  # its FINESS (9 characters) or SIRET (14)
    address: tuple[str, ...] = ()  # lines as on an envelope
    mailbox: str = ""  # secure mailbox; empty means paper
    carrier: str = ""  # mssante, smime or folder when this one is reached otherwise than usual
    pdf_only: bool = False  # his program cannot read the structured attachment: send the letter alone
    general_practitioner: bool = True  # the patient's declared GP; False: another correspondent


@dataclass(frozen=True, slots=True)
class Site:
    """A hospital site: what its letterhead says."""

    key: str
    name: str
    address: tuple[str, ...] = ()
    telephone: str = ""
    finess: str = ""
    facility_code: str = "SA01"  # row of JDV_J02: what kind of establishment
    setting_code: str = "ETABLISSEMENT"  # row of JDV_J04
    hospital_numbers_oid: str = ""  # the domain of the hospital numbers (IPP)
