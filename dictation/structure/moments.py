"""Moments: the dates of a letter, absolute or told from the visit, and what they come to.

Written text in, date facts out. `iso` is what was said (a day without its year is --MM-DD); `resolved` is what it
comes to, only when the day of the visit is known. No year is ever written into the letter from it.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from dictation.domain.documents import FindingKind, SectionKind
from dictation.structure.dates import MONTHS
from dictation.structure.facts import BLANK, Fact, taken
from dictation.structure.lexicon import fold

_MONTH = "|".join(MONTHS)
_DAY = re.compile(rf"(?i)\b(\d{{1,2}}|1er){BLANK}({_MONTH})(?:{BLANK}(\d{{4}}))?\b")
_RANGE = re.compile(
    rf"(?i)\b(?:du|entre le|le) (\d{{1,2}}|1er)(?=(?: au| et(?: le)?) (?:\d{{1,2}}){BLANK}(?:{_MONTH})\b)"
)
_NUMERIC_DAY = re.compile(r"\b(\d{1,2})([/.])(\d{1,2})\2((?:19|20)\d{2}|\d{2})\b(?![/.,]\d)")
_SHORT_DAY = re.compile(r"(?i)\b(?:le|du|au|depuis le|jusqu’au) (\d{1,2})/(\d{1,2})\b(?![/\d])")
_ISO_DAY = re.compile(r"\b((?:19|20)\d{2})-(\d{2})-(\d{2})\b")
_MONTH_YEAR = re.compile(
    rf"(?i)\b(?:(?:début|fin|mi|courant|mi-)[ -]?(?:de )?)?(?<!\d{BLANK})({_MONTH}){BLANK}((?:19|20)\d{{2}})\b"
)
_MONTH_NUMBER = re.compile(r"\b(0[1-9]|1[0-2])/((?:19|20)\d{2})\b")
_MONTH_ALONE = re.compile(
    rf"(?i)\b(?:en|début|fin|mi-?|courant|au mois (?:de |d’)|depuis|dès|jusqu’en|jusqu’à fin|dernier|avant|vers) ?"
    rf"((?:{_MONTH})(?: (?:dernier|prochain))?)\b(?!{BLANK}\d)"
)
_SEASON = re.compile(
    r"(?i)\b(?:(?:début|fin) )?(?:été|hiver|automne|printemps)(?: (?:dernier|prochain|(?:19|20)\d{2}))\b"
)
_YEAR = re.compile(
    r"(?i)\b(?:en|depuis|années?|de|fin|début|vers|courant|dès|avant|jusqu’en|l’an|à partir de|et)"
    r" ((?:19|20)\d{2})\b(?![ \u00a0\u202f]?(?:mg|g|mL|UI|µg|kcal|%|\d|[/+]))"
)
_LONE_DAY = re.compile(r"(?i)\ble (\d{1,2})(?=[.,;\n]|$| (?:puis|et le)\b)(?![.,]\d)")
_YEAR_APART = re.compile(r"\(((?:19|20)\d{2})\)")
_YEAR_BARE = re.compile(r"(?<=[a-zé] )((?:19|20)\d{2})(?=[.,;)\n]|$| (?:par|pour|à|sur|et|opéré|avec|puis)\b)")
_JMS = re.compile(r"\b(?:J|M)(?:[+-]| ?\+ ?)?\d{1,3}\b")
_RANK = re.compile(
    r"(?i)\b(?:\d{1,3}(?:e|er|re|ème)|premier|première|deuxième|troisième|quatrième|cinquième|sixième|septième|huitième"
    r"|dixième|quinzième) (?:jour|semaine|mois|année)(?: (?:post-?opératoire|postnatale?|d’hospitalisation))?\b"
)
_CLOCK = re.compile(rf"\b(?:[01]?\d|2[0-4]){BLANK}?h(?:{BLANK}?[0-5]\d)?\b(?!/)")
_BORN = re.compile(r"(?i)(?:\bnée?s?(?: le)?|date de naissance(?:" + BLANK + r"?:)?(?: le)?|\bDDN ?:?) $")

_COUNTS = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "onze": 11, "douze": 12, "quinze": 15, "vingt": 20, "trente": 30,
}  # fmt: skip
_COUNT = rf"(?:\d+|{'|'.join(_COUNTS)})"
_VAGUE = rf"(?:une (?:dizaine|quinzaine|vingtaine|trentaine) d[e’]|{_COUNT}|quelques|plusieurs)"
_UNIT = r"(?:jours?|semaines?|mois|ans?|années?|heures?|h|minutes?|trimestres?)"
_LENGTH = (
    rf"(?P<count>{_VAGUE})(?:{BLANK}?(?:à|ou|-){BLANK}?(?P<upto>{_COUNT}))?{BLANK}?"
    rf"(?P<unit>{_UNIT})(?P<half> et demie?)?\b(?!/)(?!(?<=\bh){BLANK}?[0-5]\d\b)(?!(?<=\dh)[0-5]\d\b)"
)
_ABOUT = r"(?:environ |à peu près |à peine |près de |plus de |moins de |maintenant |exactement |déjà |au moins )?"
# « à 18 heures » is a time of day, « à 6 heures du geste » is not; « né à 34 semaines » is an age.
_AN_HOUR = (
    rf"\d+{BLANK}?h\b|(?:1?\d|2[0-4]){BLANK}?heures?\b(?! (?:du|de la|de l’|après|post))"
    rf"|(?:2\d|3\d|4[0-2]){BLANK}?semaines?\b"
)
_RELATIVE = (
    (re.compile(rf"(?i)\bil y a {_ABOUT}{_LENGTH}"), "date.ago", -1),
    (re.compile(rf"(?i)\bdepuis {_ABOUT}{_LENGTH}"), "date.since", -1),
    (re.compile(rf"(?i)\b(?:dans|d’ici|sous) (?:un délai de |les )?{_ABOUT}{_LENGTH}(?! après)"), "date.ahead", 1),
    (re.compile(rf"(?i)\bà {_ABOUT}(?!\d+ ans)(?!{_AN_HOUR}){_LENGTH}(?! (?:par|près))"), "date.at", 1),
    (
        re.compile(rf"(?i)\b{_LENGTH} (?:plus tard|plus tôt|auparavant|avant|après)(?: \w+ ?(?:l’)?intervention)?"),
        "date.apart", 0,
    ),
    (re.compile(rf"(?i)\b{_LENGTH} (?:en )?post-?opératoires?\b"), "date.apart", 0),
)  # fmt: skip
_NAMED = (
    (r"avant-hier", -2), (r"hier(?: (?:soir|matin|après-midi))?", -1), (r"aujourd’hui", 0), (r"ce jour", 0),
    (r"(?:ce matin|ce soir|cet après-midi|cette nuit)", 0), (r"après-demain", 2), (r"demain(?: matin| soir)?", 1),
)  # fmt: skip
_NAMED_DAY = tuple((re.compile(rf"(?i)(?<![\w-]){words}(?![\w-])(?! (?:de|d’)hui)"), days) for words, days in _NAMED)
_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_WEEKDAY = re.compile(rf"(?i)\b({'|'.join(_WEEKDAYS)}) (prochain|dernier|passé)\b")
_NEXT_LAST = re.compile(
    r"(?i)\b(?:(?P<week>la semaine)|(?P<month>le mois)|(?P<year>l’année|l’an)) "
    r"(?:(?P<next>prochaine?)|(?P<last>dernière?|passée?))\b"
)
_VAGUE_MOMENT = re.compile(
    r"(?i)\b(?:la veille|le lendemain|le surlendemain|cette semaine|ce mois-ci|cette année|la semaine suivante"
    r"|le mois suivant|l’année suivante)\b"
)
_AHEAD = frozenset({SectionKind.PLAN, SectionKind.DISCHARGE_TREATMENT, SectionKind.PENDING, SectionKind.CLOSING})
_SHORT_AGE = 30  # days: « le 12 mars » dictated on the 20th of March is this year's, even among plans


def dates(text: str, kind: SectionKind, visit: date | None) -> list[Fact]:
    """Every date of a section's text, the surest forms first; none overlaps another."""
    found: list[Fact] = []
    for match in _ISO_DAY.finditer(text):
        _add(found, _day(text, match, int(match[3]), int(match[2]), match[1], "numeric", kind, visit))
    for match in _NUMERIC_DAY.finditer(text):
        year = match[4] if len(match[4]) == 4 else None
        if year or match[2] == "/":
            _add(found, _day(text, match, int(match[1]), int(match[3]), year, "numeric", kind, visit))
    for match in _DAY.finditer(text):
        day, month = int(match[1].removesuffix("er")), _month(match[2])
        _add(found, _day(text, match, day, month, match[3], "day", kind, visit))
    found += _range_starts(text, found)
    for match in _SHORT_DAY.finditer(text):
        if 1 <= int(match[1]) <= 31 and 1 <= int(match[2]) <= 12:
            fact = _day(text, match, int(match[1]), int(match[2]), None, "numeric", kind, visit)
            fact.start = match.start(1)
            _add(found, fact)
    for match in _MONTH_YEAR.finditer(text):
        value = f"{match[2]}-{_month(match[1]):02d}"
        _add(found, Fact(FindingKind.DATE, match.start(), match.end(), "date.month", (("month", value),)))
    for match in _MONTH_NUMBER.finditer(text):
        _add(
            found,
            Fact(FindingKind.DATE, match.start(), match.end(), "date.month", (("month", f"{match[2]}-{match[1]}"),)),
        )
    for pattern, group in ((_YEAR, 1), (_YEAR_APART, 1), *(((_YEAR_BARE, 1),) if kind in _TOLD else ())):
        for match in pattern.finditer(text):
            _add(
                found, Fact(FindingKind.DATE, match.start(group), match.end(group), "date.year", (("year", match[1]),))
            )
    found += _relative(text, found, visit)
    for match in _MONTH_ALONE.finditer(text):
        _add(
            found, Fact(FindingKind.DATE, match.start(), match.end(), "date.month", _lone_month(match[1], kind, visit))
        )
    for match in _LONE_DAY.finditer(text):
        if 1 <= int(match[1]) <= 31:
            _add(found, Fact(FindingKind.DATE, match.start(1), match.end(1), "date.lone_day", (("day", match[1]),)))
    for pattern, rule in (
        (_SEASON, "date.season"),
        (_JMS, "date.after_surgery"),
        (_RANK, "date.rank"),
        (_CLOCK, "date.clock"),
    ):
        for match in pattern.finditer(text):
            _add(found, Fact(FindingKind.DATE, match.start(), match.end(), rule))
    return sorted(found, key=lambda fact: fact.start)


