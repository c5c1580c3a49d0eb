"""Disk: durable writes, claims, digests and failpoints. The only code that writes files of the flow.

A write is done when the file and its folder are synced: a power cut afterwards loses nothing. Blobs live in a
content-addressed store: the database keeps digests, the bytes are checked against them on every read.
"""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import stat
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dictation.errors import NeedsAPerson, TryAgainLater

CHUNK = 1 << 20  # bytes per read while hashing
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_reached: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Die here when a crash test asked for it: DICTATION_FAILPOINT=name:nth kills with SIGKILL at the nth passage."""
    wanted = os.environ.get("DICTATION_FAILPOINT")
    if not wanted:
        return
    point, _, nth = wanted.partition(":")
    if point == name:
        _reached[name] += 1
        if _reached[name] == int(nth or 1):
            os.kill(os.getpid(), signal.SIGKILL)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some shares cannot sync a folder: nothing more to do
            raise
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Create `folder` and what is missing above it; each new name is on the disk before returning."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def write_durably(path: Path, data: bytes) -> None:
    """All of `data` at `path` or nothing, on the disk before returning. TryAgainLater (E_DISK_FULL) when full."""
    part = path.with_name(f".{path.name[:40]}.{uuid.uuid4().hex}.part")
    try:
        make_folder(path.parent)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        if error.errno in _FULL:
            raise TryAgainLater("disk full", code="E_DISK_FULL") from error
        raise


@contextmanager
def open_dropped(source: Path) -> Iterator[tuple[int, os.stat_result]]:
    """Open a file somebody else dropped, without following links or waiting on a pipe: (handle, what it is).

    NeedsAPerson: E_NOT_REGULAR (link, second name, folder, pipe, device), E_PERMISSION. TryAgainLater: E_VANISHED, or
    a share that does not answer.
    """
    try:
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise TryAgainLater("gone before it was opened", code="E_VANISHED") from error
    except PermissionError as error:
        raise NeedsAPerson("not readable", code="E_PERMISSION") from error
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO, errno.ENODEV}:
            raise NeedsAPerson("not a regular file", code="E_NOT_REGULAR") from error
        raise TryAgainLater(f"open failed: {errno.errorcode.get(error.errno or 0)}") from error
    try:
        found = os.fstat(handle)
        if stat.S_ISREG(found.st_mode) and found.st_nlink == 0:
            raise TryAgainLater("removed while it was opened", code="E_VANISHED")
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise NeedsAPerson("not a regular file", code="E_NOT_REGULAR")
        yield handle, found
    finally:
        os.close(handle)


def read_dropped(source: Path, max_bytes: int) -> bytes:
    """A small file somebody else dropped. Raises as open_dropped, and NeedsAPerson E_TOO_BIG."""
    with open_dropped(source) as (handle, found):
        data = b""
        try:
            while len(data) <= max_bytes and (more := os.read(handle, max_bytes + 1 - len(data))):
                data += more
        except OSError as error:
            raise TryAgainLater(f"read failed: {errno.errorcode.get(error.errno or 0)}") from error
        if max(len(data), found.st_size) > max_bytes:
            raise NeedsAPerson(f"{found.st_size} bytes, more than {max_bytes}", code="E_TOO_BIG")
        return data


Seen = tuple[int, int, int]  # size in bytes, time of change in ns, inode: how a file looked when it was listed


def _must_be(found: os.stat_result, seen: Seen | None) -> None:
    if seen is not None and (found.st_size, found.st_mtime_ns, found.st_ino) != seen:
        raise TryAgainLater("changed since it was listed", code="E_STILL_WRITTEN")


def dropped_digest(source: Path, seen: Seen | None = None) -> str:
    """The SHA-256 of a file somebody else dropped. Raises as open_dropped, and E_STILL_WRITTEN when it has changed."""
    with open_dropped(source) as (handle, found), _as_passing("read"):
        _must_be(found, seen)
        sha = hashlib.sha256()
        while data := os.read(handle, CHUNK):
            sha.update(data)
        return sha.hexdigest()


@dataclass(frozen=True, slots=True)
class Claim:
    """A file copied into the store: its bytes are ours now, whatever happens to the original."""

    sha256: str
    size_bytes: int
    device: int
    inode: int
    mtime_ns: int
    new: bool = True  # the store did not hold these bytes before


@dataclass(frozen=True, slots=True)
class ContentStore:
    """Blobs by SHA-256 under `root`/ab/cdef...; written once, never changed."""

    root: Path

    def path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:]

    def put(self, data: bytes) -> str:
        """Store `data` durably; return its digest. Storing the same bytes twice is a no-op."""
        sha256 = digest(data)
        if not self.path(sha256).exists():
            write_durably(self.path(sha256), data)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes behind a digest. NeedsAPerson (E_INTEGRITY) when missing or changed on disk."""
        try:
            data = self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise NeedsAPerson(f"blob {sha256[:12]} is missing", code="E_INTEGRITY") from error
        if digest(data) != sha256:
            raise NeedsAPerson(f"blob {sha256[:12]} was altered", code="E_INTEGRITY")
        return data

    @contextmanager
    def opened(self, sha256: str) -> Iterator[IO[bytes]]:
        """The file behind a digest, checked, at its beginning: for what is too big for memory. Raises as `get`."""
        try:
            file = self.path(sha256).open("rb")
        except FileNotFoundError as error:
            raise NeedsAPerson(f"blob {sha256[:12]} is missing", code="E_INTEGRITY") from error
        with file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                raise NeedsAPerson(f"blob {sha256[:12]} was altered", code="E_INTEGRITY")
            file.seek(0)
            yield file

    def has(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def erase(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def claim(
        self,
        source: Path,
        max_bytes: int,
        *,
        seen: Seen | None = None,
        check: Callable[[Path], None] | None = None,
    ) -> Claim:
        """Copy a file somebody else dropped into the store, hashing on the way; the original stays where it is.

        The inode is opened once, without following links; everything is decided on that handle.
        seen: how the caller saw it; what has changed since, or another file under its name, is not taken.
        check: looks at our own copy before it enters the store; what it raises leaves nothing behind.
        NeedsAPerson: E_NOT_REGULAR, E_PERMISSION, E_EMPTY, E_TOO_BIG. TryAgainLater: changed while it was read
        (E_STILL_WRITTEN), vanished (E_VANISHED), disk full (E_DISK_FULL).
        """
        part = self.root / f".claim-{uuid.uuid4().hex}.part"
        try:
            with open_dropped(source) as (handle, before):
                _must_be(before, seen)
                if before.st_size == 0:
                    raise NeedsAPerson("empty file", code="E_EMPTY")
                if before.st_size > max_bytes:
                    raise NeedsAPerson(f"{before.st_size} bytes, more than {max_bytes}", code="E_TOO_BIG")
                with _as_passing("copy"):
                    make_folder(self.root)
                    sha256, size = _copy(handle, part, max_bytes)
                    after = os.fstat(handle)
                if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size:
                    raise TryAgainLater("still being written", code="E_STILL_WRITTEN")
            failpoint("claim-copied")
            if check:
                check(part)
            with _as_passing("copy"):
                target = self.path(sha256)
                new = not target.exists()
                make_folder(target.parent)
                part.replace(target)
                sync_folder(target.parent)
            failpoint("claim-stored")
            return Claim(sha256, size, after.st_dev, after.st_ino, after.st_mtime_ns, new)
        finally:
            part.unlink(missing_ok=True)

    def sweep(self, older_than_seconds: float = 3600) -> int:
        """Remove copies that a killed claim left behind; return how many. Younger ones may belong to a live claim."""
        left = [part for part in self.root.glob(".claim-*.part") if _age_seconds(part) > older_than_seconds]
        for part in left:
            part.unlink(missing_ok=True)
        return len(left)


def _age_seconds(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _copy(handle: int, part: Path, max_bytes: int) -> tuple[str, int]:
    """Copy an open file to `part`, on the disk before returning: (digest, bytes). Stops at `max_bytes`: it may grow."""
    sha = hashlib.sha256()
    size = 0
    with part.open("wb") as copy:
        while size <= max_bytes and (data := os.read(handle, CHUNK)):
            sha.update(data)
            size += len(data)
            copy.write(data)
        copy.flush()
        os.fsync(copy.fileno())
    return sha.hexdigest(), size


@contextmanager
def _as_passing(what: str) -> Iterator[None]:
    """Trouble of the disk is passing: nothing was taken, nothing is lost."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise TryAgainLater("disk full", code="E_DISK_FULL") from error
        raise TryAgainLater(f"{what} failed: {errno.errorcode.get(error.errno or 0)}") from error
