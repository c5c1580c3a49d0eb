"""`python -m scores.voices [--sentences 30]`: the shipped checkpoint by voice, and by the way a sound has come.

Sentences of the recipe's grammar, of five words or more, spoken by its voices (three trained, two it never met) and
heard by the service's own loop in 8 bits. Each channel is a real file in its codec, or noise and hum added to the
sound. Sentences are drawn anew, but the grammar is small: a few may have been trained on. Needs espeak-ng and SVOX
Pico (models/recipe/README.md). Prints one table and keeps it in scores/results/.
"""

from __future__ import annotations

import argparse
import io
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np

from dictation.structure.lexicon import fold, table
from models.recipe.measure import edits, new_sentences, words
from models.recipe.synthesis import RATE, VOICES
from models.recipe.text import CASES
from scores.__main__ import RESULTS
from transcribe import transcribe
from transcribe.audio import decode, encode_wav
from transcribe.ct2 import Ct2Engine
from transcribe.vad import Detector
from transcribe.weights import locate

MODELS = CASES.parents[1] / "models"
FIGURES = frozenset(
    words(
        "zéro un une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente"
        " quarante cinquante soixante cent cents mille premier virgule"
    )
)
UNITS = frozenset(
    words(
        "milligramme milligrammes gramme grammes millilitre millilitres litre litres millimètre millimètres centimètre"
        " centimètres degré degrés heure heures jour jours semaine semaines mois an ans ampoule comprimé comprimés fois"
        " unités"
    )
)
SIDES = frozenset(words("droit droite droits droites gauche gauches bilatéral bilatérale"))
NEGATIONS = frozenset(words("ne n pas sans aucun aucune ni jamais absence non négatif négative négatifs"))
CLASSES = ("figures and units", "drug names", "sides", "negations")
_CLASSES = {"figures and units": FIGURES | UNITS, "sides": SIDES, "negations": NEGATIONS}

Channel = Callable[[np.ndarray], bytes]  # float32 sound at 16 kHz -> a file


def through(codec: str, container: str, rate: int, bits: int | None = None) -> Channel:
    """A file in that codec and at that rate, as a telephone or a dictaphone writes it."""

    def write(sound: np.ndarray) -> bytes:
        file = io.BytesIO()
        with av.open(file, "w", format=container) as out:
            stream = out.add_stream(codec, rate=rate, layout="mono")
            if bits:
                stream.bit_rate = bits
            resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate)
            frame = av.AudioFrame.from_ndarray((sound * 32767).astype(np.int16)[None], format="s16", layout="mono")
            frame.sample_rate = RATE
            for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                out.mux(stream.encode(piece))
            out.mux(stream.encode(None))
        return file.getvalue()

    return write


def noisy(decibels: float, hum: bool = False) -> Channel:
    """White noise, or the hum of the mains with its harmonics, so far below the speech."""

    def write(sound: np.ndarray) -> bytes:
        time = np.arange(len(sound)) / RATE
        mains = sum(np.sin(2 * np.pi * 50 * n * time) / n for n in (1, 2, 3, 5))
        added = np.asarray(mains) if hum else np.random.default_rng(1).normal(size=len(sound))
        speech = np.abs(sound) > 0.01
        level = np.sqrt(np.mean(sound[speech] ** 2)) * 10 ** (-decibels / 20) / np.sqrt(np.mean(added**2))
        return encode_wav((sound + level * added).astype(np.float32))

    return write


CHANNELS: dict[str, Channel] = {
    "16 kHz, clean": encode_wav,
    "telephone, A-law 8 kHz": through("pcm_alaw", "wav", 8000),
    "telephone, µ-law 8 kHz": through("pcm_mulaw", "wav", 8000),
    "mobile, AMR 12.2 kbit/s": through("libopencore_amrnb", "amr", 8000),
    "dictaphone, MP3 64 kbit/s": through("libmp3lame", "mp3", 16_000, 64_000),
    "dictaphone page, Opus 32 kbit/s": through("libopus", "ogg", 48_000, 32_000),
    "noise at 20 dB": noisy(20),
    "noise at 10 dB": noisy(10),
    "hum at 10 dB": noisy(10, hum=True),
}


