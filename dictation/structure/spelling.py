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
from dictation.structure.numerals import begins_number
from dictation.structure.tokens import Kind, Sheet, Token, fuse, read

_ACCENTS = {"aigu": "\u0301", "grave": "\u0300", "circonflexe": "\u0302"}
_NAMED = {"tréma": "\u0308", "cédille": "\u0327", "apostrophe": "'", "tiret": "-"}
# How a recogniser may write the name of a letter, beyond the letter itself.
_LETTER_NAMES = {
    "bé": "b", "cé": "c", "dé": "d", "effe": "f", "gé": "g", "ache": "h", "ji": "j", "ka": "k", "elle": "l",
    "emme": "m", "enne": "n", "pé": "p", "cu": "q", "erre": "r", "esse": "s", "té": "t", "vé": "v", "ixe": "x",
    "zède": "z", "zed": "z",
}  # fmt: skip
# Said between a name and its letters; never printed.
_ANNOUNCED = tuple(
    tuple(t.low for t in read(phrase.split()))
    for phrase in (
        "que j'épelle", "je l'épelle", "je vous l'épelle", "j'épelle", "ça s'écrit", "qui s'écrit", "cela s'écrit",
        "s'écrit", "ça s'épelle", "qui s'épelle", "s'épelle", "épelé", "épelée", "je répète", "en lettres",
    )
)  # fmt: skip
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
            if (
                heard[0].fold == words[0]
                and tuple(t.fold for t in heard) == words
                and not _inside_letters(sheet, i, words)
            ):
                sheet.tokens[i : i + len(words)] = [fuse(heard, form)]
            i += 1


def _inside_letters(sheet: Sheet, i: int, words: tuple[str, ...]) -> bool:
    """Whether a phrase made of letters alone stands among other letters: « p h i l i p p e » holds no pH."""
    if any(len(word) > 1 for word in words):
        return False
    around = [sheet.tokens[k] for k in (i - 1, i + len(words)) if 0 <= k < len(sheet.tokens)]
    return any(_letter(token) and token.low not in ("a", "y") for token in around)


def _letter(token: Token) -> str:
    if token.kind is not Kind.WORD or token.fixed or token.text.endswith(("'", "’")):
        return ""
    bare = token.low.rstrip(".")
    return bare if len(bare) == 1 and ((bare.isascii() and bare.isalpha()) or bare in "éèç") else ""


def _letter_at(tokens: list[Token], i: int) -> str:
    return _letter(tokens[i]) if i < len(tokens) else ""


def _letter_or_name(token: Token) -> str:
    return _letter(token) or (_LETTER_NAMES.get(token.low, "") if token.kind is Kind.WORD else "")


def _spelled_at(sheet: Sheet, i: int) -> int:
    """Try a spelled name, then an acronym, at i; returns where to go on."""
    if _remark(sheet, i):
        return i + 1
    letters, taken, certain = _run(sheet, i)
    if taken:
        named = certain or _about_a_person(sheet, i)
        acronym = "" if certain else _acronym(letters)
        if named and len(letters) >= 3 and (certain or _resembles(sheet, i, letters) or not acronym):
            return _place_name(sheet, i, taken, letters)
        if not named and not acronym and len(letters) >= 4 and (word := _spelled_word(sheet, i, letters)):
            start = _name_before(sheet, i) if _resembles(sheet, i, letters) else i
            sheet.tokens[start : i + taken] = [fuse(sheet.tokens[start : i + taken], word)]
            return start + 1
    return _join_acronym(sheet, i)


def _spelled_word(sheet: Sheet, i: int, letters: str) -> str:
    """A town or a drug spelled after it was heard, or a drug spelled alone; "" for other letters."""
    drug = table("drugs").get(fold(letters))
    if drug is not None:
        return drug[0]
    return letters.capitalize() if _resembles(sheet, i, letters) else ""


def _run(sheet: Sheet, i: int) -> tuple[str, int, bool]:
    """(letters, tokens taken, certain) of the spelling at i; certain when « comme » or an accent was said."""
    tokens, out, j, certain = sheet.tokens, "", i, False
    while j < len(tokens):
        low = tokens[j].low
        after = tokens[j + 1].low if j + 1 < len(tokens) else ""
        if out and tokens[j].kind is Kind.MARK and tokens[j].text == "," and _goes_on(sheet, j + 1):
            j += 1
        elif out and tokens[j].kind is Kind.MARK and tokens[j].text == "," and _hyphen_between(tokens, j):
            out, j = out + "-", j + 5  # « P E T I T, trait d'union, J E A N »
        elif out and low == "accent" and after == "aigu" and out[-1] != "e" and _letter_at(tokens, j + 2) == "e":
            out, j, certain = out + "e" + _ACCENTS[after], j + 3, True  # « g u accent aigu e »: no ú in French
        elif out and low == "accent" and after in _ACCENTS:
            out, j, certain = out + _ACCENTS[after], j + 2, True
        elif out and low == "trait" and [t.low for t in tokens[j : j + 3]] == ["trait", "d'", "union"]:
            out, j = out + "-", j + 3
        elif out and low in _NAMED and (low != "tiret" or (j + 1 < len(tokens) and _letter(tokens[j + 1]))):
            out, j = out + _NAMED[low], j + 1
        elif out and (low, after) == ("plus", "loin"):
            out, j = out + " ", j + 2
        elif out and low == "espace" and j + 1 < len(tokens) and _letter(tokens[j + 1]):
            out, j = out + " ", j + 1
        elif low == "double" and after in ("v", "vé"):
            out, j = out + "w", j + 2
        elif (
            low in ("deux", "double", "2")
            and j + 1 < len(tokens)
            and _letter(tokens[j + 1])
            and (len(out) >= 2 or low == "double")
            and _about_a_person(sheet, i)
        ):
            doubled = _letter(tokens[j + 1])  # « h a deux a s »: the first of the two was said already
            out, j = out.removesuffix(doubled) + 2 * doubled, j + 2
        elif low == "i" and after == "grec":
            out, j = out + "y", j + 2
        elif letter := (_letter(tokens[j]) or ((out or _spelling_begins(sheet, j)) and _letter_or_name(tokens[j]))):
            out, j = out + str(letter), j + 1
            if _comme_at(tokens, j, str(letter)):
                if fold(tokens[j + 1].text)[:1] != fold(str(letter)):
                    sheet.warn("name.spelling", tokens[j - 1 : j + 2])
                j, certain = j + 2, True
        else:
            break
    return unicodedata.normalize("NFC", out).strip(), j - i, certain


