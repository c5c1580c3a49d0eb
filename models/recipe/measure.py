"""Word error rates of a checkpoint: per voice on sentences it never met, on the sample dictations, on new voices.

In: a checkpoint, the recipe's synthesis, tests/cases. Out: a table on standard output and, with --json, a file.
Touches nothing else.

`python -m models.recipe.measure CHECKPOINT [--shards FOLDER] [--sentences 40] [--window 28] [--plain] [--show]`
"""

from __future__ import annotations

import argparse
import json
import random
import re
from pathlib import Path

import av
import numpy as np
import torch
import whisper
from whisper.audio import log_mel_spectrogram, pad_or_trim

from models.recipe.synthesis import RATE, VOICES, Espeak, speak
from models.recipe.text import CASES, Grammar


def words(text: str) -> list[str]:
    """Words as they are compared: lower case, no punctuation; « l'examen » and « vingt-six » are one word each."""
    return re.sub(r"[.,;:!?«»()\"]", " ", text.lower().replace("’", "'")).split()


def edits(said: list[str], heard: list[str]) -> int:
    """Fewest words to change, add or drop between what was said and what was heard."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1]


def rate(pairs: list[tuple[str, str]]) -> float:
    """Word error rate over (said, heard) pairs: edits over words said."""
    return sum(edits(words(a), words(b)) for a, b in pairs) / max(1, sum(len(words(a)) for a, _ in pairs))


def sound_of(path: Path) -> np.ndarray:
    """float32 samples at 16 kHz of any recording."""
    resampler, parts = av.AudioResampler(format="s16", layout="mono", rate=RATE), []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            parts += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
    parts += [piece.to_ndarray()[0] for piece in resampler.resample(None)]
    return np.concatenate(parts).astype(np.float32) / 32768


def windows(sound: np.ndarray, longest: float) -> list[np.ndarray]:
    """The sound cut at its pauses into windows of at most `longest` seconds (a plain stand-in for the product's)."""
    frame = RATE // 50
    power = np.array([np.abs(sound[i : i + frame]).mean() for i in range(0, len(sound) - frame + 1, frame)])
    quiet = power < max(0.002, 0.05 * float(np.quantile(power, 0.9)))
    pauses, start = [], None
    for i, value in enumerate([*quiet, False]):
        if value and start is None:
            start = i
        elif not value and start is not None:
            if i - start >= 12:
                pauses.append((start + i) // 2 * frame)
            start = None
    cuts, pieces = [*pauses, len(sound)], []
    start, last = 0, 0
    for cut in cuts:
        if cut - start > longest * RATE and last > start:
            pieces.append(sound[start:last])
            start = last
        last = cut
    return [*pieces, sound[start:]]


def heard(model: whisper.Whisper, sounds: list[np.ndarray], timed: bool = False) -> list[str]:
    """Greedy reading of windows of at most thirty seconds."""
    options = whisper.DecodingOptions(language="fr", without_timestamps=not timed, fp16=False)
    texts = []
    for i in range(0, len(sounds), 12):
        mel = torch.stack([log_mel_spectrogram(pad_or_trim(s)) for s in sounds[i : i + 12]])
        texts += [result.text for result in whisper.decode(model, mel.to(model.device), options)]
    return texts


def new_sentences(count: int, voice_key: str, known: set[str], groups: int) -> tuple[list[str], list[np.ndarray]]:
    """Windows of so many breath groups of the grammar, of more than four words each, none met in training."""
    dice, grammar, espeak = random.Random(f"measure/{voice_key}"), Grammar(), Espeak()
    texts: list[str] = []
    sounds: list[np.ndarray] = []
    pause = np.zeros(RATE * 6 // 10, np.int16)
    while len(texts) < count:
        lines = [grammar.line(dice) for _ in range(groups)]
        if any(line in known or len(line.split()) < 5 for line in lines):
            continue
        parts = [pause]
        for line in lines:
            parts += [speak(line, VOICES[voice_key], espeak, dice).sound, pause]
        texts.append(" ".join(lines))
        sounds.append(np.concatenate(parts).astype(np.float32) / 32768)
    return texts, sounds


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("checkpoint", type=Path)
    p.add_argument("--shards", type=Path, help="the training shards, whose sentences are left out")
    p.add_argument("--sentences", type=int, default=40, help="windows a voice")
    p.add_argument("--groups", type=int, default=1, help="breath groups in each of these windows")
    p.add_argument("--voices", default=",".join(VOICES))
    p.add_argument("--window", type=float, default=28.0, help="longest window of a dictation, seconds")
    p.add_argument("--cases", default="", help="only cases whose name holds this")
    p.add_argument("--plain", action="store_true", help="read the samples with whisper's own transcribe() as well")
    p.add_argument("--show", action="store_true", help="print what was heard where it differs")
    p.add_argument("--json", type=Path)
    a = p.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model, found = whisper.load_model(str(a.checkpoint), device=device), {}
    known = set()
    for path in sorted(a.shards.glob("*.json")) if a.shards else []:
        known |= set(json.loads(path.read_text(encoding="utf-8"))["texts"])

    def tell(name: str, pairs: list[tuple[str, str]]) -> None:
        found[name] = round(rate(pairs), 4)
        print(f"{name:45s} {100 * found[name]:5.1f} %  ({sum(len(words(x)) for x, _ in pairs)} words)", flush=True)
        for said, got in pairs if a.show else []:
            if words(said) != words(got):
                print(f"  said  {said}\n  heard {got}")

    for key in [k for k in a.voices.split(",") if k and a.sentences]:
        texts, sounds = new_sentences(a.sentences, key, known, a.groups)
        name = f"sentences {key}{'' if VOICES[key].trained else ' (never trained)'}"
        tell(name, list(zip(texts, heard(model, sounds), strict=True)))
    every, plain = [], []
    for folder in sorted(CASES.glob(f"*{a.cases}*")):
        files = sorted(folder.glob("audio.*"))
        if not files or not a.window:
            continue
        said, sound = (folder / "spoken.txt").read_text(encoding="utf-8"), sound_of(files[0])
        said = " ".join(said.split())
        every.append((said, " ".join(heard(model, windows(sound, a.window)))))
        tell(f"sample {folder.name}", every[-1:])
        if a.plain:
            plain.append((said, model.transcribe(sound, language="fr", fp16=False)["text"]))
            tell(f"sample {folder.name} (transcribe)", plain[-1:])
    for name, pairs in (("samples", every), ("samples (transcribe)", plain)):
        if pairs:
            found[name] = round(rate(pairs), 4)
            print(f"{name:45s} {100 * found[name]:5.1f} %")
    if a.json:
        a.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
