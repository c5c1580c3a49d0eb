"""Restarts: « reprends », « euh non annule », said alone, take back the sentence that is begun again behind them.

Tokens in, tokens out, one of the spoken edits. Only where the first words of that sentence are said again; where they
are not, both stay and a person is told.
"""

from __future__ import annotations

from dictation.structure.tokens import Kind, Sheet, Token, plain

_VERBS = frozenset({"reprends", "reprenez", "annule", "annulez"})
_HESITATIONS = frozenset({"non", "pardon", "euh", "heu", "ah", "attends", "attendez"})
# « je reprends » has its own rule; « il annule », « qui s'annule » tell of somebody.
_SUBJECTS = frozenset(str.split("je tu il elle on qui que j' l' s' m' t' se me te ne n' et ou nous vous les la le lui"))
_REACH = 14  # words back in which the sentence may begin again
_TOLD = 4  # words on both sides of what is told


def restart_at(sheet: Sheet, i: int) -> int | None:
    """Obey the restart said at i; returns where to go on, None when none was said."""
    tokens, j = sheet.tokens, i
    while j < len(tokens) and _is(tokens, j, _HESITATIONS):
        j += 1
    if not _is(tokens, j, _VERBS) or (j == i and i and tokens[i - 1].low in _SUBJECTS):
        return None
    starts = i == 0 or tokens[i - 1].kind is not Kind.WORD
    begin = j + 1
    while begin < len(tokens) and tokens[begin].kind is Kind.MARK and not tokens[begin].said:
        begin += 1
    new = [token.low for token in tokens[begin : begin + 2]]
    if len(new) < 2 or not (starts or j > i):
        return None
    start = _begun_at(tokens, i, new)
    if start is None:
        if j > i or tokens[j].low in ("reprends", "reprenez"):
            sheet.warn("edit.unclear", tokens[max(0, i - _TOLD) : begin + _TOLD])
            return begin
        return None
    sheet.commands.append((tokens[i].first, tokens[j].last))
    sheet.warn("edit.corrected", tokens[start : begin + _TOLD], plain(tokens[start:i]))
    del tokens[start:begin]
    return start


def _is(tokens: list[Token], i: int, words: frozenset[str]) -> bool:
    return i < len(tokens) and tokens[i].kind is Kind.WORD and tokens[i].low in words


def _begun_at(tokens: list[Token], i: int, new: list[str]) -> int | None:
    """Where the two words of `new` stand: in the sentence before i, or at the head of the one that ended there."""
    head = i
    while head and not tokens[head - 1].ends_sentence:
        head -= 1
    for start in range(i - 2, max(head, i - _REACH) - 1, -1):
        if [token.low for token in tokens[start : start + 2]] == new:
            return start
    if [token.low for token in tokens[head : head + 2]] == new and head < i:
        return head
    if head < i or not i:
        return None
    head -= 1
    while head and (tokens[head - 1].kind is Kind.WORD or not tokens[head - 1].ends_sentence):
        head -= 1
    return head if [token.low for token in tokens[head : head + 2]] == new else None
