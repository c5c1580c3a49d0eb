"""Identifiers: telephone numbers, patient and file numbers, social security numbers, postal codes.

Number rules for numbers.py, the most specific of all: they run first. Figures are kept exactly as said, zeros included.
"""

from __future__ import annotations

from dataclasses import replace

from dictation.structure.grammar import (
    Found,
    counted_at,
    counts_something,
    is_number,
    said_at,
    said_before,
    separator_at,
    unit_at,
    whole_at,
    written,
)
from dictation.structure.lexicon import folded
from dictation.structure.tokens import NBSP, Kind, Sheet, fuse

IDENTIFIERS = frozenset(
    [
        "ipp",
        "nir",
        "rpps",
        "finess",
        "nda",
        "iep",
        "dossier",
        "postal",
        "cedex",
        "adeli",
        "siret",
        "matricule",
        "venue",
        "sociale",
        "sécu",
        "insee",
        "ins",
        "am",
        "poste",
        "fabricant",
    ]
)
_LINKS = frozenset(["numéro", "no", "n°", "est", "le", "de", ":", "code", "patient", "client"])
# « numéro de séjour 26 »; « un séjour de trois jours » is no number of anything.
_AFTER_NUMBER = frozenset(["séjour", "admission", "hospitalisation", "référence"])
_LOTS = frozenset(["lot", "série"])
_STREETS = frozenset(
    str.split(
        "rue avenue boulevard place chemin allée impasse route quai cours lotissement résidence hameau square bp cedex "
        "demeurant domicilié domiciliée habite habitant adresse postale"
    )
)
_STREET_REACH = 14
_NIR = (1, 2, 2, 2, 3, 3, 2)  # sex, year, month, département, commune, order, key


def telephone(sheet: Sheet, i: int) -> Found | None:
    """Five pairs beginning with a zero: 06 12 34 56 78."""
    if said_at(sheet, i, ("plus",)):
        return _from_abroad(sheet, i) if whole_at(sheet, i + 1) == 33 else _abroad(sheet, i)
    digits, j = "", i
    while len(digits) < 10 and (value := whole_at(sheet, j)) is not None and value < 100:
        digits += sheet.tokens[j].number
        j += 1
        if len(digits) in (2, 4, 6, 8) and j < len(sheet.tokens) and sheet.tokens[j].text == ",":
            j += 1  # « zéro six, douze, treize… »
    if len(digits) != 10 or digits[0] != "0" or digits[1] == "0" or j - i < 5:
        return None
    pairs = [digits[k : k + 2] for k in range(0, 10, 2)]
    return Found(j - i, [fuse(sheet.tokens[i:j], NBSP.join(pairs))])


def _from_abroad(sheet: Sheet, i: int) -> Found | None:
    """« plus trente-trois six douze… » -> +33 6 12 34 56 78."""
    digits, j = "", i + 2
    while len(digits) < 9 and (value := whole_at(sheet, j)) is not None and value < 100:
        digits, j = digits + sheet.tokens[j].number, j + 1
    if len(digits) != 9 or j - i < 6:
        return None
    pairs = [digits[0], *(digits[k : k + 2] for k in range(1, 9, 2))]
    return Found(j - i, [fuse(sheet.tokens[i:j], NBSP.join(["+33", *pairs]))])


CALLS = frozenset(str.split("téléphone tél tél. portable fixe fax gsm mobile numéro joindre joignable appeler"))


def _abroad(sheet: Sheet, i: int) -> Found | None:
    """« téléphone plus trente-deux quatre cent septante-cinq douze… » -> +32 475 12…: the groups as they were said."""
    code, j = whole_at(sheet, i + 1), i + 2
    if code is None or not 1 <= code <= 999 or not said_before(sheet, i, CALLS, 4):
        return None
    groups: list[str] = []
    while (value := whole_at(sheet, j)) is not None and value < 1000:
        groups.append(sheet.tokens[j].number)
        j += 1
    if len(groups) < 3 or not 7 <= len("".join(groups)) <= 12 or unit_at(sheet, j) or counted_at(sheet, j):
        return None
    return Found(j - i, [fuse(sheet.tokens[i:j], NBSP.join([f"+{code}", *groups]))])


def examination(sheet: Sheet, i: int) -> Found | None:
    """« numéro vingt-six h zéro quatre cinq un deux » -> 26H04512: year, letter and rank of an examination."""
    year = whole_at(sheet, i)
    if year is None or year > 99 or not said_at(sheet, i - 1, ("numéro", "n°", "no", "référence")):
        return None
    letter = sheet.tokens[i + 1] if i + 1 < len(sheet.tokens) else None
    if letter is None or letter.kind is not Kind.WORD or not (len(letter.text) == 1 and letter.text.isascii()):
        return None
    if not letter.text.isalpha() or letter.low in ("a", "y"):
        return None
    j, rank = i + 2, ""
    while (value := whole_at(sheet, j)) is not None and value < 1000:
        rank += sheet.tokens[j].number
        j += 1
    if len(rank) < 3 or j - i < 4 or unit_at(sheet, j) or counted_at(sheet, j):
        return None
    return Found(j - i, [fuse(sheet.tokens[i:j], f"{sheet.tokens[i].number}{letter.text.upper()}{rank}")])


