"""Pressures: « tension treize huit » -> 13/8, « cent trente-deux soixante-huit de tension » -> 132/68.

Number rules for numbers.py. Two numbers are a pressure only where it is named, or where they stand alone and can be
nothing else; what may be one and may not stays as heard, with a warning.
"""

from __future__ import annotations

from dictation.structure.grammar import Found, number_at, said_at, said_before, small, unit_at, whole_at
from dictation.structure.tokens import NBSP, Kind, Sheet, fuse

_PRESSURE = frozenset(["tension", "ta", "pa", "tensionnel", "tensionnelle", "tensionnels", "artérielle", "pression"])
_STANDING = frozenset(str.split("debout orthostatisme lever assis assise couché couchée"))


def blood_pressure(sheet: Sheet, i: int) -> Found | None:
    """« tension treize huit », « tension à cent trente sur quatre-vingts » -> 13/8, 130/80."""
    high = whole_at(sheet, i)
    token = number_at(sheet, i)
    if token is not None and "," in token.number and 5 <= small(token) <= 30 and said_before(sheet, i, _PRESSURE, 5):
        if not unit_at(sheet, i + 1):  # « tension à 13,8 » may be 13/8: as heard, and a person decides
            sheet.warn("pressure.decimal", [token])
        return None
    named = said_before(sheet, i, _PRESSURE, 5) or _pressure_behind(sheet, i) or _pressure_alone(sheet, i)
    named = named or (said_before(sheet, i, _STANDING, 4) and said_before(sheet, i, _PRESSURE, 12))
    if high is None or not named:
        return None
    step = 2 if said_at(sheet, i + 1, ("sur", "/")) else 1
    diastolic = whole_at(sheet, i + step)
    if diastolic is None and 17 <= high <= 19 and token is not None and " " in token.text:
        sheet.warn("pressure.one", [token])  # « tension dix sept »: 17, or 10/7
    if diastolic is None or not (3 <= diastolic < high <= 30 or 30 <= diastolic < high <= 300):
        return None
    unit = unit_at(sheet, i + step + 1)
    taken = step + 1 + (unit.taken if unit else 0)
    sign = f"{NBSP}{unit.sign}" if unit else ""
    return Found(taken, [fuse(sheet.tokens[i : i + taken], f"{high}/{diastolic}{sign}")])


def _pressure_behind(sheet: Sheet, i: int) -> bool:
    """« cent trente-deux soixante-huit de tension »."""
    j = i + 1 + said_at(sheet, i + 1, ("sur", "/"))
    return whole_at(sheet, j) is not None and said_at(sheet, j + 1, ("de",)) and said_at(sheet, j + 2, ("tension",))


def _pressure_alone(sheet: Sheet, i: int) -> bool:
    """« à l'arrivée trente-neuf, cent dix-huit sur cinquante-six, pouls… »: between two commas, and no size."""
    high, low = whole_at(sheet, i), whole_at(sheet, i + 2)
    apart = i > 0 and sheet.tokens[i - 1].kind is Kind.MARK
    ends = i + 3 >= len(sheet.tokens) or sheet.tokens[i + 3].kind in (Kind.MARK, Kind.BREAK)
    if high is None or low is None or not (apart and ends and said_at(sheet, i + 1, ("sur", "/"))):
        return False
    return 80 <= high <= 250 and 40 <= low <= 130 and high - low >= 20


def pressure_unit(sheet: Sheet, i: int) -> Found | None:
    """A pressure already written, « 140/80 mmHg »: its unit stays on its line."""
    token = sheet.tokens[i]
    unit = unit_at(sheet, i + 1)
    if token.kind is not Kind.WORD or token.fixed or unit is None or unit.group != "pressure":
        return None
    if not token.text.replace("/", "").isdecimal():
        return None
    return Found(1 + unit.taken, [fuse(sheet.tokens[i : i + 1 + unit.taken], f"{token.text}{NBSP}{unit.sign}")])
