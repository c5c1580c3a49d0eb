"""Neighbours: two numbers side by side that no rule explains are for a person to tell apart.

The sheet with its numbers written in, warnings `number.neighbours` out; nothing is changed.
"""

from __future__ import annotations

from itertools import pairwise

from dictation.structure.cardinals import TENS, UNITS
from dictation.structure.grammar import said_at
from dictation.structure.lexicon import listed, table
from dictation.structure.tokens import NBSP, Kind, Sheet

_TOLD_IN_WORDS = frozenset(UNITS) - {"un", "une", "neuf"}
_MIXED = frozenset({"25", "30", "50", "70"})  # what part of a mixed insulin acts at once: « Novomix 30 12 unités »
_ROUND_TENS = frozenset({"20", "30", "40", "50", "60", "80"})
_AFTER_TENS = frozenset("23456789")


def warn_of_neighbours(sheet: Sheet) -> None:
    """« vingt » then « cent » reads as 20 100 on paper: two numbers side by side are for a person to tell apart.

    After a drug the first is its strength, and a second with a noun of its own is the rhythm: « Lasilix 20 2 fois ».
    """
    for i, (left, right) in enumerate(pairwise(sheet.tokens)):
        if _too_often(sheet, i):
            sheet.warn("number.neighbours", [left, right])
            continue
        weighed = left.text.endswith((f"{NBSP}g", f"{NBSP}kg", f"{NBSP}m")) and not _counts(sheet, i + 2)
        if left.low in _TOLD_IN_WORDS and (right.low in _TOLD_IN_WORDS or (right.fixed and right.text.isdecimal())):
            sheet.warn("number.neighbours", [left, right])  # « vis trois six », which no rule has written
            continue
        figures_both = (left.text.isdecimal() or weighed) and right.text[:1].isdecimal() and left.fixed and right.fixed
        if not figures_both or right.glued or "/" in right.text:
            continue
        drug = i > 0 and sheet.tokens[i - 1].fold in table("drugs")
        if drug and sheet.tokens[i - 1].fold in listed("insulins") and left.text not in _MIXED:
            drug = False  # an insulin has no strength: « Novorapid huit dix huit unités » may be three doses
        told = drug and _counts(sheet, i + 2) and left.text != "0"
        one_number = left.text in _ROUND_TENS and right.text in _AFTER_TENS  # « lasilix quarante deux fois »
        in_hundreds = len(left.text) == 3 and left.text.isdecimal() and int(left.text) % 100 in range(1, 7)
        if len(right.text) == 3 or not told or one_number or in_hundreds:
            sheet.warn("number.neighbours", [left, right])


_OFTEN = 12  # times a day that no tablet is taken


def _too_often(sheet: Sheet, i: int) -> bool:
    """« Lasilix 42 fois par jour », as a recogniser may write « quarante, deux fois par jour »: a strength, then how
    often. « quintes 20 fois par jour » names no drug."""
    often = sheet.tokens[i].text
    if not often.isdecimal() or int(often) <= _OFTEN or not said_at(sheet, i + 1, ("fois",)):
        return False
    rate = i + 2 < len(sheet.tokens) and sheet.tokens[i + 2].low.startswith(("/", "par"))
    return rate and i > 0 and sheet.tokens[i - 1].fold in table("drugs")


def _counts(sheet: Sheet, i: int) -> bool:
    """Whether something to count stands at i: then the number before it is no decimal of the one before."""
    return i < len(sheet.tokens) and (sheet.tokens[i].kind is Kind.WORD)


def warn_of_two(sheet: Sheet, i: int) -> None:
    """« lasilix quarante deux le matin »: 42, or a strength of 40 and two tablets; units of insulin are counted."""
    said = sheet.tokens[i].text.split()
    drug = i > 0 and sheet.tokens[i - 1].fold in table("drugs") and sheet.tokens[i - 1].fold not in listed("insulins")
    if not drug or len(said) != 2 or said[0] not in TENS or said[1] not in ("deux", "trois", "quatre"):
        return
    k = i + 1 + said_at(sheet, i + 1, ("le", "au"))
    if said_at(sheet, k, listed("moments")) or said_at(sheet, i + 1, ("par",)):
        sheet.warn("number.neighbours", sheet.tokens[i : i + 1])
