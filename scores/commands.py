"""Commands: punctuation, layout and edits said aloud, each one a token that is found or not; traps count as errors.

Sets: scores/sets/commands/. A token is a mark or a line break with the words around it in the written phrase; a phrase
whose command edits the text (erases, corrects) is one token more, found when the whole phrase is as expected. A command
word that had to stay a word and did not (« point de vue ») adds tokens nobody wanted: the phrase's false positives.
"""

from __future__ import annotations

import re
from collections import Counter

from dictation.structure import normalise
from scores.phrases import Phrase, even, phrases
from scores.table import Row

_PIECE = re.compile(r"\n+|[.,;:?!…()«»]|[^\s.,;:?!…()«»]+")
_MARK = re.compile(r"^(?:\n+|[.,;:?!…()«»])$")
_EDITS = ("edit",)


def rows(which: str) -> list[Row]:
    """F1 over the command tokens of the `dev` or `test` set, and the traps that were sprung."""
    lines = phrases("commands", which)
    right = wrong = missed = sprung = traps = 0
    for line in lines:
        expected, found = _tokens(line, line.written), _tokens(line, normalise(line.spoken))
        right += (expected & found).total()
        wrong += (found - expected).total()
        missed += (expected - found).total()
        if is_trap(line):
            traps += 1
            sprung += bool(found - expected)
    score = f"{2 * right / (2 * right + wrong + missed):.3f}".replace(".", ",") if right else "0"
    tokens = f"{which}, {right + missed} tokens in {len(lines)} phrases"
    return [
        Row("command tokens, F1, traps included", tokens, score, "≥ 0,97"),
        Row("— traps sprung", f"{which}, {traps} traps", str(sprung)),
    ]


def is_trap(line: Phrase) -> bool:
    return "trap" in line.category or "trap" in line.cells.get("note", "") or "piège" in line.cells.get("note", "")


def _tokens(line: Phrase, text: str) -> Counter[tuple[str, str]]:
    """Marks and breaks by the word before them; figures with their comma are no command."""
    pieces = _PIECE.findall(re.sub(r"(?<=\d)[.,](?=\d)", "", even(text)))
    found: Counter[tuple[str, str]] = Counter()
    last = ""
    for piece in pieces:
        if _MARK.match(piece):
            found[(piece, last)] += 1
        else:
            last = piece
    if line.category.startswith(_EDITS) and even(text) in {even(form) for form in line.accepted}:
        found[("edit", "")] += 1
    return found
