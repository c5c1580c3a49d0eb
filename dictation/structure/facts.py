"""Facts: a finding in the making, and the patterns its rules share.

Nothing enters, nothing is touched: characters and what they mean, before structure.py gives them their sound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dictation.domain.documents import FindingKind
from dictation.structure.lexicon import kept, rows

BLANK = "[ \u00a0\u202f]"
UPPER = "A-ZÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆ"
NUMBER = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?"


@dataclass
class Fact:
    """A finding in the making: character places in its section's text."""

    kind: FindingKind
    start: int
    end: int
    rule_id: str
    values: tuple[tuple[str, str], ...] = ()
    negated: bool = False
    status: str = ""  # hypothesis, family, past, planned; "" when stated about the patient now

    def value(self, key: str) -> str:
        return dict(self.values).get(key, "")


def taken(facts: Iterable[Fact], start: int, end: int) -> bool:
    """Whether a fact already holds one of these characters."""
    return any(fact.start < end and start < fact.end for fact in facts)


@kept
def unit() -> str:
    """Any unit of patterns/units.tsv, with what it is counted by, as a pattern."""
    said = {"UI", "unités", "MU", "million d’unités", "millions d’unités"}
    signs = sorted({re.escape(row[1]) for row in rows("units")} | said, key=len, reverse=True)
    return rf"(?:{'|'.join(signs)})(?:/[\w²³%]+)*"


@kept
def amount() -> re.Pattern[str]:
    """A number and its unit: groups 1 and 2."""
    return re.compile(rf"({NUMBER}){BLANK}?({unit()})(?![\w/])")
