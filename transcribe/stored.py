"""Stored: the samples of a long recording in a file, read a stretch at a time, so that an hour needs no more memory.

An open file of 16-bit samples in; float32 stretches out, as from an array. The file has no name: it is gone when the
last reader is, however the process ends.
"""

from __future__ import annotations

import os
import weakref
from typing import IO, Any

import numpy as np
import numpy.typing as npt


class StoredSamples:
    """Mono samples, little-endian, in a file from `offset` to its end. `stored[a:b]` reads; safe from any thread."""

    def __init__(self, file: IO[bytes], offset: int = 0) -> None:
        """The file stays open for this object when the caller closes it."""
        self._file = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._file)
        self._offset = offset
        self._count = max(0, os.fstat(self._file).st_size - offset) // 2

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, stretch: slice) -> npt.NDArray[np.float32]:
        """float32, within -1..1, as many as an array would give. Raises OSError when the disk does not give them."""
        first, last, step = stretch.indices(self._count)
        if step != 1:
            raise ValueError(f"stretches run forwards, sample by sample: got a step of {step}")
        wanted, found = 2 * max(0, last - first), bytearray()
        while len(found) < wanted:
            read = os.pread(self._file, wanted - len(found), self._offset + 2 * first + len(found))
            if not read:
                raise OSError(f"samples end after {len(found)} of {wanted} bytes")
            found += read
        return as_floats(np.frombuffer(found, "<i2"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """All of it, in memory: for short sounds."""
        del copy  # always one
        return np.asarray(self[:], dtype)


def as_floats(samples: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """16-bit samples within -1..1, as every engine hears them."""
    return samples.astype(np.float32) / np.float32(32768)
