"""Digest: the daily word about what is late, written once a day by the service.

The late dictations and the hour in; one file a day in a folder out, and one line of the journal. That line, not the
file, says that the word was said: the hospital's own programs collect the files and take them away. Ids, states,
services and durations only: the folder may be mailed as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from dictation.disk import failpoint, write_durably
from dictation.overdue import Late, digest

PARIS = ZoneInfo("Europe/Paris")


class Book(Protocol):
    """Which days had their word; dictation/store/digests.py satisfies it."""

    def said(self, day: date) -> bool: ...
    def say(self, day: date, *, late: int) -> bool: ...


def write_due(book: Book, late: Callable[[], list[Late]], folder: Path, *, hour: int, now: datetime) -> Path | None:
    """Write today's word once its hour has come; None before that, and when it was written already.

    hour: 0..23 where the hospital is; negative: never. A service that was stopped then writes it when it starts.
    Killed between file and journal, the next round leaves the file as it is: somebody may have read it.
    """
    local = now.astimezone(PARIS)
    day = local.date()
    if hour < 0 or local.hour < hour or book.said(day):
        return None
    found, path = late(), folder / f"retards-{day.isoformat()}.txt"
    if not path.exists():
        head = f"Dictées, le {local:%d/%m/%Y} à {local.hour}\u00a0h\u00a0{local:%M}."
        write_durably(path, f"{head}\n{digest(found)}\n".encode())
    failpoint("digest-written")
    book.say(day, late=len(found))
    return path
