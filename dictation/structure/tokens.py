"""Tokens: the transcript's words cut small enough for rules, and the same tokens put together as written French.

Words in, tokens out; tokens in, text out. Every token remembers which transcript words it was made from, so the sound
behind any character of the letter can be found again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from dictation.structure.lexicon import fold, listed, low

NBSP = "\u00a0"  # before « : » and « % », inside « », between number and unit
THIN = "\u202f"  # narrow no-break space: before « ; ! ? » and between thousands


class Kind(Enum):
    WORD = "word"
    NUMBER = "number"  # heard as a number; not yet decided how to write it
    MARK = "mark"  # punctuation
    BREAK = "break"  # a new line; text is "\n" or "\n\n"


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    first: int  # index of its first transcript word
    last: int  # index of its last transcript word, included
    kind: Kind = Kind.WORD
    glued: bool = False  # written without a space before it
    said: bool = False  # a mark or break dictated as a command (not put there by the recogniser)
    number: str = ""  # for NUMBER: digits with a decimal comma, "8,4"
    fixed: bool = False  # a rule has written it: later rules leave it as it is

    @property
    def low(self) -> str:
        return low(self.text)

    @property
    def fold(self) -> str:
        return fold(self.text)

    @property
    def ends_sentence(self) -> bool:
        return self.kind is Kind.BREAK or (self.kind is Kind.MARK and self.text in SENTENCE_ENDS)


SENTENCE_ENDS = frozenset({".", "?", "!", "…"})
_OPENING = "(«“["
_CLOSING = ".,;:!?…)»”]"
_ELISION = re.compile(r"(?i)^((?:l|d|j|m|t|s|n|c|qu|jusqu|lorsqu|puisqu)['’])(?=\w)(.+)$")
_AMOUNT = re.compile(r"(?i)^(\d+(?:[.,]\d+)?)(mg|g|kg|µg|μg|ng|ml|cl|dl|l|cm|mm|%|ui|°c|°|mmhg|mmol)$")
_RATE = re.compile(r"^(\d+)(/[^\d/][^/]*)$")  # « 92/min », and the end of « 12 000/mm³ »
_DOTTED = re.compile(r"(?i)^((?:[ld]['’])?)((?:[a-zà-ÿ]\.){2,}[a-zà-ÿ]\.?),?$")
_INITIAL = re.compile(r"^[A-ZÉ]\.$")
_HYPHENED = re.compile(r"(?i)^((?:[ld]['’])?)((?:[a-zà-ÿ]-){3,}[a-zà-ÿ])[.,]?$")


@dataclass(frozen=True, slots=True)
class Warning:
    """Something a rule was not sure of, in transcript words; structure.py turns it into an Uncertainty."""

    rule_id: str
    text: str
    first: int
    last: int


@dataclass
class Sheet:
    """What the rules of stage A work on: the tokens so far, and what they were not sure of."""

    tokens: list[Token]
    warnings: list[Warning] = field(default_factory=list)
    commands: list[tuple[int, int]] = field(default_factory=list)  # first and last word of each command obeyed
    pauses: tuple[float, ...] = ()  # seconds of silence before each transcript word; empty when nobody measured them

    def silent_around(self, first: int, last: int, seconds: float) -> bool:
        """Whether the transcript words first..last stand between two measured silences."""
        if not self.pauses or last + 1 >= len(self.pauses):
            return False
        return self.pauses[first] >= seconds and self.pauses[last + 1] >= seconds

    def warn(self, rule_id: str, tokens: Sequence[Token], text: str | None = None) -> None:
        heard = plain(tokens) if text is None else text
        self.warnings.append(Warning(rule_id, heard, min(t.first for t in tokens), max(t.last for t in tokens)))


def read(words: Iterable[str]) -> list[Token]:
    """Transcript words as tokens: punctuation and elisions apart. A word "\\n" or "\\n\\n" is a line break."""
    tokens: list[Token] = []
    words = tuple(words)
    for index, word in enumerate(words):
        after = words[index + 1] if index + 1 < len(words) else ""
        if _INITIAL.match(word) and after[:1].islower():  # « E. coli »
            tokens.append(Token(word, index, index))
            continue
        if letters := _apart(word):
            tokens += _letters(letters, index)
            if word.endswith(",") or (word.endswith(".") and (not after or after[:1].isupper())):
                tokens.append(Token(word[-1], index, index, Kind.MARK))
            continue
        if word.strip(" ") in ("\n", "\n\n"):
            tokens.append(Token(word.strip(" "), index, index, Kind.BREAK))
            continue
        cut = _cut(unicodedata.normalize("NFC", word).strip(), index)
        if tokens and tokens[-1].text[-1:].isdecimal() and cut and cut[-1].low == "m.":  # « 1,58 m. » ends a sentence
            cut[-1:] = [replace(cut[-1], text=cut[-1].text[:-1]), Token(".", index, index, Kind.MARK)]
        tokens += cut
    return tokens


def _apart(word: str) -> str:
    """« I.R.M. », « L-E-F-E-V-R-E »: letters said one by one, as a recogniser may join them. "" for other words."""
    match = _DOTTED.match(word) or _HYPHENED.match(word)
    return match[1] + re.sub(r"[.\-]", "", match[2]) if match else ""


def _letters(said: str, index: int) -> list[Token]:
    """One token for each letter; an elided article before them stays apart."""
    head = said[: said.index("'") + 1] if "'" in said else said[: said.index("’") + 1] if "’" in said else ""
    out = [Token(head, index, index)] if head else []
    return out + [Token(c, index, index, glued=bool(head) and k == 0) for k, c in enumerate(said[len(head) :])]


def _cut(word: str, index: int) -> list[Token]:
    out: list[Token] = []
    while word and word[0] in _OPENING:
        out.append(Token(word[0], index, index, Kind.MARK))
        word = word[1:]
    tail: list[Token] = []
    while word and word[-1] in _CLOSING and low(word) not in listed("abbreviations"):
        if word.endswith("..."):
            tail.insert(0, Token("…", index, index, Kind.MARK))
            word = word[:-3]
        else:
            tail.insert(0, Token(word[-1], index, index, Kind.MARK))
            word = word[:-1]
    glued = False
    while match := _ELISION.match(word):
        out.append(Token(match[1], index, index, glued=glued))
        word, glued = match[2], True
    if match := _RATE.match(word):
        out += [Token(match[1], index, index, glued=glued), Token(match[2], index, index, glued=True)]
    elif match := _AMOUNT.match(word):
        out += [Token(match[1], index, index, glued=glued), Token(match[2], index, index)]
    elif word:
        out.append(Token(word, index, index, glued=glued))
    return out + tail


def fuse(tokens: Sequence[Token], text: str, **changes: object) -> Token:
    """One written token in the place of several: text fixed, words behind it kept."""
    base = Token(text, min(t.first for t in tokens), max(t.last for t in tokens), glued=tokens[0].glued, fixed=True)
    return replace(base, **changes) if changes else base  # type: ignore[arg-type]


def capital(token: Token) -> Token:
    """The token at the head of a sentence. pT2a, mmHg, eFAST and a) begin small even there."""
    word = token.text.partition(" ")[0]  # « angle de Cobb » is written as one, and begins large
    first = word.partition("-")[0]  # « écho-Doppler » has its capital there
    keeps = first[:1].islower() and any(c.isupper() for c in first[1:])
    keeps = keeps or (token.fixed and (any(c.isupper() or c.isdecimal() for c in word[1:]) or token.text.endswith(")")))
    if keeps or not token.text[:1].isalpha() or token.text.startswith("www.") or "@" in token.text:
        return token
    return replace(token, text=token.text[0].upper() + token.text[1:])


def plain(tokens: Sequence[Token]) -> str:
    """Tokens as they are, joined without typography: for comparing and for warnings."""
    out = ""
    for token in tokens:
        gap = "" if not out or token.glued or (token.kind is not Kind.WORD and token.text in ".,)") else " "
        out += gap + token.text
    return out


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters start..end of a written text were made from transcript words first..last."""

    start: int
    end: int
    first: int
    last: int


def render(tokens: Sequence[Token]) -> tuple[str, tuple[Piece, ...]]:
    """Tokens as one French text, with the place of each token in it."""
    out = ""
    pieces: list[Piece] = []
    before: Token | None = None
    for token in tokens:
        out += _gap(before, token)
        pieces.append(Piece(len(out), len(out) + len(token.text), token.first, token.last))
        out += token.text
        before = token
    return out, tuple(pieces)


def _gap(before: Token | None, token: Token) -> str:
    if before is None or token.kind is Kind.BREAK or before.kind is Kind.BREAK:
        return ""
    if before.kind is Kind.MARK and before.text in ("(", "[", "“"):
        return ""
    if before.kind is Kind.MARK and before.text == "«":
        return NBSP
    if token.kind is Kind.MARK:
        if token.text in (":", "»"):
            return NBSP
        if token.text in ";!?":
            return THIN
        if token.text in ".,…)]”":
            return ""
        return " "
    return "" if token.glued else " "
