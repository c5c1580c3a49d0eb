"""`python -m scores.voices [--sentences 30]`: the shipped checkpoint by voice, and by the way a sound has come.

Sentences of the recipe's grammar, of five words or more, spoken by its voices (three trained, two it never met) and
heard by the service's own loop in 8 bits. Each channel is a real file in its codec, or noise and hum added to the
sound. Sentences are drawn anew, but the grammar is small: a few may have been trained on. Needs espeak-ng and SVOX
Pico (models/recipe/README.md). Prints one table and keeps it in scores/results/.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from dictation.structure.lexicon import fold, table
from models.recipe.channels import RATE, Codec, mains, through, with_noise
from models.recipe.measure import edits, new_sentences, words
from models.recipe.synthesis import VOICES
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
FLAGGED = ("flagged, of sentences a fifth wrong", "flagged, of those without a fault")
CLASSES = ("figures and units", "drug names", "sides", "negations")
_CLASSES = {"figures and units": FIGURES | UNITS, "sides": SIDES, "negations": NEGATIONS}

Channel = Callable[[np.ndarray], bytes]  # float32 sound at 16 kHz -> a file


def noisy(decibels: float, noise: Callable[[int], np.ndarray]) -> Channel:
    """The noise, of a length in samples, so far below the speech."""
    return lambda sound: encode_wav(with_noise(sound, noise(len(sound)), decibels))


def white(length: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=length)


def alarm(length: int) -> np.ndarray:
    """A monitor's beeps, three a second; nothing like it was trained on."""
    time = np.arange(length) / RATE
    return np.asarray(np.sin(2 * np.pi * 960 * time) * (time * 3 % 1 < 0.4))


CHANNELS: dict[str, Channel] = {
    "16 kHz, clean": encode_wav,
    "telephone, A-law 8 kHz": through(Codec("pcm_alaw", "wav", 8000)),
    "telephone, µ-law 8 kHz": through(Codec("pcm_mulaw", "wav", 8000)),
    "mobile, AMR 12.2 kbit/s": through(Codec("libopencore_amrnb", "amr", 8000)),
    "dictaphone, MP3 64 kbit/s": through(Codec("libmp3lame", "mp3", 16_000, 64_000)),
    "dictaphone page, Opus 32 kbit/s": through(Codec("libopus", "ogg", 48_000, 32_000)),
    "noise at 20 dB": noisy(20, white),
    "noise at 10 dB": noisy(10, white),
    "hum at 10 dB": noisy(10, mains),
    "a monitor’s beeps at 10 dB": noisy(10, alarm),
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


BADLY = 0.2  # of the words of a sentence wrong: it is to be flagged


class Count:
    """Words said and errors, in all and by class, and sentences flagged among those heard badly and without a fault.

    An added word counts in the class it would be read as.
    """

    def __init__(self) -> None:
        self.flagged: dict[str, list[bool]] = {"badly": [], "well": []}
        self.said = dict.fromkeys(("words", *CLASSES), 0)
        self.wrong = dict.fromkeys(("words", *CLASSES), 0)

    def add(self, said: str, heard: str, flagged: bool) -> None:
        share = edits(words(said), words(heard)) / max(1, len(words(said)))
        if share >= BADLY or not share:
            self.flagged["badly" if share else "well"].append(flagged)
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
        return [*shown, *(f"{sum(told)} of {len(told)}" for told in self.flagged.values())]


def _parts(text: str) -> list[str]:
    """« soixante-cinq » as two words and « l'amlodipine » as two: a class is told by the word alone."""
    return [part for word in words(text) for part in word.replace("-", " ").replace("'", " ").split()]


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--sentences", type=int, default=30, help="for each voice")
    a = p.parse_args()
    model, detector = locate(MODELS), Detector()
    lines = ["| voice | channel | words | error rate | " + " | ".join([*CLASSES, *FLAGGED]) + " |", "|---" * 10 + "|"]
    with tempfile.TemporaryDirectory() as folder:
        engine = Ct2Engine.load(model, cache=Path(folder))

        def tell(voice: str, channel: str, spoken: list[tuple[str, np.ndarray]]) -> None:
            counted = Count()
            for said, sound in spoken:
                audio = decode(CHANNELS[channel](sound))
                transcript = transcribe(audio, engine=engine, detector=detector)
                counted.add(said, transcript.text, bool(transcript.flags))
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
