"""Blocks: « insérer examen normal » puts a text of the hospital's own in the letter, at that place, word for word.

Written sentences and text blocks in; the sheet keeps its tokens, those of the command replaced by the block's text,
each made from the words of the command: the sound behind an inserted sentence is the order that asked for it. Nothing
is guessed: the name must be that of a block, and of one only; otherwise the words stay as said, with a warning.
"""

from __future__ import annotations

from collections.abc import Sequence

from dictation.domain.desk import Level, TextBlock
from dictation.structure.commands import after_title
from dictation.structure.lexicon import fold
from dictation.structure.tokens import NBSP, THIN, Kind, Sheet, Token, plain

INSERTED, UNKNOWN = "block.inserted", "block.unknown"
_VERBS = frozenset({"inserer", "inserez", "inserrer"})  # the infinitive, or said to the secretary
_ARTICLES = frozenset({"le", "la", "les", "l'", "un", "une", "mon", "ma", "mes", "notre", "de", "d'"})
_NAMED = (("texte", "type"), ("texte-type",), ("bloc",), ("bloque",), ("texte",))  # « insérer le bloc … »
_LONGEST_NAME = 14  # tokens
_LONGEST_ORDER = 8  # words of a sentence that is nothing but an order to insert
_SILENCE = 0.3  # seconds: as for a command said apart (commands.py)
_STOPS = ".?!…"


def insert_blocks(sheet: Sheet, blocks: Sequence[TextBlock]) -> None:
    """Obey every order to insert a text; warn of each that was obeyed, and of each that names no text of ours."""
    known = _by_name(blocks)
    tokens, i = sheet.tokens, 0
    out: list[Token] = []
    while i < len(tokens):
        start = _order_at(sheet, i)
        if start is None:
            out.append(tokens[i])
            i += 1
            continue
        named = start[1]
        found = _named_at(sheet, start[0], known, named=named)
        if found is None:
            end = _end_of_sentence(tokens, i)
            if named or end - i <= _LONGEST_ORDER:
                sheet.warn(UNKNOWN, tokens[i:end])
            out += tokens[i:end]
            i = end
            continue
        block, end = found
        first, last = tokens[i].first, tokens[end - 1].last
        _close(out, titled=after_title(tokens, i) or after_title(tokens, i - 1))
        inserted = _written(block.text, first, last)
        out += inserted
        i = end
        if inserted[-1].kind is Kind.MARK:
            while i < len(tokens) and tokens[i].kind is Kind.MARK:
                i += 1
        elif i < len(tokens) and tokens[i].kind not in (Kind.MARK, Kind.BREAK):
            out.append(Token("\n", last, last, Kind.BREAK, said=True))
        sheet.commands.append((first, last))
        sheet.warn(INSERTED, inserted, block.title)
    sheet.tokens = out


def _by_name(blocks: Sequence[TextBlock]) -> dict[str, TextBlock]:
    """The block each name stands for: the author's own before the service's, the service's before the hospital's.

    Two of one name at the level that decides stand for none.
    """
    out: dict[str, TextBlock] = {}
    for level in (Level.SITE, Level.SERVICE, Level.ACCOUNT):
        mine = [block for block in blocks if block.level is level and block.text.strip()]
        for block in mine:
            name = _key(block.title)
            if sum(_key(other.title) == name for other in mine) == 1:
                out[name] = block
            else:
                out.pop(name, None)
    return out


def _key(words: str) -> str:
    spaced = fold(words).replace(NBSP, " ").replace(THIN, " ").replace("'", "' ").replace("-", " ")
    # « un mois » stays in words, « deux mois » is written 2 mois: a name may be kept either way
    return " ".join("1" if word in ("un", "une") else word for word in spaced.replace(",", " ").split())


def _order_at(sheet: Sheet, i: int) -> tuple[int, bool] | None:
    """Where the name begins after an order at i, and whether it is called a text; None when nothing is ordered.

    « On a pu insérer le cathéter » orders nothing: the verb begins its sentence, follows a title or a mark, was said
    after a silence, or the thing to insert is called « bloc » or « texte type ».
    """
    tokens = sheet.tokens
    if tokens[i].kind is not Kind.WORD or tokens[i].fold not in _VERBS:
        return None
    j = _past(tokens, i + 1, _ARTICLES)
    named = next((n for n in _NAMED if [t.fold for t in tokens[j : j + len(n)]] == list(n)), ())
    if named:
        j = _past(tokens, j + len(named), _ARTICLES)
    before = tokens[i - 1] if i else None
    begins = (
        before is None or before.kind is not Kind.WORD or after_title(tokens, i) or _silent_before(sheet, tokens[i])
    )
    return (j, bool(named)) if begins or (named and named != ("texte",)) else None


def _past(tokens: Sequence[Token], j: int, words: frozenset[str]) -> int:
    while j < len(tokens) and tokens[j].fold in words:
        j += 1
    return j


def _named_at(sheet: Sheet, j: int, known: dict[str, TextBlock], *, named: bool) -> tuple[TextBlock, int] | None:
    """The block whose name stands at j, and where the name ends: the longest one. It must end there, in the sound or
    in the text, unless the order said that it is a text."""
    tokens = sheet.tokens
    for end in range(min(len(tokens), j + _LONGEST_NAME), j, -1):
        words = tokens[j:end]
        if any(t.kind in (Kind.MARK, Kind.BREAK) for t in words):
            continue
        block = known.get(_key(plain(words)))
        closed = end == len(tokens) or tokens[end].kind in (Kind.MARK, Kind.BREAK) or named
        if block is not None and (closed or _silent_before(sheet, tokens[end])):
            return block, end
    return None


def _silent_before(sheet: Sheet, token: Token) -> bool:
    return token.first < len(sheet.pauses) and sheet.pauses[token.first] >= _SILENCE


def _end_of_sentence(tokens: Sequence[Token], i: int) -> int:
    while i < len(tokens) and not tokens[i].ends_sentence:
        i += 1
    return i


def _close(out: list[Token], *, titled: bool) -> None:
    """End the sentence before an inserted text, unless it is only a title."""
    if not out or titled or out[-1].ends_sentence or out[-1].text == ":":
        return
    last = out[-1].last
    if out[-1].kind is Kind.MARK and out[-1].text in ",;":
        out.pop()
    out.append(Token(".", last, last, Kind.MARK))


def _written(text: str, first: int, last: int) -> list[Token]:
    """The text of a block, line by line, nothing of it changed by any rule."""
    out: list[Token] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if out:
            out.append(Token("\n", first, last, Kind.BREAK, said=True))
        body = line.rstrip(_STOPS)
        stop = line[len(body) :]
        if body:
            out.append(Token(body, first, last, fixed=True))
        out += [Token(sign, first, last, Kind.MARK, said=True) for sign in stop]
    return out
