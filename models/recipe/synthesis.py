"""Synthetic French speech from the grammar, as shards of separately spoken breath groups.

In: dictation.grammar, a voice, a count, a seed. Out: NAME.npy (int16, 16 kHz, the groups one after the other) and
NAME.json (voice, texts, offsets, where each word starts, espeak-ng's phonemes with their places). Touches only the
files it writes. System packages: espeak-ng; for the pico voice libttspico-utils and libpopt0 (Debian, non-free).

`python -m models.recipe.synthesis FOLDER VOICE COUNT SEED` writes one shard; VOICE is one of the keys of VOICES.
"""

from __future__ import annotations

import ctypes
import json
import random
import subprocess
import sys
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.recipe.text import Grammar

RATE = 16_000
LONGEST = 15.0  # seconds: a breath group above this is left out


@dataclass(frozen=True, slots=True)
class Voice:
    """One synthetic speaker: engine, its voice name, and how far speed and pitch vary (engine's own units)."""

    engine: str
    name: str
    speed: tuple[int, int]
    pitch: tuple[int, int]
    trained: bool = True


VOICES = {
    "espeak-fr": Voice("espeak", "fr", (140, 165), (42, 56)),
    "espeak-fr-f2": Voice("espeak", "fr+f2", (140, 165), (42, 56)),
    "pico-fr": Voice("pico", "fr-FR", (94, 112), (94, 106)),
    # never trained on, for the evaluation alone
    "espeak-fr-m3": Voice("espeak", "fr+m3", (140, 165), (42, 56), trained=False),
    "espeak-fr-f4": Voice("espeak", "fr+f4", (140, 165), (42, 56), trained=False),
}
# What a synthesiser would misread, as it must be written for it.
SAID_AS = {
    "psa": "pé ès a",
    "irm": "i erre ème",
    "crp": "cé erre pé",
    "cœlioscopie": "célioscopie",
    "guerin": "guérin",
    "cœur": "coeur",
    "consœur": "consoeur",
    "œdème": "édème",
    "y": "i grec",
    "riviere": "rivière",
    "noel": "noël",
    "holter": "oltère",
    "phalen": "falène",
    "tinel": "tinèle",
    "lasègue": "lasègue",
    "w": "double vé",
    "j": "ji",
    "pacemaker": "pesmékeur",
    "lefebvre": "lefèvre",
}
WORD_EVENT = 1
PHONEME_EVENT = 7


@dataclass(frozen=True, slots=True)
class Spoken:
    """A breath group as sound (int16, 16 kHz), the sample at which each word starts, and phonemes (name, sample)."""

    sound: np.ndarray
    word_starts: list[int]
    phonemes: list[tuple[str, int]]


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user", ctypes.c_void_p),
        ("id", _Id),
    ]


