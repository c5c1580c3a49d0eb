"""Listen: the one loop that turns a recording into a transcript, whichever engine hears it.

Audio in, Transcript out: find speech, pack it in windows, hear each window, place its words, let the guards judge,
try again where they object, flag what stays doubtful. Several windows are heard at once where the engine has the lanes
for it, and neighbours are first read together where the engine is quicker so. Reports progress, stops between windows
when asked, and skips windows already in a journal. Touches nothing itself.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

from transcribe import guards
from transcribe.audio import Audio
from transcribe.engine import DecodeOptions, Engine, Hypothesis
from transcribe.errors import Cancelled
from transcribe.quality import measure
from transcribe.transcript import Flag, Transcript, Word
from transcribe.vad import MARGIN, Detector, Span, VoiceDetector, Window, pack, quietest


@dataclass(frozen=True, slots=True)
class ListenOptions:
    """How hard to try. The defaults suit a surgeon's dictation in a quiet room."""

    prompt: str = ""  # see prompt.py; used only by a model trained with prompts
    beam_size: int | None = None  # None: greedy, six times cheaper with the reference engine
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    max_window_seconds: float | None = None  # None: what the model's manifest says
    margin_seconds: float = MARGIN  # sound kept around speech
    min_split_seconds: float = 6.0  # a doubtful window longer than this is heard again in two halves
    max_attempts: int = 12  # decodings spent on one window and its halves


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the listening is. Sent once when speech has been found, then after every window."""

    windows_done: int
    windows_total: int
    seconds_done: float  # of sound
    seconds_total: float
    seconds_to_go: float | None  # of waiting, by the pace so far; None before the first window


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One window as heard once, or as its two halves were."""

    words: tuple[Word, ...]
    flags: tuple[Flag, ...]
    logprob: float

    @property
    def badness(self) -> tuple[float, ...]:
        """Smaller is better: first no nonsense, then no hole, then the surest text.

        A text drawn at a high temperature fills any hole with words: unless it is also likely, it is nonsense.
        """
        nonsense = sum(flag.kind in ("loop", "words_without_speech", "prompt_echo") for flag in self.flags)
        holes = sum(f.end - f.start for f in self.flags if f.kind in ("speech_without_words", "early_end"))
        return nonsense + (self.logprob < guards.MIN_LOGPROB), round(holes), -self.logprob


