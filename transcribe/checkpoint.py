"""Checkpoint: an openai-whisper .pt file read as plain tensors, so that no code in it runs.

A path in; dimensions, checked before memory is taken for them, and weights out. torch is imported when one is read.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transcribe.errors import WeightsMissing
from transcribe.tokens import MULTILINGUAL

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Dims:
    """The dimensions a checkpoint declares, under openai-whisper's names."""

    n_mels: int
    n_audio_ctx: int
    n_audio_state: int
    n_audio_head: int
    n_audio_layer: int
    n_vocab: int
    n_text_ctx: int
    n_text_state: int
    n_text_head: int
    n_text_layer: int

    def __post_init__(self) -> None:
        widths, depths = (self.n_audio_state, self.n_text_state), (self.n_audio_layer, self.n_text_layer)
        known = self.n_mels in (80, 128) and self.n_audio_ctx == 1500 and 0 < self.n_vocab <= 60_000
        if not known or not 0 < self.n_text_ctx <= 448 or max(*widths, 20 * max(depths)) > 2560 or min(depths) < 1:
            raise ValueError("dimensions that no Whisper has")  # large has width 1280 and 32 layers

    @property
    def multilingual(self) -> bool:
        return self.n_vocab >= MULTILINGUAL


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    dims: Dims
    weights: Mapping[str, torch.Tensor]  # in the precision of the file


def read_checkpoint(path: Path, *, mapped: bool = False) -> Checkpoint:
    """Read a .pt file. mapped: leave the weights on disk until each is used. Raises WeightsMissing."""
    import torch

    try:
        raw: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
        if not isinstance(raw["dims"], dict) or not isinstance(raw["model_state_dict"], dict):
            raise TypeError("not a Whisper checkpoint")
    except (RuntimeError, ValueError, TypeError, KeyError, EOFError, OSError, pickle.UnpicklingError) as error:
        raise WeightsMissing(detail=f"{path.name}: {type(error).__name__}, not a Whisper checkpoint") from error
    try:
        dims = Dims(**{field.name: raw["dims"][field.name] for field in fields(Dims)})
    except (TypeError, ValueError, KeyError) as error:
        raise WeightsMissing(detail=f"{path.name}: {type(error).__name__}, weights do not fit") from error
    return Checkpoint(dims, raw["model_state_dict"])
