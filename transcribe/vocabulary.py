"""Vocabulary: the words a hospital and its services say that a recogniser might not know, most useful first.

A plain text file that people may edit: one word a line, the hospital's first, then those of each service under its
name in brackets, « [Urologie] »; « # » starts a comment. Read for prompt.py; written whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

LONGEST = 80  # characters; a term is a name or a few words, never a sentence
_HEADING = re.compile(r"\s*\[(.+)\]\s*(?:#.*)?")  # the name of a service, in its brackets


class Vocabulary:
    def __init__(self, file: Path) -> None:
        self._file = file

    def terms(self, service: str = "") -> list[str]:
        """What belongs to this service alone, or to the whole hospital: in order, each once, whatever its case."""
        lines = self._lines()
        return _distinct(
            line.partition("#")[0]
            for line, owner in zip(lines, _owners(lines), strict=True)
            if owner.casefold() == service.casefold() and not _HEADING.fullmatch(line)
        )

    def known_to(self, service: str) -> list[str]:
        """What the recogniser is told for a dictation of this service: its own words, then the hospital's.

        A prompt is short, the first words win: a service's own are nearer to what it will say.
        """
        return _distinct([*self.terms(service), *self.terms()]) if service else self.terms()

    def services(self) -> list[str]:
        """The services that have words of their own, as the file names them."""
        found = dict.fromkeys(owner for owner in _owners(self._lines()) if owner)
        return [service for service in found if self.terms(service)]

    def add(self, terms: Iterable[str], service: str = "") -> list[str]:
        """Add what is new to the hospital's words, or to those of one service, after what is there; return it.

        Raises ValueError for a term that is too long, or that would be read as the name of a service.
        """
        before = self.terms(service)
        new = _distinct([*before, *terms])[len(before) :]
        if wrong := [term for term in new if len(term) > LONGEST or term.startswith("[")]:
            raise ValueError(f"{len(wrong)} terms of more than {LONGEST} characters, or with a bracket in front")
        if new:
            lines = self._lines()
            owned = [i for i, owner in enumerate(_owners(lines)) if owner.casefold() == service.casefold()]
            written = [i for i in owned if lines[i].strip()]
            if service and not owned:
                lines += [*([""] if lines else []), f"[{service}]", *new]
            else:  # behind the last line that says something, in front of the blank ones that part two services
                at = written[-1] + 1 if written else 0
                lines[at:at] = new
            self._file.parent.mkdir(parents=True, exist_ok=True)
            part = self._file.with_suffix(".part")
            part.write_text("\n".join(lines) + "\n", "utf-8")
            part.replace(self._file)
        return new

    def _lines(self) -> list[str]:
        return self._file.read_text("utf-8").splitlines() if self._file.is_file() else []


def _owners(lines: Iterable[str]) -> list[str]:
    """The service each line belongs to, its heading as well; "" for the hospital's."""
    owner, out = "", []
    for line in lines:
        if heading := _HEADING.fullmatch(line):
            owner = " ".join(heading[1].split())
        out.append(owner)
    return out


def _distinct(terms: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for term in terms:
        if clean := " ".join(term.split()):
            found.setdefault(clean.casefold(), clean)
    return list(found.values())