def wrong(said: list[str], heard: list[str]) -> Iterator[tuple[str, str]]:
    """(word said or "", word heard or "") for each error of one shortest way from one to the other."""
    cost = np.zeros((len(said) + 1, len(heard) + 1), int)
    cost[:, 0], cost[0, :] = np.arange(len(said) + 1), np.arange(len(heard) + 1)
    for i, a in enumerate(said, 1):
        for j, b in enumerate(heard, 1):
            cost[i, j] = min(cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + (a != b))
    i, j = len(said), len(heard)
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + (said[i - 1] != heard[j - 1]):
            i, j = i - 1, j - 1
            if said[i] != heard[j]:
                yield said[i], heard[j]
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            yield said[i], ""
        else:
            j -= 1
            yield "", heard[j]


class Count:
    """Words said and errors, in all and by class. An added word counts in the class it would be read as."""

    def __init__(self) -> None:
        self.said = dict.fromkeys(("words", *CLASSES), 0)
        self.wrong = dict.fromkeys(("words", *CLASSES), 0)

    def add(self, said: str, heard: str) -> None:
        spoken, written = _parts(said), _parts(heard)
        self.said["words"] += len(words(said))
        self.wrong["words"] += edits(words(said), words(heard))
        for word in spoken:
            for name in self._classes_of(word):
                self.said[name] += 1
        for a, b in wrong(spoken, written):
            for name in self._classes_of(a or b):
                self.wrong[name] += 1

    def _classes_of(self, word: str) -> list[str]:
        found = [name for name, members in _CLASSES.items() if word in members]
        return [*found, "drug names"] if fold(word) in table("drugs") else found

    def cells(self) -> list[str]:
        shown = []
        for name, said in self.said.items():
            share = f"{100 * self.wrong[name] / said:.1f} %" if said else "-"
            shown.append(share if name == "words" else f"{share} of {said}")
        return shown


def _parts(text: str) -> list[str]:
    """« soixante-cinq » as two words and « l'amlodipine » as two: a class is told by the word alone."""
    return [part for word in words(text) for part in word.replace("-", " ").replace("'", " ").split()]


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--sentences", type=int, default=30, help="for each voice")
    a = p.parse_args()
    model, detector = locate(MODELS), Detector()
    lines = ["| voice | channel | words | error rate | " + " | ".join(CLASSES) + " |", "|---" * 8 + "|"]
    with tempfile.TemporaryDirectory() as folder:
        engine = Ct2Engine.load(model, cache=Path(folder))

        def tell(voice: str, channel: str, spoken: list[tuple[str, np.ndarray]]) -> None:
            counted = Count()
            for said, sound in spoken:
                audio = decode(CHANNELS[channel](sound))
                counted.add(said, transcribe(audio, engine=engine, detector=detector).text)
            rate, *parts = counted.cells()
            lines.append(f"| {voice} | {channel} | {counted.said['words']} | {rate} | {' | '.join(parts)} |")
            print(lines[-1], flush=True)

        trained: list[tuple[str, np.ndarray]] = []
        for key, voice in VOICES.items():
            texts, sounds = new_sentences(a.sentences, key, set(), 1)
            spoken = list(zip(texts, sounds, strict=True))
            tell(key + ("" if voice.trained else " (never trained)"), "16 kHz, clean", spoken)
            trained += spoken if voice.trained else []
        random.Random(1).shuffle(trained)
        for channel in list(CHANNELS)[1:]:
            tell("the three trained", channel, trained[: 2 * a.sentences])
    today = datetime.now(UTC).date().isoformat()
    about = f"`python -m scores.voices`, {model.name}, SHA-256 {model.sha256[:8]}…, ct2 in 8 bits"
    head = f"# Voices and channels, {today}\n\n{about}\n\n"
    (RESULTS / f"{today}-voices.md").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
