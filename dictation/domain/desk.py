"""What the desk keeps beside a draft: who works on it, what was asked about it, and texts people type again and again.

All frozen; accounts by name, times timezone-aware, sound in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dictation.domain.documents import SectionKind
from dictation.domain.spans import Span


@dataclass(frozen=True, slots=True)
class DeskLock:
    """Who works on a letter: a courtesy between people. What keeps their texts apart is the version of the draft."""

    dictation_id: str
    holder: str  # account
    since: datetime
    until: datetime  # renewed by every save and every half minute; past it, the letter is free


@dataclass(frozen=True, slots=True)
class Question:
    """Something only the author knows, pinned to a passage of the letter."""

    id: int
    dictation_id: str
    words: str
    asked_by: str
    asked_at: datetime
    quote: str = ""  # the passage, as it stood in the text
    section: SectionKind | None = None
    span: Span | None = None
    doubt_key: str = ""  # the point to check it was asked about, if any
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None
    answer_sound: str = ""  # sha256 of the WAV it was spoken in; "" when it was typed


class Level(StrEnum):
    """Whose text block it is."""

    SITE = "site"
    SERVICE = "service"
    ACCOUNT = "account"

    @property
    def label(self) -> str:
        return {Level.SITE: "tout l’hôpital", Level.SERVICE: "le service", Level.ACCOUNT: "moi"}[self]


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A text inserted by a click or by its abbreviation: « examen normal », « rdv1m »."""

    id: int
    level: Level
    owner: str  # the site's key, the service's name, or the account
    title: str
    text: str
    abbreviation: str = ""  # typed, then a blank: the text takes its place; "" for none
    section: SectionKind | None = None  # where it belongs; None for anywhere
