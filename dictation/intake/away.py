"""Away: a file we have our own copy of leaves the inbox, and never another one that came under its name meanwhile."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from dictation.disk import failpoint
from dictation.intake import names
from dictation.intake.listing import Found


def take_away(found: Found) -> bool:
    """Remove a file we have our own copy of; False when another had come under its name, which stays.

    Renamed into a folder of its own first: a file that slips in under the same name a moment before is seen and put
    back, never removed unread. Raises OSError when nothing may be removed here.
    """
    aside = found.path.parent / f"{names.AWAY}{uuid.uuid4().hex[:8]}"
    aside.mkdir()
    target = aside / found.name
    try:
        found.path.rename(target)
    except FileNotFoundError:
        aside.rmdir()
        return True
    except OSError:
        aside.rmdir()
        raise
    failpoint("intake-away")
    status = target.lstat()
    same = (status.st_size, status.st_mtime_ns, status.st_ino) == found.seen
    if same:
        target.unlink()
        aside.rmdir()
    else:
        bring_back(aside)
    return same


def bring_back(aside: Path) -> None:
    """Put back what lies in a folder of take_away: a newer file, or what a crash left there."""
    for entry in list(aside.iterdir()):
        target = aside.parent / entry.name
        if os.path.lexists(target):
            target = (
                aside.parent / f"{names.stem(names.safe(entry.name))}-{uuid.uuid4().hex[:6]}{names.suffix(entry.name)}"
            )
        entry.rename(target)
    aside.rmdir()
