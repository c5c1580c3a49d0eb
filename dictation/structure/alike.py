"""Alike: whether what is said after a spoken correction is of the kind of what stood before it.

Two sides, two drugs, two numbers, two amounts of one unit, two levels of the spine, two names behind a title.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from dictation.structure.grammar import unit_at
from dictation.structure.lexicon import fold, rows, table
from dictation.structure.numerals import begins_number
from dictation.structure.tokens import Kind, Sheet, Token

_PRESSURE = re.compile(r"^\d{1,3}/\d{1,3}$")  # « 14/8, pardon, 15/8 »
_SIDES = (
    frozenset({"droite", "droit", "gauche", "droits", "gauches", "droites", "bilatéral", "bilatérale"}),
    frozenset({"monsieur", "madame", "m.", "mme"}),
    frozenset({"le", "la", "les", "l'"}), frozenset({"un", "une", "des"}), frozenset({"du", "de", "des", "d'"}),
    frozenset({"au", "à", "aux"}), frozenset({"mon", "ma"}), frozenset({"son", "sa", "ses"}),
    frozenset({"matin", "midi", "soir", "coucher"}),
    frozenset({"positif", "négatif", "positive", "négative"}),
    frozenset({"antérieur", "postérieur", "antérieure", "postérieure"}),
    frozenset({"supérieur", "inférieur", "supérieure", "inférieure"}),
    frozenset({"interne", "externe", "médial", "latéral", "médiale", "latérale"}),
    frozenset({"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"}),
    frozenset({"jour", "jours", "semaine", "semaines", "mois", "an", "ans", "heures", "heure"}),
    frozenset({"janvier", "février", "mars", "avril", "mai", "juin"} | {"juillet", "août", "septembre", "octobre"}
              | {"novembre", "décembre"}),
)  # fmt: skip
STRONG_GROUPS = tuple(group for group in _SIDES if not group & {"le", "un", "du", "au", "mon", "son"})


def agree_strongly(a: Token, b: Token) -> bool:
    """Whether two words are of one kind beyond doubt: a weak cue between them is a correction."""
    if begins_number(a) and begins_number(b):
        return a.low not in ("un", "une") and b.low not in ("un", "une")
    if _PRESSURE.match(a.text) and _PRESSURE.match(b.text):
        return True
    if a.fold in table("drugs") and b.fold in table("drugs"):
        return True
    return any(a.low in group and b.low in group for group in STRONG_GROUPS)


def agree(a: Token, b: Token) -> bool:
    """Whether two words may stand for one another: articles and prepositions count."""
    if a.low == b.low:
        return True
    if begins_number(a) and begins_number(b):
        return True
    if _PRESSURE.match(a.text) and _PRESSURE.match(b.text):
        return True
    if a.fold in table("drugs") and b.fold in table("drugs"):
        return True
    if len(a.low) > 3 and a.fold in _names() and b.fold in _names():
        return True
    return any(a.low in group and b.low in group for group in _SIDES)


@functools.cache
def _names() -> frozenset[str]:
    return frozenset(fold(row[0]) for row in rows("names"))


_TITLES = frozenset({"monsieur", "madame", "mademoiselle", "docteur", "professeur"})
# « le docteur martin enfin monsieur paul… » goes on; these take the first name back.
_TAKES_A_NAME_BACK = frozenset(
    {"pardon", "excusez-moi", "non excusez-moi", "je veux dire", "je voulais dire", "ou plutôt"}
    | {"euh non", "heu non", "ah non", "non"}
)
_LEVEL = re.compile(r"^[ctdls]\d{1,2}(?:-[ctdls]?\d{1,2})*$")
_LONGEST = 10  # tokens of an amount or of a row of vertebrae


def taken_back(sheet: Sheet, back: int, begin: int, said: str) -> int | None:
    """Where what ends before tokens[back] begins, when what stands at `begin` is of its kind; None when it is not.

    Of one kind are two amounts in one kind of unit, two rows of vertebrae, two days, two hours, two names with titles.
    """
    if (unit := _unit_before(sheet, back, begin)) is not None:
        return unit
    for kind_at in (_amount_at, _levels_at, _moment_at):
        new = kind_at(sheet, begin)
        if not new:
            continue
        found = None
        for start in range(back - 1, max(-1, back - 1 - _LONGEST), -1):
            if kind_at(sheet, start) == (new[0], back):
                found = start
        if found is not None:
            return found
    first, second = sheet.tokens[max(0, back - 2) : back], sheet.tokens[begin : begin + 2]
    if said in _TAKES_A_NAME_BACK and _named(first) and _named(second) and first[1].low != second[1].low:
        return back - 2 if agree(first[0], second[0]) else None
    return None


def _unit_before(sheet: Sheet, back: int, begin: int) -> int | None:
    """Where the unit of an amount begins, when another of its kind is said alone: « 12 cm non millimètres »."""
    new = unit_at(sheet, begin)
    if new is None or new.group in ("percent", "angle") or _more(sheet.tokens, begin + new.taken - 1):
        return None
    for start in range(back - 1, max(0, back - 4), -1):
        old = unit_at(sheet, start)
        if old is not None and start + old.taken == back and begins_number(sheet.tokens[start - 1]):
            return start if old.group == new.group and old.sign != new.sign else None
    return None


def _named(tokens: Sequence[Token]) -> bool:
    return len(tokens) == 2 and tokens[0].low in _TITLES and tokens[1].text.replace("-", "").isalpha()


def _amount_at(sheet: Sheet, i: int) -> tuple[str, int] | None:
    """(kind of unit, index after it) of the amount at i."""
    tokens, j = sheet.tokens, i
    if i >= len(tokens) or not begins_number(tokens[i]):
        return None
    while j < len(tokens) and (begins_number(tokens[j]) or (tokens[j].low in ("et", "virgule") and _more(tokens, j))):
        j += 1
    if unit := unit_at(sheet, j):
        return unit.group, j + unit.taken
    letters = {"g": "mass", "l": "volume", "m": "length"}
    if j < len(tokens) and tokens[j].low in letters and tokens[j - 1].text[-1:].isdecimal():
        return letters[tokens[j].low], j + 1
    return None


def _more(tokens: Sequence[Token], j: int) -> bool:
    return j + 1 < len(tokens) and begins_number(tokens[j + 1])


_MONTHS = next(group for group in _SIDES if "janvier" in group)


def _moment_at(sheet: Sheet, i: int) -> tuple[str, int] | None:
    """("day" or "hour", index after it) of « le douze mars », « à huit heures » at i."""
    tokens, j = sheet.tokens, i + 1
    if i >= len(tokens) or tokens[i].low not in ("le", "du", "au", "à", "vers", "dès"):
        return None
    while j < len(tokens) and (begins_number(tokens[j]) or (tokens[j].low == "et" and _more(tokens, j))):
        j += 1
    if j == i + 1 or j >= len(tokens):
        return None
    kind = "day" if tokens[j].low in _MONTHS else "hour" if tokens[j].low in ("heures", "heure", "h") else ""
    j += 1
    while j < len(tokens) and begins_number(tokens[j]):  # the year, the minutes
        j += 1
    return (kind, j) if kind else None


def _levels_at(sheet: Sheet, i: int) -> tuple[str, int] | None:
    """("spine", index after them) of the vertebrae named at i, said or written: « l quatre l cinq », « L4-L5 »."""
    tokens, j = sheet.tokens, i
    while j < len(tokens) and tokens[j].kind is Kind.WORD:
        if _LEVEL.match(tokens[j].low):
            j += 1
        elif tokens[j].low in ("c", "t", "d", "l", "s") and _more(tokens, j):
            j += 2
        else:
            break
    return ("spine", j) if j > i else None
