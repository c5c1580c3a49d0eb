"""Fractions: halves, quarters and tenths. « un demi-comprimé » -> ½ comprimé, « un demi milligramme » -> 0,5 mg.

A place in the sheet in, what stands there written out. Touches nothing.
"""

from __future__ import annotations

from dictation.structure.grammar import (
    Found,
    counted_at,
    counted_group,
    number_at,
    printed,
    said_at,
    small,
    unit_at,
    weighed_or_poured,
    whole_at,
)
from dictation.structure.lexicon import listed, table
from dictation.structure.tokens import NBSP, Kind, Sheet, fuse


def and_a_half(sheet: Sheet, i: int) -> Found | None:
    """« deux milligrammes et demi » -> 2,5 mg: only with a unit of measure; « 2 ans et demi » keeps its words."""
    head = whole_at(sheet, i)
    unit = unit_at(sheet, i + 1)
    if head is None or unit is None or "/" in unit.sign or unit.group in ("angle", "percent"):
        return None
    j = i + 1 + unit.taken
    if not (said_at(sheet, j, ("et",)) and said_at(sheet, j + 1, ("demi", "demie"))):
        return None
    if counted_at(sheet, j + 2, "form"):
        return None  # « cinq milligrammes et demi comprimé »: half a tablet
    return Found(j + 2 - i, [fuse(sheet.tokens[i : j + 2], f"{head},5{NBSP}{unit.sign}")])


def tenths(sheet: Sheet, i: int) -> Found | None:
    """« sept dixièmes » -> 7/10: visual acuity; « un dixième de millimètre » is a length and left alone."""
    score = number_at(sheet, i)
    if score is None or not said_at(sheet, i + 1, ("dixième", "dixièmes")) or said_at(sheet, i + 2, ("de", "d'")):
        return None
    if small(score) > 20 or (small(score) == 1 and said_at(sheet, i - 1, ("l'", "le"))):
        return None
    return Found(2, [fuse(sheet.tokens[i : i + 2], f"{printed(score)}/10")])


def half(sheet: Sheet, i: int) -> Found | None:
    """« un demi-comprimé », « une demi-ampoule » -> ½ comprimé; « trois quarts de comprimé » -> ¾ de comprimé."""
    if whole_at(sheet, i) == 3 and said_at(sheet, i + 1, ("quarts", "quart")):
        if said_at(sheet, i + 2, ("de", "d'")) and counted_at(sheet, i + 3, "form"):
            return Found(2, [fuse(sheet.tokens[i : i + 2], "¾")])
        return Found(2, [fuse(sheet.tokens[i : i + 2], "¾")]) if _a_dose_alone(sheet, i, i + 2) else None
    if said_at(sheet, i, ("½",)) and counted_at(sheet, i + 1):
        return Found(2, [fuse(sheet.tokens[i : i + 2], f"½{NBSP}{sheet.tokens[i + 1].text}")])
    if not 0 <= i < len(sheet.tokens) - 1 or sheet.tokens[i].low not in ("un", "une"):
        return None
    word = sheet.tokens[i + 1].low
    if sheet.tokens[i + 1].kind is not Kind.WORD:
        return None
    if word == "quart" and said_at(sheet, i + 2, ("de", "d'")) and counted_at(sheet, i + 3, "form"):
        return Found(2, [fuse(sheet.tokens[i : i + 2], "¼")])
    if word.startswith("demi-") and counted_group(word[5:]) in ("form", "given"):
        form = sheet.tokens[i + 1].text[5:]
        return Found(2, [fuse(sheet.tokens[i : i + 2], f"½{NBSP}{form}")])
    if word.startswith("demi-") and (sign := weighed_or_poured(word[5:])):
        return Found(2, [fuse(sheet.tokens[i : i + 2], f"0,5{NBSP}{sign}")])
    if word == "demi" and (unit := unit_at(sheet, i + 2)) and unit.group in ("mass", "volume"):
        return Found(2 + unit.taken, [fuse(sheet.tokens[i : i + 2 + unit.taken], f"0,5{NBSP}{unit.sign}")])
    if word in ("demi", "quart") and _a_dose_alone(sheet, i, i + 2):
        return Found(2, [fuse(sheet.tokens[i : i + 2], "½" if word == "demi" else "¼")])
    if word == "demi" and counted_at(sheet, i + 2, "form"):
        return Found(3, [fuse(sheet.tokens[i : i + 3], f"½{NBSP}{sheet.tokens[i + 2].text}")])
    return None


def _a_dose_alone(sheet: Sheet, i: int, end: int) -> bool:
    """« previscan un demi le soir »: a fraction right after a drug or its strength, with nothing to be a part of."""
    if not i or not (
        sheet.tokens[i - 1].fold in table("drugs")
        or number_at(sheet, i - 1) is not None
        or sheet.tokens[i - 1].text[:1].isdecimal()
    ):
        return False
    follows = sheet.tokens[end] if end < len(sheet.tokens) else None
    return (
        follows is None or follows.kind is not Kind.WORD or follows.low in listed("moments") | {"le", "par", "un", "si"}
    )
