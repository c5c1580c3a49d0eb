"""Span: a stretch of the recording. Every sentence of a letter points back to one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the recording, in seconds from its beginning."""

    start: float
    end: float  # after `start`

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span runs forwards: got {self.start} s to {self.end} s")

    @property
    def seconds(self) -> float:
        return self.end - self.start


def hull(spans: Iterable[Span | None]) -> Span | None:
    """The shortest span that holds all of `spans`; None when there is none."""
    known = [span for span in spans if span is not None]
    return Span(min(span.start for span in known), max(span.end for span in known)) if known else None