_TOLD = frozenset({SectionKind.HISTORY, SectionKind.ILLNESS})


def _add(found: list[Fact], fact: Fact) -> None:
    if not taken(found, fact.start, fact.end):
        found.append(fact)


def _month(word: str) -> int:
    return MONTHS.index(word.lower()) + 1


def _day(
    text: str, match: re.Match[str], day: int, month: int, year: str | None, how: str, kind: SectionKind,
    visit: date | None,
) -> Fact:  # fmt: skip
    born = _BORN.search(text[max(0, match.start() - 30) : match.start()])
    iso = f"{year}-{month:02d}-{day:02d}" if year else f"--{month:02d}-{day:02d}"
    values = [("iso", iso)]
    if not year and not born and visit and (near := _nearest(day, month, kind in _AHEAD, visit)):
        values.append(("resolved", near.isoformat()))
    sort = FindingKind.BIRTH_DATE if born else FindingKind.DATE
    return Fact(sort, match.start(), match.end(), "date.birth" if born else f"date.{how}", tuple(values))


def _nearest(day: int, month: int, ahead: bool, visit: date) -> date | None:
    """The year a day without one must mean: before the visit when told, after it when planned."""
    for year in (visit.year, visit.year + 1) if ahead else (visit.year, visit.year - 1):
        try:
            meant = date(year, month, day)
        except ValueError:
            return None
        days = (meant - visit).days
        if days >= -_SHORT_AGE if ahead else days <= _SHORT_AGE * 3:
            return meant
    return None