def _comme_at(tokens: list[Token], j: int, letter: str) -> bool:
    """« comme victor » at j; « z i m m e r comme son père » compares the person, not the letter."""
    if j + 1 >= len(tokens) or tokens[j].low != "comme" or tokens[j + 1].kind is not Kind.WORD:
        return False
    return fold(tokens[j + 1].text)[:1] == fold(letter) or tokens[j + 1].low not in listed("not_a_name")


def _hyphen_between(tokens: list[Token], j: int) -> bool:
    return [t.low for t in tokens[j + 1 : j + 5]] == ["trait", "d'", "union", ","] and bool(_letter_at(tokens, j + 5))


def _spelling_begins(sheet: Sheet, i: int) -> bool:
    """« elle enne o… »: names of letters, at least three of them, after a person."""
    run = sheet.tokens[i : i + 3]
    return len(run) == 3 and all(_letter_or_name(token) for token in run) and _about_a_person(sheet, i)


def _goes_on(sheet: Sheet, j: int) -> bool:
    """Whether a spelling goes on after a comma: another letter with its « comme », or another letter."""
    tokens = sheet.tokens
    return (
        j + 1 < len(tokens)
        and bool(_letter(tokens[j]))
        and (tokens[j + 1].low == "comme" or bool(_letter(tokens[j + 1])))
    )


def _about_a_person(sheet: Sheet, i: int) -> bool:
    i = _spelling_announced(sheet, i)
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
    first = _spelling_announced(sheet, i)
    end = first - 1 if first and tokens[first - 1].text == "," else first
    begin, stop = _heard_name(sheet, end, letters)
    if begin < stop:
        kept = [token for token in tokens[stop:end] if token.kind is Kind.WORD]
        whole = fuse([*tokens[begin:stop], *tokens[i : i + taken]], letters.upper())
        sheet.tokens[begin : i + taken] = [whole, *kept]
        _drop_accent_said(sheet, begin + 1 + len(kept))
        return begin + 1 + len(kept)
    spelled = fuse(tokens[first : i + taken], letters.upper())
    if first and tokens[first - 1].low not in listed("people"):
        sheet.warn("name.spelling", tokens[max(0, end - 1) : i + taken])
    sheet.tokens[first : i + taken] = [spelled]
    return first + 1


def _remark(sheet: Sheet, i: int) -> bool:
    """« mathieu avec deux t »: the letter at i is said of the name before it, which is doubled there.

    True when it was such a remark. Letters that follow it spell the name anyway: then nothing is changed here.
    """
    tokens = sheet.tokens
    if i < 3 or not _letter(tokens[i]) or [t.low for t in tokens[i - 2 : i]] != ["avec", "deux"]:
        return False
    name, letter = tokens[i - 3], _letter(tokens[i])
    if _letter_at(tokens, i + 1) or name.kind is not Kind.WORD or not _about_a_person(sheet, i - 3):
        return True
    folded_name = fold(name.text)
    if 2 * letter in folded_name:  # « muller avec deux l »: so it is
        tokens[i - 3 : i + 1] = [fuse(tokens[i - 3 : i + 1], name.text, fixed=False)]
        return True
    at = folded_name.find(letter)
    if folded_name.count(letter) == 1 and len(folded_name) == len(name.text) and len(name.text) > 2:
        doubled = name.text[:at] + letter + name.text[at:]
        sheet.warn("name.spelling", tokens[i - 3 : i + 1])
        tokens[i - 3 : i + 1] = [fuse(tokens[i - 3 : i + 1], doubled, fixed=False)]
    return True


def _drop_accent_said(sheet: Sheet, i: int) -> None:
    """« a n d r é avec accent »: said of a letter that has it already."""
    for phrase in (["avec", "accent"], ["avec", "un", "accent"], ["sans", "accent"]):
        said = sheet.tokens[i : i + len(phrase)]
        if [t.low for t in said] != phrase:
            continue
        name = sheet.tokens[i - 1]
        if (fold(name.text) != name.low) == (phrase[0] == "avec"):
            sheet.tokens[i - 1 : i + len(phrase)] = [fuse([name, *said], name.text)]
        return


def _spelling_announced(sheet: Sheet, i: int) -> int:
    """Where « que j'épelle », « ça s'écrit », « avec deux t » begins when it stands before i, else i."""
    if i >= 3 and [t.low for t in sheet.tokens[i - 3 : i - 1]] == ["avec", "deux"] and _letter(sheet.tokens[i - 1]):
        return i - 3
    for phrase in _ANNOUNCED:
        n = len(phrase)
        if [t.low for t in sheet.tokens[max(0, i - n) : i]] == list(phrase):
            return i - n
    return i


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
            if alike >= _ALIKE and alike > score:
                best, score = (stop - n, stop), alike
    return best


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
