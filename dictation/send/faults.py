"""Fault: one rule that a message breaks. What each rule says, and what to do, stands in rules.tsv.

Nothing in; the table out. Faults hold codes and places, never a name: they are printed, and they end in logs.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    level: str  # an error keeps a message from leaving; a warning is for a person to weigh
    sentence: str  # French
    action: str  # French: what to do


@functools.cache
def rules() -> dict[str, Rule]:
    """Every rule there is, by name."""
    lines = Path(__file__).with_name("rules.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return {name: Rule(level, sentence, action) for name, level, sentence, action in rows}


@dataclass(frozen=True, slots=True)
class Fault:
    rule: str  # its name in rules.tsv
    place: str = ""  # the element, header or file it was found in

    @property
    def level(self) -> str:
        return rules()[self.rule].level

    @property
    def sentence(self) -> str:
        return rules()[self.rule].sentence

    @property
    def action(self) -> str:
        return rules()[self.rule].action
