"""Casing: capitals at the start of sentences and on names, drugs in their usual spelling, curly apostrophes.

Tokens in, tokens out. A word is only ever given other capitals or accents: another name or drug than the one heard is
never put in its place.
"""

from __future__ import annotations

from dataclasses import replace

from dictation.domain.documents import Sidecar
from dictation.structure.lexicon import fold, folded, listed, table
from dictation.structure.tokens import Kind, Sheet, Token, capital

_TITLES = {"monsieur": "Monsieur", "madame": "Madame", "mademoiselle": "Mademoiselle", "docteur": "Docteur"}
_TITLES |= {"professeur": "Professeur"}
# No name after a title: « le docteur a vu », « madame est », « monsieur qui ».


def set_capitals(sheet: Sheet, sidecar: Sidecar | None, *, sentences: bool) -> None:
    """Names, drugs, then sentence starts (`sentences` False: only after a mark or break that is really there)."""
    known = _known_names(sidecar)
    tokens = sheet.tokens
    _usual_spelling(tokens)
    for i, token in enumerate(tokens):
        young = token.low == "jeune" and i > 0 and tokens[i - 1].low in ("le", "la", "du", "votre", "cette", "ce")
        if token.kind is Kind.WORD and (token.low in _TITLES or token.low in listed("also_before_names") or young):
            _name_after(tokens, i, known)
    for i, token in enumerate(tokens):
        if token.kind is Kind.WORD and not token.fixed and token.text.startswith(("saint-", "sainte-")):
            tokens[i] = replace(token, text="-".join(part.capitalize() for part in token.text.split("-")))
        elif i and tokens[i - 1].low == "à" and token.fold in folded("names", "town"):
            tokens[i] = replace(token, text=_name(token.text))
    _sentence_starts(tokens, sentences)


def _known_names(sidecar: Sidecar | None) -> dict[str, str]:
    """Folded name -> as the sidecar writes it: surname of the patient in capitals, other names as names."""
    if sidecar is None:
        return {}
    names: dict[str, str] = {}
    if sidecar.addressee is not None:
        for name in (sidecar.addressee.first_name, sidecar.addressee.last_name):
            names |= {fold(part): _name(part) for part in name.split()}
    if sidecar.patient is not None:
        names |= {fold(part): _name(part) for part in sidecar.patient.first_name.split()}
        names |= {fold(part): part.upper() for part in sidecar.patient.last_name.split()}
    return names


def _usual_spelling(tokens: list[Token]) -> None:
    """« levothyrox » -> Lévothyrox, « paracetamol » -> paracétamol: same word, its usual capitals and accents."""
    drugs = table("drugs")
    for i, token in enumerate(tokens):
        if token.kind is Kind.WORD and not token.fixed and len(token.low) > 3 and (row := drugs.get(token.fold)):
            heard_capital = token.text[0].isupper() and row[0][0].islower()
            tokens[i] = replace(token, text=row[0].capitalize() if heard_capital else row[0])


def _name_after(tokens: list[Token], i: int, known: dict[str, str]) -> None:
    """Capitals on the title at i and on the one to three name words after it."""
    j, given = i + 1, False
    while j < len(tokens) and j - i <= 4:
        token = tokens[j]
        if token.kind is not Kind.WORD or token.text[:1].isdecimal() or len(token.fold) == 1:
            break
        elided = j + 1 < len(tokens) and tokens[j + 1].glued and token.low in ("n'", "d'", "l'", "o'")
        if token.low in listed("not_a_name") and not elided:
            if token.low == "née" and j > i + 1 and _birth_name(tokens, j + 1):
                j, given = j + 1, True
                continue
            if not (token.low in listed("particles") and _named_after(tokens, j + 1, known)):
                break
            j += 1
            continue
        if token.low in listed("foreign_particles") and j + 1 < len(tokens) and tokens[j + 1].kind is Kind.WORD:
            tokens[j] = replace(token, text=_name(token.text))
            j, given = j + 1, True
            continue
        first = (
            j == i + 1 or tokens[j - 1].low == "née" or (j == i + 2 and tokens[j - 1].low in ("n'", "d'", "l'", "o'"))
        )
        if not (first or given or _part_of_name(tokens, j, known) or _signs(tokens, i, j)):
            break
        given = token.fold in folded("names", "first") or token.low in ("n'", "o'")
        if not token.fixed:
            tokens[j] = replace(token, text=known.get(token.fold) or _name(token.text))
        j += 1
    if j > i + 1 and tokens[i].low in _TITLES:
        tokens[i] = replace(tokens[i], text=_TITLES[tokens[i].low])


def _signs(tokens: list[Token], i: int, j: int) -> bool:
    """« docteur sidonie marcangeli. »: two words behind a title, the last of the letter."""
    ends = all(token.kind is not Kind.WORD for token in tokens[j + 1 :])
    return j == i + 2 and ends and tokens[i].low in ("docteur", "professeur") and tokens[j].text.isalpha()


def _birth_name(tokens: list[Token], j: int) -> bool:
    """« madame françois née martin »: a word that is no date and no place."""
    if j >= len(tokens) or tokens[j].kind is not Kind.WORD or tokens[j].fixed:
        return False
    return tokens[j].low not in listed("not_a_name") and tokens[j].text[:1].isalpha()


def _named_after(tokens: list[Token], j: int, known: dict[str, str]) -> bool:
    """Whether particles (« de la ») lead to a name."""
    while j < len(tokens) and tokens[j].low in listed("particles"):
        j += 1
    return _part_of_name(tokens, j, known)


def _part_of_name(tokens: list[Token], j: int, known: dict[str, str]) -> bool:
    if j >= len(tokens) or tokens[j].kind is not Kind.WORD:
        return False
    token = tokens[j]
    return (
        token.fold in folded("names", "first")
        or token.fold in known
        or (token.fixed and token.text.isupper())
        or (token.text[:1].isupper() and token.low not in listed("not_a_name"))
    )


def _name(text: str) -> str:
    """« jean-pierre » -> Jean-Pierre, « o'connor » -> O'Connor; capitals that are there stay."""
    if text != text.lower():
        return text
    out, capital = "", True
    for char in text:
        out += char.upper() if capital else char
        capital = char in "-'’"
    return out


def _sentence_starts(tokens: list[Token], everywhere: bool) -> None:
    marked = any(t.ends_sentence or (t.kind is Kind.MARK and t.text == ":") for t in tokens)
    start = everywhere or marked
    for i, token in enumerate(tokens):
        if token.kind in (Kind.MARK, Kind.BREAK):
            start = start or token.ends_sentence
            continue
        if start:
            tokens[i] = capital(token)
        start = False
