"""Grammar: the small questions every number rule asks about the tokens around it.

No decision is taken here: what follows a number (a unit?), what stood before it, how figures are printed.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass

from dictation.structure.lexicon import listed, low, rows
from dictation.structure.tokens import NBSP, THIN, Kind, Sheet, Token, read


@dataclass(frozen=True, slots=True)
class Found:
    """A rule applies: `taken` tokens of the sheet give way to `tokens`."""

    taken: int
    tokens: list[Token]


def is_number(token: Token) -> bool:
    """A number nobody has written yet."""
    return token.kind is Kind.NUMBER and not token.fixed


def written(token: Token) -> bool:
    """A number the recogniser already gave in figures."""
    return token.text[:1].isdecimal()


def whole(token: Token) -> bool:
    return is_number(token) and token.number.isdecimal()


def small(token: Token) -> int:
    """The whole part of a number, as an integer."""
    return int(token.number.split(",")[0])


def number_at(sheet: Sheet, i: int) -> Token | None:
    return sheet.tokens[i] if 0 <= i < len(sheet.tokens) and is_number(sheet.tokens[i]) else None


def whole_at(sheet: Sheet, i: int) -> int | None:
    """The value of the whole number at i; None when there is none."""
    token = number_at(sheet, i)
    return int(token.number) if token is not None and token.number.isdecimal() else None


def tail_at(sheet: Sheet, i: int) -> tuple[str, int]:
    """(figures, tokens taken) of decimals said without their comma: « trente-huit », « zéro neuf », « zéro »."""
    value = whole_at(sheet, i)
    if value is None:
        return "", 0
    after = whole_at(sheet, i + 1)
    if value == 0 and after is not None and 0 < after < 100 and len(sheet.tokens[i].number) == 1:
        return f"0{after}", 2
    return sheet.tokens[i].number, 1


def said_at(sheet: Sheet, i: int, words: Collection[str]) -> bool:
    """Whether the plain word at i is one of `words`."""
    return 0 <= i < len(sheet.tokens) and sheet.tokens[i].kind is Kind.WORD and sheet.tokens[i].low in words


def said_before(sheet: Sheet, i: int, words: Collection[str], reach: int = 3) -> bool:
    """Whether one of `words` stands among the `reach` tokens before i, in the same sentence."""
    for token in reversed(sheet.tokens[max(0, i - reach) : i]):
        if token.ends_sentence:
            return False
        if token.low in words:
            return True
    return False


_SEPARATORS = {("tiret",): "-", ("slash",): "/", ("barre", "oblique"): "/", ("barre",): "/"}


def separator_at(sheet: Sheet, i: int) -> tuple[str, int]:
    """(sign, tokens taken) of « tiret », « slash », « barre oblique » at i; ("", 0) when none was said."""
    for words, sign in _SEPARATORS.items():
        if all(said_at(sheet, i + n, (word,)) for n, word in enumerate(words)):
            return sign, len(words)
    return "", 0


def figures(number: str, *, year: bool = False) -> str:
    """« 1000 » as 1 000, « 0,4 » as it is; a year keeps its four figures together."""
    head, comma, tail = number.partition(",")
    if len(head) > 3 and not year:
        groups: list[str] = []
        while head:
            groups.insert(0, head[-3:])
            head = head[:-3]
        head = THIN.join(groups)
    return head + comma + tail


def printed(token: Token, *, year: bool = False) -> str:
    """The figures of a number; those the recogniser wrote itself keep their own grouping."""
    three = len(token.text.partition(".")[2]) == 3  # « 1.000 » is left as it stands
    if written(token) and " " not in token.text and ("." not in token.text or three):
        return token.text
    return figures(token.number, year=year)


@functools.cache
def _units() -> tuple[tuple[tuple[str, ...], str, str], ...]:
    found = [(tuple(t.low for t in read(said.split())), sign, group) for said, sign, group in rows("units")]
    known = {words for words, _, _ in found}
    found += [((low(sign),), sign, group) for _, sign, group in rows("units") if (low(sign),) not in known]
    return tuple(sorted(found, key=lambda unit: -len(unit[0])))


@functools.cache
def _unit_starts() -> frozenset[str]:
    return frozenset(words[0] for words, _, _ in _units())


@dataclass(frozen=True, slots=True)
class Unit:
    sign: str  # as printed: "mg", "µmol/L"
    group: str
    taken: int  # tokens it covers


_PER = frozenset({"par", "/"})
# What may stand under the stroke: said -> written.
_UNDER = {"jour": "jour", "jours": "jour", "heure": "h", "heures": "h", "minute": "min", "seconde": "s"}
_UNDER |= {"prise": "prise", "semaine": "semaine", "dose": "dose", "mois": "mois", "an": "an"}


def unit_at(sheet: Sheet, i: int) -> Unit | None:
    """The unit of measure at i, with everything under its strokes: « milligrammes par kilo par jour »."""
    plain = _plain_unit(sheet, i) or _written_ratio(sheet, i)
    if plain is None:
        return None
    sign, group, taken = plain.sign, plain.group, plain.taken
    timed = said_at(sheet, i + taken, ("minute", "heure")) and not said_at(sheet, i + taken + 1, ("de", "du", "après"))
    if group in ("volume", "mass") and timed:  # « trois litres minute », « un milligramme heure »
        return Unit(f"{sign}/{_UNDER[sheet.tokens[i + taken].low]}", group, taken + 1)
    if group in ("percent", "angle"):
        return plain
    under, more = _per_unsaid(sheet, i + taken) if group == "mass" else ("", 0)
    further, most = per(sheet, i + taken + more, chained="/" in sign or bool(under))
    return Unit(sign + under + further, group, taken + more + most)


def weighed_or_poured(word: str) -> str:
    """The sign of a one-word unit of mass or volume, "" for any other word: « milligramme » -> mg."""
    signs = {words[0]: sign for words, sign, group in _units() if len(words) == 1 and group in ("mass", "volume")}
    return signs.get(word, "")


def _per_unsaid(sheet: Sheet, i: int) -> tuple[str, int]:
    """« gamma kilo minute », « milligrammes mètre carré »: « par » left out between units."""
    if said_at(sheet, i, ("mètre", "mètres")) and said_at(sheet, i + 1, ("carré", "carrés")):
        return "/m²", 2
    if not said_at(sheet, i, ("kilo", "kilos")):
        return "", 0
    if said_at(sheet, i + 1, ("minute", "heure", "jour")):
        return f"/kg/{_UNDER[sheet.tokens[i + 1].low]}", 2
    return "/kg", 1


def per(sheet: Sheet, i: int, *, chained: bool = False) -> tuple[str, int]:
    """(« /kg/jour », tokens taken) of « par kilo (et) par jour » at i; ("", 0) when nothing stands under a stroke."""
    out, j = "", i
    while True:
        also = said_at(sheet, j, ("et",)) and said_at(sheet, j + 1, ("par",)) and (chained or bool(out))
        if not said_at(sheet, j + also, _PER) or sheet.tokens[j + also].fixed:
            return out, j - i
        sign, more = _under_at(sheet, j + also + 1)
        if not more:
            return out, j - i
        out, j = f"{out}/{sign}", j + also + 1 + more


def _under_at(sheet: Sheet, i: int) -> tuple[str, int]:
    """(sign, tokens taken) of what stands under the stroke: a unit, a time, « 24 heures », « 1,73 m² »."""
    under = _plain_unit(sheet, i)
    if under is not None:
        return under.sign, under.taken
    if said_at(sheet, i, _UNDER):
        return _UNDER[sheet.tokens[i].low], 1
    hours = whole_at(sheet, i)
    if hours is not None and said_at(sheet, i + 1, ("heures", "heure", "h")):
        return f"{hours}{NBSP}h", 2
    return _body_surface(sheet, i)


def _body_surface(sheet: Sheet, i: int) -> tuple[str, int]:
    """« un mètre soixante-treize (au) carré », what a clearance is given for."""
    if whole_at(sheet, i) == 1 and said_at(sheet, i + 1, ("mètre",)) and whole_at(sheet, i + 2) == 73:
        j = i + 3
    elif (
        number_at(sheet, i) is not None
        and sheet.tokens[i].number == "1,73"
        and said_at(sheet, i + 1, ("mètre", "mètres", "m²"))
    ):
        j = i + 2
    else:
        return "", 0
    j += said_at(sheet, j, ("au",))
    if sheet.tokens[j - 1].low != "m²":
        if not said_at(sheet, j, ("carré", "carrés")):
            return "", 0
        j += 1
    return f"1,73{NBSP}m²", j - i


def _plain_unit(sheet: Sheet, i: int) -> Unit | None:
    tokens = sheet.tokens
    if i >= len(tokens) or tokens[i].kind is not Kind.WORD or tokens[i].fixed:
        return None
    if tokens[i].low not in _unit_starts():
        return None
    rate = tokens[i].low == "fr" and number_at(sheet, i + 1) is not None
    if rate and said_before(sheet, i, listed("breathing"), 6):
        return None  # « VT 450 FR 14 »: how often one breathes, no French
    if tokens[i].text == "G" and i and written(tokens[i - 1]):  # « 22 G » is a gauge, « 22 g » a weight
        return Unit("G", "gauge", 1)
    if tokens[i].text in ("MUI", "MU"):  # « 30 MUI » is thirty million, « 30 mUI » thirty thousandths
        return Unit(tokens[i].text, "activity", 1)
    if tokens[i].low == "g" and said_before(sheet, i, listed("needles"), 6):  # « aiguille de vingt-deux g »
        return Unit("G", "gauge", 1)
    if tokens[i].low == "cl" and number_at(sheet, i + 1) is not None and said_before(sheet, i, ("na", "k"), 6):
        return None  # « na 138 k quatre virgule un cl cent deux »: chlorine, no centilitres
    for words, sign, group in _units():
        n = len(words)
        if tuple(t.low for t in tokens[i : i + n]) == words and not _also_a_letter(sheet, i, words):
            return Unit(sign, group, n)
    return None


def _written_ratio(sheet: Sheet, i: int) -> Unit | None:
    """A ratio the text already holds in signs: « mg/kg/jour », « UI/24 h »."""
    if i >= len(sheet.tokens) or sheet.tokens[i].kind is not Kind.WORD or "/" not in sheet.tokens[i].text:
        return None
    if sheet.tokens[i].text in ("G/L", "G/l"):  # thousands of millions of cells, not grams
        return Unit("G/L", "amount", 1)
    signs = {words[0]: (sign, group) for words, sign, group in _units() if len(words) == 1}
    head, *under = sheet.tokens[i].low.split("/")
    if head not in signs:
        return None
    out, taken = [signs[head][0]], 1
    for n, part in enumerate(under):
        if part in _UNDER.values() or part in ("j", "prise"):
            out.append(part)
        elif (part in signs and len(part) > 1) or part == "l":
            out.append(signs[part][0])
        elif part.isdecimal() and n == len(under) - 1 and said_at(sheet, i + 1, ("h", "heures")):
            out.append(f"{part}{NBSP}{sheet.tokens[i + 1].low}")  # written so already
            taken = 2
        elif part == "1,73" and said_at(sheet, i + 1, ("m²",)):
            out.append(f"{part}{NBSP}m²")
            taken = 2
        else:
            return None
    return Unit("/".join(out), signs[head][1], taken)


def _also_a_letter(sheet: Sheet, i: int, words: tuple[str, ...]) -> bool:
    """« l cinq », « t deux m zéro »: a lone letter is a unit only between a number and something that is none."""
    if len(words) != 1 or len(words[0]) != 1 or not words[0].isalpha():
        return False
    if words not in (("l",), ("m",), ("g",)):  # « 250 V », never « segment v »
        return not (i and written(sheet.tokens[i - 1]) and sheet.tokens[i].text.isupper())
    if i == 0 or sheet.tokens[i - 1].kind is not Kind.NUMBER:
        return True
    number_follows = i + 1 < len(sheet.tokens) and sheet.tokens[i + 1].kind is Kind.NUMBER
    staged = i > 1 and sheet.tokens[i - 2].low in ("t", "n", "c", "l", "s", "d")
    return number_follows and (staged or not (words == ("g",) or written(sheet.tokens[i - 1])))


def counts_something(sheet: Sheet, i: int) -> bool:
    """Whether what stands at i is what the number before it counts: a unit, a counted noun, any plain noun."""
    if i >= len(sheet.tokens) or sheet.tokens[i].kind is not Kind.WORD:
        return False
    return bool(unit_at(sheet, i)) or sheet.tokens[i].low not in listed("not_counted")


@functools.cache
def _counted() -> dict[str, str]:
    return {low(row[0]): row[1] for row in rows("counted")}


def counted_group(word: str) -> str:
    """The group of a counted noun (« comprimé » is a form, « jours » time), "" when it is none."""
    return _counted().get(low(word).partition("/")[0], "")  # « fois/jour » counts like « fois »


def counted_at(sheet: Sheet, i: int, group: str = "") -> bool:
    """Whether a noun that medicine counts stands at i, of one group when given: « comprimés », « jours »."""
    if i >= len(sheet.tokens) or sheet.tokens[i].kind is not Kind.WORD:
        return False
    found = counted_group(sheet.tokens[i].low)
    return found == group if group else bool(found)
