"""Cardinals: what French number words are worth, « quatre-vingt-douze » 92, « trois millions » 3 000 000.

Words with their tokens in, values out. Where a number ends matters as much as its value: « vingt deux fois par jour »
is twenty, twice, and « cent quarante quatre vingt dix » of a pressure two numbers. numerals.py makes tokens of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dictation.structure.lexicon import listed, table
from dictation.structure.tokens import Token

UNITS = {
    "zéro": 0, "zero": 0, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7,
    "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16,
}  # fmt: skip
TENS = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60}
TENS |= {"septante": 70, "huitante": 80, "octante": 80, "nonante": 90}


@dataclass(frozen=True, slots=True)
class Atom:
    """One number word."""

    word: str
    token: int  # index of its token


def whole(atoms: Sequence[Atom], i: int, tokens: Sequence[Token]) -> tuple[int, int]:
    """(value, index after it) of the longest whole number at atoms[i]; (0, i) when there is none."""
    value, j = _below_million(atoms, i, tokens)
    if j > i and j < len(atoms) and atoms[j].word in ("million", "millions"):
        if j + 1 < len(atoms) and _counts_alone(atoms, j + 1, tokens):  # « trois millions trois fois par jour »
            return value * 1_000_000, j + 1
        rest, k = _below_million(atoms, j + 1, tokens)
        return value * 1_000_000 + rest, max(k, j + 1)
    return value, j


def _below_million(atoms: Sequence[Atom], i: int, tokens: Sequence[Token]) -> tuple[int, int]:
    if i < len(atoms) and atoms[i].word == "mille":
        head, j = 1, i
    else:
        head, j = _below_thousand(atoms, i, tokens)
    if j < len(atoms) and atoms[j].word == "mille" and (j > i or head == 1) and head != 0:
        if j + 1 < len(atoms) and _counts_alone(atoms, j + 1, tokens):
            return head * 1000, j + 1
        rest, k = _below_thousand(atoms, j + 1, tokens, most=9)
        return (head * 1000 + rest, k) if k > j + 1 and rest else (head * 1000, j + 1)
    return head, j


def _below_thousand(atoms: Sequence[Atom], i: int, tokens: Sequence[Token], most: int = 19) -> tuple[int, int]:
    """Below a thousand; up to « dix-neuf cent » where `most` hundreds allow it (years said the old way)."""
    if i < len(atoms) and atoms[i].word == "cent":
        head, j = 1, i
    else:
        head, j = _below_hundred(atoms, i, tokens)
        if not (j < len(atoms) and atoms[j].word in ("cent", "cents") and j > i and 2 <= head <= most and head != 10):
            return head, j
    if atoms[j].word == "cents":
        return head * 100, j + 1
    if j + 1 < len(atoms) and _counts_alone(atoms, j + 1, tokens):
        return head * 100, j + 1
    rest, k = _below_hundred(atoms, j + 1, tokens)
    return (head * 100 + rest, k) if k > j + 1 and rest else (head * 100, j + 1)


_FORMS = frozenset(str.split("comprimé comprimés gélule gélules sachet sachets ampoule ampoules injection injections"))
_FORMS |= frozenset(str.split("capsule capsules bouffée bouffées inhalation inhalations prise prises patch patchs"))
_FORMS |= frozenset(str.split("suppositoire suppositoires pulvérisation pulvérisations"))


def _counts_alone(atoms: Sequence[Atom], i: int, tokens: Sequence[Token]) -> bool:
    """« lasilix vingt deux fois par jour », « solupred vingt trois comprimés »: a small number as a word of its own
    before « fois », and after a drug before its form, is the rhythm and no part of the strength."""
    here = atoms[i].token
    if i and atoms[i - 1].token == here:
        return False
    if UNITS.get(atoms[i].word, 0) not in (1, 2, 3, 4, 5, 6) or here + 1 >= len(tokens):
        return False
    if tokens[here + 1].low == "fois" or (atoms[i].word == "un" and tokens[here + 1].low in listed("one_of")):
        return True  # « quatre mille un jour sur deux »
    first = atoms[0].token
    return tokens[here + 1].low in _FORMS and first > 0 and tokens[first - 1].fold in table("drugs")


def _below_hundred(atoms: Sequence[Atom], i: int, tokens: Sequence[Token]) -> tuple[int, int]:
    if i >= len(atoms):
        return 0, i
    word = atoms[i].word
    if word == "quatre" and i + 1 < len(atoms) and atoms[i + 1].word in ("vingt", "vingts"):
        if atoms[i + 1].word == "vingts":
            return 80, i + 2
        if _eighty_at(atoms, i + 2):  # « quatre vingt quatre vingt dix »: 80, then 90
            return 80, i + 2
        extra, j = _teen_or_unit(atoms, i + 2, tokens, article=True)
        return 80 + extra, j
    if word == "dix":
        if i + 1 < len(atoms) and UNITS.get(atoms[i + 1].word, 0) in (7, 8, 9):
            return 10 + UNITS[atoms[i + 1].word], i + 2
        return 10, i + 1
    if word in UNITS:
        return UNITS[word], i + 1
    if word in TENS:
        return _tens(atoms, i, tokens)
    return 0, i


def _tens(atoms: Sequence[Atom], i: int, tokens: Sequence[Token]) -> tuple[int, int]:
    value, j = TENS[atoms[i].word], i + 1
    if j >= len(atoms) or _eighty_at(atoms, j):
        return value, j
    if atoms[j].word == "et":
        if j + 1 < len(atoms) and atoms[j + 1].word in ("un", "une"):
            return value + 1, j + 2
        if value == 60 and j + 1 < len(atoms) and atoms[j + 1].word in ("dix", "onze"):  # « soixante et dix »
            extra, k = _below_hundred(atoms, j + 1, tokens)
            return value + extra, k
        return value, j
    if value == 60:
        extra, j = _teen_or_unit(atoms, j, tokens, article=False)
        return value + extra, j
    unit = UNITS.get(atoms[j].word, 0)
    if _counts_alone(atoms, j, tokens):
        return value, j
    joined = atoms[j].token == atoms[i].token or word_after(tokens, atoms[j].token) in _PLURALS
    return (value + unit, j + 1) if 2 <= unit <= 9 or (unit == 1 and joined) else (value, j)


def _eighty_at(atoms: Sequence[Atom], j: int) -> bool:
    """« tension cent quarante quatre vingt dix » is 140, then 90: words of their own that begin another number."""
    if j + 1 >= len(atoms) or atoms[j].word != "quatre" or atoms[j + 1].word not in ("vingt", "vingts"):
        return False
    return atoms[j].token != atoms[j - 1].token


_PLURALS = frozenset(str.split("ans jours semaines heures minutes milligrammes grammes kilos millimètres centimètres"))


def word_after(tokens: Sequence[Token], i: int) -> str:
    """The word behind tokens[i]: « vingt un ans » has its « un » inside the number, no article has a plural."""
    return tokens[i + 1].low if i + 1 < len(tokens) else ""


# « quatre-vingts, un sachet » and not 81: a singular noun of count after « un » keeps it an article.
def _teen_or_unit(atoms: Sequence[Atom], i: int, tokens: Sequence[Token], *, article: bool) -> tuple[int, int]:
    """What may follow « soixante » or « quatre-vingt »: 1 to 19, « un » only where it is not an article."""
    if i >= len(atoms):
        return 0, i
    word = atoms[i].word
    if word == "dix":
        return _below_hundred(atoms, i, tokens)
    if _counts_alone(atoms, i, tokens):
        return 0, i
    value = UNITS.get(word, 0)
    if value == 1:
        joined = i > 0 and atoms[i].token == atoms[i - 1].token
        after = tokens[atoms[i].token + 1].low if atoms[i].token + 1 < len(tokens) else ""
        return (1, i + 1) if joined or (article and after not in listed("one_of")) else (0, i)
    return (value, i + 1) if value else (0, i)
