"""Phrases: the lines of a set of spoken and written phrases, read from scores/sets/<name>/.

A set is one or more TSV files with a header (see sets/README.md); `dev` and `test` are told apart by the file name.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

SETS = Path(__file__).parent / "sets"


@dataclass(frozen=True, slots=True)
class Phrase:
    id: str
    category: str
    spoken: str
    written: str
    accepted: tuple[str, ...]  # `written`, then the variants a secretary might write as well
    cells: dict[str, str]  # every column of the line


def phrases(name: str, which: str) -> list[Phrase]:
    """The phrases of sets/<name>/*<which>*.tsv, in order; « \\n » in a cell is a line break."""
    found: list[Phrase] = []
    for path in sorted((SETS / name).glob(f"*{which}*.tsv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(
                (line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE
            )
            found += [_phrase({key: (cell or "").replace("\\n", "\n") for key, cell in row.items()}) for row in rows]
    return found


def _phrase(cells: dict[str, str]) -> Phrase:
    variants = [form.strip(" ") for form in cells.get("accepted", "").split("|") if form.strip(" ")]
    written = cells["written"]
    return Phrase(cells.get("id", ""), cells.get("category", ""), cells["spoken"], written, (written, *variants), cells)


def even(text: str) -> str:
    """For comparing: any blank is a blank, apostrophes straight, case put aside."""
    for blank in "\u00a0\u202f\u2009":
        text = text.replace(blank, " ")
    return "\n".join(" ".join(line.split(" ")) for line in text.replace("’", "'").split("\n")).casefold().strip()
