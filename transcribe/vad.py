"""Voice detection: where somebody speaks, and the windows of sound an engine will hear.

Samples in; spans of speech out (silero, by onnxruntime, one thread), then windows cut at pauses, each with a map
between its own time and the recording's. Reads the detector's weights beside the installed faster-whisper package,
without importing that package.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from transcribe.audio import RATE, Samples, Sound
from transcribe.errors import WeightsMissing

FRAME = 512  # samples: silero v6 judges 32 ms at a time, with 64 samples of what came before
_CONTEXT = 64
MARGIN = 0.3  # seconds of sound kept around speech; with 0.4 no fewer words were wrong on the samples
CLOSE = 0.1  # seconds of pause, which the detector no longer tells from speech that runs on
_FRAMES_AT_ONCE = 128  # four seconds: with a minute at once an hour left 75 MB of fragments behind, for 5 % less work

Span: TypeAlias = tuple[float, float]  # seconds, start < end


@dataclass(frozen=True, slots=True)
class Hearing:
    """How speech is told from silence."""

    threshold: float = 0.4  # lower than silero's 0.5: quiet French final syllables (faster-whisper #925)
    release: float = 0.25  # speech goes on until the probability falls below this
    min_pause_seconds: float = 0.1  # shorter silence is inside a word
    min_speech_seconds: float = 0.1  # shorter bursts are clicks


class VoiceDetector(Protocol):
    """Anything that tells speech from silence."""

    def speech(self, samples: Sound, hearing: Hearing | None = None) -> tuple[Span, ...]:
        """Spans of speech in order, in seconds within the recording."""


class Detector:
    """The silero network, loaded once. Raises WeightsMissing when its file is not installed."""

    def __init__(self, file: Path | None = None) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self._session: Any = onnxruntime.InferenceSession(
            str(file or detector_file()), sess_options=options, providers=["CPUExecutionProvider"]
        )

    def probabilities(self, samples: Sound) -> npt.NDArray[np.float32]:
        """Probability of speech in each 32 ms. Returns float32, shape (ceil(n / 512),)."""
        count = -(-len(samples) // FRAME)
        hidden = cell = np.zeros((1, 1, 128), np.float32)
        found = [np.zeros(0, np.float32)]
        for first in range(0, count, _FRAMES_AT_ONCE):
            frames = min(_FRAMES_AT_ONCE, count - first)
            begin = first * FRAME - _CONTEXT
            heard = samples[max(0, begin) : (first + frames) * FRAME]
            padded = np.zeros(_CONTEXT + frames * FRAME, np.float32)
            padded[max(0, -begin) : max(0, -begin) + len(heard)] = heard
            batch = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(padded, FRAME + _CONTEXT)[::FRAME])
            output, hidden, cell = self._session.run(None, {"input": batch, "h": hidden, "c": cell})
            found.append(np.asarray(output, np.float32).reshape(-1))
        return np.concatenate(found)

    def speech(self, samples: Sound, hearing: Hearing | None = None) -> tuple[Span, ...]:
        """Spans of speech in order, not padded, in seconds within the recording."""
        return spans(self.probabilities(samples), len(samples) / RATE, hearing or Hearing())


def detector_file() -> Path:
    """Where silero's weights lie. Raises WeightsMissing."""
    found = importlib.util.find_spec("faster_whisper")  # does not run the package
    for folder in (found.submodule_search_locations or []) if found else []:
        for file in sorted(Path(folder, "assets").glob("silero_vad*.onnx"), reverse=True):
            return file
    raise WeightsMissing(detail="voice detector: no silero_vad*.onnx beside faster-whisper")


