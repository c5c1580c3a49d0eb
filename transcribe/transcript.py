"""Transcript: what was heard, word by word, with its place in the sound and how sure the engine was.

Made by listen.py, read by everything after it, never edited. Pure data: no engine, no file is touched here.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = 1
FLOOR = -96.0  # decibels below full scale: what 16 bits can hold, and digital silence


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word as the engine wrote it, without surrounding blanks."""

    text: str
    start: float  # seconds from the beginning of the recording
    end: float  # seconds, >= start, <= duration of the recording
    probability: float  # 0..1, the least sure of the word's tokens
    window: int = 0  # which window of sound it was decoded in, from 0
    temperature: float = 0.0  # 0 when decoded greedily or by beam; higher after a retry

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a word runs forwards: got {self.start} s to {self.end} s")


@dataclass(frozen=True, slots=True)
class Flag:
    """Something a proofreader must hear: a verdict of the guards, with its evidence."""

    # "speech_without_words", "words_without_speech", "loop", "prompt_echo", "low_confidence", "early_end", "no_speech"
    kind: str
    start: float  # seconds
    end: float  # seconds
    evidence: str  # figures only, never dictated words


@dataclass(frozen=True, slots=True)
class Quality:
    """Decibels below full scale, and parts of the speech."""

    speech_db: float
    noise_db: float | None  # None: hardly a pause to hear it in
    clipped: float  # share of the samples of speech that are cut flat, 0..1

    @property
    def above_noise(self) -> float | None:
        """Decibels of the voice above the noise that is also beneath it."""
        if self.noise_db is None:
            return None
        voice = max(10 ** (self.speech_db / 10) - 10 ** (self.noise_db / 10), 10 ** (FLOOR / 10))
        return 10 * math.log10(voice) - self.noise_db


@dataclass(frozen=True, slots=True)
class Transcript:
    """All the words of one recording, in order of time."""

    words: tuple[Word, ...]
    duration: float  # seconds of sound
    language: str  # always "fr" here
    engine: str  # which Engine decoded: "reference", "scripted", ...
    model: str  # name in models/manifest.toml
    weights_sha256: str
    speech: tuple[tuple[float, float], ...] = ()  # seconds; where the voice detector heard somebody
    flags: tuple[Flag, ...] = ()
    narrow_band: bool = False  # telephone sound: sampled at 8 kHz or with nothing above 4 kHz
    quality: Quality | None = None  # None: nobody speaks, or heard before it was measured
    options: dict[str, Any] = field(default_factory=dict)  # kept for audit

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Transcript:
        raw = json.loads(text)
        if raw.pop("format") != FORMAT:
            raise ValueError("a transcript of another format")
        raw["words"] = tuple(Word(**word) for word in raw["words"])
        raw["flags"] = tuple(Flag(**flag) for flag in raw["flags"])
        raw["speech"] = tuple((start, end) for start, end in raw["speech"])
        raw["quality"] = Quality(**raw["quality"]) if raw.get("quality") else None
        return cls(**raw)
