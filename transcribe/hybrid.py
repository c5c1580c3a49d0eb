"""Hybrid engine: torch listens in bfloat16, CTranslate2 writes in 8-bit numbers.

For processors with matrix units for bfloat16 (AMX, AVX-512 BF16): there torch's encoder is two to three times faster
than CTranslate2's, whose decoder is three times faster than torch's. Only the encoder's weights are read for torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from transcribe.checkpoint import read_checkpoint
from transcribe.convert import Converted
from transcribe.ct2 import BATCH, Ct2Engine, Heard
from transcribe.errors import WeightsMissing
from transcribe.mel import Mel, frames_of

if TYPE_CHECKING:
    import torch

    from transcribe.audio import Samples
    from transcribe.vad import Window
    from transcribe.weights import Model


class TorchEncoder:
    """Whisper's encoder alone. Products are in bfloat16 (or float32), sums, norms and places in float32.

    Source of the shape: Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision, 2022, section 2.2.
    """

    def __init__(self, path: Path, *, exact: bool = False) -> None:
        import torch

        checkpoint = read_checkpoint(path, mapped=True)  # the decoder's pages are never touched
        self._dims = checkpoint.dims
        self._type = torch.float32 if exact else torch.bfloat16
        self._weights: dict[str, torch.Tensor] = {}
        for name, tensor in checkpoint.weights.items():
            part, _, rest = name.partition(".")
            if part == "encoder":
                precise = "ln" in rest or rest == "positional_embedding"
                wanted = torch.float32 if precise else self._type
                self._weights[rest] = tensor.to(wanted, copy=True).contiguous()
        layers = {name.split(".")[1] for name in self._weights if name.startswith("blocks.")}
        if len(layers) != self._dims.n_audio_layer or self._weights["conv1.weight"].shape[1] != self._dims.n_mels:
            raise WeightsMissing(detail=f"{path.name}: weights do not fit")

    def __call__(self, mel: Mel) -> np.ndarray[Any, np.dtype[np.float32]]:
        """mel: shape (mels, frames). Returns float32, shape (1, frames / 2, state)."""
        import torch
        from torch.nn import functional

        weights = self._weights
        with torch.inference_mode():
            x = torch.from_numpy(mel)[None].to(self._type)
            x = functional.gelu(functional.conv1d(x, weights["conv1.weight"], weights["conv1.bias"], padding=1))
            x = functional.conv1d(x, weights["conv2.weight"], weights["conv2.bias"], stride=2, padding=1)
            x = functional.gelu(x).transpose(1, 2)
            x = x.float() + weights["positional_embedding"][: x.shape[1]]
            for i in range(self._dims.n_audio_layer):
                x = self._block(x, f"blocks.{i}")
            return self._norm(x, "ln_post").numpy()

    def _block(self, x: torch.Tensor, name: str) -> torch.Tensor:
        from torch.nn import functional

        batch, length, width = x.shape
        seen = self._norm(x, f"{name}.attn_ln").to(self._type)
        heads = self._dims.n_audio_head
        query, key, value = (
            self._linear(seen, f"{name}.attn.{part}").view(batch, length, heads, width // heads).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        mixed = functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(x.shape)
        x = x + self._linear(mixed, f"{name}.attn.out").float()
        inner = functional.gelu(self._linear(self._norm(x, f"{name}.mlp_ln").to(self._type), f"{name}.mlp.0"))
        return x + self._linear(inner, f"{name}.mlp.2").float()

    def _linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        from torch.nn import functional

        return functional.linear(x, self._weights[f"{name}.weight"], self._weights.get(f"{name}.bias"))

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        from torch.nn import functional

        return functional.layer_norm(x, x.shape[-1:], self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])


class HybridEngine(Ct2Engine):
    """A Ct2Engine that hears with torch; its encoder only reads its weights, so that all lanes share it."""

    def __init__(
        self,
        shape: Converted,
        model: Model,
        *,
        threads: int = 2,
        lanes: int = 1,
        device: str = "cpu",
        batch: int = BATCH,
    ) -> None:
        import torch

        del device  # a graphics card does all of it better
        super().__init__(shape, model, threads=threads, lanes=lanes, batch=batch, name="hybrid")
        torch.set_num_threads(max(1, threads // lanes))  # of each lane
        self._encoder = TorchEncoder(model.path)

    def encode(self, sound: Samples, window: Window) -> Heard:
        import ctranslate2

        features = self._encoder(self._mel(sound))
        return Heard(ctranslate2.StorageView.from_array(np.ascontiguousarray(features)), frames_of(sound))
