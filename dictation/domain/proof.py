"""ProofSheet: the proof of a sending as plain words, ready to be printed: titles, tables, and what it hangs on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProofTable:
    """One table of the sheet. A cell whose column is in `codes` is a digest or a number: printed letter by letter."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # oldest first
    empty: str  # said instead of no row
    codes: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ProofSheet:
    reference: str  # dictation and version
    lines: tuple[str, ...]  # who it is about, to whom
    tables: tuple[ProofTable, ...]
    foot: str  # the line of the journal that closes it
