"""JournalEntry: who did or saw what, when, and the chain that makes a quiet change visible.

Each entry's digest covers the one before it, so altering, removing or inserting an entry breaks every digest after it.
Pure: the store writes entries, an archive bundle carries an extract, and both can be checked with the functions here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Details = Mapping[str, str | int | float]

ANCHOR = "bundle-anchored"  # an archive bundle was written: its name and the digest of its manifest
FIRST = "0" * 64  # what the first entry of a chain follows


@dataclass(frozen=True, slots=True)
class JournalEntry:
    serial: int  # 1, 2, 3 ... without a hole
    at: datetime
    dictation_id: str  # "" when the entry is about the installation
    actor: str  # account name, or the part of the program that acted
    action: str
    previous_hash: str
    hash: str
    details: Details = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The entry as JSON-ready data: what listings print and bundles carry."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return fields | {"at": self.at.isoformat(), "details": dict(self.details)}

    def computed_hash(self) -> str:
        """What `hash` must be: SHA-256 of the previous digest and of the canonical JSON of everything else."""
        content = {
            "serial": self.serial,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "dictation_id": self.dictation_id,
            "actor": self.actor,
            "action": self.action,
            "details": dict(self.details),
        }
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256((self.previous_hash + canonical).encode()).hexdigest()


def broken_links(entries: Iterable[JournalEntry]) -> Iterable[str]:
    """What is wrong with a whole chain, one French sentence per fault, in order; nothing when it is intact."""
    previous_hash, expected = FIRST, 1
    for entry in entries:
        if entry.serial != expected:
            yield f"Journal : il manque des lignes avant la ligne {entry.serial} (ligne {expected} attendue)."
        elif entry.previous_hash != previous_hash:
            yield f"Journal : la ligne {entry.serial} ne suit pas la ligne {entry.serial - 1}."
        if entry.computed_hash() != entry.hash:
            yield f"Journal : la ligne {entry.serial} a été modifiée."
        previous_hash, expected = entry.hash, entry.serial + 1
