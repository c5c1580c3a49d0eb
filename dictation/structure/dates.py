"""Dates: calendar days, clock times, days after surgery and ordinals.

Number rules for numbers.py. A year is printed only when it was said; a day never becomes a date without its month.
"""

from __future__ import annotations

import re

from dictation.structure.cardinals import TENS
from dictation.structure.grammar import (
    Found,
    counts_something,
    printed,
    said_at,
    said_before,
    separator_at,
    small,
    whole_at,
)
from dictation.structure.lexicon import fold, listed, low
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
    "douz": 12, "treiz": 13, "quatorz": 14, "quinz": 15, "seiz": 16, "vingt": 20, "trent": 30, "quarant": 40,
    "cinquant": 50, "soixant": 60, "cent": 100,
}  # fmt: skip
_DATE_LINKS = frozenset(["du", "/", "slash", "barre", "-", "tiret"])
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
    """« douze zéro trois deux mille vingt-six » -> 12/03/2026: day, month and year in figures, all said.

    Without a zero said (« le douze trois deux mille vingt-quatre »), only after « le », « du », « né le »… and with a
    whole year. A year of two figures stays two figures, with a warning.
    """
    day, j, zero = _two_figures(sheet, i)
    if day is None or not 1 <= day <= 31:
        return None
    linked = _link_at(sheet, j)
    month, k, zero_month = _two_figures(sheet, j + linked)
    if month is None:
        return None
    zero = zero or zero_month
    k += _link_at(sheet, k)
    year = _year_at(sheet, k)
    if not year and (swallowed := _swallowed_month(sheet, k - 1)) and (zero_month or swallowed[0] >= 10):
        month, year, k = swallowed[0], swallowed[1], k - 1
    if not 1 <= month <= 12:
        return None
    said_so = zero or linked > 0 or said_before(sheet, i, ("le", "du", "au", "né", "née", "avant", "depuis"), 1)
    if not year:
        year = _short_year(sheet, k) if said_so and (zero_month or _of_our_days(sheet, i, k)) else ""
        if not year:
            return None
        sheet.warn("date.year", sheet.tokens[i : k + 1])
    elif not said_so:
        return None
    return Found(k + 1 - i, [fuse(sheet.tokens[i : k + 1], f"{day:02d}/{month:02d}/{year}")])


def _link_at(sheet: Sheet, i: int) -> int:
    """How many tokens « barre », « barre oblique », « slash », « du » takes at i; 0 when none was said."""
    return separator_at(sheet, i)[1] or int(said_at(sheet, i, _DATE_LINKS))


def _two_figures(sheet: Sheet, i: int) -> tuple[int | None, int, bool]:
    """(value, index after it, whether its zero was said) of « douze », « zéro trois »."""
    value = whole_at(sheet, i)
    if value == 0 and (unit := whole_at(sheet, i + 1)) is not None and (unit <= 9 or 1000 < unit < 10_000):
        return unit, i + 2, True
    zero = value is not None and sheet.tokens[i].number.startswith("0")
    return value, i + 1, zero


def _of_our_days(sheet: Sheet, i: int, k: int) -> bool:
    """« scanner du quatorze neuf vingt-cinq »: a year of a recent examination, with nothing it could count."""
    told = said_before(sheet, i, ("le", "du", "au"), 1) and not counts_something(sheet, k + 1)
    return told and 20 <= (whole_at(sheet, k) or 0) <= 40 and whole_at(sheet, k + 1) is None


def _swallowed_month(sheet: Sheet, i: int) -> tuple[int, str] | None:
    """« zéro deux mille neuf cent cinquante »: read as 2 950, it is month 2 and 1950; « dix mille neuf cent » too."""
    value = whole_at(sheet, i)
    if value is None or not 1000 <= value < 13_000 or value % 1000 < 850:
        return None
    return value // 1000, str(1000 + value % 1000)


