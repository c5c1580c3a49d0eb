"""Anchor: where the words that a correction replaces begin.

« genou gauche correction genou droit »: at the first « genou ». The words before and after the correction in, a place
or None out; edits.py decides what becomes of them.
"""

from __future__ import annotations

from dictation.structure.alike import agree
from dictation.structure.numerals import begins_number
from dictation.structure.tokens import Token


def anchor(old: list[Token], new: list[Token]) -> int | None:
    """Where in `old` the words that `new` replaces begin: the nearest place where a word of both agrees."""
    starts, said = _number_starts(old), [new[k] for k in _number_starts(new)]
    heard = [old[k] for k in starts]
    best: tuple[int, int] | None = None  # (words agreeing, nearness)
    for shift in range(min(len(said), 5)):
        for place in range(len(heard) - 1, -1, -1):
            start = place - shift
            if start < 0 or not agree(heard[place], said[shift]):
                continue
            alike = sum(agree(a, b) for a, b in zip(heard[start:], said, strict=False))
            best = max(best or (0, 0), (alike, start))
            break
    if best is None:
        return None
    start = starts[best[1]]
    return _whole_number(old, start, new) if begins_number(old[start]) else start


_INSIDE_A_NUMBER = ("et", "virgule")  # « vingt et un », « deux virgule cinq »


def _number_starts(tokens: list[Token]) -> list[int]:
    """The places of the words, a number of several words counting once: « vingt et un jours » is two.

    A decimal too: « deux virgule cinq correction cinq » must not change what stands behind its comma.
    """
    return [
        k
        for k, token in enumerate(tokens)
        if not (k and begins_number(token) and begins_number(tokens[k - 1]))
        and not (k > 1 and begins_number(token) and _joins(tokens, k - 1))
        and not (k and _joins(tokens, k))
    ]


def _joins(tokens: list[Token], k: int) -> bool:
    """Whether tokens[k] holds the two parts of one number together."""
    return tokens[k].low in _INSIDE_A_NUMBER and begins_number(tokens[k - 1]) and _more_number(tokens, k + 1)


def _more_number(tokens: list[Token], k: int) -> bool:
    return k < len(tokens) and begins_number(tokens[k])


def _whole_number(old: list[Token], start: int, new: list[Token]) -> int:
    """The beginning of the number that old[start] belongs to: « cent vingt » is replaced as a whole.

    Of a year only what is said again: « mille neuf cent soixante et un correction soixante-deux ».
    """
    while start and begins_number(old[start]):
        if begins_number(old[start - 1]):
            start -= 1
        elif start > 1 and old[start - 1].low in _INSIDE_A_NUMBER and begins_number(old[start - 2]):
            start -= 2
        else:
            break
    said = [token.low for token in old[start : start + 3]]
    if "mille" not in {token.low for token in new[:3]} and "cent" not in {token.low for token in new[:3]}:
        start += 3 if said == ["mille", "neuf", "cent"] else 2 if said[:2] == ["deux", "mille"] else 0
    return start
