"""Joined: words a spoken sign holds together, addresses of the net, hyphened names, « slash ».

« claire point vidal arobase exemple point fr » -> claire.vidal@exemple.fr, « jean tiret pierre » -> Jean-Pierre.
Tokens in, tokens out, before « point » is read as a full stop; hyphened names once more after spelled letters.
"""

from __future__ import annotations

from dataclasses import replace

from dictation.structure.cardinals import UNITS
from dictation.structure.grammar import counted_group, separator_at
from dictation.structure.lexicon import fold, folded, listed, table
from dictation.structure.tokens import Kind, Sheet, Token, fuse

_AT = frozenset({"arobase", "arrobase", "arobas", "@"})
_SIGNS = {"point": ".", "tiret": "-", "underscore": "_", "souligné": "_"}
_ENDS = frozenset(str.split("fr com org net eu be ch lu ca re nc pf info health care email"))
_PERSON_REACH = 3  # words between « monsieur » and a hyphen in his name


def write_addresses(sheet: Sheet) -> None:
    """Put e-mail addresses together, without accents or capitals; one that has no end is left as heard."""
    i = 0
    while i < len(sheet.tokens):
        if sheet.tokens[i].low in _AT and sheet.tokens[i].kind in (Kind.WORD, Kind.MARK):
            i = _address_at(sheet, i)
        elif _web_at(sheet.tokens, i):
            _write_web(sheet.tokens, i)
        i += 1


def _web_at(tokens: list[Token], i: int) -> int:
    """How many tokens « www », « w w w » takes at i when an address goes on behind it; 0 elsewhere."""
    taken = 1 if tokens[i].low == "www" else 3 if [t.low for t in tokens[i : i + 3]] == ["w"] * 3 else 0
    return taken if taken and i + taken < len(tokens) and _sign(tokens[i + taken]) == "." else 0


def _write_web(tokens: list[Token], i: int) -> None:
    """« www point clinique tiret lyon point fr » -> www.clinique-lyon.fr; one that has no end is left as heard."""
    end, text, ends = i + _web_at(tokens, i), "www", False
    while end + 1 < len(tokens) and _sign(tokens[end]) and _part(tokens, end + 1):
        if ends and _sign(tokens[end]) == ".":
            break  # « point fr point »: the second ends the sentence
        text, end = text + _sign(tokens[end]) + fold(tokens[end + 1].text), end + 2
        ends = ends or text.rpartition(".")[2] in _ENDS
    while ends and end + 1 < len(tokens) and tokens[end].low == "slash" and _part(tokens, end + 1):
        text, end = f"{text}/{fold(tokens[end + 1].text)}", end + 2
    if ends:
        tokens[i:end] = [fuse(tokens[i:end], text)]


_VERSIONED = {"recist": "RECIST", "version": "", "v": ""}  # as written, "" where as heard


def write_versions(sheet: Sheet) -> None:
    """« recist un point un » -> RECIST 1.1, « version deux point zéro » -> version 2.0: « point » is no stop."""
    tokens = sheet.tokens
    for i in range(len(tokens) - 3, 0, -1):
        said = [token.low for token in tokens[i : i + 3]]
        if tokens[i - 1].low not in _VERSIONED or said[1] != "point" or not {said[0], said[2]} <= UNITS.keys():
            continue
        name = replace(tokens[i - 1], text=_VERSIONED[tokens[i - 1].low] or tokens[i - 1].text)
        if i + 3 < len(tokens) and tokens[i + 3].kind is Kind.WORD and counted_group(tokens[i + 3].low):
            continue  # « version deux point trois jours après »
        heard = tokens[i - 1 : i + 3]
        tokens[i - 1 : i + 3] = [fuse(heard, f"{name.text} {UNITS[said[0]]}.{UNITS[said[2]]}")]


