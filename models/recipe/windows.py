"""Windows of sound as whisper meets them, joined on the fly from separately spoken breath groups.

In: shards of synthesis.py. Out: batches (mel, tokens, places, phonemes). Reads the shards, writes nothing.

A window holds one to ten groups of one voice with pauses between them; the share of long windows is padded to exactly
thirty seconds, as `transcribe` pads them. Targets come with and without times; some follow a prompt (what was said
before), as whisper's own loop sends it; some long windows break off in the middle of a group, whose start time alone is
then the target, as in whisper's training. In a window with a stride the pen stops after so many seconds, though the
sound goes on: its last word is the time at which the next group starts, and whisper's loop takes its next window there.
A small pen keeps its place for some ten seconds; in strides it never has to keep it longer.
"""

from __future__ import annotations

import json
import random
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from whisper.audio import log_mel_spectrogram
from whisper.tokenizer import Tokenizer, get_tokenizer

RATE, FRAME = 16_000, 320
SILENT = "_("
IGNORED = -100
TOKENS_A_FRAME = 0.085
SHARE_SHIFTED = 0.1
SHARE_SILENT = 0.04  # of the windows read in strides
HARDER = {"pico-fr": 2.0}  # voices drawn more often: its phonemes are espeak-ng's guess, so the ear learns it less well
SHARE_BROKEN = 0.55  # of the timed windows of thirty seconds: transcribe() cuts where its thirty seconds end


@dataclass(frozen=True, slots=True)
class Group:
    """One breath group: its sound, its tokens with the sample each is spoken at, its phonemes."""

    voice: str
    text: str
    sound: np.ndarray
    tokens: list[int]
    token_at: np.ndarray
    phonemes: list[int]
    labels: np.ndarray | None


@dataclass(frozen=True, slots=True)
class Window:
    sound: np.ndarray
    tokens: list[int]
    first_wanted: int
    places: np.ndarray
    phonemes: list[int]
    labels: np.ndarray


@dataclass(frozen=True, slots=True)
class Batch:
    mel: Tensor
    lengths: Tensor
    tokens: Tensor
    wanted: Tensor
    places: Tensor
    labels: Tensor
    phonemes: list[Tensor]
    first_frame: int = 0  # the ear is told that the window starts here in the thirty seconds,
    first_token: int = 0  # and the pen that so many tokens went before


@dataclass(frozen=True, slots=True)
class Length:
    """A kind of window: seconds of sound aimed at, seconds of sound in a batch, padded to thirty seconds or not,
    and the shares with times in the target and with a prompt before it."""

    name: str
    low: float
    high: float
    sound: float
    padded: bool
    timed: float = 0.2
    prompted: float = 0.0
    stride: tuple[float, float] | None = None  # seconds after which the pen stops in a timed window: least, most


