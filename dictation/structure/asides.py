"""Asides: « note à la secrétaire… » leaves the letter and reaches her.

Written sentences in, letter sentences and asides out. An aside lasts one sentence, or up to « fin de note » when that
is said: taking too little out of the letter is seen at once, taking too much is not.
"""

from __future__ import annotations

import functools
import re

from dictation.structure.lexicon import fold, low
from dictation.structure.tokens import Kind, Sheet, Token, read

# « petite note pour le secrétariat », « à l'attention de mon assistante », « madame la secrétaire », « secrétariat : »
_TO_HER = (
    r"(?:la|le|ma|mon|notre|nos) (?:secretaires?|secretariat|assistante|dactylo)\b"
    r"(?! (?:de|medicale?|comptable|generale?|du|social)\b)"
)
_NOTE = r"(?:note|message|mot|consignes?|remarque|demande|information)"
_OPENER = re.compile(
    r"(?:(?:alors|et|donc|une|petite?|autre|derniere?) )*"
    rf"(?:(?:(?:{_NOTE}|merci)[ ,]+)?(?:a|pour|a l ?(?:attention|intention) de|a destination de) {_TO_HER}|"
    rf"{_NOTE}[ ,]+(?:au secretariat|a l ?(?:attention|intention) du secretariat|a destination du secretariat)\b|"
    r"a l ?(?:attention|intention) du secretariat\b|(?:madame|mme|chere) (?:la )?secretaire\b(?! generale)|"
    r"(?:secretariat|secretaire) ?:(?! ?(?:\d\d|tel)))"
)
_LONGEST_OPENER = 12  # tokens
_CLOSERS = (
    "fin de note", "fin de la note", "fin du message", "fin de message", "fin de l'aparté", "fin d'aparté",
    "fin de la parenthèse", "fin de parenthèse", "fin de la consigne", "fin des consignes", "fin du mot",
    "fin de la remarque", "retour à la lettre", "retour au courrier", "reprise de la lettre", "reprise du courrier",
    "je reprends la lettre", "je reprends le courrier",
)  # fmt: skip
# Said to the secretary at the head of a dictation: the template prints type and addressee.
_HEADINGS = (
    "compte rendu opératoire",
    "compte-rendu opératoire",
    "lettre de liaison à la sortie",
    "lettre de liaison",
    "lettre de sortie",
    "lettre de consultation",
    "compte rendu d'hospitalisation",
    "compte-rendu d'hospitalisation",
    "compte rendu de consultation",
    "compte-rendu de consultation",
)
_TO = ("courrier au", "courrier à", "courrier pour", "lettre au", "lettre à", "lettre pour")
_LONGEST_HEADING = 14  # tokens; a longer line has clinical content


def take_asides(sheet: Sheet) -> list[list[Token]]:
    """Remove the asides from the sheet; returns them, each as its own tokens, in order."""
    asides: list[list[Token]] = []
    i = 0
    while i < len(sheet.tokens):
        starts = i == 0 or sheet.tokens[i - 1].ends_sentence
        if starts and (length := _opener(sheet.tokens, i)):
            end = _end_of_note(sheet.tokens, i + length)
            note = [t for t in sheet.tokens[i:end] if t.kind is not Kind.BREAK]
            asides.append(_without_closer(note))
            del sheet.tokens[i:end]
        elif starts and (end := _heading_line(sheet.tokens, i)):
            asides.append([t for t in sheet.tokens[i:end] if t.kind is not Kind.BREAK])
            del sheet.tokens[i:end]
        else:
            i += 1
    return asides


@functools.cache
def _words(phrase: str) -> list[str]:
    return [t.low for t in read(phrase.split())]


def _opener(tokens: list[Token], i: int) -> int:
    """How many tokens at i call the secretary; 0 when they do not. « Elle est secrétaire » is the patient’s work."""
    heard, ends = "", []
    for token in tokens[i : i + _LONGEST_OPENER]:
        if token.kind is Kind.BREAK:
            break
        heard += (" " if heard else "") + fold(token.text).replace("'", "").replace("’", "").strip()
        ends.append(len(heard))
    match = _OPENER.match(heard)
    return sum(1 for end in ends if end <= match.end()) if match else 0


def _any(tokens: list[Token], i: int, phrases: tuple[str, ...]) -> int:
    for phrase in phrases:
        words = _words(phrase)
        if [t.low for t in tokens[i : i + len(words)]] == words:
            return len(words)
    return 0


def _end_of_note(tokens: list[Token], i: int) -> int:
    """The index after the note: « fin de note » within 80 words, else the end of the sentence."""
    for j in range(i, min(len(tokens), i + 80)):
        if length := _any(tokens, j, _CLOSERS):
            end = j + length
            while end < len(tokens) and tokens[end].kind is Kind.MARK:
                end += 1
            return end
    j = i
    while j < len(tokens) and not tokens[j].ends_sentence:
        j += 1
    return min(j + 1, len(tokens))


def _without_closer(note: list[Token]) -> list[Token]:
    for j in range(len(note)):
        if _any(note, j, _CLOSERS):
            return note[:j]
    return note


def _heading_line(tokens: list[Token], i: int) -> int:
    """The index after a heading said for the secretary at i: a whole short line, nothing clinical in it; 0 if none."""
    length = _any(tokens, i, _HEADINGS)
    to = _any(tokens, i, _TO) or (_any(tokens, i + length, ("au", "à", "pour")) if length else 0)
    if not (length or to) or sum(1 for t in tokens[:i] if t.kind is Kind.WORD) > 2 * _LONGEST_HEADING:
        return 0
    end = i
    while end < len(tokens) and not tokens[end].ends_sentence:
        end += 1
    said = tokens[i:end]
    names = [t for t in said if t.low in ("docteur", "professeur", "dr", "monsieur", "madame", "confrère", "consœur")]
    if end - i > _LONGEST_HEADING or any(low(t.text) in ("patient", "patiente", "né", "née") for t in said):
        return 0
    if not names and end - i > length:
        return 0  # « lettre à … » to nobody, or a heading with more behind it: left in the letter
    while end < len(tokens) and tokens[end].ends_sentence:
        end += 1
    return end
