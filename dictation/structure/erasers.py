"""Erasers: « efface la dernière phrase », « supprime les deux derniers mots », « efface tout ».

Tokens in, tokens out, one of the spoken edits. What was taken away is a warning; stitches are taken out too, so verbs
said of them erase only what is plainly text.
"""

from __future__ import annotations

import re

from dictation.structure.tokens import Kind, Sheet, Token, plain

_ERASE = "efface effacer effacez effaces supprime supprimer supprimez annule annuler annulez enlève enlever enlevez"
_ERASE += " retire retirez barre barrez raye rayez oublie oubliez"
_VERBS = frozenset(_ERASE.split())
_LITERAL_VERBS = frozenset(
    ["enlève", "enlever", "retire", "barre", "raye", "oublie"]
)  # also said of stitches and drugs
_TARGETS = (
    (re.compile(r"(?:la dernière|(?:toute )?(?:cette|la)) phrase(?: précédente)?|la phrase d'avant"), "sentence"),
    (
        re.compile(
            r"(?:les )?(?P<n>deux|trois|quatre|cinq) derniers mots|les (?P<m>deux|trois|quatre|cinq) derniers mots"
        ),
        "words",
    ),
    (re.compile(r"(?:le dernier|ce) mot|le mot (?:précédent|d'avant)"), "word"),
    (re.compile(r"(?:le dernier|(?:tout )?(?:ce|le)) paragraphe(?: précédent)?"), "paragraph"),
    (re.compile(r"(?:la dernière|cette) ligne|la ligne (?:précédente|d'avant)|toute (?:la|cette) ligne"), "line"),
    (re.compile(r"(?:ce que je viens de dire|ça|cela|tout ça)"), "sentence"),
    (re.compile(r"tout"), "all"),
)
_COUNT = {"deux": 2, "trois": 3, "quatre": 4, "cinq": 5}


def eraser_at(tokens: list[Token], i: int) -> tuple[str, int, int] | None:
    """(what to erase, how many, index after the command) of an eraser said at i."""
    verb = tokens[i].low
    if tokens[i].kind is not Kind.WORD or verb not in _VERBS:
        return None
    object_, ends = "", []
    for token in tokens[i + 1 : i + 8]:
        if token.kind is not Kind.WORD:
            break
        object_ += ("" if token.glued or not object_ else " ") + token.low
        ends.append(len(object_))
    for pattern, what in _TARGETS:
        match = pattern.match(object_)
        if match is None or match.end() not in ends:
            continue
        end = i + 2 + ends.index(match.end())
        if what == "all":
            alone = end >= len(tokens) or tokens[end].kind is not Kind.WORD
            if (
                not (alone or _begins_anew(tokens, i, end))
                or verb in _LITERAL_VERBS
                or (i and tokens[i - 1].low in ("on", "s'", "il", "elle", "qui", "à"))
            ):
                return None
        if object_[: match.end()] in ("ça", "cela", "tout ça") and verb in _LITERAL_VERBS:
            return None
        if what in ("line", "sentence", "word") and i and tokens[i - 1].low in ("s'", "il", "elle", "qui"):
            return None
        groups = match.groupdict()
        return what, _COUNT[groups.get("n") or groups.get("m") or "deux"] if what == "words" else 1, end
    return None


_IMPERATIVES = frozenset({"efface", "effacez", "supprime", "supprimez"})
# « efface tout ce qui précède », « tout le début »: not the whole of it, and nobody says which words.
_PARTS = frozenset(str.split("passage texte début reste bloc chapitre courrier mots ce ça cela qui que depuis sauf"))


def _begins_anew(tokens: list[Token], i: int, end: int) -> bool:
    """« … domicile. Efface tout le patient reste… »: a command of its own, behind a stop, and a new sentence."""
    if tokens[i].low not in _IMPERATIVES or not i or not tokens[i - 1].ends_sentence:
        return False
    return not any(token.low in _PARTS for token in tokens[end : end + 2])


def all_or_more(tokens: list[Token], i: int) -> bool:
    """« efface tout » that was not obeyed, at the head of a sentence or behind a hesitation."""
    if tokens[i].kind is not Kind.WORD or tokens[i].low not in _IMPERATIVES or i + 2 >= len(tokens):
        return False
    starts = i == 0 or tokens[i - 1].ends_sentence or _hesitates(tokens, i - 1)
    return starts and tokens[i + 1].low in ("tout", "toute")


def _hesitates(tokens: list[Token], i: int) -> bool:
    """« non », « pardon » alone in front of a command: said to the machine."""
    said = tokens[i].kind is Kind.WORD and tokens[i].low in ("non", "pardon", "euh", "heu", "hum", "ah")
    return said and (not i or tokens[i - 1].kind in (Kind.MARK, Kind.BREAK) or _hesitates(tokens, i - 1))


def erase(sheet: Sheet, i: int, what: str, count: int, end: int) -> int:
    """Carry out the eraser said at i (`eraser_at` gave the rest); returns where to go on."""
    tokens = sheet.tokens
    start = i
    sheet.commands.append((tokens[i].first, tokens[end - 1].last))
    while start and (tokens[start - 1].kind is Kind.MARK or _hesitates(tokens, start - 1)):
        start -= 1  # « … permanente point non effacer la dernière phrase »
    if what in ("word", "words"):
        start = max(0, start - count)
    elif what == "all":
        start = 0
    else:
        breaks = what in ("paragraph", "line")
        while start and tokens[start - 1].kind in (Kind.BREAK, Kind.MARK):
            start -= 1
        while start and not (tokens[start - 1].kind is Kind.BREAK if breaks else tokens[start - 1].ends_sentence):
            start -= 1
    while end < len(tokens) and tokens[end].kind is Kind.MARK:
        end += 1
    if what not in ("word", "words") and end < len(tokens) and tokens[end].kind is Kind.BREAK:
        end += start == 0 or tokens[start - 1].kind is Kind.BREAK
    if start < i:
        sheet.warn("edit.erased", tokens[start:end], plain(tokens[start:i]))
    del tokens[start:end]
    return start
