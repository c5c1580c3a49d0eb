"""Edits: « efface la dernière phrase », « correction… » change what was said before them; both versions are reported.

Tokens in, tokens out, after the punctuation commands. Every edit leaves a warning with the words it took away: a side
or a dose that was corrected must be heard again by a person. « Correction » the noun is left alone.
"""

from __future__ import annotations

import functools
from itertools import pairwise

from dictation.structure.alike import STRONG_GROUPS, agree_strongly, taken_back
from dictation.structure.anchor import anchor
from dictation.structure.erasers import all_or_more, erase, eraser_at
from dictation.structure.lexicon import listed
from dictation.structure.numerals import begins_number
from dictation.structure.restarts import restart_at
from dictation.structure.tokens import Kind, Sheet, Token, plain, read

_CORRECTIONS = (
    "non pardon je reprends", "non pardon correction", "non je me trompe", "pardon je me trompe", "je me trompe",
    "pardon je reprends", "non je reprends", "je me reprends", "non je corrige", "pardon je corrige",
    "je me corrige", "je me suis trompé", "je me suis trompée", "non pardon", "pardon non", "je reprends",
    "je corrige", "je rectifie", "non correction", "pardon correction", "ou plutôt non", "non plutôt",
    "rectification", "correction",
)  # fmt: skip
# Said in plain sentences too: a correction only between two things of one kind (two sides, two doses, two drugs).
_WEAK = (
    "non excusez-moi", "excusez-moi", "pardon", "je veux dire", "je voulais dire", "ou plutôt", "enfin non", "enfin",
    "plutôt", "euh non", "heu non", "ah non", "mais non", "non",
)  # fmt: skip
_LINKS = frozenset({"à", "au", "du", "de", "le", "la", "dans", "pendant", "sous", "par", "en", "depuis"})
_REACH = 14  # words back in which what is replaced may begin


def apply_edits(sheet: Sheet) -> None:
    """Carry out the spoken edits from left to right."""
    i = 0
    while i < len(sheet.tokens):
        if (erased := eraser_at(sheet.tokens, i)) is not None:
            i = erase(sheet, i, *erased)
        elif all_or_more(sheet.tokens, i):
            sheet.warn("edit.unclear", sheet.tokens[max(0, i - 4) : i + 6])
            i += 1
        elif (begun_again := restart_at(sheet, i)) is not None:
            i = begun_again
        elif (kept := _one_of_a_kind(sheet, i)) is not None:
            i = kept
        elif ((said := _phrase_at(sheet.tokens, i, _CORRECTIONS)) and not _is_noun(sheet.tokens, i, said)) or (
            (said := _phrase_at(sheet.tokens, i, _WEAK)) and _between_two_of_a_kind(sheet.tokens, i, said)
        ):
            i = _correct(sheet, i, said)
        else:
            if _another_number(sheet.tokens, i):
                sheet.warn("edit.unclear", sheet.tokens[max(0, i - 3) : i + 3])
            i += 1


def _another_number(tokens: list[Token], i: int) -> bool:
    """« 41 ans non quarante-deux »: a number, then another whose noun is not said; told to a person, nothing taken."""
    if tokens[i].kind is not Kind.WORD or tokens[i].low not in ("non", "pardon"):
        return False
    back, after = _before(tokens, i), _after(tokens, i + 1)
    if after >= len(tokens) or not begins_number(tokens[after]) or tokens[after].low in ("un", "une"):
        return False
    return any(begins_number(token) and token.low not in ("un", "une") for token in tokens[max(0, back - 4) : back])


@functools.cache
def _words(phrase: str) -> list[str]:
    return [t.low for t in read(phrase.split())]


@functools.cache
def _starts(phrases: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_words(phrase)[0] for phrase in phrases)


def _phrase_at(tokens: list[Token], i: int, phrases: tuple[str, ...]) -> str:
    """The first of `phrases` said at i; marks the recogniser put inside do not count."""
    if tokens[i].kind is not Kind.WORD or tokens[i].low not in _starts(phrases):
        return ""
    return next((phrase for phrase in phrases if _end_of(tokens, i, _words(phrase))), "")


