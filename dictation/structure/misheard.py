"""Misheard: a word that is nearly a number word, where a number is expected, is told to a person and stays as heard.

« vingt-neux ans », « quatre vingt dis kilos », « trante milligrammes »: which number was meant is not guessed. Alone, a
near word is ordinary French (« nuit », « once », « vin »), so it is looked at only beside a number, a unit or a month,
or when it is long enough to be nothing else (« cinquente »).
"""

from __future__ import annotations

from rapidfuzz.distance import DamerauLevenshtein

from dictation.structure.cardinals import TENS, UNITS
from dictation.structure.lexicon import kept, listed, rows
from dictation.structure.tokens import Kind, Sheet, Token

_ATOMS = tuple(word for word in (*UNITS, *TENS, "vingts", "cent", "cents", "mille") if len(word) > 2)
_MONTHS = frozenset(str.split("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"))
_TIMES = frozenset(["an", "ans", "mois", "jour", "jours", "semaine", "semaines", "heure", "heures", "minutes"])
_SOUND_ALIKE = frozenset(["vin", "vins", "cet", "cette", "set", "sang", "sans", "cens", "disse", "once", "sise"])
_LONG = 7  # letters of a number word that resembles no other word of French


def warn_of_misheard(sheet: Sheet) -> None:
    """A warning `number.misheard` for each such word of a sheet whose numbers are written."""
    for i, token in enumerate(sheet.tokens):
        if token.kind is not Kind.WORD or token.fixed or token.text[:1].isdecimal():
            continue
        near = _near(token.low) and (_only_a_number(token.low) or _expected(sheet.tokens, i))
        if near or _compound(token.low) or _sounds_alike(sheet.tokens, i):
            sheet.warn("number.misheard", [token])


def _sounds_alike(tokens: list[Token], i: int) -> bool:
    """« vin mars », « sang milligrammes »: a true word that no unit and no month follows."""
    return tokens[i].low in _SOUND_ALIKE and _before(tokens, i) in _unit_words() | _MONTHS


def _near(word: str) -> bool:
    """One letter from a number word, and neither one itself nor a listed ordinary word."""
    if len(word) < 3 or not word.isalpha() or word in _ATOMS or word in listed("like_numbers"):
        return False
    return any(DamerauLevenshtein.distance(word, atom, score_cutoff=1) <= 1 for atom in _ATOMS)


def _only_a_number(word: str) -> bool:
    return len(word) >= _LONG and any(
        len(atom) >= _LONG and DamerauLevenshtein.distance(word, atom, score_cutoff=1) <= 1 for atom in _ATOMS
    )


def _compound(word: str) -> bool:
    """« vingt-neux », « ving-neuf »: number words joined by hyphens, at least one of them misheard."""
    parts = [part for part in word.split("-") if part != "et"]
    if len(parts) < 2:
        return False
    real = sum(part in _ATOMS for part in parts)
    near = sum(_near(part) for part in parts)
    return real + near == len(parts) and near > 0 and (real > 0 or any(_only_a_number(part) for part in parts))


def _expected(tokens: list[Token], i: int) -> bool:
    """Whether a number stands before the word, or a unit or a month after it."""
    if i and tokens[i - 1].kind is not Kind.MARK and (_figures(tokens[i - 1]) or tokens[i - 1].low in _ATOMS):
        return True
    return _before(tokens, i) in _unit_words() | _TIMES | _MONTHS


def _before(tokens: list[Token], i: int) -> str:
    """The word behind tokens[i]; « mars » of « mars 2020 », which is one token by then."""
    words = tokens[i + 1].low.split() if i + 1 < len(tokens) and tokens[i + 1].kind is not Kind.BREAK else []
    return words[0] if words else ""


def _figures(token: Token) -> bool:
    return token.text.replace(",", "").isdecimal()


@kept
def _unit_words() -> frozenset[str]:
    return frozenset(row[0] for row in rows("units") if row[0].isalpha() and len(row[0]) > 1)
