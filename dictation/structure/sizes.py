"""Sizes: what is said in two or three dimensions, « trois sur deux centimètres » -> 3 x 2 cm.

Number rules for numbers.py. A unit is printed where it was said, and no dimension is given another's.
"""

from __future__ import annotations

from dictation.structure.grammar import Found, counted_at, number_at, printed, said_at, unit_at, written
from dictation.structure.tokens import NBSP, Sheet, Token, fuse

BY = ("sur", "x", "×", "par", "fois")


def surface(sheet: Sheet, i: int) -> Found | None:
    """« trois sur deux centimètres » -> 3 x 2 cm; three dimensions too, the unit said once or each time."""
    parts, j = _by(sheet, i)
    if parts and written(parts[0]) and any(said_at(sheet, k, ("x", "×")) for k in range(i + 1, j)):
        return None  # written already
    unit = unit_at(sheet, j) if len(parts) > 1 else None
    if unit is None or unit.group != "length" or "/" in unit.sign:
        return None
    taken = j + unit.taken - i
    text = " x ".join(printed(part) for part in parts) + NBSP + unit.sign
    return Found(taken, [fuse(sheet.tokens[i : i + taken], text)])


def sized(sheet: Sheet, i: int) -> bool:
    """Whether a length, or a figure behind « sur » of one, is written at i: « 3 cm », « 2 »."""
    if not (0 <= i < len(sheet.tokens)) or not sheet.tokens[i].fixed:
        return False
    return sheet.tokens[i].text.endswith(tuple(f"{NBSP}{sign}" for sign in ("cm", "mm", "m"))) or (
        sheet.tokens[i].text.replace(",", "").isdecimal() and said_at(sheet, i - 1, BY) and sized(sheet, i - 2)
    )


def further_dimension(sheet: Sheet, i: int) -> Found | None:
    """« 3 cm sur deux sur un », « deux sur trois sur quatre »: each dimension in figures, whatever its unit."""
    value = number_at(sheet, i)
    if value is None or counted_at(sheet, i + 1) or unit_at(sheet, i + 1):
        return None
    if said_at(sheet, i - 1, BY[:4]) and sized(sheet, i - 2):
        return Found(1, [fuse([value], printed(value))])
    parts, j = _by(sheet, i)
    if (
        len(parts) < 3
        or unit_at(sheet, j)
        or counted_at(sheet, j)
        or any(said_at(sheet, k, ("fois",)) for k in range(i, j))
    ):
        return None
    return Found(
        j - i, [fuse([t], printed(t)) if number_at(sheet, i + n) else t for n, t in enumerate(sheet.tokens[i:j])]
    )


def _by(sheet: Sheet, i: int) -> tuple[list[Token], int]:
    """The numbers of « trois (centimètres) sur deux » and the index after the last of them."""
    parts: list[Token] = []
    j, sign = i, ""
    while (part := number_at(sheet, j)) is not None:
        parts.append(part)
        j += 1
        unit = unit_at(sheet, j)
        k = j + unit.taken if unit else j
        if not said_at(sheet, k, BY) or number_at(sheet, k + 1) is None:
            break
        if unit is not None:
            if unit.group != "length" or (sign and sign != unit.sign):
                break
            sign = unit.sign
        j = k + 1
    last = unit_at(sheet, j)
    if sign and (last is None or last.sign != sign):
        return [], i  # « 15 cm sur 10 »: the second has no unit of its own
    return parts, j
