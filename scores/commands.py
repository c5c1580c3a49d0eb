"""Commands: every spoken command obeyed or missed, every word that only looked like one left alone or not.

Set: scores/sets/commands/, phrases with their commands in braces. A command is found when exactly its words were taken
as one; words taken as a command that are none (« point de vue ») count as wrong.
"""

from __future__ import annotations

import csv
import re

from dictation.structure import write
from scores.phrases import SETS
from scores.table import Row

_PART = re.compile(r"\{([^}]*)\}|([^{]+)")


def rows(which: str) -> list[Row]:
    """F1 over the command tokens of the test set; there is no other."""
    if which != "test":
        return []
    right = wrong = missed = 0
    path = SETS / "commands" / "test.tsv"
    with path.open(encoding="utf-8", newline="") as lines:
        marked = [row["spoken"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]
    for line in marked:
        spoken, expected = unmarked(line)
        found = set(write(spoken).commands)
        right += len(expected & found)
        wrong += len(found - expected)
        missed += len(expected - found)
    score = f"{2 * right / (2 * right + wrong + missed):.3f}".replace(".", ",")
    on = f"test, {right + missed} commands in {len(marked)} phrases"
    return [Row("spoken commands, F1, traps included", on, score, "≥ 0,97")]


def unmarked(line: str) -> tuple[str, set[tuple[int, int]]]:
    """The phrase without its braces, and the first and last word of each command."""
    words: list[str] = []
    commands: set[tuple[int, int]] = set()
    for command, plain in _PART.findall(line):
        first = len(words)
        words += (command or plain).split()
        if command:
            commands.add((first, len(words) - 1))
    return " ".join(words), commands
