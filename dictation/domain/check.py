"""Check: one line of « is this installation sound? », for the command line and the health page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it is well, and what to know or do, in French."""

    name: str
    ok: bool
    text: str
