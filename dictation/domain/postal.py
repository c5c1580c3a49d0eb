"""Printed: one letter printed for the post, as the journal keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Printed:
    """Who printed which version for La Poste, when; `note` says why a second time."""

    letter_version: int
    pdf_sha256: str
    cover_sha256: str
    actor: str
    at: datetime
    note: str = ""