def _address_at(sheet: Sheet, i: int) -> int:
    tokens = sheet.tokens
    first = i - 1
    if first < 0 or not _part(tokens, first):
        return i
    while first >= 2 and _sign(tokens[first - 1]) and _part(tokens, first - 2):
        first -= 2
    last = i + 1
    if not _part(tokens, last):
        return i
    while last + 2 < len(tokens) and _sign(tokens[last + 1]) and _part(tokens, last + 2):
        last += 2
        if _sign(tokens[last - 1]) == "." and (end := _end_at(tokens, last)):
            last += end - 1
            break  # « point fr point »: the second ends the sentence
    text = "".join("@" if n == i else _sign(tokens[n]) or fold(tokens[n].text) for n in range(first, last + 1))
    if text.rpartition(".")[2] not in _ENDS:
        return i
    tokens[first : last + 1] = [fuse(tokens[first : last + 1], text)]
    return first


def _end_at(tokens: list[Token], i: int) -> int:
    """How many tokens the end of an address takes at i: « fr » one, « f r » two; 0 when none stands there."""
    if tokens[i].low in _ENDS:
        return 1
    letters = "".join(token.low for token in tokens[i : i + 2])
    return 2 if len(letters) == 2 and letters in _ENDS else 0


def _sign(token: Token) -> str:
    return _SIGNS.get(token.low, "") if token.kind is Kind.WORD else ""


def _part(tokens: list[Token], i: int) -> bool:
    """A piece of an address: a word, « martin.leroy », figures; no sign."""
    return 0 <= i < len(tokens) and tokens[i].kind is Kind.WORD and not _sign(tokens[i])


def write_hyphened(sheet: Sheet) -> None:
    """Join the two halves of a name said with « tiret » or « trait d'union » between them."""
    i = 1
    while i < len(sheet.tokens) - 1:
        length = _hyphen_at(sheet.tokens, i)
        if length and _halves(sheet.tokens, i - 1, i + length):
            left, right = sheet.tokens[i - 1], sheet.tokens[i + length]
            text = f"{_capital(left.text)}-{_capital(right.text)}"
            spelled = left.fixed or right.fixed
            sheet.tokens[i - 1 : i + length + 1] = [fuse(sheet.tokens[i - 1 : i + length + 1], text, fixed=spelled)]
        else:
            i += 1


def _hyphen_at(tokens: list[Token], i: int) -> int:
    """How many tokens the hyphen said at i takes, 0 when none was said."""
    if tokens[i].kind is not Kind.WORD:
        return 0
    if tokens[i].low == "tiret":
        return 1
    return 3 if [t.low for t in tokens[i : i + 3]] == ["trait", "d'", "union"] else 0


def _halves(tokens: list[Token], left: int, right: int) -> bool:
    """Whether the words at both ends are halves of one name; one that is spelled next waits for its letters."""
    if right >= len(tokens) or not all(
        tokens[n].kind is Kind.WORD and len(tokens[n].low) > 1 and tokens[n].text[-1].isalpha() for n in (left, right)
    ):
        return False
    letters = tokens[right + 1 : right + 4]
    if len(letters) == 3 and all(len(t.low) == 1 and t.text.isalpha() and not t.fixed for t in letters):
        return False
    first = folded("names", "first")
    if tokens[left].fold.rpartition("-")[2] in first and tokens[right].fold in first:
        return True
    before = [t.low for t in tokens[max(0, left - _PERSON_REACH) : left]]
    named = any(word in listed("people") for word in before)
    drug = tokens[right].fold in table("drugs")  # « docteur martin tiret aspirine »: the next item of a list
    return named and not drug and not {tokens[left].low, tokens[right].low} & (listed("people") | listed("not_a_name"))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_NAMES_A_BAR = frozenset(str.split("la une cette sa ma d' de anti"))  # « la barre oblique », « anti slash »


def write_strokes(sheet: Sheet) -> None:
    """« kiné slash balnéothérapie » -> kiné/balnéothérapie, between two words; « barre oblique » too."""
    tokens = sheet.tokens
    for i in range(len(tokens) - 2, 0, -1):
        sign, taken = separator_at(sheet, i)
        if sign != "/" or (taken == 1 and tokens[i].low == "barre") or i + taken >= len(tokens):
            continue
        left, right = tokens[i - 1], tokens[i + taken]
        if left.kind is right.kind is Kind.WORD and left.low not in _NAMES_A_BAR:
            stroke = fuse(tokens[i : i + taken], "/", glued=True)
            tokens[i : i + taken + 1] = [stroke, replace(right, glued=True)]
