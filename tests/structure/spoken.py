"""Transcripts for tests: words said at an even pace, every one heard well unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transcribe.transcript import Transcript, Word

PACE = 0.4  # seconds from one word to the next


def transcript_of(text: str, *, unsure: Mapping[str, float] | None = None, **more: Any) -> Transcript:
    """The words of `text`, one every PACE seconds; `unsure` gives some of them a probability."""
    words = tuple(
        Word(word, index * PACE, index * PACE + 0.35, (unsure or {}).get(word, 0.97))
        for index, word in enumerate(text.split())
    )
    return Transcript(words, len(words) * PACE, "fr", "scripted", "none", "0" * 64, **more)
