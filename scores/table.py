"""Row and table: what a measure gives, and how it is printed and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `value` and `target` are written as a person reads them: « 92,3 % », « 0,97 », « ≥ 90 % »."""

    measure: str  # what is counted
    on: str  # the set and its size: « test, 312 phrases »
    value: str
    target: str = ""
    peer: str = ""  # a named tool on the same lines: « text2num 3.1.0 : 16 % »


def as_markdown(rows: Sequence[Row]) -> str:
    lines = ["| measure | on | ours | target | peer, same lines |", "|---|---|---|---|---|"]
    lines += [f"| {r.measure} | {r.on} | {r.value} | {r.target} | {r.peer} |" for r in rows]
    return "\n".join(lines) + "\n"
