"""Phrases: the lines of the sets of spoken and written phrases (sets/README.md says how they are laid out).

The test set is scores/sets/normalise/test*.tsv; for development, dev.tsv beside it is read, and the phrases of
tests/structure/spoken_written.tsv.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

SETS = Path(__file__).parent / "sets"
_DEVELOPMENT = Path(__file__).parents[1] / "tests" / "structure" / "spoken_written.tsv"
_ACCEPT = re.compile(r"\baccept\s+(.*)$")


@dataclass(frozen=True, slots=True)
class Phrase:
    category: str
    spoken: str
    written: str
    accepted: tuple[str, ...]  # `written`, then the other right answers


def phrases(which: str, kind: str = "") -> list[Phrase]:
    """The phrases of the `dev` or `test` set; `kind` is "", "written" or "neutral"."""
    if which == "dev":
        return [] if kind else [*_development(), *_table(SETS / "normalise" / "dev.tsv")]
    path = SETS / "normalise" / (f"{which}_{kind}.tsv" if kind else f"{which}.tsv")
    return _table(path)


def _table(path: Path) -> list[Phrase]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [_phrase(row) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


def _phrase(cells: dict[str, str]) -> Phrase:
    written = cells["written"].replace("\\n", "\n")
    accept = _ACCEPT.search(cells.get("note") or "")
    variants = [form.strip().replace("\\n", "\n") for form in accept[1].split(" | ")] if accept else []
    return Phrase(cells["category"], cells["spoken"], written, (written, *variants))


def _development() -> list[Phrase]:
    found, category = [], ""
    for line in _DEVELOPMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            category = line[3:]
        elif line.strip() and not line.startswith("#"):
            spoken, written = line.replace("\\n", "\n").split("\t")
            found.append(Phrase(category, spoken, written, (written,)))
    return found


def even(text: str) -> str:
    """For comparing: any blank is a blank, apostrophes straight, case put aside."""
    for blank in "\u00a0\u202f\u2009":
        text = text.replace(blank, " ")
    return re.sub(r" +", " ", text.replace("’", "'")).casefold().strip()
