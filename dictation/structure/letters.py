"""Letters: what a run of letters said one by one spells, and the words that announce it.

Tokens in, letters out; the sheet is not changed. spelling.py decides what becomes of them.
"""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz import fuzz

from dictation.structure.lexicon import fold, listed
from dictation.structure.tokens import Kind, Sheet, Token, read

_ACCENTS = {"aigu": "\u0301", "grave": "\u0300", "circonflexe": "\u0302"}
_ACCENTED = {"aigu": "e", "grave": "aeu", "circonflexe": "aeiou"}  # the letters that bear them in French
_ORDINALS = {"premier": 0, "deuxième": 1, "second": 1, "troisième": 2, "dernier": -1}
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
        "en un mot", "en un seul mot", "en deux mots", "en trois mots", "en majuscules", "en majuscule",
        "en capitales", "en lettres majuscules", "en lettres capitales",
    )
)  # fmt: skip


def letter_of(token: Token) -> str:
    """The letter a token is, lower case; "" for any other token."""
    if token.kind is not Kind.WORD or token.fixed or token.text.endswith(("'", "’")):
        return ""
    bare = token.low.rstrip(".")
    return bare if len(bare) == 1 and ((bare.isascii() and bare.isalpha()) or bare in "éèç") else ""


def letter_at(tokens: list[Token], i: int) -> str:
    """`letter_of` of tokens[i]; "" behind the last."""
    return letter_of(tokens[i]) if i < len(tokens) else ""


def _letter_or_name(token: Token) -> str:
    return letter_of(token) or (_LETTER_NAMES.get(token.low, "") if token.kind is Kind.WORD else "")


def run_at(sheet: Sheet, i: int, *, doubles: bool = False) -> tuple[str, int, bool]:
    """(letters, tokens taken, certain) of the spelling at i; certain when « comme » or an accent was said.

    « deux n » doubles a letter where a person is named, or where `doubles` says so: « p deux » may be a phalanx.
    """
    tokens, out, j, certain, again = sheet.tokens, "", i, False, -1
    while j < len(tokens):
        low = tokens[j].low
        after = tokens[j + 1].low if j + 1 < len(tokens) else ""
        if out and tokens[j].kind is Kind.MARK and tokens[j].text == "," and _goes_on(sheet, j + 1):
            j += 1
        elif out and tokens[j].kind is Kind.MARK and tokens[j].text == "," and _hyphen_between(tokens, j):
            out, j = out + "-", j + 5  # « P E T I T, trait d'union, J E A N »
        elif out and low == "accent" and after == "aigu" and out[-1] != "e" and letter_at(tokens, j + 2) == "e":
            out, j, certain = out + "e" + _ACCENTS[after], j + 3, True  # « g u accent aigu e »: no ú in French
        elif out and (put := accent_at(tokens, j, out)):
            if not put[2]:
                sheet.warn("name.spelling", tokens[i : j + put[1]])
            out, j, certain = put[0], j + put[1], True
        elif out and low == "e" and [t.low for t in tokens[j + 1 : j + 4]] == ["dans", "l'", "o"]:
            out, j = out.removesuffix("o") + "œ", j + 4  # « c o e dans l'o u r »
        elif out and low == "trait" and [t.low for t in tokens[j : j + 3]] == ["trait", "d'", "union"]:
            out, j = out + "-", j + 3
        elif out and low in _NAMED and (low != "tiret" or (j + 1 < len(tokens) and letter_of(tokens[j + 1]))):
            out, j = out + _NAMED[low], j + 1
        elif out and (low, after) == ("plus", "loin"):
            out, j = out + " ", j + 2
        elif out and low == "espace" and j + 1 < len(tokens) and letter_of(tokens[j + 1]):
            out, j = out + " ", j + 1
        elif low == "double" and after in ("v", "vé"):
            out, j = out + "w", j + 2
        elif (
            low in ("deux", "double", "2")
            and j + 1 < len(tokens)
            and letter_of(tokens[j + 1])
            and (len(out) >= 2 or low == "double" or (out and letter_at(tokens, j + 2)))
            and (doubles or about_a_person(sheet, i))
        ):
            doubled = letter_of(tokens[j + 1])  # « h a deux a s »: the first of the two was said already
            out, j = out.removesuffix(doubled) + 2 * doubled, j + 2
        elif low == "i" and after == "grec":
            out, j = out + "y", j + 2
        elif letter := (letter_of(tokens[j]) or ((out or _spelling_begins(sheet, j)) and _letter_or_name(tokens[j]))):
            out, j = out + str(letter), j + 1
            if _comme_at(tokens, j, str(letter)):
                again = len(out) - 1 if out[-2:] == 2 * str(letter) and j > i + 1 else again
                if fold(tokens[j + 1].text)[:1] != fold(str(letter)):
                    sheet.warn("name.spelling", tokens[j - 1 : j + 2])
                j, certain = j + 2, True
        else:
            break
    if len(out) > 2 and _verb_behind(sheet, i, j, out):
        out, j = out[:-1], j - 1
    if again > 0 and not _heard_as(sheet, i, out):  # « h e r n a n d e z z comme zoé »: the letter is said again
        if _heard_as(sheet, i, out[:again] + out[again + 1 :]):
            out = out[:again] + out[again + 1 :]
        else:
            sheet.warn("name.spelling", tokens[i:j])
    return unicodedata.normalize("NFC", out).strip(), j - i, certain


