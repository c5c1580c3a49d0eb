"""Processor: its name and what it can do, as Linux says; elsewhere nothing is promised."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

BFLOAT16 = frozenset({"amx_bf16", "avx512_bf16"})  # without them bfloat16 is only imitated
BYTES = frozenset({"avx512_vnni"})  # whole numbers of 8 bits; every processor with the others has it
UNITS = BFLOAT16 | BYTES  # without them OpenVINO gains nothing, and hears less exactly in 8 bits


@dataclass(frozen=True, slots=True)
class Processor:
    name: str
    flags: frozenset[str]  # Linux's names for its instructions


@functools.cache
def this_processor() -> Processor:
    told = fields_of(Path("/proc/cpuinfo"), stop_at_blank=True)
    return Processor(told.get("model name", "unknown"), frozenset(told.get("flags", "").split()))


def fields_of(file: Path, *, stop_at_blank: bool = False) -> dict[str, str]:
    """« name: value » lines of one of Linux's own files, of its first paragraph only when told; empty without it."""
    found: dict[str, str] = {}
    try:
        for line in file.read_text("ascii", "replace").splitlines():
            if stop_at_blank and not line.strip():
                break
            name, _, value = line.partition(":")
            found[name.strip()] = value.strip()
    except OSError:
        return {}
    return found