def _range_starts(text: str, found: list[Fact]) -> list[Fact]:
    """« du 8 au 13 janvier »: the 8 is a day of the same month."""
    starts = []
    for match in _RANGE.finditer(text):
        end = next((fact for fact in found if 0 <= fact.start - match.end() <= 8), None)
        if end is None:
            continue
        day = int(match[1].removesuffix("er"))
        values = tuple((key, f"{value[:-2]}{day:02d}") for key, value in end.values if key in ("iso", "resolved"))
        starts.append(Fact(FindingKind.DATE, match.start(1), match.end(1), "date.range", values))
    return starts


def _lone_month(said: str, kind: SectionKind, visit: date | None) -> tuple[tuple[str, str], ...]:
    words = said.split()
    month = _month(words[0])
    if visit is None:
        return (("iso", f"--{month:02d}"),)
    ahead = words[1:] == ["prochain"] or (kind in _AHEAD and words[1:] != ["dernier"])
    year = visit.year + (1 if ahead and month < visit.month else -1 if not ahead and month > visit.month else 0)
    return (("iso", f"--{month:02d}"), ("resolved", f"{year}-{month:02d}"))


def _relative(text: str, absolute: list[Fact], visit: date | None) -> list[Fact]:
    """Dates told from the visit: « il y a trois mois », « dans six semaines », « lundi prochain », « ce jour »."""
    found: list[Fact] = list(absolute)
    for pattern, rule, sign in _RELATIVE:
        for match in pattern.finditer(text):
            values = _length(match)
            if visit and sign and (meant := _apart(match, visit, sign)):
                values.append(("resolved", meant))
            _add(found, Fact(FindingKind.DATE, match.start(), match.end(), rule, tuple(values)))
    for named, days in _NAMED_DAY:
        for match in named.finditer(text):
            _add(found, _from_visit(match, visit and visit + timedelta(days=days)))
    for match in _WEEKDAY.finditer(text):
        _add(found, _from_visit(match, visit and _weekday(match, visit)))
    for match in _NEXT_LAST.finditer(text):
        _add(found, Fact(FindingKind.DATE, match.start(), match.end(), "date.relative", _next_last(match, visit)))
    for match in _VAGUE_MOMENT.finditer(text):
        _add(found, Fact(FindingKind.DATE, match.start(), match.end(), "date.relative"))
    return found[len(absolute) :]


