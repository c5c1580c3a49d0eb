"""Hesitations: « euh », « heu », « hum » leave the text, after the edits that need them (« euh non »).

Tokens in, tokens out. Two numbers never meet because of it: « vingt euh deux comprimés » keeps its « euh », and a
person is told.
"""

from __future__ import annotations

from dictation.structure.numerals import begins_number
from dictation.structure.tokens import Kind, Sheet, Token

_SOUNDS = frozenset(str.split("euh euuh euhh heu heuu hum hm hmm"))
# A number behind one of these would be its decimals: « six kilos euh deux ».
_TAKES_DECIMALS = frozenset(
    str.split("mètre mètres gramme grammes kilo kilos litre litres degré degrés heure heures g kg l m h")
    + str.split("centimètre centimètres millimètre millimètres minute minutes virgule point")
)
# After a hesitation these take back what was said; where the edits found nothing to take back, a person must.
_TAKES_BACK = frozenset({"non", "pardon"})
_TOLD = 4  # words on both sides of what is told


def drop_hesitations(sheet: Sheet) -> None:
    """Take the hesitations out, with the comma the recogniser put behind them."""
    tokens, i = sheet.tokens, 0
    while i < len(tokens):
        if not _hesitates(tokens[i]):
            i += 1
            continue
        end = i + 1
        while end < len(tokens) and (_hesitates(tokens[end]) or (_comma(tokens[end]) and _more(tokens, end + 1))):
            end += 1
        begin = i
        while begin and _comma(tokens[begin - 1]):
            begin -= 1
        if _numbers_would_meet(tokens, begin, _after_commas(tokens, end)):
            first = begin - 1
            while first and tokens[first].kind is Kind.MARK:
                first -= 1
            sheet.warn("number.neighbours", tokens[first : _after_commas(tokens, end) + 1])
            i = end
            continue
        if i and end < len(tokens) and tokens[end].low in _TAKES_BACK and not _told(sheet, tokens[i]):
            sheet.warn("edit.unclear", tokens[max(0, i - _TOLD) : end + _TOLD])
        starts = begin == 0 or tokens[begin - 1].ends_sentence
        if end < len(tokens) and _comma(tokens[end]) and (begin < i or starts or tokens[end].text == "…"):
            end += 1
        del tokens[i:end]
        while i < len(tokens) and _stop(tokens[i]) and _stops_already(tokens, i):
            del tokens[i]


def _hesitates(token: Token) -> bool:
    return token.kind is Kind.WORD and not token.fixed and token.low.rstrip("…") in _SOUNDS


def _comma(token: Token) -> bool:
    return token.kind is Kind.MARK and token.text in ",…" and not token.said


def _stop(token: Token) -> bool:
    return token.kind is Kind.MARK and token.text in ".,;:!?…"


def _stops_already(tokens: list[Token], i: int) -> bool:
    """A line does not begin with a stop, and one stop is enough."""
    return not i or tokens[i - 1].kind is Kind.BREAK or _stop(tokens[i - 1])


def _told(sheet: Sheet, token: Token) -> bool:
    return any(w.rule_id == "edit.unclear" and w.first <= token.first <= w.last for w in sheet.warnings)


def _more(tokens: list[Token], i: int) -> bool:
    return i < len(tokens) and _hesitates(tokens[i])


def _after_commas(tokens: list[Token], i: int) -> int:
    while i < len(tokens) and (tokens[i].kind is Kind.MARK and tokens[i].text in ",…"):
        i += 1
    return i


def _numbers_would_meet(tokens: list[Token], begin: int, end: int) -> bool:
    """Whether a number ends before tokens[begin] and one begins at tokens[end], « et » between them or not."""
    if not begin or end >= len(tokens):
        return False
    left = begin - 1
    while left and tokens[left].kind is Kind.MARK and tokens[left].text == ",":
        left -= 1
    if tokens[left].low == "et" and left:
        left -= 1
    right = end + 1 if tokens[end].low in ("et", "virgule") and end + 1 < len(tokens) else end
    before = tokens[left]
    number_before = begins_number(before) or before.low in _TAKES_DECIMALS or before.text[-1:].isdecimal()
    return number_before and begins_number(tokens[right])
