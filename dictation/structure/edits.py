"""Edits: « efface la dernière phrase », « correction… » change what was said before them; both versions are reported.

Tokens in, tokens out, after the punctuation commands. Every edit leaves a warning with the words it took away: a side
or a dose that was corrected must be heard again by a person. « Correction » the noun is left alone.
"""

from __future__ import annotations

import functools

from dictation.structure.lexicon import listed
from dictation.structure.numerals import begins_number
from dictation.structure.tokens import Kind, Sheet, Token, plain, read

_ERASERS = {
    "efface la dernière phrase": "sentence",
    "effacez la dernière phrase": "sentence",
    "effacer la dernière phrase": "sentence",
    "supprime la dernière phrase": "sentence",
    "supprimez la dernière phrase": "sentence",
    "annule la dernière phrase": "sentence",
    "annulez la dernière phrase": "sentence",
    "efface la phrase": "sentence",
    "effacez la phrase": "sentence",
    "efface le dernier mot": "word",
    "effacez le dernier mot": "word",
    "effacer le dernier mot": "word",
    "supprimez le dernier mot": "word",
    "efface le dernier paragraphe": "paragraph",
    "effacez le dernier paragraphe": "paragraph",
    "efface le paragraphe": "paragraph",
    "effacez le paragraphe": "paragraph",
}
_CORRECTIONS = (
    "non pardon je reprends",
    "pardon je reprends",
    "non je reprends",
    "je me reprends",
    "je me corrige",
    "je reprends",
    "je corrige",
    "je rectifie",
    "non correction",
    "non pardon",
    "ou plutôt non",
    "rectification",
    "correction",
)
# « correction de l'acuité », « après correction » : the noun.
_REACH = 14  # words back in which what is replaced may begin
_SIDES = ({"droite", "droit", "gauche", "droits", "gauches", "droites"}, {"monsieur", "madame"}, {"le", "la", "les"})


def apply_edits(sheet: Sheet) -> None:
    """Carry out the spoken edits from left to right."""
    i = 0
    while i < len(sheet.tokens):
        if (erased := _phrase_at(sheet.tokens, i, tuple(_ERASERS))) is not None:
            i = _erase(sheet, i, erased)
        elif (said := _phrase_at(sheet.tokens, i, _CORRECTIONS)) is not None and not _is_noun(sheet.tokens, i, said):
            i = _correct(sheet, i, said)
        else:
            i += 1


@functools.cache
def _words(phrase: str) -> list[str]:
    return [t.low for t in read(phrase.split())]


def _phrase_at(tokens: list[Token], i: int, phrases: tuple[str, ...]) -> str | None:
    for phrase in phrases:
        words = _words(phrase)
        if tokens[i].low == words[0] and [t.low for t in tokens[i : i + len(words)]] == words:
            return phrase
    return None


def _is_noun(tokens: list[Token], i: int, said: str) -> bool:
    if said not in ("correction", "rectification"):
        return False
    after = i + 1
    if _said_again(tokens, i, after):
        return False  # « du genou droit, correction, du genou gauche »
    return (
        i == 0
        or tokens[i - 1].ends_sentence
        or tokens[i - 1].low in listed("noun_before")
        or after >= len(tokens)
        or tokens[after].ends_sentence
        or (tokens[after].kind is Kind.WORD and tokens[after].low in listed("noun_after") and tokens[i - 1].text != ",")
    )


def _said_again(tokens: list[Token], i: int, after: int) -> bool:
    """Whether the two words after the command stand just before it too."""
    pair = [t.low for t in tokens[after : after + 2]]
    before = [t.low for t in tokens[max(0, i - _REACH) : i]]
    return len(pair) == 2 and any(before[k : k + 2] == pair for k in range(len(before) - 1))


def _erase(sheet: Sheet, i: int, said: str) -> int:
    tokens, what = sheet.tokens, _ERASERS[said]
    end = i + len(read(said.split()))
    start = i
    while start and tokens[start - 1].kind is Kind.MARK:  # « … permanente point effacer la dernière phrase »
        start -= 1
    if what == "word":
        start = max(0, start - 1)
    else:
        stop = (lambda t: t.kind is Kind.BREAK) if what == "paragraph" else (lambda t: t.ends_sentence)
        while start and tokens[start - 1].kind is Kind.BREAK:
            start -= 1
        while start and tokens[start - 1].kind is Kind.MARK and what != "word":
            start -= 1
        while start and not stop(tokens[start - 1]):
            start -= 1
    while end < len(tokens) and tokens[end].kind is Kind.MARK:
        end += 1
    if start < i:
        sheet.warn("edit.erased", tokens[start:end], plain(tokens[start:i]))
    del tokens[start:end]
    return start


def _correct(sheet: Sheet, i: int, said: str) -> int:
    """« genou gauche correction genou droit » -> « genou droit »; nothing is taken away when no anchor is found."""
    tokens = sheet.tokens
    begin = i + len(read(said.split()))
    while begin < len(tokens) and tokens[begin].kind is Kind.MARK and not tokens[begin].ends_sentence:
        begin += 1
    new = []
    for token in tokens[begin : begin + 8]:
        if token.kind is not Kind.WORD:
            break
        new.append(token)
    back = i
    while back and tokens[back - 1].kind is Kind.MARK and tokens[back - 1].text == ",":
        back -= 1
    floor = back
    while floor and back - floor < _REACH and not tokens[floor - 1].ends_sentence:
        floor -= 1
    start = _anchor(tokens[floor:back], new)
    if start is None or not new:
        sheet.warn("edit.unclear", tokens[max(floor, back - 4) : begin + min(len(new), 4)])
        return begin
    start += floor
    sheet.warn("edit.corrected", tokens[start : begin + len(new)], plain(tokens[start:back]))
    del tokens[start:begin]
    return start


def _anchor(old: list[Token], new: list[Token]) -> int | None:
    """Where in `old` the words that `new` replaces begin: the nearest place where a word of both agrees."""
    best: tuple[int, int, int] | None = None  # (words agreeing, nearness, start)
    for shift in range(min(len(new), 5)):
        for place in range(len(old) - 1, -1, -1):
            start = place - shift
            if start < 0 or not _agree(old[place], new[shift]):
                continue
            alike = sum(_agree(a, b) for a, b in zip(old[start:], new, strict=False))
            candidate = (alike, start, start)
            if best is None or candidate > best:
                best = candidate
            break
    return best[2] if best else None


def _agree(a: Token, b: Token) -> bool:
    if a.low == b.low:
        return True
    if begins_number(a) and begins_number(b):
        return True
    return any(a.low in group and b.low in group for group in _SIDES)
