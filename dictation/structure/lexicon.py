"""Lexicon: the word lists of patterns/, read once, looked up without case or accents.

Reads patterns/*.tsv: tab-separated UTF-8, « # » starts a comment, one entry a line. A hospital extends these
files; no rule needs a change for a new drug, title or unit.
"""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path

PATTERNS = Path(__file__).with_name("patterns")


@functools.lru_cache(maxsize=20_000)
def low(text: str) -> str:
    """Lower case, straight apostrophes, composed accents: « À L’examen » becomes « à l'examen »."""
    return unicodedata.normalize("NFC", text).casefold().replace("’", "'")


@functools.lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """`low` without accents, ligatures opened: for lists whose accents a recogniser may get wrong."""
    opened = low(text).replace("œ", "oe").replace("æ", "ae")
    return "".join(c for c in unicodedata.normalize("NFD", opened) if not unicodedata.combining(c))


@functools.cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The entries of patterns/<name>.tsv; missing trailing columns are simply absent."""
    lines = (PATTERNS / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(
        tuple(cell.strip() for cell in line.split("\t")) for line in lines if line.strip() and not line.startswith("#")
    )


@functools.cache
def table(name: str) -> dict[str, tuple[str, ...]]:
    """patterns/<name>.tsv by its folded first column."""
    return {fold(row[0]): row for row in rows(name)}


@functools.cache
def folded(name: str, group: str = "") -> frozenset[str]:
    """The first column folded, limited to a second column when `group` is given."""
    return frozenset(fold(row[0]) for row in rows(name) if not group or row[1] == group)


@functools.cache
def listed(name: str) -> frozenset[str]:
    """One of the small lists of patterns/listed.tsv, lower case, accents kept."""
    return frozenset(next(row[1].split() for row in rows("listed") if row[0] == name))