def _short_year(sheet: Sheet, i: int) -> str:
    value = whole_at(sheet, i)
    if value is None or value > 99:
        return ""
    if value == 0 and (unit := whole_at(sheet, i + 1)) is not None and unit < 10:
        return ""
    return f"{value:02d}"


def day_range(sheet: Sheet, i: int) -> Found | None:
    """« du huit au treize janvier », « du premier au quinze »: the first day of a stay is written in figures too."""
    if said_at(sheet, i, ("premier", "1er")) and said_at(sheet, i - 1, ("du",)) and said_at(sheet, i + 1, ("au",)):
        until = whole_at(sheet, i + 2)
        if until is not None and 2 <= until <= 31 and (_month_at(sheet, i + 3) or not counts_something(sheet, i + 3)):
            return Found(1, [fuse([sheet.tokens[i]], "1er")])
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
    """« à j quinze » -> J15, « j plus deux » -> J+2, « j moins un » -> J-1; « à m six » -> M6, « à h vingt » -> H20."""
    other = said_at(sheet, i, ("m", "h")) and said_before(sheet, i, ("à", "jusqu'à", "dès"), 1)
    if not (said_at(sheet, i, ("j",)) or other):
        return None
    letter = sheet.tokens[i].low.upper()
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
    if said_before(sheet, i, _DURATION_BEFORE, 2) and not (
        _plainly_minutes(sheet, i + 2) and not said_before(sheet, i, ("toutes", "chaque"), 2)
    ):
        return None
    if not said_before(sheet, i, _CLOCK_BEFORE, 1) and not _plainly_minutes(sheet, i + 2):
        return None
    if minutes is None:
        return None
    text = f"{printed(sheet.tokens[i])}{NBSP}h{NBSP}{minutes:02d}"
    return Found(2 + taken, [fuse(sheet.tokens[i : i + 2 + taken], text)])


def minutes_and_seconds(sheet: Sheet, i: int) -> Found | None:
    """« une minute trente » -> 1 min 30."""
    minutes, seconds = whole_at(sheet, i), whole_at(sheet, i + 2)
    if minutes is None or not said_at(sheet, i + 1, ("minute", "minutes", "min")) or seconds is None:
        return None
    if not 10 <= seconds < 60 or (i + 3 < len(sheet.tokens) and sheet.tokens[i + 3].kind in (Kind.WORD, Kind.NUMBER)):
        return None
    return Found(3, [fuse(sheet.tokens[i : i + 3], f"{minutes}{NBSP}min{NBSP}{seconds}")])


def _plainly_minutes(sheet: Sheet, i: int) -> bool:
    """« durée une heure quarante »: ten or more, and nothing that it could count behind it."""
    value = whole_at(sheet, i)
    if value == 0 and (unit := whole_at(sheet, i + 1)) is not None and 0 < unit < 10:  # « neuf heures zéro cinq »
        return i + 2 >= len(sheet.tokens) or sheet.tokens[i + 2].kind is not Kind.WORD
    after = sheet.tokens[i + 1] if i + 1 < len(sheet.tokens) else None
    two_figures = value is not None and (value >= 10 or len(sheet.tokens[i].number) == 2)  # « 30 », « 05 »
    if not two_figures or value is None or value >= 60:
        return False
    if after is None or after.kind is not Kind.WORD:
        return True
    part_of_day = said_at(sheet, i + 1, ("du", "de")) and said_at(sheet, i + 2, ("matin", "soir", "l'"))
    return part_of_day or said_at(sheet, i + 1, listed("after_a_duration"))


def _minutes(sheet: Sheet, i: int) -> tuple[int | None, int]:
    value = whole_at(sheet, i)
    if value == 0 and (unit := whole_at(sheet, i + 1)) is not None and unit < 10:
        return unit, 2
    if value == 1 and not sheet.tokens[i].number.startswith("0") and not said_at(sheet, i + 1, ("minute",)):
        return None, 0  # « un à six heures un à huit heures »: an article
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
    paired = said_at(sheet, i + 1, ("et", "ou", "au")) and any(  # « le deuxième et le quatrième jour »
        said_at(sheet, k + 1, _RANKED) and bool(_ORDINAL.match(sheet.tokens[k].low)) for k in (i + 2, i + 3)
    )
    if rank is None or not (rank > 10 or said_at(sheet, i + 1, _RANKED) or paired):
        return None
    return Found(1, [fuse([token], f"{rank}e")])


