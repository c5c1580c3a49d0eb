"""Vocabulary: the words a service says that a recogniser might not know, one a line, most useful first.

A plain text file that people may edit; « # » starts a comment. Read for prompt.py; written whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

LONGEST = 80  # characters; a term is a name or a few words, never a sentence


class Vocabulary:
    def __init__(self, file: Path) -> None:
        self._file = file

    def terms(self) -> list[str]:
        """In order, each once, whatever its case."""
        lines = self._file.read_text("utf-8").splitlines() if self._file.is_file() else []
        return _distinct(line.partition("#")[0] for line in lines)

    def add(self, terms: Iterable[str]) -> list[str]:
        """Add what is new, after what is there; return it. Raises ValueError for a term that is too long."""
        before = self.terms()
        after = _distinct([*before, *terms])
        if too_long := [term for term in after if len(term) > LONGEST]:
            raise ValueError(f"{len(too_long)} terms of more than {LONGEST} characters")
        new = after[len(before) :]
        if new:
            kept = self._file.read_text("utf-8") if self._file.is_file() else ""
            self._file.parent.mkdir(parents=True, exist_ok=True)
            part = self._file.with_suffix(".part")
            part.write_text(kept + ("\n" if kept and not kept.endswith("\n") else "") + "\n".join(new) + "\n", "utf-8")
            part.replace(self._file)
        return new


def _distinct(terms: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for term in terms:
        if clean := " ".join(term.split()):
            found.setdefault(clean.casefold(), clean)
    return list(found.values())
