"""Identifiers: telephone numbers, patient and file numbers, social security numbers, postal codes.

Number rules for numbers.py, the most specific of all: they run first. Figures are kept exactly as said, zeros included.
"""

from __future__ import annotations

from dictation.structure.grammar import Found, is_number, said_at, said_before, whole_at, written
from dictation.structure.tokens import NBSP, Kind, Sheet, fuse

_IDENTIFIERS = frozenset(
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
    ]
)
_LINKS = frozenset(["numéro", "no", "n°", "est", "le", "de", ":", "code", "patient", "client"])
_NIR = (1, 2, 2, 2, 3, 3, 2)  # sex, year, month, département, commune, order, key


def telephone(sheet: Sheet, i: int) -> Found | None:
    """Five pairs beginning with a zero: 06 12 34 56 78."""
    if said_at(sheet, i, ("plus",)) and whole_at(sheet, i + 1) == 33:
        return _from_abroad(sheet, i)
    digits, j = "", i
    while len(digits) < 10 and (value := whole_at(sheet, j)) is not None and value < 100:
        digits += sheet.tokens[j].number
        j += 1
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


def identifier(sheet: Sheet, i: int) -> Found | None:
    """« IPP quatre sept deux huit » -> IPP 4728: the figures of an identifier stand together."""
    if not is_number(sheet.tokens[i]) or not _named_before(sheet, i):
        return None
    j = i
    while j < len(sheet.tokens) and is_number(sheet.tokens[j]) and "," not in sheet.tokens[j].number:
        j += 1
    heard = sheet.tokens[i:j]
    if not heard or (all(written(t) for t in heard) and any(len(t.text) > 1 for t in heard)):
        return None  # figures that are written already keep their groups
    digits = "".join(t.number for t in heard)
    if len(digits) in (13, 15) and said_before(sheet, i, ("sociale", "sécu", "nir", "insee", "ins"), 4):
        digits = _grouped(digits)
    return Found(j - i, [fuse(heard, digits)])


def _named_before(sheet: Sheet, i: int) -> bool:
    """Whether the name of an identifier stands before i, with nothing but « numéro », « est »… between."""
    k = i - 1
    while k >= 0 and i - k <= 4 and (sheet.tokens[k].low in _LINKS or sheet.tokens[k].text == ":"):
        k -= 1
    return k >= 0 and sheet.tokens[k].kind is Kind.WORD and sheet.tokens[k].low in _IDENTIFIERS


def _grouped(digits: str) -> str:
    """A social security number as it stands on the card: 1 52 04 62 123 045 06."""
    out, at = [], 0
    for size in _NIR:
        if at < len(digits):
            out.append(digits[at : at + size])
            at += size
    return NBSP.join(out)