def accent_at(tokens: list[Token], j: int, word: str) -> tuple[str, int, bool] | None:
    """(the word with the accent said at j, how many tokens say it, sure); None where no letter of the word bears it.

    « accent grave » is of the last letter, « accent grave sur le deuxième e » of the one named, « sur le e » surely so
    when there is one only.
    """
    if tokens[j].low != "accent" or j + 1 >= len(tokens) or tokens[j + 1].low not in _ACCENTS:
        return None
    accent, taken, at, sure = tokens[j + 1].low, 2, len(word) - 1, True
    said = [t.low for t in tokens[j + 2 : j + 6]]
    if said[:1] == ["sur"]:
        which = next((n for n, low in enumerate(said[1:], 1) if low not in ("le", "la", "l'", *_ORDINALS)), len(said))
        letter = letter_at(tokens, j + 2 + which)
        places = [n for n, other in enumerate(fold(word)) if other == letter] if len(fold(word)) == len(word) else []
        told = [_ORDINALS[low] for low in said[1:which] if low in _ORDINALS]
        order = told[0] if told else 0
        if not letter or not -len(places) <= order < len(places):
            return None
        taken, at, sure = 3 + which, places[order], bool(told) or len(places) == 1
    if fold(word[at]) not in _ACCENTED[accent]:
        return None
    bare = unicodedata.normalize("NFD", word[at])[0]
    return word[:at] + unicodedata.normalize("NFC", bare + _ACCENTS[accent]) + word[at + 1 :], taken, sure


ALIKE = 65  # rapidfuzz ratio, 0..100, above which a spelled name and the word before it are one
_PARTICIPLE = re.compile(r"(?:ée?s?|[iu]e?s?|it|ert|eint)$")


def _verb_behind(sheet: Sheet, i: int, j: int, letters: str) -> bool:
    """« k e l l e r a été vu »: the last letter is a verb, when the name heard has no such end, or by what follows."""
    tokens = sheet.tokens
    if tokens[j - 1].low != "a" or j >= len(tokens) or tokens[j].kind is not Kind.WORD or letters[-1] != "a":
        return False
    end = announced_from(sheet, i)
    heard = tokens[end - 1].fold if end else ""
    if heard[:1] == fold(letters)[0] and fuzz.ratio(heard, fold(letters)) >= ALIKE:
        return heard[-1] != "a" or _heard_as(sheet, i, letters[:-1])
    return tokens[j].low in listed("after_has") or bool(_PARTICIPLE.search(tokens[j].low))


def _heard_as(sheet: Sheet, i: int, letters: str) -> bool:
    """Whether the words before the spelling at i are written with those very letters."""
    end = announced_from(sheet, i)
    end -= end > 0 and sheet.tokens[end - 1].text == ","
    return any(
        "".join(token.fold for token in sheet.tokens[max(0, end - n) : end]).replace("-", "") == fold(letters)
        for n in (1, 2, 3)
    )


def _comme_at(tokens: list[Token], j: int, letter: str) -> bool:
    """« comme victor » at j; « z i m m e r comme son père » compares the person, not the letter."""
    if j + 1 >= len(tokens) or tokens[j].low != "comme" or tokens[j + 1].kind is not Kind.WORD:
        return False
    return fold(tokens[j + 1].text)[:1] == fold(letter) or tokens[j + 1].low not in listed("not_a_name")


def _hyphen_between(tokens: list[Token], j: int) -> bool:
    return [t.low for t in tokens[j + 1 : j + 5]] == ["trait", "d'", "union", ","] and bool(letter_at(tokens, j + 5))


def _spelling_begins(sheet: Sheet, i: int) -> bool:
    """« elle enne o… »: names of letters, at least three of them, after a person."""
    run = sheet.tokens[i : i + 3]
    return len(run) == 3 and all(_letter_or_name(token) for token in run) and about_a_person(sheet, i)


def _goes_on(sheet: Sheet, j: int) -> bool:
    """Whether a spelling goes on after a comma: another letter with its « comme », or another letter."""
    tokens = sheet.tokens
    return (
        j + 1 < len(tokens)
        and bool(letter_of(tokens[j]))
        and (tokens[j + 1].low == "comme" or bool(letter_of(tokens[j + 1])))
    )


def about_a_person(sheet: Sheet, i: int) -> bool:
    """Whether « madame », « docteur », « nom » stands a few words before i, what announces a spelling apart."""
    i = announced_from(sheet, i)
    before = [t.low for t in sheet.tokens[max(0, i - 5) : i]]
    return any(word in listed("people") for word in before)


def announced_from(sheet: Sheet, i: int) -> int:
    """Where « que j'épelle », « ça s'écrit », « avec deux t » begins when it stands before i, else i."""
    if i >= 3 and [t.low for t in sheet.tokens[i - 3 : i - 1]] == ["avec", "deux"] and letter_of(sheet.tokens[i - 1]):
        return i - 3
    for phrase in _ANNOUNCED:
        n = len(phrase)
        if [t.low for t in sheet.tokens[max(0, i - n) : i]] == list(phrase):
            return i - n
    return i
