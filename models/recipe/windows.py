"""Windows of sound as whisper meets them, joined on the fly from separately spoken breath groups.

In: shards of synthesis.py. Out: batches (mel, tokens, places, phonemes). Reads the shards, writes nothing.

A window holds one to ten groups of one voice with pauses between them. Targets come with and without times; some follow
a prompt (what was said before), as whisper's own loop sends it. A window read in a *stride* is what that loop shows of
a dictation that goes on: sound up to the horizon (horizon.py), broken off there. The pen stops after the first group
that ends later than the stride, and its last word is the time at which the next one starts; the loop takes its next
window there. A small pen keeps its place for some ten seconds; in strides it never has to keep it longer.
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

from models.recipe.network import HORIZON

RATE, FRAME = 16_000, 320
SILENT = "_("
IGNORED = -100
TOKENS_A_FRAME = 0.085
PROMPT = 223  # tokens of what was said before, at most, as in whisper
SHARE_SHIFTED = 0.1
SHARE_SILENT = 0.04  # of the windows read in strides
SHARE_LATE = 0.1  # of them: nothing is said at first, after a long pause
SHARE_ENDING = 0.15  # of them: the dictation ends within the window
LATEST_START = 50  # frames: whisper's loop takes no first time above one second
AHEAD = 6  # frames: the loop is sent so far before the next group, so that a time written a little late cuts no word
SHARE_CUT = 0.25  # of the windows read in strides: the loop came in too early or too late, within a word
HARDER = {"pico-fr": 2.0}  # voices drawn more often: its phonemes are espeak-ng's guess, so the ear learns it less well


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
    sound: Tensor  # (batch, samples), as the mel was made of it
    first_frame: int = 0  # the ear is told that the window starts here in the thirty seconds,
    first_token: int = 0  # and the pen that so many tokens went before


@dataclass(frozen=True, slots=True)
class Length:
    """A kind of window: seconds of sound aimed at, seconds of sound in a batch, and the shares with times in the target
    and with a prompt before it."""

    name: str
    low: float
    high: float
    sound: float
    timed: float = 0.2
    prompted: float = 0.0
    stride: float | None = None  # seconds after which the pen stops, though the sound goes on to the horizon


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


class _Sound:
    """The sound of a window as it grows, with its phonemes and the label of each frame."""

    def __init__(self, lead: float) -> None:
        self.pieces, self.phonemes, self.labels, self.length = [np.zeros(0, np.float32)], [], [np.zeros(0, np.int64)], 0
        self.wait(lead)

    @property
    def frame(self) -> int:
        return round(self.length / FRAME)

    def wait(self, seconds: float, limit: int = 30 * RATE) -> None:
        self._add(np.zeros(min(int(RATE * seconds), limit - self.length), np.float32), np.zeros(0, np.int64))

    def say(self, group: Group, limit: int = 30 * RATE, late_by: int = 0) -> None:
        """The group, or as much of it as there is room for; its first samples are silent where the ear came late."""
        heard = np.array(group.sound[: limit - self.length], np.float32) / 32768
        heard[:late_by] = 0
        self.phonemes += group.phonemes[: round(len(group.phonemes) * len(heard) / len(group.sound))]
        unknown = np.full(len(group.sound) // FRAME, IGNORED)
        self._add(heard, (unknown if group.labels is None else group.labels)[: len(heard) // FRAME])

    def hear(self, heard: np.ndarray) -> None:
        """Sound that is no group, its frames without a label."""
        self._add(heard, np.full(len(heard) // FRAME, IGNORED))

    def _add(self, heard: np.ndarray, labels: np.ndarray) -> None:
        missing = self.length // FRAME - sum(map(len, self.labels))
        self.labels += [np.zeros(max(0, missing), np.int64), labels]
        self.pieces.append(heard)
        self.length += len(heard)

    def joined(self) -> tuple[np.ndarray, np.ndarray]:
        """Samples and labels, no label beyond the sound; silence is 0."""
        self._add(np.zeros(0, np.float32), np.zeros(0, np.int64))
        return np.concatenate(self.pieces), np.concatenate(self.labels)[: self.length // FRAME]


class Joiner:
    """Draws windows from groups."""

    def __init__(self, groups: list[Group], seed: int) -> None:
        self.voices = {voice: [g for g in groups if g.voice == voice] for voice in sorted({g.voice for g in groups})}
        self.pen, self.dice, self.noise = tokenizer(), random.Random(seed), np.random.default_rng(seed)

    def window(self, kind: Length, goal: float, prompt: int = 0) -> Window:
        """A window of that kind and about `goal` seconds, after a prompt of so many tokens (0: none)."""
        if kind.stride:
            return self._in_stride(kind, prompt)
        dice, zero = self.dice, self.pen.timestamp_begin
        pool, limit = self._voice(), min(HORIZON * FRAME / RATE, max(goal + 3.0, 8.0))
        timed = dice.random() < kind.timed
        sound, head = _Sound(self._lead()), self._head(timed, kind, prompt)
        ids, places, said = list(head), [-1.0] * len(head), 0
        while True:
            group = dice.choice(pool)
            if sound.length + len(group.sound) > limit * RATE - RATE // 10:
                if said:
                    break
                continue
            start = sound.frame
            spoken = [*(sound.length / FRAME + group.token_at / FRAME)]
            sound.say(group)
            end = sound.frame
            ids += [zero + start, *group.tokens, zero + end] if timed else group.tokens
            places += [float(start), *spoken, float(end)] if timed else spoken
            said += 1
            sound.wait(self._pause(), HORIZON * FRAME)
            if sound.length >= goal * RATE:
                break
        if timed:  # never one time alone at the end: whisper's loop would take it for thirty seconds read
            ids, places = [*ids, zero + HORIZON], [*places, -1.0]
        return self._as_window(sound, head, ids, places)

    def _in_stride(self, kind: Length, prompt: int) -> Window:
        """What whisper's loop shows of a dictation: it goes on to the horizon, or ends before; the pen stops soon."""
        dice, zero, limit = self.dice, self.pen.timestamp_begin, HORIZON * FRAME
        if dice.random() < SHARE_SILENT:
            return self._silence(self._head(True, kind, prompt))
        pool, head = self._voice(), self._head(True, kind, prompt)
        late = dice.uniform(1.0, 6.0) if dice.random() < SHARE_LATE else None
        ending = dice.uniform(1.0, 10.0) * RATE if dice.random() < SHARE_ENDING else limit
        sound, cut = _Sound(0.0), dice.random() < SHARE_CUT
        if cut:
            self._end_of_another(sound, pool)
        sound.wait(late if late is not None else self._lead())
        ids, places, writing, first, ended = list(head), [-1.0] * len(head), True, True, 0
        while first or sound.length < ending:
            group, start = dice.choice(pool), sound.frame
            whole = sound.length + len(group.sound) <= limit
            if first and not whole:
                continue
            if writing and not first and (not whole or start * FRAME >= (kind.stride or 0) * RATE):
                ids, places, writing = [*ids, zero + max(ended, start - AHEAD)], [*places, float(start)], False
            spoken = [*(sound.length / FRAME + group.token_at / FRAME)]
            late_by = dice.randint(0, RATE // 20) if first and cut and dice.random() < 0.5 else 0
            sound.say(group, limit, late_by)
            ended = sound.frame
            if writing:
                opened = min(start, LATEST_START) if first else start
                ids += [zero + opened, *group.tokens, zero + sound.frame]
                places += [float(start), *spoken, float(sound.frame)]
            first = False
            sound.wait(self._pause() if dice.random() < 0.95 else dice.uniform(1.4, 6.0), limit)
        if writing:  # nothing more within sight: the loop is to go on from the horizon
            ids, places = [*ids, zero + HORIZON], [*places, -1.0]
        return self._as_window(sound, head, ids, places)

    def _end_of_another(self, sound: _Sound, pool: list[Group]) -> None:
        """The last sound of a group that was written before: it is in no word to write."""
        tail = self.dice.randint(0, RATE // 10)
        sound.hear(np.array(self.dice.choice(pool).sound[-tail or None :][:tail], np.float32) / 32768)
        sound.wait(self.dice.uniform(0.05, 0.3))

    def _as_window(self, sound: _Sound, head: list[int], ids: list[int], places: list[float]) -> Window:
        heard, labels = sound.joined()
        places = [*places, -1.0]
        return Window(self._coloured(heard), [*ids, self.pen.eot], len(head), np.array(places), sound.phonemes, labels)

    def _voice(self) -> list[Group]:
        return self.voices[self.dice.choices(list(self.voices), [HARDER.get(voice, 1.0) for voice in self.voices])[0]]

    def _lead(self) -> float:
        return self.dice.random() * (0.5 if self.dice.random() < 0.8 else 1.5)

    def _silence(self, head: list[int]) -> Window:
        """Nothing is said: the end of a dictation, a long pause. The pen writes where it begins, and the horizon."""
        length = int(RATE * self.dice.uniform(0.3, HORIZON * FRAME / RATE))
        zero = self.pen.timestamp_begin
        tokens = [*head, zero, zero + HORIZON, self.pen.eot]
        sound, labels = self._coloured(np.zeros(length, np.float32)), np.zeros(length // FRAME, np.int64)
        return Window(sound, tokens, len(head), np.full(len(tokens), -1.0), [], labels)

    def _head(self, timed: bool, kind: Length, wanted: int) -> list[int]:
        prompt: list[int] = []
        pool = self.voices[self.dice.choice(list(self.voices))]
        while len(prompt) < wanted:
            said = self.dice.choice(pool).tokens
            if timed and kind.stride:  # whisper's loop leaves the times of earlier windows in its prompt
                start = self.pen.timestamp_begin + self.dice.randint(0, 250)
                said = [start, *said, start + 12 * len(said)]
            prompt += said
        if wanted:
            prompt = [self.pen.sot_prev, *prompt[-min(wanted, PROMPT) :]]
        return [*prompt, *self.pen.sot_sequence, *([] if timed else [self.pen.no_timestamps])]

    def _pause(self) -> float:
        return self.dice.uniform(0.08, 0.35) if self.dice.random() < 0.3 else self.dice.uniform(0.35, 1.4)

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
        count = max(2, round(kind.sound / (HORIZON * FRAME / RATE if kind.stride else goal + 2.5)))
        # one length for the batch here too; whisper's loop fills its prompt after some sentences
        prompt = min(PROMPT, self.dice.randint(15, 300)) if self.dice.random() < kind.prompted else 0
        windows = [self.window(kind, goal, prompt) for _ in range(count)]
        frames = HORIZON if kind.stride else -(-max(len(w.sound) for w in windows) // FRAME)
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
        lengths = torch.tensor([frames if kind.stride else -(-len(w.sound) // FRAME) for w in windows])
        first_frame, first_token = (0, 0) if kind.stride else self._shift(frames, longest)
        tokens[tokens >= self.pen.timestamp_begin] += first_frame
        tokens.clamp_(max=self.pen.timestamp_begin + 1500)
        phonemes = [torch.tensor(w.phonemes) for w in windows]
        return Batch(mel, lengths, tokens, wanted, places, labels, phonemes, sound, first_frame, first_token)

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
