"""Dates: calendar days, clock times, days after surgery and ordinals.

Number rules for numbers.py. A year is printed only when it was said; a day never becomes a date without its month.
"""

from __future__ import annotations

import re

from dictation.structure.grammar import Found, number_at, printed, said_at, said_before, small, whole_at
from dictation.structure.lexicon import fold, low
from dictation.structure.tokens import NBSP, Kind, Sheet, fuse

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_MONTH = {fold(name): n for n, name in enumerate(MONTHS, 1)}
_CLOCK_BEFORE = frozenset(["à", "vers", "dès", "avant", "après", "de", "jusqu'à", "et"])
_DURATION_BEFORE = frozenset(["toutes", "les", "pendant", "depuis", "durant", "sur", "en", "chaque"])
_ORDINAL = re.compile(r"^(.+?)i[eè]mes?$")
_STEMS = {
    "deux": 2, "trois": 3, "quatr": 4, "cinqu": 5, "six": 6, "sept": 7, "huit": 8, "neuv": 9, "dix": 10, "onz": 11,
    "douz": 12, "treiz": 13, "quatorz": 14, "quinz": 15, "seiz": 16, "vingt": 20, "trent": 30,
}  # fmt: skip
_RANKED = frozenset(["jour", "jours", "mois", "semaine", "heure", "trimestre", "année"])


def _month_at(sheet: Sheet, i: int) -> bool:
    return (
        0 <= i < len(sheet.tokens)
        and sheet.tokens[i].kind is Kind.WORD
        and sheet.tokens[i].fold.removeprefix("mi-") in _MONTH
    )


def _year_at(sheet: Sheet, i: int) -> str:
    """The year said at i; two figures stay two figures."""
    value = whole_at(sheet, i)
    if value is None or not (1850 <= value < 2150):
        return ""
    return str(value)


def numeric_date(sheet: Sheet, i: int) -> Found | None:
    """« douze zéro trois deux mille vingt-six » -> 12/03/2026: day, month with its zero, year, all said."""
    day, zero = whole_at(sheet, i), whole_at(sheet, i + 1)
    if day is None or zero != 0 or not 1 <= day <= 31:
        return None
    month, year = whole_at(sheet, i + 2), _year_at(sheet, i + 3)
    if month is None or not 1 <= month <= 9 or not year:
        return None
    return Found(4, [fuse(sheet.tokens[i : i + 4], f"{day:02d}/0{month}/{year}")])


def day_range(sheet: Sheet, i: int) -> Found | None:
    """« du huit au treize janvier »: the first day of a stay is written in figures too."""
    first, last = whole_at(sheet, i), whole_at(sheet, i + 2)
    if first is None or last is None or not (1 <= first <= 31 and 1 <= last <= 31):
        return None
    if not (said_at(sheet, i + 1, ("au", "et")) and _month_at(sheet, i + 3)):
        return None
    return Found(1, [fuse([sheet.tokens[i]], printed(sheet.tokens[i]))])


def calendar_date(sheet: Sheet, i: int) -> Found | None:
    """« le douze mars deux mille vingt-six » -> 12 mars 2026; « premier avril » -> 1er avril."""
    tokens = sheet.tokens
    if not _month_at(sheet, i + 1):
        return _month_and_year(sheet, i)
    day = whole_at(sheet, i)
    if day is None:
        if not said_at(sheet, i, ("premier", "1er")):
            return None
        head = "1er"
    elif 1 <= day <= 31 and tokens[i].low != "une":
        head = printed(tokens[i])
    else:
        return None
    month = low(tokens[i + 1].text)
    year = _year_at(sheet, i + 2)
    if (
        not year
        and (short := whole_at(sheet, i + 2)) is not None
        and 20 <= short <= 40
        and said_before(sheet, i, ("le", "du", "au"), 1)
    ):
        sheet.warn("date.year", tokens[i : i + 3])  # « mars vingt-six »: written as heard, the century is not ours
    taken = 3 if year else 2
    return Found(taken, [fuse(tokens[i : i + taken], NBSP.join([head, month, *([year] if year else [])]))])


def _month_and_year(sheet: Sheet, i: int) -> Found | None:
    """« en mars deux mille quinze »: no day, still a year without a blank inside."""
    if not _month_at(sheet, i) or not (year := _year_at(sheet, i + 1)):
        return None
    return Found(2, [fuse(sheet.tokens[i : i + 2], f"{low(sheet.tokens[i].text)}{NBSP}{year}")])