def _end_of(tokens: list[Token], i: int, words: list[str]) -> int:
    """The index after `words` said at i with commas between, 0 when they are not."""
    j = i
    for n, word in enumerate(words):
        while n and j < len(tokens) and tokens[j].kind is Kind.MARK and tokens[j].text == "," and not tokens[j].said:
            j += 1
        if j >= len(tokens) or tokens[j].kind is not Kind.WORD or tokens[j].low != word:
            return 0
        j += 1
    return j


def _one_of_a_kind(sheet: Sheet, i: int) -> int | None:
    """« 500 mg non un gramme », « L4-L5 enfin non L5-S1 »: obeyed, or told to a person where it may be a contrast."""
    tokens = sheet.tokens
    said = _phrase_at(tokens, i, _WEAK)
    if not said:
        return None
    back, end = _before(tokens, i), _end_of(tokens, i, _words(said))
    begin = _after(tokens, end)
    start = taken_back(sheet, back, begin, said) if back else None
    if start is None:
        return None
    denied = any(token.low in ("pas", "plus", "ni") for token in tokens[max(0, start - 3) : start])
    if denied or (said == "non" and back < i and tokens[end].text != ","):  # « 500 mg, non 1 g » is a contrast
        sheet.warn("edit.unclear", tokens[start : begin + 4])
        return begin
    sheet.commands.append((tokens[i].first, tokens[end - 1].last))
    sheet.warn("edit.corrected", tokens[start : begin + 3], plain(tokens[start:back]))
    del tokens[start:begin]
    return start


def _is_noun(tokens: list[Token], i: int, said: str) -> bool:
    if said in ("je reprends", "je corrige", "je rectifie"):  # « je reprends le traitement »: the verb
        after = tokens[i + 2] if i + 2 < len(tokens) else None
        starts = i == 0 or tokens[i - 1].ends_sentence or tokens[i - 1].low in ("et", "donc", "que")
        return starts and after is not None and after.kind is Kind.WORD and not _said_again(tokens, i, i + 2)
    if said not in ("correction", "rectification"):
        return False
    after_at = i + 1
    if _said_again(tokens, i, after_at):
        return False  # « du genou droit, correction, du genou gauche »
    if i and _same_kind(tokens[i - 1], tokens, after_at):
        return False
    if _alone(tokens, i, after_at):
        new = _new_words(tokens, after_at + 1)
        return anchor(tokens[max(0, i - 1 - _REACH) : i - 1], new) is None
    return (
        i == 0
        or tokens[i - 1].ends_sentence
        or tokens[i - 1].low in listed("noun_before")
        or after_at >= len(tokens)
        or tokens[after_at].ends_sentence
        or (
            tokens[after_at].kind is Kind.WORD
            and tokens[after_at].low in listed("noun_after")
            and tokens[i - 1].text != ","
        )
    )


def _alone(tokens: list[Token], i: int, after: int) -> bool:
    """« Genou gauche. Correction. Genou droit. »: the recogniser made a sentence of the command."""
    if not i or after >= len(tokens) or tokens[i - 1].kind is not Kind.MARK or tokens[after].kind is not Kind.MARK:
        return False
    return tokens[i - 1].text in ".," and tokens[after].text in ".,:" and not (tokens[i - 1].said or tokens[after].said)


def _same_kind(before: Token, tokens: list[Token], j: int) -> bool:
    if j >= len(tokens):
        return False
    return any(before.low in group and tokens[j].low in group for group in STRONG_GROUPS)


def _said_again(tokens: list[Token], i: int, after: int) -> bool:
    """Whether the two words after the command stand just before it too."""
    pair = [t.low for t in tokens[after : after + 2]]
    before = [t.low for t in tokens[max(0, i - _REACH) : i]]
    if len(pair) == 2 and any(before[k : k + 2] == pair for k in range(len(before) - 1)):
        return True
    heard = tokens[max(0, i - _REACH) : i]
    new = tokens[after : after + 2]  # « à dix heures correction à onze heures »: the second need only be of its kind
    return len(new) == 2 and any(
        a.low == new[0].low and agree_strongly(b, new[1]) for a, b in pairwise(heard) if a.low in _LINKS
    )


