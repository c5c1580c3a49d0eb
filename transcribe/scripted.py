"""Scripted engine: prepared words instead of recognition, through the same loop, guards and maps as a real engine.

For tests of everything after recognition, and of the guards themselves. Knows what is said at each second of the
recording; can be told to misbehave on its first attempts.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transcribe.engine import DecodeOptions, EngineInfo, HeardWord, Hypothesis
from transcribe.lanes import Lanes

if TYPE_CHECKING:
    from transcribe.audio import Samples
    from transcribe.vad import Window


@dataclass(frozen=True, slots=True)
class Said:
    """A word of the script, on the recording's time."""

    text: str
    start: float  # seconds
    end: float
    probability: float = 0.95


@dataclass(frozen=True, slots=True)
class Slip:
    """One attempt that goes wrong: these words instead of the script's, in window time."""

    words: tuple[HeardWord, ...] = ()
    average_logprob: float = -0.2
    no_speech: float = 0.0
    finished: bool = True


@dataclass(frozen=True, slots=True)
class _Played:
    words: tuple[HeardWord, ...]


class ScriptedEngine:
    """Says what the script says in the window it is given; each `slip` replaces one attempt, in order."""

    def __init__(
        self, script: Iterable[Said], *, slips: Sequence[Slip] = (), info: EngineInfo | None = None, lanes: int = 1
    ) -> None:
        self.script = tuple(script)
        self.lanes = Lanes(lanes)
        self._lock = threading.Lock()
        self.attempts: list[DecodeOptions] = []  # what was asked, for tests to read
        self._slips = list(slips)
        self._slipped: dict[tuple[int, ...], tuple[HeardWord, ...]] = {}
        digest = hashlib.sha256(repr(self.script).encode()).hexdigest()
        self._info = info or EngineInfo("scripted", "scripted", digest, short_windows=True)

    @classmethod
    def reading(cls, text: str, speech: Sequence[tuple[float, float]], **options: object) -> ScriptedEngine:
        """A script that reads `text` evenly over the given spans of speech (seconds)."""
        words = text.split()
        total = sum(end - start for start, end in speech)
        step = total / max(1, len(words))
        script, span, moment = [], 0, speech[0][0] if speech else 0.0
        for word in words:
            left = step
            start = moment
            while span < len(speech) - 1 and moment + left >= speech[span][1] - 1e-9:
                left -= speech[span][1] - moment
                span += 1
                moment = speech[span][0]
                if left > step / 2:  # most of the word is after the pause
                    start = moment
            moment += left
            script.append(Said(word, start, min(moment, start + step)))
        return cls(script, **options)  # type: ignore[arg-type]

    @property
    def info(self) -> EngineInfo:
        return self._info

    def encode(self, sound: Samples, window: Window) -> _Played:
        del sound  # the script knows
        words = []
        for said in self.script:
            middle = (said.start + said.end) / 2
            if any(start <= middle < end for start, end in window.pieces):
                at = window.to_window(said.start), window.to_window(said.end)
                words.append(HeardWord(said.text, *at, said.probability))
        return _Played(tuple(words))

    def decode(self, features: _Played, options: DecodeOptions) -> Hypothesis:
        with self._lock:
            self.attempts.append(options)
            slip = self._slips.pop(0) if self._slips else Slip(words=features.words)
            attempt = (len(self.attempts), *range(len(slip.words)))
            self._slipped[attempt] = slip.words
        return Hypothesis(
            tokens=attempt,
            text=" ".join(word.text for word in slip.words),
            average_logprob=slip.average_logprob,
            no_speech=slip.no_speech,
            temperature=options.temperature,
            finished=slip.finished,
        )

    def decode_all(self, features: Sequence[_Played], options: DecodeOptions) -> list[Hypothesis]:
        return [self.decode(played, options) for played in features]

    def align(self, features: _Played, hypothesis: Hypothesis) -> Sequence[HeardWord]:
        return self._slipped[hypothesis.tokens]
