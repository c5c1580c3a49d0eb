"""Filing: what a signed letter owes the hospital's patient record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RecordEvent(StrEnum):
    """What happened to the document; the values are HL7 v2 trigger events of MDM."""

    NEW = "T02"  # original document, with its content
    STATUS = "T04"  # it reached its addressee
    REPLACED = "T10"  # this version takes the place of the one before, with its content
    CANCELLED = "T11"  # withdrawn by a person before it left


@dataclass(frozen=True, slots=True)
class Filing:
    """One event the record has not acknowledged yet. `id` is stable: every attempt carries it."""

    id: str
    dictation_id: str
    letter_version: int
    event: RecordEvent