def compound_ordinal(sheet: Sheet, i: int) -> Found | None:
    """« vingt et unième » -> 21e, « cent deuxième » -> 102e: a number and the ordinal that ends it."""
    tens = whole_at(sheet, i)
    j = i + 1 + said_at(sheet, i + 1, ("et",))
    if tens is None or tens < 20 or tens % 10 or j >= len(sheet.tokens):
        return None
    token = sheet.tokens[j]
    match = _ORDINAL.match(token.low) if token.kind is Kind.WORD and not token.fixed else None
    unit = (1 if match[1] == "un" else _STEMS.get(match[1])) if match else None
    if unit is None or unit > (19 if tens in (60, 80) else 9):
        return None
    return Found(j + 1 - i, [fuse(sheet.tokens[i : j + 1], f"{tens + unit}e")])


def weeks_of_pregnancy(sheet: Sheet, i: int) -> Found | None:
    """« trente-huit s a plus deux » -> 38 SA + 2; « et deux jours » keeps its « et », as a written text does."""
    weeks = whole_at(sheet, i)
    if weeks is None or not 3 <= weeks <= 44:
        return None
    if said_at(sheet, i + 1, ("s",)) and said_at(sheet, i + 2, ("a",)):
        j = i + 3
    elif said_at(sheet, i + 1, ("sa",)):
        j = i + 2
    elif _amenorrhoea_at(sheet, i + 1) and said_at(sheet, i + 4, ("plus", "+")):
        j = i + 4
    elif weeks >= 20 and said_at(sheet, i + 1, ("semaines",)) and said_at(sheet, i + 4, ("jours", "jour")):
        j = i + 2  # « quarante et une semaines plus trois jours »
        if not said_at(sheet, j, ("plus", "+")):
            return None
    else:
        return None
    spelled = sheet.tokens[i + 1].low == "semaines"
    whole = "semaines d'aménorrhée" if j == i + 4 else "semaines"
    text = f"{weeks} {whole}" if spelled else f"{weeks}{NBSP}SA"
    days = whole_at(sheet, j + 1) if said_at(sheet, j, ("plus", "+", "et")) else None
    if (
        days is not None
        and days <= 6
        and (said_at(sheet, j, ("plus", "+")) or said_at(sheet, j + 2, ("jours", "jour")))
    ):
        text, j = f"{text} {'et' if said_at(sheet, j, ('et',)) else '+'} {days}", j + 2
        if said_at(sheet, j, ("jours", "jour", "j")):
            text, j = f"{text}{NBSP}{sheet.tokens[j].low}", j + 1
    return Found(j - i, [fuse(sheet.tokens[i:j], text)])


def _amenorrhoea_at(sheet: Sheet, i: int) -> bool:
    return all(said_at(sheet, i + k, words) for k, words in enumerate((("semaines",), ("d'", "d’"), ("aménorrhée",))))


def _rank(stem: str) -> int | None:
    """« quinz » -> 15, « vingt-cinqu » -> 25, « soixante-dix-huit » -> 78."""
    if stem in _STEMS:
        return _STEMS[stem]
    tens, _, unit = stem.rpartition("-")
    tens = tens.removesuffix("-et")
    bases = {**TENS, "dix": 10, "quatre-vingt": 80, "soixante-dix": 70, "quatre-vingt-dix": 90, "cent": 100}
    if tens in bases and (unit in _STEMS or unit == "un"):
        return bases[tens] + (1 if unit == "un" else _STEMS[unit])
    return None