def day_after_surgery(sheet: Sheet, i: int) -> Found | None:
    """« à j quinze » -> J15, « j plus deux » -> J+2, « j moins un » -> J-1; « à m six » -> M6."""
    month = said_at(sheet, i, ("m",)) and said_before(sheet, i, ("à",), 1)
    if not (said_at(sheet, i, ("j",)) or month):
        return None
    letter = "M" if month else "J"
    sign = {"plus": "+", "moins": "-", "+": "+", "-": "-"}
    step = 1
    mark = ""
    if i + 1 < len(sheet.tokens) and sheet.tokens[i + 1].low in sign:
        mark, step = sign[sheet.tokens[i + 1].low], 2
    if whole_at(sheet, i + step) is None:
        return None
    return Found(step + 1, [fuse(sheet.tokens[i : i + step + 1], f"{letter}{mark}{small(sheet.tokens[i + step])}")])


def clock(sheet: Sheet, i: int) -> Found | None:
    """« à quatorze heures trente » -> 14 h 30. « toutes les six heures » is a duration and left to other rules."""
    hour = whole_at(sheet, i)
    if hour is None or hour > 24 or not said_at(sheet, i + 1, ("heure", "heures", "h")):
        return None
    minutes, taken = _minutes(sheet, i + 2)
    if said_before(sheet, i, _DURATION_BEFORE, 2):
        return None
    if not said_before(sheet, i, _CLOCK_BEFORE, 1) and not _plainly_minutes(sheet, i + 2):
        return None
    if minutes is None:
        return None
    text = f"{printed(sheet.tokens[i])}{NBSP}h{NBSP}{minutes:02d}"
    return Found(2 + taken, [fuse(sheet.tokens[i : i + 2 + taken], text)])


def _plainly_minutes(sheet: Sheet, i: int) -> bool:
    """« durée une heure quarante »: ten or more, and nothing that it could count behind it."""
    value = whole_at(sheet, i)
    after = sheet.tokens[i + 1] if i + 1 < len(sheet.tokens) else None
    return value is not None and 10 <= value < 60 and (after is None or after.kind is not Kind.WORD)


def _minutes(sheet: Sheet, i: int) -> tuple[int | None, int]:
    value = whole_at(sheet, i)
    if value == 0 and (unit := whole_at(sheet, i + 1)) is not None and unit < 10:
        return unit, 2
    if value is not None and value < 60:
        after = sheet.tokens[i + 1] if i + 1 < len(sheet.tokens) else None
        # « à huit heures dix milligrammes »: a number with its own noun is no minute, unless it is « minutes ».
        counted = (
            after is not None and after.kind is Kind.WORD and (len(after.low) > 3 or after.low in ("mg", "g", "ml"))
        )
        if said_at(sheet, i + 1, ("minutes",)):
            return value, 2
        return (None, 0) if counted and value < 10 else (value, 1)
    if said_at(sheet, i, ("et",)) and said_at(sheet, i + 1, ("demie", "demi")):
        return 30, 2
    if said_at(sheet, i, ("et",)) and said_at(sheet, i + 1, ("quart",)):
        return 15, 2
    return None, 0


def ordinal(sheet: Sheet, i: int) -> Found | None:
    """« quinzième jour » -> 15e jour; small ranks of anything but time stay words (« cinquième métatarsien »)."""
    token = sheet.tokens[i]
    if token.kind is not Kind.WORD or token.fixed or not (match := _ORDINAL.match(token.low)):
        return None
    rank = _rank(match[1])
    if rank is None or not (rank > 10 or said_at(sheet, i + 1, _RANKED)):
        return None
    before = number_at(sheet, i - 1)
    if before is not None:
        return None  # « vingt et unième »: read as words rather than half in figures
    return Found(1, [fuse([token], f"{rank}e")])


def _rank(stem: str) -> int | None:
    if stem in _STEMS:
        return _STEMS[stem]
    tens, _, unit = stem.rpartition("-")
    bases = {"dix": 10, "vingt": 20, "trente": 30, "vingt-et": 20, "trente-et": 30}
    if tens in bases and (unit in _STEMS or unit == "un"):
        return bases[tens] + (1 if unit == "un" else _STEMS[unit])
    return None
