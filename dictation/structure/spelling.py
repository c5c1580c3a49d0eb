"""Spelling: names given letter by letter, and acronyms said as letters, become words.

« lefèvre l e f e accent grave v r e » -> LEFÈVRE; « vidal virgule v comme victor… » -> VIDAL; « p s a » -> PSA.
Tokens in, tokens out, before numbers are read. A spelled name that resembles the name heard just before takes its
place; one that does not is written beside it, with a warning.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import replace

from rapidfuzz import fuzz

from dictation.structure.lexicon import fold, folded, listed, rows, table
from dictation.structure.tokens import Kind, Sheet, Token, fuse, read

_ACCENTS = {"aigu": "\u0301", "grave": "\u0300", "circonflexe": "\u0302"}
_NAMED = {"tréma": "\u0308", "cédille": "\u0327", "apostrophe": "'", "tiret": "-"}
# How a recogniser may write the name of a letter, beyond the letter itself.
_LETTER_NAMES = {
    "bé": "b", "cé": "c", "dé": "d", "effe": "f", "gé": "g", "ache": "h", "ji": "j", "ka": "k", "elle": "l",
    "emme": "m", "enne": "n", "pé": "p", "cu": "q", "erre": "r", "esse": "s", "té": "t", "vé": "v", "ixe": "x",
    "zède": "z", "zed": "z",
}  # fmt: skip
_ALIKE = 65  # rapidfuzz ratio, 0..100, above which a spelled name and a heard one are the same person


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
            if heard[0].fold == words[0] and tuple(t.fold for t in heard) == words:
                sheet.tokens[i : i + len(words)] = [fuse(heard, form)]
            i += 1


def _letter(token: Token) -> str:
    if token.kind is not Kind.WORD or token.fixed or token.text.endswith(("'", "’")):
        return ""
    bare = token.low.rstrip(".")
    return bare if len(bare) == 1 and ((bare.isascii() and bare.isalpha()) or bare in "éèç") else ""


def _letter_or_name(token: Token) -> str:
    return _letter(token) or (_LETTER_NAMES.get(token.low, "") if token.kind is Kind.WORD else "")


def _spelled_at(sheet: Sheet, i: int) -> int:
    """Try a spelled name, then an acronym, at i; returns where to go on."""
    letters, taken, certain = _run(sheet, i)
    if taken:
        named = certain or _about_a_person(sheet, i)
        acronym = "" if certain else _acronym(letters)
        if named and len(letters) >= 3 and (certain or _resembles(sheet, i, letters) or not acronym):
            return _place_name(sheet, i, taken, letters)
    return _join_acronym(sheet, i)


def _run(sheet: Sheet, i: int) -> tuple[str, int, bool]:
    """(letters, tokens taken, certain) of the spelling at i; certain when « comme » or an accent was said."""
    tokens, out, j, certain = sheet.tokens, "", i, False
    while j < len(tokens):
        low = tokens[j].low
        after = tokens[j + 1].low if j + 1 < len(tokens) else ""
        if out and tokens[j].kind is Kind.MARK and tokens[j].text == "," and _goes_on(sheet, j + 1):
            j += 1
        elif out and low == "accent" and after in _ACCENTS:
            out, j, certain = out + _ACCENTS[after], j + 2, True
        elif out and low == "trait" and [t.low for t in tokens[j : j + 3]] == ["trait", "d'", "union"]:
            out, j = out + "-", j + 3
        elif out and low in _NAMED and (low != "tiret" or (j + 1 < len(tokens) and _letter(tokens[j + 1]))):
            out, j = out + _NAMED[low], j + 1
        elif (
            low in ("deux", "double")
            and j + 1 < len(tokens)
            and _letter(tokens[j + 1])
            and (len(out) >= 2 or low == "double")
            and _about_a_person(sheet, i)
        ):
            out, j = out + 2 * _letter(tokens[j + 1]), j + 2
        elif low == "i" and after == "grec":
            out, j = out + "y", j + 2
        elif letter := (_letter(tokens[j]) or (out and _letter_or_name(tokens[j]))):
            out, j = out + str(letter), j + 1
            if j + 1 < len(tokens) and tokens[j].low == "comme" and tokens[j + 1].kind is Kind.WORD:
                if fold(tokens[j + 1].text)[:1] != fold(str(letter)):
                    sheet.warn("name.spelling", tokens[j - 1 : j + 2])
                j, certain = j + 2, True
        else:
            break
    return unicodedata.normalize("NFC", out), j - i, certain


def _goes_on(sheet: Sheet, j: int) -> bool:
    """Whether a spelling goes on after a comma: another letter with its « comme », or another letter."""
    tokens = sheet.tokens
    return (
        j + 1 < len(tokens)
        and bool(_letter(tokens[j]))
        and (tokens[j + 1].low == "comme" or bool(_letter(tokens[j + 1])))
    )


def _about_a_person(sheet: Sheet, i: int) -> bool:
    before = [t.low for t in sheet.tokens[max(0, i - 5) : i]]
    return any(word in listed("people") for word in before)


def _resembles(sheet: Sheet, i: int, letters: str) -> bool:
    start = _name_before(sheet, i)
    return start < i and fuzz.ratio(fold(letters), _joined(sheet.tokens[start:i])) >= _ALIKE


def _joined(tokens: list[Token]) -> str:
    return fold("".join(t.text for t in tokens if t.kind is Kind.WORD).replace("-", "").replace(" ", ""))


def _name_before(sheet: Sheet, i: int) -> int:
    """Where the word heard just before i, and before a comma, begins."""
    j = i - 1 if i and sheet.tokens[i - 1].text == "," else i
    return max(0, j - 1) if j and sheet.tokens[j - 1].kind is Kind.WORD else i


def _place_name(sheet: Sheet, i: int, taken: int, letters: str) -> int:
    """Write the spelled name in capitals, over the heard one when they are alike."""
    tokens = sheet.tokens
    spelled = fuse(tokens[i : i + taken], letters.upper())
    end = i - 1 if i and tokens[i - 1].text == "," else i
    best, score = i, 0.0
    for n in (1, 2, 3):
        heard = tokens[max(0, end - n) : end]
        if len(heard) == n and all(t.kind is Kind.WORD and t.low not in listed("people") for t in heard):
            alike = fuzz.ratio(fold(letters).replace("-", "").replace("'", ""), _joined(heard))
            if alike >= _ALIKE and alike > score:
                best, score = end - n, alike
    if best < i:
        whole = fuse(tokens[best : i + taken], letters.upper())
        sheet.tokens[best : i + taken] = [whole]
        return best + 1
    if i and tokens[i - 1].low not in listed("people"):
        sheet.warn("name.spelling", tokens[max(0, end - 1) : i + taken])
    sheet.tokens[i : i + taken] = [spelled]
    return i + 1


def _acronym(letters: str) -> str:
    row = table("written_forms").get(fold(letters))
    return row[1] if row and row[2] != "phrase" else ""


def _join_acronym(sheet: Sheet, i: int) -> int:
    """« p s a » -> PSA. Unknown runs of three letters and more are joined in capitals; two only when known."""
    tokens, j = sheet.tokens, i
    while j < len(tokens) and _letter(tokens[j]):
        j += 1
    for start in (i, i + 1):
        if start > i and tokens[i].low not in ("a", "y"):  # « il y a », « on a i r m »: a verb before the letters
            break
        for end in range(j, start + 1, -1):
            letters = "".join(_letter(t) for t in tokens[start:end])
            known = _acronym(letters)
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
