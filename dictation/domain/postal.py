"""Postal: one letter printed for the post, as the journal keeps it, and which letters a person may settle so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dictation.domain.progress import State

# It left, or may have, and something is awaited: a copy that was posted answers for it.
SETTLEABLE = frozenset({State.SENT, State.DELIVERED, State.RETURNED, State.UNCERTAIN})


@dataclass(frozen=True, slots=True)
class Printed:
    """Who printed which version for La Poste, when; `note` says why a second time."""

    letter_version: int
    pdf_sha256: str
    cover_sha256: str
    actor: str
    at: datetime
    note: str = ""
