"""Labels: « grand un », « petit a », « un parenthèse » and « un … à la ligne deux … » number the points of a list.

Tokens in, tokens out, once the spoken marks and line breaks are there. A bare number heads a point only where the lines
count one, two, three, and where what follows it cannot be what it counts: « deux entorse » is a point, « deux lésions »
are lesions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dictation.structure.grammar import counted_group, unit_at
from dictation.structure.lexicon import listed
from dictation.structure.numerals import begins_number
from dictation.structure.tokens import Kind, Sheet, Token, capital, fuse

_GRAND = dict(zip(("un", "deux", "trois", "quatre", "cinq"), ("I", "II", "III", "IV", "V"), strict=True))
_GRAND |= dict(zip("12345", ("I", "II", "III", "IV", "V"), strict=True))
_COUNTED = str.split("un deux trois quatre cinq six sept huit neuf dix onze douze")
_LETTERS = "abcdef"
_BRACKETS = frozenset({"parenthèse", "parenthèses", ")"})
_NUMBERED_NAMES = frozenset(str.split("type stade grade classe score niveau numéro segment de à sur et ou les des ces"))


def write_labels(sheet: Sheet) -> None:
    """Replace what numbers a point by its label: I. 1. 1) a)."""
    sheet.tokens = _letters_in_a_row(_headed(sheet.tokens))
    for written in (_numbered_lines, _numbered_in_a_row):
        written(sheet)


def _headed(tokens: list[Token]) -> list[Token]:
    """« grand un » and « petit a » at the head of a line: I. and a)."""
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        said = tokens[i : i + 2]
        text = _label(said) if (not out or out[-1].kind is Kind.BREAK) and i + 2 < len(tokens) else ""
        if not text:
            out.append(tokens[i])
            i += 1
            continue
        label = fuse(said, text.rstrip("."))
        out.append(label)
        if text.endswith("."):
            out.append(Token(".", label.last, label.last, Kind.MARK, said=True))
        i += 2
    return out


def _label(said: Sequence[Token]) -> str:
    head, what = (token.low for token in said)
    if head == "grand":
        return f"{_GRAND[what]}." if what in _GRAND else ""
    return f"{what})" if head == "petit" and len(what) == 1 and what in _LETTERS else ""


def _letters_in_a_row(tokens: list[Token]) -> list[Token]:
    """« : petit a la douleur petit b la raideur » -> a) … b) …: only where the letters follow one another."""
    places = [i for i in range(len(tokens) - 2) if tokens[i].low == "petit" and _label(tokens[i : i + 2])]
    letters = [tokens[i + 1].low for i in places]
    starts = bool(places) and (places[0] == 0 or tokens[places[0] - 1].kind is not Kind.WORD)
    if len(places) < 2 or not starts or letters != list(_LETTERS[: len(letters)]):
        return tokens
    out = list(tokens)
    for i in reversed(places):
        out[i : i + 2] = [fuse(tokens[i : i + 2], _label(tokens[i : i + 2]))]
    return out


def _numbered_lines(sheet: Sheet) -> None:
    """« un fracture … à la ligne deux entorse … » -> 1. Fracture … 2. Entorse …"""
    tokens = sheet.tokens
    starts = [0, *(i + 1 for i, token in enumerate(tokens) if token.kind is Kind.BREAK)]
    runs: list[list[int]] = []
    for at in starts:
        value = _number_at(tokens, at)
        if value == 1:
            runs.append([at])
        elif value and runs and value == len(runs[-1]) + 1 and runs[-1][-1] == starts[starts.index(at) - 1]:
            runs[-1].append(at)
    for run in reversed([run for run in runs if len(run) > 1]):
        signs = {_sign(tokens, at) for at in run}
        if len(signs) > 1 or (signs == {""} and not any(_is_a_point(sheet, at) for at in run[1:])):
            continue
        sign = signs.pop()
        if not sign and len(run) == 2:  # a plural is not always heard: « deux soeur » may be two sisters
            sheet.warn("command.unclear", tokens[run[1] : run[1] + 3])
        for number, at in reversed(list(enumerate(run, 1))):
            _put(tokens, at, f"{number}{sign or '.'}", 2 if sign else 1)


def _number_at(tokens: Sequence[Token], at: int) -> int:
    """The number word that heads the line at `at`, with something behind it; 0 when there is none.

    Figures are left alone: they are written already.
    """
    if at + 1 >= len(tokens) or tokens[at].kind is not Kind.WORD or tokens[at].low not in _COUNTED:
        return 0
    return _COUNTED.index(tokens[at].low) + 1


def _sign(tokens: Sequence[Token], at: int) -> str:
    """« . » or « ) » said behind the number, "" when none was."""
    after = tokens[at + 1]
    if at + 2 >= len(tokens) or tokens[at + 2].kind is Kind.BREAK:
        return ""
    if after.kind is Kind.MARK:
        return after.text if after.said and after.text in ".)" else ""
    return ")" if after.low in _BRACKETS else ""


def _is_a_point(sheet: Sheet, at: int) -> bool:
    """Whether the word behind a number above one is no plural: then the number does not count it."""
    after = sheet.tokens[at + 1]
    word = after.low
    if after.kind is not Kind.WORD or not word.isalpha() or word[-1] in "sxz" or len(word) < 3:
        return False
    if unit_at(sheet, at + 1) or counted_group(word) or begins_number(after):
        return False
    return word not in listed("not_counted") and word not in ("virgule", "point", "demi", "barre", "slash", "tiret")


def _put(tokens: list[Token], at: int, text: str, taken: int) -> None:
    tokens[at : at + taken] = [fuse(tokens[at : at + taken], text)]
    if text.endswith(".") and at + 1 < len(tokens) and tokens[at + 1].kind is Kind.WORD:
        tokens[at + 1] = capital(tokens[at + 1])


def _numbered_in_a_row(sheet: Sheet) -> None:
    """« antécédents : un hta deux diabète trois appendicectomie » -> 1) … 2) … 3) …, where every number proves one."""
    tokens = sheet.tokens
    for i in range(len(tokens) - 1, -1, -1):
        if tokens[i].kind is not Kind.MARK or tokens[i].text != ":" or _number_at(tokens, i + 1) != 1:
            continue
        places = [i + 1]
        for j in range(i + 2, len(tokens)):
            if tokens[j].kind is Kind.BREAK:
                break
            follows = _number_at(tokens, j) == len(places) + 1 and tokens[j - 1].low not in _NUMBERED_NAMES
            if follows and _is_a_point(sheet, j) and j > places[-1] + 1:
                places.append(j)
        if len(places) > 2:
            for number, at in reversed(list(enumerate(places, 1))):
                tokens[at] = replace(fuse([tokens[at]], f"{number})"))
