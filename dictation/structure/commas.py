"""Commas: « virgule » between two numbers is the decimal comma, or the end of what the first one told.

Tokens in, a verdict out, before any number is read: « INR à deux virgule cinq » is 2,5; « ASA deux virgule trois
allergies » is ASA 2 and three allergies. Decimal where nothing tells: a comma lost in a dose would be worse.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum

from dictation.structure.cardinals import TENS
from dictation.structure.grammar import counted_group, weighed_or_poured
from dictation.structure.identifiers import CALLS, IDENTIFIERS
from dictation.structure.lexicon import fold, kept, listed, low, rows, table
from dictation.structure.numerals import begins_number, looks_like_year, numbers_between
from dictation.structure.tokens import Kind, Token, read

# Letters that take a whole number, and the greatest: N1, M0, S5, T12. « K 4,2 » and « p 0,05 » are measured.
_LETTERS = {"c": 8, "d": 12, "g": 20, "j": 999, "l": 6, "m": 12, "n": 3, "p": 20, "r": 2, "s": 5, "t": 12}
_SCALES = frozenset({5, 10, 15, 20, 30, 100})  # « quatre sur cinq », « six sur dix », « MMS vingt-deux sur trente »
_LINKS = frozenset(str.split("à de est coté cotée score stade type grade classe groupe autour"))
_UNITS = frozenset(str.split("kilo kilos gramme grammes litre litres heure heures"))
_HALVES = frozenset({5, 25, 50, 75})  # « deux virgule cinq comprimés »
_REACH = 4  # words between a pressure, a thread or an identifier and its figures


class Comma(Enum):
    DECIMAL = "decimal"
    LIST = "list"
    LIKELY_LIST = "likely list"  # a person should hear it


def comma_at(tokens: list[Token], i: int) -> Comma:
    """What « virgule » at tokens[i] is, a number on both sides of it."""
    first, last = number_start(tokens, i - 1), number_end(tokens, i + 1)
    before, after = numbers_between(tokens, first, i - 1), numbers_between(tokens, i + 1, last - 1)
    if not before or not after:
        return Comma.DECIMAL
    if _numbered_parts(tokens, first) or looks_like_year(tokens, i - 1) or tokens[i + 1].low == "une":
        return Comma.LIST
    if _behind_a_unit(tokens, first, last, before[-1]) or _too_fine(before[-1], after[0]):
        return Comma.LIST
    if _whole(tokens, first, before, last):
        return Comma.LIST
    if len(after) == 1 and (rhythm := _rhythm_behind(tokens, first, last, before[-1], after[0])):
        return rhythm  # of « deux virgule cinq deux fois » the second « deux » is the rhythm already
    if (
        (len(after) == 1 and _counted_behind(tokens, first, last, before[0], after[0]))
        or _rising(before, after)
        or (_near(tokens, first, listed("whole_values"), 3) and _something_at(tokens, last))
    ):
        return Comma.LIKELY_LIST
    return Comma.DECIMAL


def number_start(tokens: list[Token], i: int) -> int:
    """The index of the number word that begins the number ending at i; « entre trois et quatre » are two numbers."""
    while i and (begins_number(tokens[i - 1]) or (tokens[i - 1].low == "et" and _tens_and_one(tokens, i))):
        i -= 1
    return i


def _tens_and_one(tokens: list[Token], i: int) -> bool:
    """« vingt et un », « soixante et onze »: « et » inside a number, tokens[i] behind it."""
    return i > 1 and tokens[i].low in ("un", "une", "dix", "onze") and tokens[i - 2].low.rpartition("-")[2] in TENS


def number_end(tokens: list[Token], i: int) -> int:
    """The index after the number words that begin at i."""
    while i < len(tokens) and begins_number(tokens[i]):
        i += 1
        if i + 1 < len(tokens) and tokens[i].low == "et" and begins_number(tokens[i + 1]):
            i += 1
    return i


def _behind_a_unit(tokens: list[Token], first: int, last: int, value: int) -> bool:
    """« un mètre cinquante-huit virgule soixante et onze kilos »: the decimals stand behind their unit already.

    « toutes les six heures deux virgule cinq milligrammes » is a dose: two figures, and no dose behind.
    """
    if first < 2 or not begins_number(tokens[first - 2]):
        return False
    unit = tokens[first - 1].low
    dosed = last < len(tokens) and bool(weighed_or_poured(tokens[last].low))
    return unit in ("mètre", "mètres") or (unit in _UNITS and value >= 10 and not dosed)


def _too_fine(head: int, tail: int) -> bool:
    """« charrière vingt-huit virgule huit cents millilitres »; « zéro virgule cent vingt-cinq » is decimal."""
    return 100 <= tail < 1000 and (head >= 10 or tail % 100 == 0)


def _rhythm_behind(tokens: list[Token], first: int, last: int, head: int, tail: int) -> Comma | None:
    """« metformine mille virgule deux fois par jour », « Eliquis cinq virgule un le soir »: a dose, then how often.

    « bisoprolol deux virgule cinq le matin » is one strength: drugs are sold in halves and quarters.
    """
    lows = [token.low for token in tokens[last : last + 3]]
    if not head or tail > 8 or not lows:
        return None
    if lows[0] == "fois" and lows[1:2] and lows[1] in ("par", "dans", "/", "tous", "toutes"):
        return Comma.LIST
    named = first - 1 - (first > 1 and tokens[first - 1].low in ("lp", "forte"))
    drug = named >= 0 and tokens[named].fold in table("drugs")
    when = lows[1:2] if lows[0] in ("le", "au") else lows[:1]
    moment = bool(when) and when[0] in listed("moments")
    often = lows[:2] in (["par", "jour"], ["toutes", "les"], ["tous", "les"])
    return Comma.LIKELY_LIST if drug and tail <= 4 and (moment or often) else None


def _rising(before: list[int], after: list[int]) -> bool:
    """« onze virgule douze et vingt et un »: three numbers that rise, the first of two figures."""
    return len(after) == 2 and 10 <= before[0] < after[0] < after[1]


def _numbered_parts(tokens: list[Token], first: int) -> bool:
    """« dents quatorze virgule quinze virgule vingt-quatre »: parts that have numbers, one after the other."""
    first = _row_start(tokens, first)
    return first > 0 and tokens[first - 1].low in listed("numbered_parts")


def _row_start(tokens: list[Token], first: int) -> int:
    """Where a row of numbers with commas between begins, the number at `first` being one of them."""
    while first > 1 and tokens[first - 1].low in ("virgule", "et", ",") and begins_number(tokens[first - 2]):
        first = number_start(tokens, first - 2)
    return first


def _whole(tokens: list[Token], first: int, before: list[int], last: int) -> bool:
    """Whether what stands before the comma takes no decimals: « M0 », « ASA 2 », « 6 sur 10 », « 2/0 », a file."""
    said = tokens[first - 1].low if first else ""
    value = before[-1]
    if len(before) == 1 and value <= _LETTERS.get(said, -1) and _stands_alone(tokens, first - 1):
        return not (said == "p" and value == 0)
    if len(before) == 1 and _graded(tokens, first):
        return True
    if said == "sur" and first > 1 and begins_number(tokens[first - 2]) and value in _SCALES:
        top = numbers_between(tokens, number_start(tokens, first - 2), first - 2)
        return bool(top) and top[-1] <= value and not _length_at(tokens, last)
    if said == "sur" and first > 2 and value <= 10 and begins_number(tokens[first - 3]):  # « un repas sur trois »
        return len(before) == 1 and not _length_at(tokens, last)
    if len(before) > 2 or said in IDENTIFIERS or _near(tokens, _row_start(tokens, first), CALLS, 3):
        return True
    sewn = len(before) == 2 and value == 0 and _near(tokens, first, listed("threads"))
    return sewn or (len(before) == 2 and _near(tokens, first, listed("pressures")))


def _stands_alone(tokens: list[Token], i: int) -> bool:
    """« l cinq », « p t deux »: a letter of its own; that of « i n r un virgule deux » ends an acronym."""
    before = tokens[i - 1].low if i else ""
    measured = before == "un" and i > 1 and tokens[i - 2].low in ("a", "hba")  # « h b a un c sept virgule deux »
    if measured or before in ("vitamine", "protéine", "facteur"):
        return False
    if before in ("a", "b", "c", "d") and tokens[i].low in "nmr" and i > 1 and begins_number(tokens[i - 2]):
        return True  # « n un a m zéro »
    if before == "à":  # « à j deux »
        return True
    return len(before) != 1 or not before.isalpha() or (tokens[i].low in "tn" and before in ("p", "c", "y", "u", "s"))


def _graded(tokens: list[Token], first: int) -> bool:
    """Whether a class of whole grades is named just before: « ASA deux », « Clavien stade trois », « Apgar neuf »."""
    name = first - 1
    while name > 0 and tokens[name].fold not in _whole_grades() and tokens[name].low in _LINKS:
        name -= 1
    if name < first - 1 and tokens[name].fold in _common_words():  # « un segment de deux virgule trois centimètres »
        return False
    if name > 1 and _near(tokens, number_start(tokens, name - 1), ("apgar",), 1):  # « apgar huit virgule dix virgule »
        return True
    return name >= 0 and tokens[name].fold in _whole_grades()


@kept
def _whole_grades() -> frozenset[str]:
    """The last word of each class whose grades are whole numbers, from patterns/classes.tsv, folded."""
    last = [read(row[0].split())[-1] for row in rows("classes")]
    names = {fold(token.text) for token in last if not begins_number(token)}
    rads = {
        f"{system}{joint}rads"
        for system in ("pi", "bi", "ti", "li", "o", "cad", "lung", "eu-ti")
        for joint in ("", "-")
    }
    others = {"rads", "gleason", "apgar", "dent", "dents", "parite"}
    return frozenset(names | rads | others) - {fold(word) for word in listed("decimal_grades")}


@kept
def _common_words() -> frozenset[str]:
    """Classes that are words of every day, « segment », « zone »: their figure follows at once."""
    return frozenset(fold(row[0]) for row in rows("classes") if len(row) < 2 or not row[1])


def _near(tokens: list[Token], i: int, words: Collection[str], reach: int = _REACH) -> bool:
    for token in reversed(tokens[max(0, i - reach) : i]):
        if token.kind is not Kind.WORD or token.low in ("virgule", "point"):
            return False
        if token.low in words:
            return True
    return False


@kept
def _measured() -> frozenset[str]:
    """What is measured to a decimal, behind which a new finding may begin: « SUV sept virgule neuf adénopathies »."""
    return frozenset(low(row[0]) for row in rows("said_without_comma")) | {"suv", "psa", "ph", "max", "suvmax"}


def _counted_behind(tokens: list[Token], first: int, i: int, head: int, tail: int) -> bool:
    """« à 120 virgule deux hémocultures »: what is counted is counted in whole numbers, halves of a tablet apart."""
    if i >= len(tokens) or tokens[i].kind is not Kind.WORD or head == 0:
        return False
    noun, group = low(tokens[i].text), counted_group(tokens[i].low)
    if noun in listed("counted_whole"):
        plural = noun[-1] in "sx"
        return plural == (tail > 1) and not _near(tokens, first, _measured())
    halved = tail in _HALVES and head < 10
    if group == "time" and tokens[first - 1].low in ("de", "d'", "pendant", "depuis", "dans"):
        return False  # « une médiane de trois virgule deux ans »
    return group in ("form", "given", "time") and not halved and tail < 50


def _something_at(tokens: list[Token], i: int) -> bool:
    """Whether a word that is no unit of the value itself stands at i: « virgule cinq degrés » goes on."""
    if i >= len(tokens) or tokens[i].kind is not Kind.WORD or tokens[i].low.startswith("degré"):
        return False
    if tokens[i].low == "à" and i + 1 < len(tokens) and tokens[i + 1].low in ("droite", "gauche"):
        return True
    return tokens[i].low not in listed("not_counted")


def _length_at(tokens: list[Token], i: int) -> bool:
    return i < len(tokens) and tokens[i].low in ("centimètres", "centimètre", "millimètres", "millimètre", "cm", "mm")
