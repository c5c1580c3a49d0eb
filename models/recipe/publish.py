"""Put a trained checkpoint into models/ and describe it in models/manifest.toml.

In: a checkpoint of train.py. Out: models/demo-fr.pt (dims and half-precision weights, nothing else) and
models/manifest.toml with its size and SHA-256. `python -m models.recipe.publish CHECKPOINT [--window 28]`
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch

from models.recipe.network import ALIGNMENT_HEADS

MODELS = Path(__file__).resolve().parents[1]
LARGEST = 60_000_000  # bytes: a repository is no place for more
MANIFEST = """# The Whisper checkpoints that ship with the project: checked by size and SHA-256 before they are read.
# `dictation models add FILE` lists a hospital's own in local.toml, beside this file.
default = "demo-fr"

[[model]]
name = "demo-fr"
file = "{file}"
sha256 = "{sha256}"
size_bytes = {size}
licence = "Apache-2.0"
source = "models/recipe : synthèse vocale espeak-ng et SVOX Pico, texte de dictation.grammar"
trained_on = "{trained_on}"
good_for = "{good_for}"
language = "fr"
alignment_heads = {heads}
max_window_seconds = {window}
prompts = false
short_windows = true
unsure_below = 0.85
"""
TRAINED_ON = (
    "Dictées synthétiques en français (urologie, orthopédie, chirurgie digestive, cardiologie) lues par trois voix de "
    "synthèse : espeak-ng fr, espeak-ng fr+f2, SVOX Pico fr-FR. Aucune voix humaine, aucun patient."
)
GOOD_FOR = (
    "Lire les dictées d’exemple et éprouver l’installation. Ne convient à la voix d’aucun chirurgien : pour le "
    "service, ajoutez le modèle de votre établissement."
)


def publish(checkpoint: Path, window: float) -> Path:
    """Write the weights and the manifest; the weights' path."""
    given = torch.load(checkpoint, weights_only=True, map_location="cpu")
    state = {name: value.half() for name, value in given["model_state_dict"].items()}
    target = MODELS / "demo-fr.pt"
    part = target.with_suffix(".part")
    torch.save({"dims": given["dims"], "model_state_dict": state}, part)
    if part.stat().st_size >= LARGEST:
        raise SystemExit(f"{part.stat().st_size} bytes: too large to ship")
    part.replace(target)
    described = MANIFEST.format(
        file=target.name,
        sha256=hashlib.sha256(target.read_bytes()).hexdigest(),
        size=target.stat().st_size,
        trained_on=TRAINED_ON,
        good_for=GOOD_FOR,
        heads=ALIGNMENT_HEADS,
        window=window,
    )
    (MODELS / "manifest.toml").write_text(described, encoding="utf-8")
    return target


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("checkpoint", type=Path)
    p.add_argument("--window", type=float, default=28.0, help="longest window this checkpoint reads well, seconds")
    a = p.parse_args()
    print(publish(a.checkpoint, a.window))
