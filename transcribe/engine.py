"""Engine: what every recogniser promises, so that one loop (listen.py) drives them all.

An engine hears one window of sound at a time and knows nothing of files, pauses or guards. choice.py loads one and
says why that one. Only the shapes live here; nothing is imported for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from transcribe.audio import Samples
    from transcribe.lanes import Lanes
    from transcribe.vad import Window
    from transcribe.weights import Model

ENGINES = ("reference", "ct2", "openvino", "cuda")  # those that choice.select_engine can load
FORMER_NAMES = {"hybrid": "openvino"}  # accepted still: a hospital’s settings outlive an engine


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Who is listening, for the record kept with each transcript."""

    engine: str  # "reference", "scripted", ...
    model: str  # name in models/manifest.toml
    weights_sha256: str
    language: str = "fr"
    max_window_seconds: float = 28.0  # Whisper hears 30 s; two are left as silence, where it likes to end
    prompts: bool = False  # whether the model was trained to read a prompt
    short_windows: bool = False  # whether a window costs what it is long; else each costs thirty seconds
    batch: int = 1  # windows that are best written down together
    unsure_below: float = 0.6  # mean probability of the words of a window under which it is flagged

    @classmethod
    def of(cls, engine: str, model: Model, batch: int = 1) -> EngineInfo:
        """An engine with a model of the manifest."""
        return cls(
            engine,
            model.name,
            model.sha256,
            model.language,
            model.max_window_seconds,
            prompts=model.prompts,
            short_windows=model.short_windows,
            batch=batch,
            unsure_below=model.unsure_below,
        )


@dataclass(frozen=True, slots=True)
class DecodeOptions:
    """How to decode one window."""

    temperature: float = 0.0  # 0: the likeliest text; above: drawn at random, but the same each time (seed)
    beam_size: int | None = None  # only at temperature 0; None: greedy
    prompt: str = ""
    max_tokens: int = 224  # Whisper's own limit, about a minute of speech
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What an engine believes was said in one window."""

    tokens: tuple[int, ...]
    text: str
    average_logprob: float  # natural logarithm, mean over tokens, end of text included
    no_speech: float  # 0..1: the engine's own suspicion that nobody speaks
    temperature: float
    finished: bool  # False when the token limit cut the text off


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word in window time. The text holds no blank."""

    text: str
    start: float  # seconds from the beginning of the window
    end: float
    probability: float  # 0..1, the least sure token


Features = TypeVar("Features")


class Engine(Protocol[Features]):
    """One recogniser, loaded. To be called from as many threads at once as it has lanes, no more."""

    @property
    def info(self) -> EngineInfo: ...

    @property
    def lanes(self) -> Lanes:
        """How many windows it hears at once. Whoever calls it takes turns there, as listen.py does."""

    def encode(self, sound: Samples, window: Window) -> Features:
        """Listen to one window. sound: float32 (n,), 16 kHz, at most 30 s; window: where it lies in the recording."""

    def decode(self, features: Features, options: DecodeOptions) -> Hypothesis:
        """Write down what was heard. The same features and options give the same text."""

    def decode_all(self, features: Sequence[Features], options: DecodeOptions) -> list[Hypothesis]:
        """What `decode` gives for each, in order, whatever the others are: only sooner."""

    def align(self, features: Features, hypothesis: Hypothesis) -> Sequence[HeardWord]:
        """Place each word: 0 <= start <= end <= length of the window, in order, none missing from the text."""