def spans(probabilities: npt.NDArray[np.float32], duration: float, hearing: Hearing) -> tuple[Span, ...]:
    """Speech starts above `threshold` and lasts until a pause below `release`. `duration`: seconds, caps the end."""
    found: list[Span] = []
    seconds = FRAME / RATE
    start: int | None = None
    last = 0  # the last frame that still was speech
    for i, probability in enumerate([*probabilities.tolist(), 0.0]):
        if probability >= (hearing.threshold if start is None else hearing.release):
            start, last = (i if start is None else start), i
        elif start is not None and ((i - last) * seconds > hearing.min_pause_seconds or i == len(probabilities)):
            span = (start * seconds, min((last + 1) * seconds, duration))
            if span[1] - span[0] >= hearing.min_speech_seconds:
                found.append(span)
            start = None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces of the recording laid end to end, short enough for an engine. Times are seconds."""

    pieces: tuple[Span, ...]  # of the recording, in order, not overlapping

    @property
    def start(self) -> float:
        return self.pieces[0][0]

    @property
    def end(self) -> float:
        return self.pieces[-1][1]

    @property
    def duration(self) -> float:
        """Seconds of sound in the window; what lies between the pieces is not in it."""
        return sum(end - start for start, end in self.pieces)

    def sound(self, samples: Sound) -> Samples:
        """The window's samples, cut out of the recording's."""
        return np.concatenate([samples[round(a * RATE) : round(b * RATE)] for a, b in self.pieces])

    def to_recording(self, seconds: float, *, ends: bool = False) -> float:
        """Window time to recording time. At a seam: the later side, or the earlier one when something `ends` there.

        Beyond the window, its nearest edge.
        """
        left = max(0.0, seconds)
        for start, end in self.pieces:
            if left < end - start or (ends and left <= end - start + 1e-6):
                return min(start + left, end)
            left -= end - start
        return self.end

    def to_window(self, seconds: float) -> float:
        """Recording time to window time; a moment between two pieces is at their seam."""
        before = 0.0
        for start, end in self.pieces:
            if seconds < end:
                return before + max(0.0, seconds - start)
            before += end - start
        return before


def quietest(samples: Sound) -> Callable[[float, float], float]:
    """A function that finds the quietest moment between two moments (seconds), for speech without a pause."""
    frame = RATE // 50  # 20 ms

    def find(start: float, end: float) -> float:
        first = int(start * RATE)
        count = (int(end * RATE) - first) // frame
        if count < 3:
            return (start + end) / 2
        power = (samples[first : first + count * frame].reshape(count, frame) ** 2).mean(axis=1)
        smooth = np.convolve(power, np.ones(3), mode="same")
        smooth[[0, -1]] = np.inf
        return (first + (int(smooth.argmin()) + 0.5) * frame) / RATE

    return find


def pack(
    speech: Sequence[Span],
    duration: float,
    max_seconds: float,
    *,
    margin: float = MARGIN,
    cut_at: Callable[[float, float], float] | None = None,
) -> tuple[Window, ...]:
    """Lay spans of speech into as few windows of at most `max_seconds` as can be, cut where pauses are long.

    margin: seconds of sound kept around speech, so that no syllable is clipped; a pause shorter than twice the margin
        stays whole, a longer one is shortened to that.
    cut_at: finds where to cut speech that runs on for longer than a window; by default at the limit.
    Every moment of `speech` lies in exactly one window, and no two windows overlap.
    Raises ValueError when a window could not even hold its margins.
    """
    if max_seconds < 4 * margin or max_seconds <= 0:
        raise ValueError(f"windows of {max_seconds} s with margins of {margin} s")
    short = _short_enough(speech, max_seconds - 2 * margin, cut_at)
    pauses = [after[0] - before[1] for before, after in pairwise(short)]
    grown = _with_margins(short, duration, margin)
    edges = _edges([end - start for start, end in grown], pauses, max_seconds)
    return tuple(Window(_merged(grown[first:last])) for first, last in pairwise(edges))


def _edges(lengths: Sequence[float], pauses: Sequence[float], most: float) -> list[int]:
    """Where windows begin, and the end: the fewest windows, then the least harm of all cuts together.

    pauses[i] follows lengths[i]. A cut does harm in a short pause, and hardly less in two seconds than in one.
    """
    harms = [0.0, *(1 / (pause + CLOSE) for pause in pauses)]  # of a cut before each
    best = [(0, 0.0)]  # windows and harm up to each edge
    came = [0]  # from which edge
    for end in range(1, len(lengths) + 1):
        found: list[tuple[tuple[int, float], int]] = []
        filled = 0.0
        for start in range(end - 1, -1, -1):
            filled += lengths[start]
            if filled > most and found:
                break
            windows, harm = best[start]
            found.append(((windows + 1, harm + harms[start]), start))
        cost, start = min(found)
        best.append(cost)
        came.append(start)
    edges = [len(lengths)]
    while edges[-1]:
        edges.append(came[edges[-1]])
    return edges[::-1]


def _short_enough(speech: Iterable[Span], limit: float, cut_at: Callable[[float, float], float] | None) -> list[Span]:
    found: list[Span] = []
    for start, end in speech:
        while end - start > limit + 1e-6:  # less than that is rounding, and would leave a piece of no length
            cut = start + limit if cut_at is None else cut_at(start + limit / 2, start + limit)
            found.append((start, cut))
            start = cut
        found.append((start, end))
    return found


def _with_margins(speech: Sequence[Span], duration: float, margin: float) -> list[Span]:
    """Grown by `margin` on both sides; two neighbours meet in the middle of a short pause."""
    middles = [(before[1] + after[0]) / 2 for before, after in pairwise(speech)]
    walls = [0.0, *middles, duration]
    return [(max(start - margin, walls[i]), min(end + margin, walls[i + 1])) for i, (start, end) in enumerate(speech)]


def _merged(group: Sequence[Span]) -> tuple[Span, ...]:
    """Pieces that touch become one, so that a window without long pauses is one plain stretch of the recording."""
    found = [group[0]]
    for start, end in group[1:]:
        if start <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)
