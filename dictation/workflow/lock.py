"""Lock: one worker per installation. Two workers with one name would run the same work twice.

The kernel frees the lock when the process ends, however it ends: nothing to clean up after a crash.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dictation.errors import TryAgainLater


@contextmanager
def only_worker(path: Path) -> Iterator[None]:
    """Hold the worker's lock file. TryAgainLater (E_WORKER_RUNNING) when another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TryAgainLater(f"{path}: another worker holds it", code="E_WORKER_RUNNING") from error
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)
