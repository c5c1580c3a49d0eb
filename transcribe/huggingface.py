"""Hugging Face: a Whisper in that format becomes an openai-whisper checkpoint, so that one format is left to read.

A folder with config.json and model.safetensors (or its numbered parts) in; a .pt file out. Nothing is downloaded, and
no code of the folder runs: safetensors files hold plain numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from transcribe.checkpoint import Dims
from transcribe.errors import WeightsMissing

if TYPE_CHECKING:
    import torch

MAX_HEADER_BYTES = 64 << 20
_TYPES = {"F32": ("<f4", "float32"), "F16": ("<f2", "float16"), "BF16": ("<i2", "bfloat16")}

# Their names to openai-whisper's, within a layer and around the layers.
_IN_LAYER = {
    "self_attn.q_proj": "attn.query",
    "self_attn.k_proj": "attn.key",
    "self_attn.v_proj": "attn.value",
    "self_attn.out_proj": "attn.out",
    "self_attn_layer_norm": "attn_ln",
    "encoder_attn.q_proj": "cross_attn.query",
    "encoder_attn.k_proj": "cross_attn.key",
    "encoder_attn.v_proj": "cross_attn.value",
    "encoder_attn.out_proj": "cross_attn.out",
    "encoder_attn_layer_norm": "cross_attn_ln",
    "fc1": "mlp.0",
    "fc2": "mlp.2",
    "final_layer_norm": "mlp_ln",
}
_AROUND = {
    "encoder.conv1": "encoder.conv1",
    "encoder.conv2": "encoder.conv2",
    "encoder.layer_norm": "encoder.ln_post",
    "decoder.layer_norm": "decoder.ln",
    "decoder.embed_tokens": "decoder.token_embedding",
}
_LAYER = re.compile(r"(encoder|decoder)\.layers\.(\d+)\.(.+)")


def to_checkpoint(folder: Path, target: Path) -> tuple[tuple[int, int], ...]:
    """Write the model in `folder` as `target`; return its alignment heads, when generation_config.json names some.

    Raises WeightsMissing: no Whisper, another format, or tensors missing.
    """
    import torch

    try:
        config = _json(folder / "config.json")
        if config.get("model_type") != "whisper":
            raise ValueError("config.json is not of a Whisper")
        dims = _dims(config)
        weights = {_name(name): tensor for name, tensor in _tensors(folder) if not name.startswith("proj_out.")}
        extra = _json(folder / "generation_config.json") if (folder / "generation_config.json").is_file() else {}
        heads = tuple((int(layer), int(head)) for layer, head in extra.get("alignment_heads") or ())
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise WeightsMissing(detail=f"{folder.name}: {type(error).__name__} {error}") from error
    torch.save({"dims": dims, "model_state_dict": weights}, target)
    return heads


def _json(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text("utf-8")))


def _dims(config: dict[str, Any]) -> dict[str, int]:
    dims = Dims(
        n_mels=config["num_mel_bins"],
        n_audio_ctx=config["max_source_positions"],
        n_audio_state=config["d_model"],
        n_audio_head=config["encoder_attention_heads"],
        n_audio_layer=config["encoder_layers"],
        n_vocab=config["vocab_size"],
        n_text_ctx=config["max_target_positions"],
        n_text_state=config["d_model"],
        n_text_head=config["decoder_attention_heads"],
        n_text_layer=config["decoder_layers"],
    )
    return {name: int(getattr(dims, name)) for name in Dims.__slots__}


def _name(theirs: str) -> str:
    """model.decoder.layers.0.encoder_attn.q_proj.weight -> decoder.blocks.0.cross_attn.query.weight"""
    plain = theirs.removeprefix("model.")
    if plain.endswith(".embed_positions.weight"):
        return plain.split(".")[0] + ".positional_embedding"
    place, _, kind = plain.rpartition(".")
    if found := _LAYER.fullmatch(place):
        side, number, part = found.groups()
        return f"{side}.blocks.{number}.{_IN_LAYER[part]}.{kind}"
    return f"{_AROUND[place]}.{kind}"


def _tensors(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise ValueError("no model.safetensors: save the model in that format, the older ones can hold code")
    for file in files:
        yield from read_safetensors(file)


def read_safetensors(file: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Each tensor of a safetensors file with its name, copied from the disk one at a time.

    Source of the layout: 8 bytes of header length, a JSON header, then the numbers, little-endian, row by row.
    Raises ValueError when the file is not laid out so.
    """
    import torch

    with file.open("rb") as opened:
        size = int.from_bytes(opened.read(8), "little")
        if not 0 < size <= MAX_HEADER_BYTES:
            raise ValueError(f"{file.name}: header of {size} bytes")
        header = json.loads(opened.read(size))
    numbers = np.memmap(file, np.uint8, "r", offset=8 + size)
    for name, told in header.items():
        if name == "__metadata__":
            continue
        kind, named = _TYPES[told["dtype"]]
        start, end = told["data_offsets"]
        shape = tuple(int(side) for side in told["shape"])
        expected = int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize
        if not 0 <= start <= end <= len(numbers) or end - start != expected:
            raise ValueError(f"{file.name}: a tensor outside its place")
        tensor = torch.from_numpy(np.array(numbers[start:end]).view(kind).reshape(shape))
        yield name, tensor.view(getattr(torch, named))
