"""Settle: has this file stopped growing, and has whoever writes it let go?

Listed files and a monotonic time in, seconds of stillness out. Keeps what it saw in memory only: after a restart every
file is watched afresh, which costs a few seconds and no mistake.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dictation.intake.listing import Found


@dataclass(slots=True)
class _Sight:
    signature: tuple[int, ...]
    first_seen: float  # monotonic seconds
    since: float  # unchanged since then, monotonic seconds
    verdict: tuple[str, str] | None = None  # (code, detail) of an earlier look at these very bytes; ("", "") is sound
    failures: int = 0  # unexpected errors on these very bytes
    rest_until: float = 0.0  # monotonic seconds; not looked at before


class Settling:
    """What was seen of each file at earlier scans."""

    def __init__(self) -> None:
        self._sights: dict[str, _Sight] = {}
        self._done: set[str] = set()

    def still_for(self, found: Found, now: float) -> float:
        """Seconds since size, time, inode and link count were first seen as they are now; 0 at first sight."""
        return now - self._sight(found, now).since

    def waiting_for(self, found: Found, now: float) -> float:
        """Seconds since a file of this name was first seen, changed since or not."""
        return now - self._sight(found, now).first_seen

    def _sight(self, found: Found, now: float) -> _Sight:
        sight = self._sights.get(found.relative)
        if sight is None:
            sight = self._sights[found.relative] = _Sight(found.signature, now, now)
        elif sight.signature != found.signature:
            sight = self._sights[found.relative] = _Sight(found.signature, sight.first_seen, now)
        return sight

    def verdict(self, found: Found) -> tuple[str, str] | None:
        sight = self._sights.get(found.relative)
        return sight.verdict if sight and sight.signature == found.signature else None

    def judge(self, found: Found, code: str, detail: str = "") -> None:
        """Remember what was wrong with these very bytes ("": nothing), so that nobody decodes them again to know."""
        sight = self._sights.get(found.relative)
        if sight and sight.signature == found.signature:
            sight.verdict = (code, detail)

    def resting(self, found: Found, now: float) -> float:
        """Seconds before these bytes are worth another try; 0 when they are now."""
        return max(0.0, self._sight(found, now).rest_until - now)

    def count_failure(self, found: Found, now: float, rest_seconds: float) -> int:
        """One more unexpected error on these very bytes: how many now. They rest before the next try."""
        sight = self._sight(found, now)
        sight.failures += 1
        sight.rest_until = now + rest_seconds
        return sight.failures

    def forget(self, found: Found) -> None:
        """It was dealt with: what comes back under its name is watched afresh, from the next scan on."""
        self._done.add(found.relative)

    def keep_only(self, relatives: Iterable[str]) -> list[str]:
        """Forget files that were dealt with or are gone; return the latter. Called at the start of a scan."""
        for relative in self._done:
            self._sights.pop(relative, None)
        self._done.clear()
        gone = list(self._sights.keys() - set(relatives))
        for relative in gone:
            del self._sights[relative]
        return gone


def held_by_a_writer(path: Path) -> bool:
    """Whether a process of this machine (the file server included) has the file open for writing, when that is known.

    Linux refuses a read lease on such a file (fcntl(2), F_SETLEASE). Unknown counts as no: another owner's file, a
    network file system, another system. The lease lives for microseconds; its signal is one that is ignored by default.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)  # the default, SIGIO, would end this process
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    except AttributeError:  # not Linux
        return False
    finally:
        os.close(handle)
    return False