@cache
def tokenizer() -> Tokenizer:
    """Whisper's multilingual tokenizer, set to French."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # whisper leaves its vocabulary file to the collector
        return get_tokenizer(True, language="fr", task="transcribe", num_languages=99)


def token_places(tokens: Tokenizer, text: str, word_starts: list[int], length: int) -> tuple[list[int], np.ndarray]:
    """Tokens of the text and the sample in the middle of each, from the starts of its words."""
    ids = tokens.encode(" " + text)
    sizes = np.array([max(1, len(tokens.decode([i]))) for i in ids], float)
    middle = np.cumsum(sizes) - sizes / 2
    words = [" " + word for word in text.split()]
    edges = np.cumsum([0] + [len(word) for word in words])
    return ids, np.interp(middle * edges[-1] / sizes.sum(), edges, [*word_starts, length])


def load(paths: list[Path], names: dict[str, int]) -> list[Group]:
    """Groups of all shards. `names` maps phonemes to ids (from 1) and grows."""
    groups, pen = [], tokenizer()
    for path in paths:
        record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        sound = np.load(path.with_suffix(".npy"), mmap_mode="r")
        timed = record["voice"].startswith("espeak")
        for i, text in enumerate(record["texts"]):
            start, end = record["offsets"][i : i + 2]
            ids, at = token_places(pen, text, record["word_starts"][i], end - start)
            marks = [
                (names.setdefault(name, len(names) + 1) if name[0] not in SILENT else 0, place)
                for name, place in record["phonemes"][i]
            ]
            labels = _frame_labels(marks, end - start) if timed else None
            groups.append(Group(record["voice"], text, sound[start:end], ids, at, [p for p, _ in marks if p], labels))
    return groups


def _frame_labels(marks: list[tuple[int, int]], length: int) -> np.ndarray:
    labels = np.zeros(length // FRAME, np.int64)
    for (phoneme, start), (_, end) in zip(marks, [*marks[1:], (0, length)], strict=True):
        labels[start // FRAME : max(end // FRAME, start // FRAME + 1)] = phoneme
    return labels


class Joiner:
    """Draws windows from groups."""

    def __init__(self, groups: list[Group], seed: int) -> None:
        self.voices = {voice: [g for g in groups if g.voice == voice] for voice in sorted({g.voice for g in groups})}
        self.pen, self.dice, self.noise = tokenizer(), random.Random(seed), np.random.default_rng(seed)

    def window(self, kind: Length, goal: float) -> Window:
        dice, zero = self.dice, self.pen.timestamp_begin
        pool = self.voices[dice.choices(list(self.voices), [HARDER.get(voice, 1.0) for voice in self.voices])[0]]
        timed = dice.random() < kind.timed
        limit = 30.0 if kind.padded else max(goal + 3.0, 8.0)
        breaks = kind.padded and timed and dice.random() < SHARE_BROKEN
        lead = int(RATE * (dice.random() * 0.5 if dice.random() < 0.8 else dice.random() * 1.5))
        pieces: list[np.ndarray] = [np.zeros(lead, np.float32)]
        at, head = lead, self._head(timed, kind)
        ids, places, phonemes, labels = list(head), [-1.0] * len(head), [], [np.zeros(lead // FRAME, np.int64)]
        said, stop = 0, dice.uniform(*kind.stride) if kind.stride and timed else None
        if stop and dice.random() < SHARE_SILENT:
            return self._silence(head)
        writing = True
        while True:
            group = dice.choice(pool)
            over = at + len(group.sound) > limit * RATE - RATE // 10
            if over and not breaks:
                if said:
                    break
                continue
            start = min(1500, round(at / FRAME))
            if writing and (over or (stop and said and at >= stop * RATE)):
                # the window breaks off here, or the pen has come far enough: of this group only its start is written
                ids, places, writing = [*ids, zero + start], [*places, float(start)], False
            if over:
                room = int(limit * RATE) - at
                pieces.append(np.array(group.sound[:room], np.float32) / 32768)
                phonemes += group.phonemes[: round(len(group.phonemes) * room / len(group.sound))]
                labels.append(self._row(group, int(limit * RATE) // FRAME - sum(map(len, labels))))
                break
            pieces.append(np.array(group.sound, np.float32) / 32768)
            end = min(1500, round((at + len(group.sound)) / FRAME))
            if writing:
                ids += [zero + start, *group.tokens, zero + end] if timed else group.tokens
                spoken = [*(at / FRAME + group.token_at / FRAME)]
                places += [float(start), *spoken, float(end)] if timed else spoken
            phonemes += group.phonemes
            labels.append(self._row(group, at // FRAME - sum(map(len, labels)), silent=True))
            labels.append(self._row(group, len(group.sound) // FRAME))
            at += len(group.sound)
            said += 1
            pause = int(RATE * self._pause())
            pieces.append(np.zeros(pause, np.float32))
            at += pause
            if not breaks and at >= goal * RATE:
                break
        sound = np.concatenate(pieces)[: 30 * RATE]
        return Window(
            self._coloured(sound),
            [*ids, self.pen.eot],
            len(head),
            np.array([*places, -1.0]),
            phonemes,
            np.concatenate(labels)[: len(sound) // FRAME],
        )

    def _silence(self, head: list[int]) -> Window:
        """Nothing is said: the end of a dictation, a long pause. The pen writes the first time and stops."""
        length = int(RATE * self.dice.uniform(0.3, 30.0))
        tokens = [*head, self.pen.timestamp_begin, self.pen.eot]
        sound, labels = self._coloured(np.zeros(length, np.float32)), np.zeros(length // FRAME, np.int64)
        return Window(sound, tokens, len(head), np.full(len(tokens), -1.0), [], labels)

    def _head(self, timed: bool, kind: Length) -> list[int]:
        prompt: list[int] = []
        if self.dice.random() < kind.prompted:
            pool, wanted = self.voices[self.dice.choice(list(self.voices))], self.dice.randint(15, 200)
            while len(prompt) < wanted:
                prompt += self.dice.choice(pool).tokens
            prompt = [self.pen.sot_prev, *prompt[-min(wanted, 223) :]]
        return [*prompt, *self.pen.sot_sequence, *([] if timed else [self.pen.no_timestamps])]

    def _pause(self) -> float:
        return self.dice.uniform(0.08, 0.35) if self.dice.random() < 0.3 else self.dice.uniform(0.35, 1.4)

    @staticmethod
    def _row(group: Group, frames: int, silent: bool = False) -> np.ndarray:
        """Phoneme labels for that many frames: silence, or what the group says as far as espeak-ng told."""
        if silent or frames <= 0:
            return np.zeros(max(0, frames), np.int64)
        return np.full(frames, IGNORED) if group.labels is None else group.labels[:frames]

    def _coloured(self, sound: np.ndarray) -> np.ndarray:
        """Another loudness, some noise, sometimes a tone control or a telephone's narrow band."""
        dice = self.dice
        if dice.random() < 0.25:
            sound = sound + np.float32(dice.uniform(-0.5, 0.5)) * np.concatenate([sound[:1], sound[:-1]])
        if dice.random() < 0.1:
            spectrum = np.fft.rfft(sound)
            hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
            spectrum[hertz > dice.uniform(3400, 4000)] = 0
            sound = np.fft.irfft(spectrum, len(sound)).astype(np.float32)
        sound = sound * 10 ** dice.uniform(-0.6, 0.15)
        if dice.random() < 0.6:
            sound = sound + self.noise.standard_normal(len(sound), np.float32) * np.float32(
                10 ** dice.uniform(-4.3, -2.7)
            )
        return np.clip(sound, -1, 1)

    def batch(self, kind: Length) -> Batch:
        goal = self.dice.uniform(kind.low, kind.high)  # one for the batch: windows of a length waste little padding
        count = max(2, round(kind.sound / (30.0 if kind.padded else goal + 2.5)))
        if kind.padded:
            windows = [self.window(kind, self.dice.uniform(kind.low, kind.high)) for _ in range(count)]
        else:
            windows = [self.window(kind, goal) for _ in range(count)]
        frames = 1500 if kind.padded else -(-max(len(w.sound) for w in windows) // FRAME)
        sound = torch.zeros(len(windows), frames * FRAME)
        for row, window in zip(sound, windows, strict=True):
            row[: len(window.sound)] = torch.from_numpy(window.sound)
        mel = log_mel_spectrogram(sound)  # (batch, 80, 2 frames); its floor is per batch here, per window in whisper
        for row in mel:
            self._mask(row)
        longest = min(448, max(len(w.tokens) for w in windows))
        tokens = torch.full((len(windows), longest), self.pen.eot)
        wanted = torch.zeros(len(windows), longest, dtype=torch.bool)
        places, labels = torch.full((len(windows), longest), -1.0), torch.full((len(windows), frames), IGNORED)
        for k, window in enumerate(windows):
            n = min(longest, len(window.tokens))
            tokens[k, :n] = torch.tensor(window.tokens[:n])
            wanted[k, window.first_wanted : n] = True
            places[k, :n] = torch.from_numpy(window.places[:n]).float()
            labels[k, : len(window.labels)] = torch.from_numpy(window.labels)
        lengths = torch.tensor([frames if kind.padded else -(-len(w.sound) // FRAME) for w in windows])
        first_frame, first_token = (0, 0) if kind.padded else self._shift(frames, longest)
        tokens[tokens >= self.pen.timestamp_begin] += first_frame
        phonemes = [torch.tensor(w.phonemes) for w in windows]
        return Batch(mel, lengths, tokens, wanted, places, labels, phonemes, first_frame, first_token)

    def _shift(self, frames: int, longest: int) -> tuple[int, int]:
        """Where in thirty seconds and in the pen's context a short window is to lie.

        Short windows are cheap, and at any place they teach what long ones would: to listen there, after so many tokens
        or after a prompt.
        """
        if self.dice.random() >= SHARE_SHIFTED:
            return 0, 0
        first_frame = self.dice.randint(0, max(0, 1500 - frames))
        before = int(first_frame * TOKENS_A_FRAME * self.dice.uniform(0.75, 1.25))
        prompt = self.dice.randint(0, 223) if self.dice.random() < 0.35 else 0
        return first_frame, max(0, min(448 - longest, before + prompt))

    def _mask(self, mel: Tensor) -> None:
        """Now and then a few bands are missing, as after a poor microphone."""
        if self.dice.random() < 0.35:
            band = self.dice.randint(0, 72)
            mel[band : band + self.dice.randint(1, 6)] = mel.mean()