def identifier(sheet: Sheet, i: int) -> Found | None:
    """« IPP quatre sept deux huit » -> IPP 4728, « référence fabricant zéro un tiret douze » -> 01-12."""
    if not is_number(sheet.tokens[i]) or not _named_before(sheet, i):
        return None
    j, said = i, ""
    while j < len(sheet.tokens) and is_number(sheet.tokens[j]) and "," not in sheet.tokens[j].number:
        said += sheet.tokens[j].number
        j += 1
        sign, taken = separator_at(sheet, j)
        if sign and j + taken < len(sheet.tokens) and is_number(sheet.tokens[j + taken]):
            said, j = said + sign, j + taken
    heard = sheet.tokens[i:j]
    if not heard or (all(written(t) for t in heard) and any(len(t.text) > 1 for t in heard)):
        return None  # figures that are written already keep their groups
    if len(said) in (13, 15) and said_before(sheet, i, ("sociale", "sécu", "nir", "insee", "ins"), 4):
        said = _grouped(said)
    return Found(j - i, [fuse(heard, said)])


def lot(sheet: Sheet, i: int) -> Found | None:
    """« lot a b quatre cent douze sept » -> lot AB4127: what an implant is traced by, as it was said."""
    named = said_at(sheet, i - 1, ("numéro", "n°")) and said_at(sheet, i - 2, _LOTS)
    if not (named or said_at(sheet, i - 1, _LOTS) or _referred(sheet, i)):
        return None
    j, said = i, ""
    while j < len(sheet.tokens):
        token = sheet.tokens[j]
        sign, taken = separator_at(sheet, j)
        if is_number(token) and "," not in token.number:
            said, j = said + token.number, j + 1
        elif token.kind is Kind.WORD and token.text.isalpha() and (len(token.text) == 1 or token.text.isupper()):
            said, j = said + token.text.upper(), j + 1
        elif said and sign and j + taken < len(sheet.tokens) and is_number(sheet.tokens[j + taken]):
            said, j = said + sign, j + taken
        else:
            break
    if j - i < 2 or not any(c.isdecimal() for c in said) or unit_at(sheet, j) or counted_at(sheet, j):
        return None
    return Found(j - i, [fuse(sheet.tokens[i:j], said)])


def _referred(sheet: Sheet, i: int) -> bool:
    """« de référence x l trois cents »: a letter first, which is no verb and no preposition."""
    if not said_at(sheet, i - 1, ("référence", "réf", "réf.")) or sheet.tokens[i].kind is not Kind.WORD:
        return False
    letter = sheet.tokens[i].text
    return len(letter) == 1 and letter.isascii() and letter.isalpha() and letter.lower() not in "aly"


def postal_code(sheet: Sheet, i: int) -> Found | None:
    """« rue des lilas trente-trois mille bordeaux » -> 33000 Bordeaux: five figures between a street and a town."""
    value = whole_at(sheet, i)
    if value is None or not 1000 <= value <= 98_999 or not counts_something(sheet, i + 1):
        return None
    town = sheet.tokens[i + 1]
    if unit_at(sheet, i + 1) or counted_at(sheet, i + 1) or not town.text.isalpha():
        return None
    known = town.fold in folded("names", "town")
    if not said_before(sheet, i, _STREETS, _STREET_REACH) or not (known or value >= 10_000):
        return None
    name = replace(town, text=town.text[:1].upper() + town.text[1:])
    return Found(2, [fuse([sheet.tokens[i]], f"{value:05d}"), name])


def _named_before(sheet: Sheet, i: int) -> bool:
    """Whether the name of an identifier stands before i, with nothing but « numéro », « est »… between."""
    k = i - 1
    while k >= 0 and i - k <= 4 and (sheet.tokens[k].low in _LINKS or sheet.tokens[k].text == ":"):
        k -= 1
    if k < 0 or sheet.tokens[k].kind is not Kind.WORD:
        return False
    if sheet.tokens[k].low in _AFTER_NUMBER and k == i - 1:
        return said_at(sheet, k - 1, ("de", "numéro")) and any(said_at(sheet, n, ("numéro",)) for n in (k - 1, k - 2))
    return sheet.tokens[k].low in IDENTIFIERS


def _grouped(digits: str) -> str:
    """A social security number as it stands on the card: 1 52 04 62 123 045 06."""
    out, at = [], 0
    for size in _NIR:
        if at < len(digits):
            out.append(digits[at : at + size])
            at += size
    return NBSP.join(out)