def _between_two_of_a_kind(tokens: list[Token], i: int, said: str) -> bool:
    """« droite non gauche », « dix milligrammes enfin vingt milligrammes »: the words around a weak cue agree."""
    back, begin = _before(tokens, i), _after(tokens, _end_of(tokens, i, _words(said)))
    if not back or begin >= len(tokens) or tokens[begin].kind is not Kind.WORD:
        return False
    new = tokens[begin : begin + 4]
    old = tokens[max(0, back - 4) : back]
    if said in ("non", "mais non", "plutôt", "enfin") and any(t.low in ("pas", "plus", "ni") for t in old):
        return False
    if said == "non" and back < i and tokens[i + 1].text != ",":  # « droite, non gauche » is a contrast
        return False
    last = tokens[back - 1]
    if agree_strongly(last, new[0]) and last.low != new[0].low:
        return True  # « droite non gauche », « paracétamol pardon ibuprofène »
    for k in (1, 2):  # « à droite non à gauche »; « la main droite non la gauche » is a contrast
        alike = (
            len(new) > k and back > k and [t.low for t in new[:k]] == [t.low for t in tokens[back - 1 - k : back - 1]]
        )
        if alike and agree_strongly(last, new[k]):
            return last.low != new[k].low
    numbered = any(begins_number(t) for t in old) and begins_number(new[0])
    if numbered and any(t.low == last.low for t in new[1:]):
        return True  # « dix milligrammes … vingt milligrammes »
    return said == "pardon" and anchor(tokens[max(0, back - 6) : back], _new_words(tokens, begin)) is not None


def _before(tokens: list[Token], i: int) -> int:
    while i and tokens[i - 1].kind is Kind.MARK and (tokens[i - 1].text == "," or tokens[i - 1].text in "…"):
        i -= 1
    return i


def _after(tokens: list[Token], i: int) -> int:
    while i < len(tokens) and tokens[i].kind is Kind.MARK and not (tokens[i].ends_sentence and tokens[i].said):
        i += 1
    return i


def _new_words(tokens: list[Token], begin: int) -> list[Token]:
    new: list[Token] = []
    for token in tokens[begin : begin + 8]:
        if token.kind is not Kind.WORD:
            break
        new.append(token)
    return new


def _correct(sheet: Sheet, i: int, said: str) -> int:
    """« genou gauche correction genou droit » -> « genou droit »; nothing is taken away when no anchor is found."""
    tokens = sheet.tokens
    end = _end_of(tokens, i, _words(said))
    sheet.commands.append((tokens[i].first, tokens[end - 1].last))
    begin = _after(tokens, end)
    new = _new_words(tokens, begin)
    back = _before(tokens, i)
    if _alone(tokens, i, begin - 1) and tokens[i - 1].text == ".":
        back = i - 1
    floor = back
    while floor and back - floor < _REACH and not tokens[floor - 1].ends_sentence:
        floor -= 1
    start = anchor(tokens[floor:back], new)
    if start is None:
        closed = begin + len(new) >= len(tokens) or tokens[begin + len(new)].kind is not Kind.WORD
        if closed and len(new) == 1 and back > floor and tokens[back - 1].low[-2:] == new[0].low[-2:]:
            start = back - floor - 1  # one word for one word that ends alike: « maligne correction bénigne »
    if start is None or not new:
        sheet.warn("edit.unclear", tokens[max(floor, back - 4) : begin + min(len(new), 4)])
        return begin
    start += floor
    negation = _negation_before(tokens, floor, start)
    if negation < start and _denied_then_told(tokens, start, back, new):
        start = negation
    elif negation < start:
        sheet.warn("edit.unclear", tokens[negation : begin + len(new)])
        return begin
    sheet.warn("edit.corrected", tokens[start : begin + len(new)], plain(tokens[start:back]))
    del tokens[start:begin]
    return start


def _negation_before(tokens: list[Token], floor: int, start: int) -> int:
    """Where « pas de », « aucun », « sans » begins when it stands just before start, else start."""
    for phrase in (("pas", "de"), ("pas", "d'"), ("aucun",), ("aucune",), ("sans",), ("ni",)):
        n = len(phrase)
        if start - n >= floor and tuple(t.low for t in tokens[start - n : start]) == phrase:
            return start - n
    return start


def _denied_then_told(tokens: list[Token], start: int, back: int, new: list[Token]) -> bool:
    """« pas de fièvre correction fièvre à 39 »: the one word denied is said again and told more of."""
    return back - start == 1 and len(new) > 1 and tokens[start].low == new[0].low
