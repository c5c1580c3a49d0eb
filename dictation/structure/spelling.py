"""Spelling: names given letter by letter, and acronyms said as letters, become words.

« lefèvre l e f e accent grave v r e » -> LEFÈVRE; « vidal virgule v comme victor… » -> VIDAL; « p s a » -> PSA.
Tokens in, tokens out, before numbers are read. A spelled name that resembles the name heard just before takes its
place; one that does not is written beside it, with a warning.
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from rapidfuzz import fuzz

from dictation.structure.grammar import said_at
from dictation.structure.letters import ALIKE, about_a_person, announced_from, letter_at, letter_of, run_at
from dictation.structure.lexicon import fold, folded, listed, rows, table
from dictation.structure.numerals import begins_number
from dictation.structure.remarks import drop_accent_said, remark_at
from dictation.structure.tokens import Kind, Sheet, Token, fuse, read

_STAGE = re.compile(r"^[yra]?(?:p|c|us?)[tn]$")
_FIGURES = frozenset({"un", "deux", "trois", "quatre"})


def write_spelled(sheet: Sheet) -> None:
    """Join phrases of the lexicon, spelled names and acronyms, in this order."""
    _phrases(sheet)
    i = 0
    while i < len(sheet.tokens):
        i = _spelled_at(sheet, i)


@functools.cache
def _phrase_table() -> tuple[tuple[tuple[str, ...], str], ...]:
    found = [(tuple(t.fold for t in read(r[0].split())), r[1]) for r in rows("written_forms") if r[2] == "phrase"]
    return tuple(sorted(found, key=lambda entry: -len(entry[0])))


def _phrases(sheet: Sheet) -> None:
    for words, form in _phrase_table():
        i = 0
        while i + len(words) <= len(sheet.tokens):
            heard = sheet.tokens[i : i + len(words)]
            if (
                heard[0].fold == words[0]
                and tuple(t.fold for t in heard) == words
                and not _inside_letters(sheet, i, words)
            ):
                sheet.tokens[i : i + len(words)] = [fuse(heard, form)]
            i += 1


def _inside_letters(sheet: Sheet, i: int, words: tuple[str, ...]) -> bool:
    """Whether a phrase made of letters alone stands among other letters: « p h i l i p p e » holds no pH.

    « o apostrophe c o deux n o r » holds no CO2: there the letter behind it tells, « e t c o deux » is one.
    """
    figured = any(word in _FIGURES for word in words)
    if any(len(word) > 1 and word not in _FIGURES for word in words):
        return False
    places = (i + len(words),) if figured else (i - 1, i + len(words))
    around = [sheet.tokens[k] for k in places if 0 <= k < len(sheet.tokens)]
    return any(letter_of(token) and token.low not in ("a", "y") for token in around)


def _spelled_at(sheet: Sheet, i: int) -> int:
    """Try a spelled name, then an acronym, at i; returns where to go on."""
    if remark_at(sheet, i):
        return i + 1
    letters, taken, certain = run_at(sheet, i)
    if taken:
        if start := _second_half(sheet, i, letters):
            name = "-".join((sheet.tokens[i - 2].text, letters)).upper()
            sheet.tokens[start : i + taken] = [fuse(sheet.tokens[start : i + taken], name)]
            return start + 1
        named = certain or about_a_person(sheet, i)
        if not named and said_at(sheet, i + taken, ("deux", "2", "double")):
            doubled, more, _ = run_at(sheet, i, doubles=True)
            if more > taken and _resembles(sheet, i, doubled):
                letters, taken = doubled, more
        acronym = "" if certain else _acronym(letters)
        if named and len(letters) >= 3 and (certain or _resembles(sheet, i, letters) or not acronym):
            return _place_name(sheet, i, taken, letters)
        if not named and not acronym and len(letters) >= 4 and (word := _spelled_word(sheet, i, letters)):
            start = _name_before(sheet, i) if _resembles(sheet, i, letters) else i
            sheet.tokens[start : i + taken] = [fuse(sheet.tokens[start : i + taken], word)]
            return start + 1
    return _join_acronym(sheet, i)


def _second_half(sheet: Sheet, i: int, letters: str) -> int:
    """Where « saint-aubin saint tiret » begins before the letters that spell its second half; 0 elsewhere."""
    tokens = sheet.tokens
    if i < 3 or len(letters) < 3 or tokens[i - 1].low != "tiret" or tokens[i - 2].kind is not Kind.WORD:
        return 0
    spelled = f"{tokens[i - 2].fold}-{fold(letters)}"
    for n in (1, 2):
        heard = "-".join(token.fold for token in tokens[max(0, i - 2 - n) : i - 2])
        if fuzz.ratio(heard, spelled) >= ALIKE and heard.startswith(f"{tokens[i - 2].fold}-"):
            return i - 2 - n
    return 0


def _spelled_word(sheet: Sheet, i: int, letters: str) -> str:
    """A town or a drug spelled after it was heard, or a drug spelled alone; "" for other letters."""
    drug = table("drugs").get(fold(letters))
    if drug is not None:
        return drug[0]
    return letters.capitalize() if _resembles(sheet, i, letters) else ""


def _resembles(sheet: Sheet, i: int, letters: str) -> bool:
    start = _name_before(sheet, i)
    return start < i and fuzz.ratio(fold(letters), _joined(sheet.tokens[start:i])) >= ALIKE


def _joined(tokens: list[Token]) -> str:
    return fold("".join(t.text for t in tokens if t.kind is Kind.WORD).replace("-", "").replace(" ", ""))


def _name_before(sheet: Sheet, i: int) -> int:
    """Where the word heard just before i, and before a comma, begins."""
    j = i - 1 if i and sheet.tokens[i - 1].text == "," else i
    return max(0, j - 1) if j and sheet.tokens[j - 1].kind is Kind.WORD else i


def _place_name(sheet: Sheet, i: int, taken: int, letters: str) -> int:
    """Write the spelled name in capitals, over the heard one when they are alike."""
    tokens = sheet.tokens
    first = announced_from(sheet, i)
    end = first - 1 if first and tokens[first - 1].text in (",", ":") else first
    begin, stop = _heard_name(sheet, end, letters)
    if begin < stop:
        kept = [token for token in tokens[stop:end] if token.kind is Kind.WORD]
        whole = fuse([*tokens[begin:stop], *tokens[i : i + taken]], letters.upper())
        sheet.tokens[begin : i + taken] = [whole, *kept]
        drop_accent_said(sheet, begin + 1 + len(kept))
        return begin + 1 + len(kept)
    spelled = fuse(tokens[first : i + taken], letters.upper())
    if first and tokens[first - 1].low not in listed("people"):
        sheet.warn("name.spelling", tokens[max(0, end - 1) : i + taken])
    sheet.tokens[first : i + taken] = [spelled]
    return first + 1


def _heard_name(sheet: Sheet, end: int, letters: str) -> tuple[int, int]:
    """(begin, stop) of the one to three words before `end` that sound like the name spelled; equal when none do.

    A first name may stand between the surname and its spelling: « martin jean m a r t i n ».
    """
    tokens, best, score = sheet.tokens, (end, end), 0.0
    target = fold(letters).replace("-", "").replace("'", "").replace(" ", "")
    for stop in (end, end - 1):
        if stop < end and not (stop > 0 and tokens[stop].fold in folded("names", "first")):
            break
        for n in (1, 2, 3):
            heard = tokens[max(0, stop - n) : stop]
            if len(heard) < n or not all(t.kind is Kind.WORD and t.low not in listed("people") for t in heard):
                break
            alike = fuzz.ratio(target, _joined(heard))
            if alike >= ALIKE and alike > score:
                best, score = (stop - n, stop), alike
    return best


def _acronym(letters: str) -> str:
    row = table("written_forms").get(fold(letters))
    return row[1] if row and row[2] != "phrase" else ""


def _join_acronym(sheet: Sheet, i: int) -> int:
    """« p s a » -> PSA. Unknown runs of three letters and more are joined in capitals; two only when known."""
    tokens, j = sheet.tokens, i
    while j < len(tokens) and letter_of(tokens[j]):
        j += 1
    if j < len(tokens) and _STAGE.match("".join(letter_of(t) for t in tokens[i:j])) and begins_number(tokens[j]):
        return i + 1  # « u s t trois »: a tumour stage, for numbers.py
    if i and tokens[i].low == "t" and letter_of(tokens[i - 1]) in ("p", "c") and letter_at(tokens, i + 1) == "a":
        return i + 2  # « p t a »
    for start in (i, i + 1):
        if start > i and tokens[i].low not in ("a", "y"):  # « il y a », « on a i r m »: a verb before the letters
            break
        for end in range(j, start + 1, -1):
            letters = "".join(letter_of(t) for t in tokens[start:end])
            known = _acronym(letters)
            if not known and end == j and j < len(tokens) and begins_number(tokens[j]) and _acronym(letters[:-1]):
                continue  # « i r m t deux »: IRM, then T2
            verb = end < j or (end == j and tokens[end - 1].low in ("a", "y"))
            if known or (
                len(letters) >= 3 and start == i and end == j and not verb and tokens[i].low not in ("a", "y")
            ):
                sheet.tokens[start:end] = [fuse(tokens[start:end], known or letters.upper())]
                return start + 1
    token = tokens[i]
    if token.kind is Kind.WORD and not token.fixed:
        row = table("written_forms").get(token.fold)
        if row and row[2] == "word" and not _a_first_name(sheet, i):
            sheet.tokens[i] = replace(token, text=row[1], fixed=False)
    return i + 1


def _a_first_name(sheet: Sheet, i: int) -> bool:
    """« madame eva martin »: a name, not a pain scale."""
    token = sheet.tokens[i]
    return token.fold in folded("names", "first") and any(
        t.low in listed("people") for t in sheet.tokens[max(0, i - 2) : i]
    )
