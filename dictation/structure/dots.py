"""Dots: « point » between two numbers ends a sentence, or stands for the decimal comma.

Tokens in, a verdict out, before any number is read. « INR à deux point cinq » says a decimal; « ASA deux point
trois allergies » ends its sentence. No sentence begins with a number that counts nothing: only such a second
number makes a decimal. A measure behind it may be either: the full stop stays, and a person hears it.
"""

from __future__ import annotations

from enum import Enum

from dictation.structure.commas import Comma, comma_at, number_end, number_start
from dictation.structure.grammar import counted_group, unit_at
from dictation.structure.lexicon import listed
from dictation.structure.numerals import numbers_between
from dictation.structure.tokens import Kind, Sheet, Token

_ENDS = frozenset({"point", "virgule"})


class Dot(Enum):
    STOP = "stop"
    DECIMAL = "decimal"  # a person is told
    UNSURE = "unsure"  # the full stop stays, a person is told


def dot_at(sheet: Sheet, i: int) -> Dot:
    """What « point » at tokens[i] is, a number on both sides of it."""
    tokens = sheet.tokens
    first, last = number_start(tokens, i - 1), number_end(tokens, i + 1)
    before, after = numbers_between(tokens, first, i - 1), numbers_between(tokens, i + 1, last - 1)
    nought = after[:1] == [0]
    if len(before) != 1 or len(after) != 1 + (nought and len(after) == 2) or comma_at(tokens, i) is not Comma.DECIMAL:
        return Dot.STOP
    if before[0] > 999 or after[-1] > 99 or tokens[i + 1].low in ("un", "une", "neuf") or tokens[last - 1].low == "une":
        return Dot.STOP
    if unit_at(sheet, last) is not None:
        return Dot.DECIMAL if nought else Dot.UNSURE
    if _counts(tokens, last):
        return Dot.STOP
    return Dot.UNSURE if before[0] >= 10 and after[0] >= 10 else Dot.DECIMAL


def _counts(tokens: list[Token], i: int) -> bool:
    """Whether a word that the number before i may count, or a day or an hour it may be, stands at i."""
    if i >= len(tokens) or tokens[i].kind is not Kind.WORD or tokens[i].low in _ENDS:
        return False
    return bool(counted_group(tokens[i].low)) or tokens[i].low not in listed("not_counted")
