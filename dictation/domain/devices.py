"""Devices: the phones and tablets on which an author dictates without a password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Device:
    """One phone or tablet. It acts for one author, may only dictate, and is emptied once it is revoked."""

    id: int
    account: str  # whose it is
    author: str  # their RPPS number
    label: str  # « téléphone du Dr Morel », said by who invited it
    enrolled_at: datetime | None = None  # None while its link waits
    seen_at: datetime | None = None
    revoked_at: datetime | None = None
