"""Visit and News: who is expected when, and what the hospital's administration says of its patients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dictation.domain.people import Patient


@dataclass(frozen=True, slots=True)
class Visit:
    """One patient expected, or seen, on one day: a line of that day's list, and of the day the patient leaves."""

    number: str  # the administration's own, unique
    hospital_number: str  # IPP of the patient
    on: date
    author: str = ""  # RPPS of who sees the patient; "" when the administration did not say
    service: str = ""
    cancelled: bool = False
    until: date | None = None  # discharged; None: not told this time
    stays: bool = False  # a discharge that was told before is undone


@dataclass(frozen=True, slots=True)
class News:
    """One message of the administration: an identity, a visit, or that two numbers are one person."""

    patient: Patient | None = None
    visit: Visit | None = None
    merged_from: str = ""  # IPP that is no longer used: `patient` is the person it stood for
