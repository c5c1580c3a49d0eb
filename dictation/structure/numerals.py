"""Numerals: French number words become NUMBER tokens, « quatre-vingt-douze » as "92", « huit virgule quatre » as "8,4".

Tokens in, tokens out. Only reads: how a number is written, or whether it stays in words, is decided by the rules of
numbers.py. Accepts hyphens or blanks, septante, huitante, octante, nonante, and figures as a recogniser writes them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dictation.structure.cardinals import TENS, UNITS, Atom, whole, word_after
from dictation.structure.lexicon import low
from dictation.structure.tokens import Kind, Sheet, Token

_ATOMS = frozenset(UNITS) | frozenset(TENS) | {"vingts", "cent", "cents", "mille", "million", "millions"}
_FIGURES = re.compile(r"^\d+(?:[.,]\d+)?$")
_VERSION = re.compile(r"^\d\.\d$")
_GROUP = re.compile(r"^\d{3}$")
_LAST_GROUP = re.compile(r"^\d{3},\d+$")


def _atoms_of(token: Token) -> list[str]:
    """The number words of one token, [] when it is no number word."""
    if token.kind is not Kind.WORD or token.fixed:
        return []
    parts = [part for part in low(token.text).split("-") if part]
    if all(part in _ATOMS for part in parts):
        return parts
    if len(parts) > 2 and all(part in _ATOMS or part == "et" for part in parts) and parts[0] != "et":
        return parts
    return []


def begins_number(token: Token) -> bool:
    return bool(_atoms_of(token)) or bool(_FIGURES.match(token.text))


def looks_like_year(tokens: Sequence[Token], i: int) -> bool:
    """Whether the number ending at tokens[i] is a year: « deux mille quinze », « mille neuf cent… »."""
    j = i
    while j > 0 and (_atoms_of(tokens[j - 1]) or (tokens[j - 1].low == "et" and j > 1 and _atoms_of(tokens[j - 2]))):
        j -= 1
    if tokens[i].text.isdecimal():
        return 1900 <= int(tokens[i].text) < 2100 and len(tokens[i].text) == 4
    atoms = [Atom(word, k) for k in range(j, i + 1) for word in (_atoms_of(tokens[k]) or [tokens[k].low])]
    for start in range(len(atoms)):
        value, end = whole(atoms, start, tokens)
        if end == len(atoms):
            return 1900 <= value < 2100
    return False


def numbers_between(tokens: Sequence[Token], first: int, last: int) -> list[int]:
    """The whole numbers said from tokens[first] to tokens[last], side by side: [13, 8] for « treize huit »."""
    found: list[int] = []
    for token in tokens[first : last + 1]:
        if _FIGURES.match(token.text):
            found.append(int(re.split("[.,]", token.text)[0]))
    if found:
        return found
    atoms = [Atom(word, k) for k in range(first, last + 1) for word in (_atoms_of(tokens[k]) or [tokens[k].low])]
    i = 0
    while i < len(atoms):
        value, end = whole(atoms, i, tokens)
        if end == i and atoms[i].word != "et":
            break
        if end == i:
            i += 1
            continue
        found.append(value)
        i = end
    return found


def read_numbers(sheet: Sheet) -> None:
    """Replace runs of number words by NUMBER tokens; everything else is left alone."""
    tokens, i = sheet.tokens, 0
    out: list[Token] = []
    while i < len(tokens):
        token = tokens[i]
        if out and out[-1].low in ("recist", "version") and _VERSION.match(token.text):
            out.append(replace(token, fixed=True))
            i += 1
        elif token.kind is Kind.WORD and not token.fixed and _FIGURES.match(token.text):
            number, i = _figures(tokens, i, sheet)
            out.append(number)
        elif _percent_at(out, tokens, i):
            out += tokens[i : i + 2]
            i += 2
        elif _atoms_of(token):
            numbers, i = _heard(tokens, i, sheet)
            out += numbers
        elif token.low == "virgule" and token.kind is Kind.WORD and not token.fixed:
            out.append(_left_over_comma(out, token))
            i += 1
        else:
            out.append(token)
            i += 1
    sheet.tokens = out


def _percent_at(before: list[Token], tokens: list[Token], i: int) -> bool:
    """« un pour cent dix millilitres »: after a number, « pour cent » is the sign and begins no number."""
    if not before or before[-1].kind is not Kind.NUMBER or tokens[i].low != "pour" or i + 1 >= len(tokens):
        return False
    if tokens[i + 1].low == "mille":
        return True
    weighs = len(before) > 1 and before[-2].low in (
        "mètre",
        "mètres",
    )  # « un mètre soixante-trois pour cent quatre kilos »
    # « 1 pour cent mille » is a dilution, « 0,9 pour cent mille millilitres » a solution and how much of it
    thousand = i + 2 < len(tokens) and tokens[i + 2].low == "mille"
    poured = thousand and word_after(tokens, i + 2) in ("millilitres", "ml", "cc")
    return tokens[i + 1].low == "cent" and not weighs and (poured or not thousand)


def _left_over_comma(before: list[Token], token: Token) -> Token:
    if before and before[-1].low in ("en", "la", "une", "de", "d'", "cette"):
        return token  # « incision en virgule »
    return replace(token, text=",", kind=Kind.MARK, said=True)


def _figures(tokens: list[Token], i: int, sheet: Sheet) -> tuple[Token, int]:
    """A number already in figures, with its groups of three (« 1 000 ») and a spoken decimal part."""
    j, digits = i + 1, tokens[i].text.replace(".", ",")
    if tokens[i].text.isdecimal() and len(tokens[i].text) <= 3 and tokens[i].text[0] != "0":
        while j < len(tokens) and tokens[j].kind is Kind.WORD and _GROUP.match(tokens[j].text):
            digits, j = digits + tokens[j].text, j + 1
        if j < len(tokens) and tokens[j].kind is Kind.WORD and _LAST_GROUP.match(tokens[j].text):
            digits, j = digits + tokens[j].text, j + 1
    if "." in tokens[i].text and len(tokens[i].text.partition(".")[2]) == 3:
        sheet.warn("number.dot", tokens[i : i + 1])  # « 1.000 »: a thousand, or one point zero: as it stands
        return replace(tokens[i], kind=Kind.NUMBER, number=digits), i + 1
    text = tokens[i].text if j == i + 1 else " ".join(t.text for t in tokens[i:j])
    number = Token(text, tokens[i].first, tokens[j - 1].last, Kind.NUMBER, tokens[i].glued, number=digits)
    return _with_decimals(tokens, number, j) if "," not in digits else (number, j)


def _heard(tokens: list[Token], i: int, sheet: Sheet) -> tuple[list[Token], int]:
    """The first number of the run of number words at tokens[i]; two, when one hyphened word holds two."""
    run = _run(tokens, i)
    value, end = whole(run, 0, tokens)
    if not end:  # « million » with no number before it
        return [tokens[i]], i + 1
    last = run[end - 1].token
    if end < len(run) and run[end].token == last:  # « six-huit »: one word, two numbers
        return _split_word(tokens[last], run, end, last, tokens, i)
    number = _number(tokens[i : last + 1], str(value))
    number, j = _with_decimals(tokens, number, last + 1)
    return [number], j


def _run(tokens: list[Token], i: int) -> list[Atom]:
    """The number words that follow each other from tokens[i], with the « et » between two of them."""
    run: list[Atom] = []
    while i < len(tokens):
        parts = _atoms_of(tokens[i])
        if not parts and tokens[i].low == "et" and run and i + 1 < len(tokens) and _atoms_of(tokens[i + 1]):
            parts = ["et"]
        if not parts:
            break
        run += [Atom(part, i) for part in parts]
        i += 1
    return run


def _split_word(
    token: Token, run: list[Atom], end: int, last: int, tokens: list[Token], i: int
) -> tuple[list[Token], int]:
    if run[0].token != last:  # the odd word is not the first: read up to it only
        earlier = [atom for atom in run if atom.token < last]
        value, stop = whole(earlier, 0, tokens)
        if stop == len(earlier) or earlier[stop].token != earlier[stop - 1].token:
            return [_number(tokens[i : earlier[stop - 1].token + 1], str(value))], earlier[stop - 1].token + 1
    own = [atom for atom in run if atom.token == i]
    first, stop = whole(own, 0, tokens)
    second, done = whole(own, stop, tokens)
    words = low(token.text).split("-")
    if done != len(own) or len(words) != len(own):
        return [tokens[i]], i + 1
    head = Token("-".join(words[:stop]), token.first, token.last, Kind.NUMBER, token.glued, number=str(first))
    tail = Token("-" + "-".join(words[stop:]), token.first, token.last, Kind.NUMBER, glued=True, number=str(second))
    return [head, tail], i + 1


def _number(heard: Sequence[Token], digits: str) -> Token:
    text = " ".join(t.text for t in heard)
    return Token(text, heard[0].first, heard[-1].last, Kind.NUMBER, heard[0].glued, number=digits)


def _with_decimals(tokens: list[Token], number: Token, j: int) -> tuple[Token, int]:
    """`number`, with the decimal part that follows « virgule », and the index after it."""
    if j >= len(tokens) or tokens[j].low != "virgule" or tokens[j].kind is not Kind.WORD:
        return number, j
    zeros, k = "", j + 1
    while k < len(tokens) and tokens[k].low in ("zéro", "zero"):
        zeros, k = zeros + "0", k + 1
    atoms = _run(tokens, k)
    mille = next((n for n, atom in enumerate(atoms) if atom.word in ("mille", "million", "millions")), len(atoms))
    atoms = atoms[:mille]
    if atoms and atoms[0].word not in ("zéro", "zero"):
        value, end = whole(atoms, 0, tokens)
        if end == len(atoms) or atoms[end].token != atoms[end - 1].token:
            zeros, k = zeros + str(value), atoms[end - 1].token + 1
    elif not zeros and k < len(tokens) and tokens[k].text.isdecimal():
        zeros, k = tokens[k].text, k + 1
    if not zeros or _ends_a_pressure(tokens, number, j, k, zeros):
        return number, j
    text = " ".join([number.text, *(t.text for t in tokens[j:k])])
    return replace(number, text=text, last=tokens[k - 1].last, number=f"{number.number},{zeros}"), k


_PRESSURE = frozenset({"tension", "ta", "pa", "artérielle", "pression"})


def _ends_a_pressure(tokens: list[Token], number: Token, j: int, k: int, decimals: str) -> bool:
    """« tension cent vingt-trois sur soixante-dix-huit virgule quatre-vingt-quatre kilos »: the comma of a list.

    So is one behind which a pressure begins: « trente-neuf un virgule cent dix-huit sur cinquante-six ».
    """
    if k + 1 < len(tokens) and tokens[k].low == "sur" and begins_number(tokens[k + 1]) and len(decimals) == 3:
        return True
    began = next((n for n in range(j - 1, -1, -1) if tokens[n].first == number.first), 0)
    if began < 2 or tokens[began - 1].low != "sur" or not begins_number(tokens[began - 2]):
        return False
    before = [t.low for t in tokens[max(0, began - 10) : began - 2]]
    weighed = k < len(tokens) and tokens[k].low in ("kilo", "kilos", "kg")
    return (bool(_PRESSURE & set(before)) or weighed) and number.number.isdecimal() and int(number.number) >= 30
