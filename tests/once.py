"""What takes long to make, made once for all the processes of a run."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(temporary: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that `make` filled, in whichever process came first; the others wait for it, and change nothing in it.

    A `make` that fails leaves the folder to be made again, from empty, by the next that asks.
    """
    ours = temporary.getbasetemp()
    shared = ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours
    folder = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = temporary.mktemp(name)
            make(part)
            part.rename(folder)
    return folder
