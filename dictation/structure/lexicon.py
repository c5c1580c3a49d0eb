"""Lexicon: the word lists of patterns/, read once, looked up without case or accents.

Reads patterns/*.tsv: tab-separated UTF-8, « # » starts a comment, one entry a line. A hospital adds lines in a folder
of its own ([structure] lexicons): drugs.tsv or drugs.anything.tsv there goes on from ours, and its lines win. No rule
needs a change for a new drug, title or unit.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from dictation.errors import BadSettings

PATTERNS = Path(__file__).with_name("patterns")
_REGEXES = frozenset(
    {"qualifiers", "scopes", "unchanged", "negative_signs", "section_words", "section_natures", "posology"}
)

Made = TypeVar("Made", bound=Callable[..., Any])
_kept: list[Any] = []
_own: list[Path] = []


def kept(make: Made) -> Made:
    """A cache for what is made of the lists: made anew when a hospital's own lists come in."""
    cached: Any = functools.lru_cache(maxsize=4096)(make)
    _kept.append(cached)
    return cached  # type: ignore[no-any-return]


def extend(folder: Path | None) -> None:
    """Take a hospital's own lists in, before the first text of the process; None: ours alone.

    Raises BadSettings for a folder that is not there, a list nobody reads, or a line that does not fit.
    """
    wanted = [] if folder is None else [folder]
    if wanted == _own:
        return
    if folder is not None:
        if not folder.is_dir():
            raise BadSettings(f"structure.lexicons = {folder}: no such folder")
        for file in sorted(folder.glob("*.tsv")):
            _check(file)
    _own[:] = wanted
    for cached in _kept:
        cached.cache_clear()


def _check(file: Path) -> None:
    name = file.name.split(".")[0]
    ours = PATTERNS / f"{name}.tsv"
    if not ours.exists():
        known = ", ".join(sorted(path.stem for path in PATTERNS.glob("*.tsv")))
        raise BadSettings(f"{file}: no list of that name; there are {known}")
    needed = min(len(row) for row in _rows_of(ours))
    for number, row in enumerate(_rows_of(file), 1):
        if len(row) < needed or not row[0]:
            raise BadSettings(f"{file}: entry {number} has {len(row)} columns, {needed} needed")
        try:
            re.compile(row[0] if name in _REGEXES else "")
        except re.error as error:
            raise BadSettings(f"{file}: entry {number}: {error}") from error


@functools.lru_cache(maxsize=20_000)
def low(text: str) -> str:
    """Lower case, straight apostrophes, composed accents: « À L’examen » becomes « à l'examen »."""
    return unicodedata.normalize("NFC", text).casefold().replace("’", "'")


@functools.lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """`low` without accents, ligatures opened: for lists whose accents a recogniser may get wrong."""
    opened = low(text).replace("œ", "oe").replace("æ", "ae")
    return "".join(c for c in unicodedata.normalize("NFD", opened) if not unicodedata.combining(c))


@kept
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The entries of patterns/<name>.tsv, then the hospital's own; missing trailing columns are simply absent."""
    files = [PATTERNS / f"{name}.tsv"]
    for folder in _own:
        files += sorted([*folder.glob(f"{name}.tsv"), *folder.glob(f"{name}.*.tsv")])
    return tuple(row for file in files for row in _rows_of(file))


def _rows_of(file: Path) -> list[tuple[str, ...]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise BadSettings(f"{file}: not UTF-8") from error
    return [
        tuple(cell.strip() for cell in line.split("\t")) for line in lines if line.strip() and not line.startswith("#")
    ]


@kept
def table(name: str) -> dict[str, tuple[str, ...]]:
    """patterns/<name>.tsv by its folded first column."""
    return {fold(row[0]): row for row in rows(name)}


@kept
def folded(name: str, group: str = "") -> frozenset[str]:
    """The first column folded, limited to a second column when `group` is given."""
    return frozenset(fold(row[0]) for row in rows(name) if not group or row[1] == group)


@kept
def listed(name: str) -> frozenset[str]:
    """One of the small lists of patterns/listed.tsv, lower case, accents kept; a hospital's words are added to ours."""
    found = [row[1].split() for row in rows("listed") if row[0] == name]
    if not found:
        raise KeyError(name)
    return frozenset(word for words in found for word in words)
