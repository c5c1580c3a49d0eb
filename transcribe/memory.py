"""Memory: what this process needs no more goes back to the system. Linux and glibc; elsewhere nothing happens."""

from __future__ import annotations

import ctypes
import mmap
from pathlib import Path


def give_back() -> None:
    """Free memory between what is in use goes back. Large buffers leave holes that the next window's do not fit."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's alone
    if trim:
        trim(0)


def forget_files(folder: Path) -> None:
    """Give back the pages of the weights as they lie on disk: their form for this processor has been made by now.

    Should one be needed again, it is read again.
    """
    advise = ctypes.CDLL(None).madvise
    for line in Path("/proc/self/maps").read_text("utf-8", "replace").splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[1].startswith("r--") and fields[5].startswith(f"{folder}/"):
            first, last = (int(edge, 16) for edge in fields[0].split("-"))
            advise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), mmap.MADV_DONTNEED)
