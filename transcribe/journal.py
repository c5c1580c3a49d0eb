"""Journal: the windows of one recording that were already heard, on disk, so that a killed worker goes on from there.

A mapping from a window's key to what was heard in it (both made by listen.py), in one file of lines. Each line is on
the disk before the next window begins. It holds dictated words: keep it where the transcript is kept, and `clear` it
once the transcript is safe.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, MutableMapping
from pathlib import Path


class WindowJournal(MutableMapping[str, str]):
    """Append-only; a line that a crash cut short is forgotten, and its window is heard again."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, str] = {}
        lines = file.read_bytes().splitlines(keepends=True) if file.is_file() else []
        for line in lines:
            try:
                key, value = json.loads(line)
            except ValueError:
                continue
            self._known[key] = value
        self._broken = bool(lines) and not lines[-1].endswith(b"\n")

    def __setitem__(self, key: str, value: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        line = json.dumps([key, value], ensure_ascii=False).encode() + b"\n"
        opened = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(opened, b"\n" + line if self._broken else line)
            os.fsync(opened)
        finally:
            os.close(opened)
        self._known[key], self._broken = value, False

    def __getitem__(self, key: str) -> str:
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __delitem__(self, key: str) -> None:
        raise TypeError("a journal is only written on; clear() it as a whole")

    def clear(self) -> None:
        self._file.unlink(missing_ok=True)
        self._known.clear()


def sweep(folder: Path, awaited: Callable[[], Collection[str]], older_than: float) -> int:
    """Erase the journals of recordings nobody waits for any more, and those not written since; return how many.

    awaited: digests of the recordings still to be transcribed, asked for after the folder was read: a recording that
    comes in meanwhile loses nothing. older_than: seconds since the epoch. A lost journal costs time, never a word.
    """
    files = [(file, _written(file)) for file in folder.glob("*.jsonl")]
    wanted = awaited() if files else ()
    gone = [file for file, written in files if file.stem not in wanted or written < older_than]
    for file in gone:
        file.unlink(missing_ok=True)
    return len(gone)


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # its transcript was finished meanwhile
        return 0.0
