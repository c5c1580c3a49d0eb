"""Remarks: what is said of how a name is spelled, « avec deux t », « d t à la fin », « sans tréma ».

Tokens in, tokens out. A remark the name agrees with leaves the text; one it does not agree with stays, and a person is
told.
"""

from __future__ import annotations

import unicodedata

from dictation.structure.letters import about_a_person, accent_at, letter_at, letter_of
from dictation.structure.lexicon import fold, listed
from dictation.structure.tokens import Kind, Sheet, Token, fuse

_COUNTED = {
    ("en", "un", "seul", "mot"): 1,
    ("en", "un", "mot"): 1,
    ("en", "deux", "mots"): 2,
    ("en", "trois", "mots"): 3,
}
_AT_THE_END = ["à", "la", "fin"]
# What may be said to be there or not: the combining mark or the sign itself.
_SIGNS = {"tréma": "\u0308", "trema": "\u0308", "cédille": "\u0327", "tiret": "-", "apostrophe": "'"}


def remark_at(sheet: Sheet, i: int) -> bool:
    """Whether the letter at i belongs to a remark about the name before it, which is carried out.

    Letters that follow it spell the name anyway: then nothing is changed here.
    """
    return _doubled(sheet, i) or _has_letters(sheet, i) or _accented(sheet, i) or _words_counted(sheet, i)


def _doubled(sheet: Sheet, i: int) -> bool:
    """« mathieu avec deux t », « bellot deux l un t »: the letter at i is doubled in the name before it."""
    tokens = sheet.tokens
    if i < 2 or not letter_of(tokens[i]) or tokens[i - 1].low != "deux":
        return False
    first = i - 2 if tokens[i - 2].low == "avec" else i - 1
    if first < 1 or (first == i - 1 and not _a_name(tokens, first - 1)):
        return False
    name, letter = tokens[first - 1], letter_of(tokens[i])
    if letter_at(tokens, i + 1) or name.kind is not Kind.WORD or not about_a_person(sheet, first - 1):
        return first == i - 2
    folded_name, end = fold(name.text), _others_end(tokens, i + 1, name)
    if 2 * letter in folded_name:  # « muller avec deux l »: so it is
        tokens[first - 1 : end] = [fuse(tokens[first - 1 : end], name.text, fixed=False)]
        return True
    at = folded_name.find(letter)
    if folded_name.count(letter) == 1 and len(folded_name) == len(name.text) and len(name.text) > 2:
        doubled = name.text[:at] + letter + name.text[at:]
        sheet.warn("name.spelling", tokens[first - 1 : i + 1])
        tokens[first - 1 : end] = [fuse(tokens[first - 1 : end], doubled, fixed=False)]
        return True
    return first == i - 2


def _others_end(tokens: list[Token], i: int, name: Token) -> int:
    """Where « et un t », « un t » ends at i when the name has those letters; i where nothing such is said."""
    start = i + 1 if i < len(tokens) and tokens[i].low == "et" else i
    said = tokens[start].low if start < len(tokens) else ""
    letter = letter_at(tokens, start + 1)
    many = {"un": 1, "deux": 2}.get(said, 0)
    if not letter or not many or letter_at(tokens, start + 2) or many * letter not in name.fold:
        return i
    return start + 2


def _has_letters(sheet: Sheet, i: int) -> bool:
    """« durant avec un t », « schmidt d t à la fin »: the name has those letters, or a person must look."""
    tokens, end, letters = sheet.tokens, i, ""
    while letter := letter_at(tokens, end):
        letters, end = letters + letter, end + 1
    first = i
    for phrase in (["avec", "un"], ["avec"]):
        if [t.low for t in tokens[max(0, i - len(phrase)) : i]] == phrase:
            first = i - len(phrase)
            break
    at_end = [t.low for t in tokens[end : end + 3]] == _AT_THE_END
    if not letters or len(letters) > 2 or not (at_end or (first < i - 1 and len(letters) == 1)):
        return False
    if first < 2 or not _a_name(tokens, first - 1):  # « opéré avec un t de Kehr »
        return False
    name, stop = tokens[first - 1], end + 3 * at_end
    agrees = name.fold.endswith(letters) if at_end else letters in name.fold
    if agrees and name.kind is Kind.WORD:
        tokens[first - 1 : stop] = [fuse(tokens[first - 1 : stop], name.text, fixed=name.fixed)]
    else:
        sheet.warn("name.spelling", tokens[first - 1 : stop])
    return True


def _accented(sheet: Sheet, i: int) -> bool:
    """« deneuve avec un accent aigu sur le premier e », « françois avec cédille », « muller sans tréma »."""
    tokens = sheet.tokens
    if tokens[i].low not in ("avec", "sans") or i < 2 or tokens[i - 1].fixed or not _a_name(tokens, i - 1):
        return False
    before, name = len(tokens), tokens[i - 1]
    at = i + 1 + (i + 1 < len(tokens) and tokens[i + 1].low == "un")
    put = accent_at(tokens, at, name.text) if tokens[i].low == "avec" and at < len(tokens) else None
    if put is None:
        drop_accent_said(sheet, i)
    else:
        word, taken, sure = put
        if not sure or word != name.text:
            sheet.warn("name.spelling", tokens[i - 1 : at + taken])
        tokens[i - 1 : at + taken] = [fuse(tokens[i - 1 : at + taken], word, fixed=False)]
    return len(tokens) < before


def _words_counted(sheet: Sheet, i: int) -> bool:
    """« lacroix en un seul mot », « de la croix en trois mots »: so the name stands already."""
    tokens = sheet.tokens
    said = tuple(t.low for t in tokens[i : i + 4])
    taken, count = next(((len(words), n) for words, n in _COUNTED.items() if said[: len(words)] == words), (0, 0))
    start = i - count
    if not taken or letter_at(tokens, i + taken) or start < 1 or tokens[start - 1].low not in listed("people"):
        return False
    if not all(t.kind is Kind.WORD for t in tokens[start:i]):
        return False
    tokens[i - 1 : i + taken] = [fuse(tokens[i - 1 : i + taken], tokens[i - 1].text, fixed=False)]
    return True


def _a_name(tokens: list[Token], i: int) -> bool:
    """Whether the word at i stands behind a title, a first name between them or not."""
    titles = listed("people") - {"patient", "patiente"}
    titled = any(token.low in titles for token in tokens[max(0, i - 2) : i])
    return titled and tokens[i].text.isalpha() and len(tokens[i].text) > 2 and tokens[i].low not in listed("not_a_name")


def drop_accent_said(sheet: Sheet, i: int) -> None:
    """« a n d r é avec accent », « m u deux l e r sans tréma »: said of a name that stands before i and is so."""
    said = sheet.tokens[i : i + 3]
    if not said or said[0].low not in ("avec", "sans"):
        return
    taken = 2 + (len(said) > 1 and said[1].low == "un")
    what = said[taken - 1].low if len(said) >= taken else ""
    if what not in ("accent", "accents", *_SIGNS):
        return
    name = sheet.tokens[i - 1]
    if _there(name, what) == (said[0].low == "avec"):
        sheet.tokens[i - 1 : i + taken] = [fuse([name, *said[:taken]], name.text, fixed=name.fixed)]
    else:
        sheet.warn("name.spelling", [name, *said[:taken]])


def _there(name: Token, what: str) -> bool:
    if what in _SIGNS:
        return _SIGNS[what] in unicodedata.normalize("NFD", name.low)
    return fold(name.text) != name.low
