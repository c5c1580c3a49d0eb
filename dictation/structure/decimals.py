"""Decimals: figures said behind their unit, « trente-huit degrés cinq », « un mètre soixante ».

Number rules for numbers.py. Only where nothing that could be counted follows, and of a body only what it can measure.
"""

from __future__ import annotations

from dataclasses import replace

from dictation.structure.grammar import (
    Found,
    counted_at,
    counts_something,
    number_at,
    printed,
    said_at,
    said_before,
    small,
    tail_at,
    unit_at,
    whole_at,
    written,
)
from dictation.structure.lexicon import listed
from dictation.structure.tokens import NBSP, Sheet, fuse

_FEVER = frozenset(
    [
        "température",
        "thermique",
        "fièvre",
        "fébrile",
        "fébriles",
        "apyrexie",
        "apyrétique",
        "t°",
        "pyrexie",
        "fébricule",
        "hyperthermie",
        "thermie",
        "hypothermie",
    ]
)


# Between « température » and its degrees; after any other word they may be those of a joint.
_FEVER_LINKS = frozenset(
    str.split("à de est était ce matin soir jour hier la une avec jusqu' jusqu'à max maximale mesurée buccale rectale")
    + str.split("tympanique axillaire corporelle centrale , environ autour vers supérieure inférieure mesurait monte")
)


def temperature(sheet: Sheet, i: int) -> Found | None:
    """« température trente-huit cinq » -> 38,5: only after a word for fever, only what a body may have.

    « trente-huit degrés cinq » -> 38,5 °C: the degrees of a fever are Celsius, those of a joint are left alone.
    """
    degrees = whole_at(sheet, i)
    said = said_at(sheet, i + 1, ("degrés", "degré"))
    if said and said_at(sheet, i + 2, ("celsius",)):
        return None
    if degrees is None:
        value = number_at(sheet, i)
        if value is None or not (said and 30 <= small(value) <= 45 and _of_a_body(sheet, i)):
            return None
        return Found(2, [fuse(sheet.tokens[i : i + 2], f"{printed(value)}{NBSP}°C")])
    if not (30 <= degrees <= 45 if said else 34 <= degrees <= 43):
        return None
    behind = said_at(sheet, i + 2, ("de",)) and said_at(
        sheet, i + 3, ("fièvre", "température")
    )  # « trente-huit neuf de fièvre »
    if not (behind or said_before(sheet, i, _FEVER, 5)):
        return None
    step = 2 if said else 1
    sign = "" if not said else f"{NBSP}°C" if _of_a_body(sheet, i) or behind else "°"
    tenth = whole_at(sheet, i + step)
    if tenth is None or tenth > 9 or unit_at(sheet, i + step + 1) or counted_at(sheet, i + step + 1):
        if not said or sign == "°":
            return None
        return Found(2, [fuse(sheet.tokens[i : i + 2], f"{degrees}{sign}")])
    return Found(step + 1, [fuse(sheet.tokens[i : i + step + 1], f"{degrees},{tenth}{sign}")])


def _of_a_body(sheet: Sheet, i: int) -> bool:
    """Whether a word for fever leads to the number at i, with nothing else measured between."""
    k = i - 1
    while k >= 0 and sheet.tokens[k].low in _FEVER_LINKS:
        k -= 1
    return k >= 0 and sheet.tokens[k].low in _FEVER and said_before(sheet, i, _FEVER, 8)


def metres(sheet: Sheet, i: int) -> Found | None:
    """« un mètre soixante-quinze » -> 1,75 m; « un mètre cinq » -> 1,05 m; « quatre mètres vingt par seconde »."""
    head = whole_at(sheet, i)
    if head is None or head > 9 or not said_at(sheet, i + 1, ("mètre", "mètres")):
        return None
    tail, taken = tail_at(sheet, i + 2)
    end = i + 2 + taken
    if len(tail) == 2 and said_at(sheet, end, ("par",)) and said_at(sheet, end + 1, ("seconde",)):
        return Found(end + 2 - i, [fuse(sheet.tokens[i : end + 2], f"{head},{tail}{NBSP}m/s")])
    if head > 2:
        return None
    if (
        not tail
        or len(tail) > 2
        or unit_at(sheet, end)
        or counted_at(sheet, end)
        or said_at(sheet, end, ("carré", "carrés", "au"))
    ):
        return None
    return Found(end - i, [fuse(sheet.tokens[i:end], f"{head},{tail.zfill(2)}{NBSP}m")])


