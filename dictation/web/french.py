"""French: dates, durations and counts as a person reads them. Pure functions; times come in as aware datetimes.

No-break spaces: U+00A0 before « : » and inside quotes, U+202F before « ; ! ? » and units.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
MONTHS = ["janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
NBSP, THIN = "\u00a0", "\u202f"


def day(value: date) -> str:
    """12/03/1951: as on identity papers and wristbands, for comparing."""
    return f"{value:%d/%m/%Y}"


def moment(value: datetime, now: datetime) -> str:
    """« 14 h 02 » today, « hier à 17 h 20 », else « 22 nov. 2026 à 14 h 02 »."""
    local, today = value.astimezone(PARIS), now.astimezone(PARIS).date()
    clock = f"{local.hour}{NBSP}h{NBSP}{local.minute:02d}"
    if local.date() == today:
        return clock
    if local.date() == today - timedelta(days=1):
        return f"hier à {clock}"
    return f"{local.day}{NBSP}{MONTHS[local.month - 1]} {local.year} à {clock}"


def age(since: datetime, now: datetime) -> str:
    """How long something has been waiting: « à l’instant », « 12 min », « 3 h », « 2 j »."""
    seconds = max(0.0, (now - since).total_seconds())
    if seconds < 60:
        return "à l’instant"
    if seconds < 3600:
        return f"{int(seconds // 60)}{NBSP}min"
    if seconds < 86400:
        return f"{int(seconds // 3600)}{NBSP}h"
    return f"{int(seconds // 86400)}{NBSP}j"


def length(seconds: float | None) -> str:
    """A length of sound: « 3 min 12 », « 45 s », « – » when unknown."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}{NBSP}min{NBSP}{rest:02d}" if minutes else f"{rest}{NBSP}s"


def place(seconds: float) -> str:
    """A place in the sound, as a player shows it: « 1:04 »."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def to_go(seconds: float | None) -> str:
    """Time left, honestly rounded: « encore 40 s environ », « encore 3 min environ »."""
    if seconds is None:
        return ""
    if seconds < 10:
        return "bientôt terminé"
    if seconds < 90:
        return f"encore {round(seconds / 10) * 10}{NBSP}s environ"
    return f"encore {round(seconds / 60)}{NBSP}min environ"


def percent(share: float) -> str:
    return f"{int(share * 100)}{NBSP}%"


def capped(number: int, most: int = 10_000) -> str:
    """A count that stopped at `most`: « 412 », « 10 000+ »."""
    return f"{number:,}".replace(",", THIN) + ("+" if number >= most else "")


def hours(value: float | None) -> str:
    """A duration in hours: « 12 min », « 3,4 h », « 2,1 j », « – » of nothing."""
    if value is None:
        return "–"
    if value < 1:
        return f"{round(value * 60)}{NBSP}min"
    return f"{value:.1f}{NBSP}h".replace(".", ",") if value < 48 else f"{value / 24:.1f}{NBSP}j".replace(".", ",")


def delay(by: timedelta) -> str:
    """How late: « 3 h », « 2 j »; less than an hour is « moins d’une heure »."""
    hours = int(by.total_seconds() // 3600)
    return f"{hours // 24}{NBSP}j" if hours >= 48 else f"{hours}{NBSP}h" if hours else "moins d’une heure"


def count(number: int, one: str, many: str) -> str:
    """« 1 point », « 0 point », « 2 points »: French counts zero as one."""
    return f"{number}{NBSP}{one if number < 2 else many}"
