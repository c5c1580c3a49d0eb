"""Memory: which files of the inbox are already taken, though they still lie there.

One small durable file per remembered file, in .state/intake/claimed/. Written before the ledger hears of a recording,
so that a crash between the ledger's row and the removal is told from a duplicate; kept for good on a share where we
may not remove anything. Holds digests and numbers, no name.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from dictation.disk import write_durably
from dictation.intake.listing import Found


@dataclass(frozen=True, slots=True)
class Remembered:
    """A file that was claimed. `dictation` is empty until the ledger has its row."""

    sha256: str
    device: int
    inode: int
    dictation: str = ""
    code: str = ""  # refused, but could not be moved away
    kept: bool = False  # may not be removed: a read-only share, somebody else's sticky folder

    def is_of(self, found: Found) -> bool:
        """Whether it is still the same inode; the name, size and time agree already."""
        return (self.device, self.inode) == (found.device, found.inode)


class Memory:
    """Claimed files by name, size and time of change. Single writer: whoever holds the lock of the inbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: set[str] | None = None

    def key(self, found: Found) -> str:
        what = b"%s\0%d\0%d" % (os.fsencode(found.relative), found.size, found.mtime_ns)
        return hashlib.sha256(what).hexdigest()[:32]

    def recall(self, found: Found) -> Remembered | None:
        key = self.key(found)
        if key not in self._keys():
            return None
        try:
            return Remembered(**json.loads((self.folder / f"{key}.json").read_bytes()))
        except FileNotFoundError:  # forgotten by a retry from another process
            self._keys().discard(key)
            return None
        except (ValueError, TypeError):  # damaged: the content decides again
            return None

    def note(self, found: Found, remembered: Remembered) -> None:
        key = self.key(found)
        write_durably(self.folder / f"{key}.json", json.dumps(asdict(remembered)).encode())
        self._keys().add(key)

    def forget(self, key: str) -> None:
        (self.folder / f"{key}.json").unlink(missing_ok=True)
        self._keys().discard(key)

    def tidy(self, seen: Collection[str]) -> None:
        """Forget files a killed intake had just removed; those we may not remove stay remembered."""
        for key in self._keys() - set(seen):
            path = self.folder / f"{key}.json"
            try:
                kept = json.loads(path.read_bytes())["kept"]
            except (OSError, ValueError, KeyError, TypeError):
                kept = False
            if not kept:
                self.forget(key)

    def _keys(self) -> set[str]:
        """Known keys, read once: a scan asks for every file it sees."""
        if self._known is None:
            self._known = {path.stem for path in self.folder.glob("*.json")} if self.folder.is_dir() else set()
        return self._known