class Espeak:
    """espeak-ng inside this process: it tells where each word and each phoneme lies in the sound."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self.rate = self._library.espeak_Initialize(2, 0, None, 1)  # synchronous, with phoneme events
        self._sound: list[np.ndarray] = []
        self._words: list[tuple[int, int]] = []
        self._phonemes: list[tuple[str, int]] = []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
        self._callback = kind(self._receive)  # a reference keeps it alive for the C side
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, samples, count: int, events) -> int:  # type: ignore[no-untyped-def]
        if samples and count:
            self._sound.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type:
            event = events[index]
            if event.type == WORD_EVENT:
                self._words.append((event.text_position - 1, event.sample))
            elif event.type == PHONEME_EVENT:
                self._phonemes.append((event.id.string.decode("utf8", "replace"), event.sample))
            index += 1
        return 0

    def say(self, text: str, voice: str, speed: int, pitch: int) -> tuple[np.ndarray, list, list]:
        """Sound at `rate`, [(character, sample)] of words, [(phoneme, sample)]."""
        self._sound, self._words, self._phonemes = [], [], []
        self._library.espeak_SetVoiceByName(voice.encode())
        self._library.espeak_SetParameter(1, speed, 0)
        self._library.espeak_SetParameter(3, pitch, 0)
        data = text.encode() + b"\0"
        self._library.espeak_Synth(data, len(data), 0, 0, 0, 1, None, None)
        return np.concatenate(self._sound or [np.zeros(0, np.int16)]), self._words, self._phonemes


def _pico(text: str, voice: Voice, dice: random.Random) -> np.ndarray:
    pitch, speed = dice.randint(*voice.pitch), dice.randint(*voice.speed)
    marked = f'<pitch level="{pitch}"><speed level="{speed}">{text}</speed></pitch>'
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        subprocess.run(
            ["pico2wave", "-l", voice.name, "-w", str(path), marked],
            check=True,
            timeout=30,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with wave.open(str(path)) as said:
            return np.frombuffer(said.readframes(said.getnframes()), np.int16)


def _trimmed(sound: np.ndarray) -> tuple[np.ndarray, int]:
    """Without the silence the synthesiser puts around (25 ms are left), and how many samples went in front."""
    loud = np.flatnonzero(np.abs(sound) > 150)
    if not len(loud):
        return sound[:0], 0
    start = max(0, int(loud[0]) - RATE // 40)
    return sound[start : int(loud[-1]) + RATE // 40], start


def speak(text: str, voice: Voice, espeak: Espeak, dice: random.Random) -> Spoken:
    """Say one breath group. For pico, word places and phonemes are espeak-ng's, stretched over pico's sound."""
    from scipy.signal import resample_poly  # training only: not a dependency of the product

    words = text.split()
    said = [SAID_AS.get(word, word) for word in words]
    starts = np.cumsum([0] + [len(word) + 1 for word in said[:-1]])
    line = " ".join(said)
    if voice.engine == "espeak":
        raw, word_events, phonemes = espeak.say(
            line, voice.name, dice.randint(*voice.speed), dice.randint(*voice.pitch)
        )
        raw_rate, length = espeak.rate, len(raw)
        sound = resample_poly(raw.astype(np.float32), 320, 441)
    else:
        guide, word_events, phonemes = espeak.say(line, "fr", 170, 50)
        loud = np.flatnonzero(np.abs(guide) > 150)
        length, raw_rate = (int(loud[-1]) if len(loud) else len(guide)), 0
        sound = _pico(line, voice, dice).astype(np.float32)
    sound = sound / max(1.0, float(np.abs(sound).max())) * 20_000
    sound, cut = _trimmed(sound.astype(np.int16))
    scale = RATE / raw_rate if raw_rate else len(sound) / max(1, length)
    shift = cut if raw_rate else 0
    at = np.interp(starts, [c for c, _ in word_events] or [0], [s for _, s in word_events] or [0])
    places = [min(len(sound), max(0, int(a * scale - shift))) for a in at]
    return Spoken(sound, places, [(name, max(0, int(s * scale - shift))) for name, s in phonemes])


def write_shard(folder: Path, voice_key: str, count: int, seed: int) -> float:
    """Write one shard of `count` breath groups; hours of sound."""
    dice, grammar, espeak, voice = random.Random(f"{voice_key}/{seed}"), Grammar(), Espeak(), VOICES[voice_key]
    sounds, record = [], {"voice": voice_key, "texts": [], "offsets": [0], "word_starts": [], "phonemes": []}
    while len(record["texts"]) < count:
        text = grammar.line(dice)
        spoken = speak(text, voice, espeak, dice)
        if not RATE // 5 < len(spoken.sound) < LONGEST * RATE:
            continue
        sounds.append(spoken.sound)
        record["texts"].append(text)
        record["offsets"].append(record["offsets"][-1] + len(spoken.sound))
        record["word_starts"].append(spoken.word_starts)
        record["phonemes"].append(spoken.phonemes)
    folder.mkdir(parents=True, exist_ok=True)
    name = folder / f"{voice_key}-{seed}"
    np.save(f"{name}.npy", np.concatenate(sounds))
    Path(f"{name}.json").write_text(json.dumps(record), encoding="utf-8")
    return record["offsets"][-1] / RATE / 3600


if __name__ == "__main__":
    hours = write_shard(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    print(f"{sys.argv[2]} seed {sys.argv[4]}: {hours:.2f} h")