def unit_then_decimals(sheet: Sheet, i: int) -> Found | None:
    """« treize grammes deux » -> 13,2 g, « soixante-deux kilos cinq » -> 62,5 kg, where nothing else follows.

    Grams only after a blood test: « un gramme trois fois par jour » is a dose and its rhythm.
    """
    head = whole_at(sheet, i)
    if head is None or not said_at(sheet, i + 1, ("gramme", "grammes", "kilo", "kilos", "g", "kg", "litre", "litres")):
        return None
    tail = whole_at(sheet, i + 2)
    sign = {"g": "g", "k": "kg", "l": "L"}[sheet.tokens[i + 1].low[0]]
    further, taken = tail_at(sheet, i + 2)
    grams = sign == "kg" and head <= 6 and tail in range(100, 1000, 5) and tail not in range(100, 1000, 50)
    alone = not (unit_at(sheet, i + 3) or counted_at(sheet, i + 3)) and number_at(sheet, i + 3) is None
    if grams and alone and not said_at(sheet, i + 3, ("sur", "/")):
        # « trois kilos quatre cent vingt », of a newborn; « soixante kilos cent vingt sur… » is a pressure
        return Found(3, [fuse(sheet.tokens[i : i + 3], f"{head},{tail}{NBSP}{sign}")])
    if sign == "kg" and taken == 2 and not (unit_at(sheet, i + 4) or counted_at(sheet, i + 4)):
        # « trois kilos zéro cinquante »: grams of a newborn
        return Found(4, [fuse(sheet.tokens[i : i + 4], f"{head},{further}{NBSP}{sign}")])
    if tail is None or tail == 0 or unit_at(sheet, i + 3) or counted_at(sheet, i + 3):
        return None
    if sign == "g" and not said_before(sheet, i, listed("weighed_in_grams"), 5):
        return None
    breathed = sign == "L" and 10 <= tail <= 99 and said_before(sheet, i, ("vems", "cvf", "cv", "cpt"), 3)
    if sign != "g" and not (1 <= tail <= 9 or tail in range(100, 1000, 50) or breathed):
        return None
    decimals = f"{tail:03d}".rstrip("0") if sign != "g" and tail >= 100 else str(tail)  # « kilos cinq cents »
    return Found(3, [fuse(sheet.tokens[i : i + 3], f"{head},{decimals}{NBSP}{sign}")])


def acidity(sheet: Sheet, i: int) -> Found | None:
    """« pH à sept trente-huit » -> 7,38, « sept zéro neuf » -> 7,09, « sept quatre » -> 7,4: no nought nobody said."""
    head = whole_at(sheet, i)
    tail, taken = tail_at(sheet, i + 1)
    if head not in (6, 7) or not tail or len(tail) > 2 or not said_before(sheet, i, ("ph",), 3):
        return None
    return Found(1 + taken, [fuse(sheet.tokens[i : i + 1 + taken], f"{head},{tail}")])


def centimetres(sheet: Sheet, i: int) -> Found | None:
    """« un centimètre cinq » -> 1,5 cm, « d'un centimètre cinq » -> de 1,5 cm: figures take no elision."""
    elided = 1 if said_at(sheet, i, ("d'",)) else 0
    head, tail = whole_at(sheet, i + elided), whole_at(sheet, i + elided + 2)
    signs = {"centimètre": "cm", "centimètres": "cm", "millimètre": "mm", "millimètres": "mm"}
    if head is None or tail is None or not 1 <= tail <= 9 or not said_at(sheet, i + elided + 1, signs):
        return None
    end = i + elided + 3
    if written(sheet.tokens[end - 1]) or counts_something(sheet, end) or counted_at(sheet, end):
        return None
    if number_at(sheet, end) is not None or said_at(sheet, end, ("sur", "par", "x", "×", "fois", "à", "ou")):
        return None
    heard = sheet.tokens[i + elided : end]
    value = fuse(heard, f"{head},{tail}{NBSP}{signs[heard[1].low]}")
    if not elided:
        return Found(3, [value])
    return Found(4, [replace(sheet.tokens[i], text="de", fixed=True), replace(value, glued=False)])