def listen(
    audio: Audio,
    engine: Engine[Any],
    *,
    options: ListenOptions | None = None,
    detector: VoiceDetector | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    journal: MutableMapping[str, str] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Transcript:
    """Transcribe one recording.

    journal: finished windows by key, as JSON; pass the same mapping again to go on after a crash. It holds dictated
        words: keep it where the transcript is kept.
    cancelled: asked before each window, by whichever thread is about to hear it.
    on_progress: called from the caller's own thread.
    Raises Cancelled when `cancelled()` becomes true between two windows.
    """
    chosen = options or ListenOptions()
    speech = (detector or Detector()).speech(audio.samples)
    limit = chosen.max_window_seconds or engine.info.max_window_seconds
    cut_at = quietest(audio.samples)
    windows = pack(speech, audio.duration, limit, margin=chosen.margin_seconds, cut_at=cut_at)
    ear = _Ear(audio, engine, chosen, speech, journal)
    total = sum(window.duration for window in windows)
    started, seconds = clock(), 0.0
    heard: dict[int, _Attempt] = {}
    batches = _batches(len(windows), engine.info.batch, engine.lanes.count)

    def go_on() -> None:
        if cancelled and cancelled():
            raise Cancelled

    def hear(batch: int) -> list[_Attempt]:
        return ear.hear([(i, windows[i]) for i in batches[batch]], go_on)

    if on_progress and windows:
        on_progress(_progress(0, len(windows), 0.0, total, 0.0))
    with closing(engine.lanes.each(len(batches), hear)) as ended:
        for batch, attempts in ended:
            for i, attempt in zip(batches[batch], attempts, strict=True):
                heard[i] = attempt
                seconds += windows[i].duration
                if on_progress and len(heard) < len(windows):
                    on_progress(_progress(len(heard), len(windows), seconds, total, clock() - started))
    words = [word for i in range(len(windows)) for word in heard[i].words]
    flags = [flag for i in range(len(windows)) for flag in heard[i].flags]
    if not speech:
        flags = [Flag("no_speech", 0.0, audio.duration, "nobody speaks")]
    if on_progress:
        on_progress(_progress(len(windows), len(windows), total, total, clock() - started))
    return Transcript(
        words=_in_order(words, audio.duration),
        duration=audio.duration,
        language=engine.info.language,
        engine=engine.info.engine,
        model=engine.info.model,
        weights_sha256=engine.info.weights_sha256,
        speech=speech,
        flags=tuple(sorted(flags, key=lambda flag: (flag.start, flag.kind))),
        narrow_band=audio.narrow_band,
        quality=measure(audio.samples, speech),
        options=asdict(chosen)
        | {"windows": len(windows), "attempts": ear.attempts, "audio_sha256": audio.sha256, "kind": audio.kind}
        | {"codec": audio.codec, "source_rate": audio.source_rate, "lost_seconds": audio.lost_seconds},
    )


def _batches(windows: int, most: int, lanes: int) -> list[range]:
    """Neighbours heard together: at most so many, as many for each lane, and of one size where that can be."""
    rounds = -(-windows // (most * lanes))
    count = min(windows, rounds * lanes)
    edges = [i * windows // max(1, count) for i in range(count + 1)]
    return [range(start, end) for start, end in pairwise(edges)]


def _progress(done: int, windows: int, seconds: float, total: float, elapsed: float) -> Progress:
    to_go = elapsed / seconds * (total - seconds) if seconds else None
    return Progress(done, windows, seconds, total, to_go if windows else 0.0)


@dataclass(slots=True)
class _Spent:
    """What one window and its halves have cost so far."""

    attempts: int = 0


class _Ear:
    """Hears the windows of one recording, several at once if need be."""

    def __init__(
        self,
        audio: Audio,
        engine: Engine[Any],
        options: ListenOptions,
        speech: Sequence[Span],
        journal: MutableMapping[str, str] | None,
    ) -> None:
        self.audio, self.engine, self.options, self.speech = audio, engine, options, speech
        self.prompt = options.prompt if engine.info.prompts else ""
        self.journal = journal
        self.attempts = 0
        self._lock = threading.Lock()  # for the journal and the count

    def hear(self, batch: Sequence[tuple[int, Window]], go_on: Callable[[], None]) -> list[_Attempt]:
        """The best of what each window gives, from the journal when it is there; the new ones are first read together.

        batch: windows with their numbers. go_on: asked before each is encoded, and between two that are judged.
        """
        known = {number: self._known(window) for number, window in batch}
        new = [(number, window) for number, window in batch if known[number] is None]
        first = self._read([window for _, window in new], go_on)
        for i, (number, window) in enumerate(new):
            if i:
                go_on()
            spent = _Spent()
            best = self._try_hard(window, number, spent, self.options.max_attempts, first[i])
            known[number] = best = self._flagged_if_unsure(best, window)
            with self._lock:
                self.attempts += spent.attempts
                if self.journal is not None:
                    self.journal[self._key(window)] = _to_json(best)
        return [attempt for attempt in known.values() if attempt is not None]

    def _flagged_if_unsure(self, best: _Attempt, window: Window) -> _Attempt:
        if any(flag.kind == "low_confidence" for flag in best.flags):
            return best
        return replace(best, flags=best.flags + guards.unsure(best.words, window, self.engine.info.unsure_below))

    def _known(self, window: Window) -> _Attempt | None:
        with self._lock:
            known = None if self.journal is None else self.journal.get(self._key(window))
        return None if known is None else _from_json(known)

    def _read(self, windows: Sequence[Window], go_on: Callable[[], None]) -> list[tuple[Any, Hypothesis]]:
        """What is heard in each, and its plainest reading."""
        features = []
        for window in windows:
            go_on()
            features.append(self.engine.encode(window.sound(self.audio.samples), window))
        asked = DecodeOptions(self.options.temperatures[0], self.options.beam_size, self.prompt)
        return list(zip(features, self.engine.decode_all(features, asked), strict=True)) if features else []

    def _try_hard(
        self, window: Window, number: int, spent: _Spent, limit: int, first: tuple[Any, Hypothesis]
    ) -> _Attempt:
        """Once plainly; then without prompt; then in halves; then, where halving ends, at rising temperatures."""
        features, hypothesis = first
        cold, *warmer = self.options.temperatures
        spent.attempts += 1
        best = self._judged(features, hypothesis, window, number, self.prompt)
        if best.flags and self.prompt:
            best = min(best, self._decode(features, window, number, spent, cold, ""), key=lambda a: a.badness)
        if not best.flags:
            return best
        halves = self._halves(window)
        if len(halves) >= 2:
            if spent.attempts + len(halves) <= limit:
                parts = []
                for i, half in enumerate(halves):  # each half gets its share of the attempts that are left
                    share = (limit - spent.attempts) // (len(halves) - i)
                    (plain,) = self._read([half], lambda: None)
                    parts.append(self._try_hard(half, number, spent, spent.attempts + share, plain))
                best = min(best, _joined(parts, halves), key=lambda a: a.badness)
            return best
        for temperature in warmer:
            if not best.flags or spent.attempts >= limit:
                break
            best = min(best, self._decode(features, window, number, spent, temperature, ""), key=lambda a: a.badness)
        return best

    def _halves(self, window: Window) -> tuple[Window, ...]:
        if window.duration <= self.options.min_split_seconds:
            return ()
        return pack(
            self._spoken(window),
            window.end,
            window.duration * 0.6,
            margin=min(self.options.margin_seconds, 0.1 * window.duration),
            cut_at=quietest(self.audio.samples),
        )

    def _spoken(self, window: Window) -> list[Span]:
        return [
            (max(start, a), min(end, b))
            for a, b in window.pieces
            for start, end in self.speech
            if start < b and end > a
        ]

    def _decode(
        self, features: Any, window: Window, number: int, spent: _Spent, temperature: float, prompt: str
    ) -> _Attempt:
        spent.attempts += 1
        asked = DecodeOptions(
            temperature=temperature, beam_size=self.options.beam_size, prompt=prompt, seed=1000 * number + 1
        )
        return self._judged(features, self.engine.decode(features, asked), window, number, prompt)

    def _judged(self, features: Any, hypothesis: Hypothesis, window: Window, number: int, prompt: str) -> _Attempt:
        speech = self._spoken(window)
        words = []
        for heard in self.engine.align(features, hypothesis):
            start = window.to_recording(heard.start)
            end = max(start, window.to_recording(heard.end, ends=True))
            start, end = _on_speech(start, end, speech)
            words.append(Word(heard.text, start, end, heard.probability, number, hypothesis.temperature))
        ordered = _in_order(words, self.audio.duration)
        flags = guards.judge(hypothesis, ordered, speech, window, prompt)
        return _Attempt(ordered, flags, hypothesis.average_logprob)

    def _key(self, window: Window) -> str:
        info = self.engine.info
        said = [self.audio.sha256, window.pieces, info.engine, info.weights_sha256, asdict(self.options), self.prompt]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _joined(parts: Sequence[_Attempt], halves: Sequence[Window]) -> _Attempt:
    seconds = [half.duration for half in halves]
    return _Attempt(
        words=tuple(word for part in parts for word in part.words),
        flags=tuple(flag for part in parts for flag in part.flags),
        logprob=sum(p.logprob * s for p, s in zip(parts, seconds, strict=True)) / sum(seconds),
    )


def _on_speech(start: float, end: float, speech: Sequence[Span], margin: float = 0.1) -> Span:
    """Alignment lets a word last until the next one begins: take away the silence around what was said.

    When a pause lies inside, the word is where most of its sound is.
    """
    heard = [(max(a, start), min(b, end)) for a, b in speech if a < end and b > start]
    if not heard:
        return start, end
    groups = [[heard[0]]]
    for span in heard[1:]:
        if span[0] - groups[-1][-1][1] < 0.5:
            groups[-1].append(span)
        else:
            groups.append([span])
    best = max(groups, key=lambda group: sum(b - a for a, b in group))
    return max(start, best[0][0] - margin), min(end, best[-1][1] + margin)


def _in_order(words: Sequence[Word], duration: float) -> tuple[Word, ...]:
    """Words one after the other, none before the end of the one before it, none beyond the recording."""
    found: list[Word] = []
    floor = 0.0
    for word in words:
        start = min(max(word.start, floor), duration)
        end = min(max(word.end, start), duration)
        found.append(replace(word, start=round(start, 3), end=round(end, 3)))
        floor = found[-1].end
    return tuple(found)


def _to_json(attempt: _Attempt) -> str:
    return json.dumps(asdict(attempt), ensure_ascii=False)


def _from_json(text: str) -> _Attempt:
    raw = json.loads(text)
    words = tuple(Word(**word) for word in raw["words"])
    return _Attempt(words, tuple(Flag(**flag) for flag in raw["flags"]), raw["logprob"])
