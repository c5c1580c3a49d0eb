"""Word error rate of the shipped checkpoint on the sample dictations: the plain loop of the recipe's measure.

The samples are read by three synthetic voices the checkpoint was trained on; the figure says nothing about a surgeon.
"""

from __future__ import annotations

import whisper

from models.recipe.measure import heard, rate, sound_of, windows
from models.recipe.text import CASES
from scores.table import Row

CHECKPOINT = CASES.parents[1] / "models" / "demo-fr.pt"
LONGEST = 6.8  # seconds; max_window_seconds of models/manifest.toml


def rows(which: str) -> list[Row]:
    """One row for all samples, whichever set is asked for."""
    model, pairs = whisper.load_model(str(CHECKPOINT)), []
    for folder in sorted(CASES.glob("*/")):
        sounds = sorted(folder.glob("audio.*"))
        if sounds:
            said = " ".join((folder / "spoken.txt").read_text(encoding="utf-8").split())
            pairs.append((said, " ".join(heard(model, windows(sound_of(sounds[0]), LONGEST)))))
    value = f"{100 * rate(pairs):.1f} %".replace(".", ",")
    return [Row("word error rate, demo-fr, plain loop", f"{len(pairs)} samples, synthetic voices", value, "≤ 5 %")]