def _length(match: re.Match[str]) -> list[tuple[str, str]]:
    count = fold(match["count"])
    plain = str(_COUNTS.get(count, count)) + (f"-{match['upto']}" if match["upto"] else "")
    plain += ",5" if match["half"] else ""
    return [("length", plain), ("length_unit", _singular(match["unit"]))]


def _singular(unit: str) -> str:
    word = fold(unit)
    stem = word if word == "mois" else word.removesuffix("s")
    return {"annee": "an", "h": "heure"}.get(stem, stem)


def _apart(match: re.Match[str], visit: date, sign: int) -> str | None:
    """The day, month or year a length from the visit comes to, no finer than its unit."""
    count = fold(match["count"])
    number = _COUNTS.get(count) or (int(count) if count.isdecimal() else None)
    if number is None or match["upto"]:
        return None
    half, unit = bool(match["half"]), _singular(match["unit"])
    if unit in ("jour", "semaine"):
        days = number * (7 if unit == "semaine" else 1) + (3 if half else 0)
        return (visit + timedelta(days=sign * days)).isoformat()
    if unit == "mois":
        return (_months(visit, sign * number) + timedelta(days=sign * 15 * half)).isoformat()
    if unit == "trimestre":
        return _months(visit, sign * 3 * number).isoformat()
    if unit == "an":
        return str(visit.year + sign * number) if sign < 0 else _months(visit, 12 * number + 6 * half).isoformat()
    return None


def _months(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _weekday(match: re.Match[str], visit: date) -> date:
    wanted = _WEEKDAYS.index(match[1].lower())
    if match[2].lower() == "prochain":
        return visit + timedelta(days=(wanted - visit.weekday() - 1) % 7 + 1)
    return visit - timedelta(days=(visit.weekday() - wanted - 1) % 7 + 1)


def _next_last(match: re.Match[str], visit: date | None) -> tuple[tuple[str, str], ...]:
    if visit is None:
        return ()
    sign = 1 if match["next"] else -1
    if match["year"]:
        return (("resolved", str(visit.year + sign)),)
    if match["month"]:
        return (("resolved", _months(visit, sign).isoformat()[:7]),)
    week = (visit + timedelta(days=7 * sign)).isocalendar()
    return (("resolved", f"{week.year}-W{week.week:02d}"),)


def _from_visit(match: re.Match[str], meant: date | None) -> Fact:
    values = (("resolved", meant.isoformat()),) if meant else ()
    return Fact(FindingKind.DATE, match.start(), match.end(), "date.relative", values)
