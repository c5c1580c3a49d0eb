"""ggml: an openai-whisper checkpoint written as the one file whisper.cpp reads.

A verified Model in, a file in a cache out, made once; for the benchmark only, nothing of the service reads it. In it,
one after the other, little-endian: a mark, eleven numbers, the mel filters, the text tokens as bytes, the weights. A
weight is the number of its dimensions, the length of its name, its type, its dimensions (the fastest first), its name,
its data.
Layout: whisper.cpp's models/README.md and its loader; which weights have 8 bits: its `quantize` command.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from transcribe.checkpoint import Dims, read_checkpoint
from transcribe.mel import filters
from transcribe.tokens import tokenizer
from transcribe.weights import Model

MARK = 0x67676D6C  # « ggml »
# What the last of the eleven numbers says of the file; the thousands are the version of the layout of blocks.
FILE_TYPES = {"f16": 1, "q8_0": 2_007}
FLOAT32, FLOAT16, Q8_0 = 0, 1, 8  # types of a weight
BLOCK = np.dtype([("scale", "<f2"), ("steps", "i1", 32)])  # of q8_0: 32 neighbours along the fastest dimension
# What is added, not multiplied, stays in 32 bits: whatever has one dimension, and these. whisper.cpp wants a second one
# of length 1 for the biases of the convolutions.
BIASES = ("encoder.conv1.bias", "encoder.conv2.bias")
ADDED = (*BIASES, "encoder.positional_embedding", "decoder.positional_embedding")


def written(model: Model, cache: Path, kind: str) -> Path:
    """The file of `model`, made now when the cache has none. kind: f16, or q8_0 (8 bits, scaled 32 by 32)."""
    path = cache / f"{model.sha256[:20]}-{kind}.ggml"
    if not path.is_file():
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            write(model, file, kind)
        part.replace(path)
    return path


def write(model: Model, file: BinaryIO, kind: str) -> None:
    checkpoint = read_checkpoint(model.path, mapped=True)
    dims = checkpoint.dims
    _numbers(file, MARK, *_shape(dims), FILE_TYPES[kind])
    shapes = filters(dims.n_mels)
    _numbers(file, *shapes.shape)
    file.write(shapes.astype("<f4").tobytes())
    known = tokenizer(dims.n_vocab, model.language)
    _numbers(file, known.eot)  # the text comes before the commands, which whisper.cpp numbers itself
    for token in range(known.eot):
        raw = known.encoding.decode_single_token_bytes(token)
        _numbers(file, len(raw))
        file.write(raw)
    for name, tensor in checkpoint.weights.items():
        _weight(file, name, tensor.detach().float().numpy(), kind)


def _numbers(file: BinaryIO, *numbers: int) -> None:
    file.write(np.array(numbers, "<i4").tobytes())


def _shape(dims: Dims) -> tuple[int, ...]:
    hearing = dims.n_audio_ctx, dims.n_audio_state, dims.n_audio_head, dims.n_audio_layer
    writing = dims.n_text_ctx, dims.n_text_state, dims.n_text_head, dims.n_text_layer
    return (dims.n_vocab, *hearing, *writing, dims.n_mels)


def _weight(file: BinaryIO, name: str, values: npt.NDArray[np.float32], kind: str) -> None:
    if name in BIASES:
        values = values[:, None]
    if values.ndim == 1 or name in ADDED:
        stored, data = FLOAT32, values.astype("<f4")
    elif kind == "q8_0" and values.ndim == 2:  # not the convolutions
        stored, data = Q8_0, in_8_bits(values)
    else:
        stored, data = FLOAT16, values.astype("<f2")
    raw = name.encode("ascii")
    _numbers(file, values.ndim, len(raw), stored, *reversed(values.shape))
    file.write(raw)
    file.write(data.tobytes())


def in_8_bits(values: npt.NDArray[np.float32]) -> npt.NDArray[np.void]:
    """The blocks of a matrix, row by row. Raises ValueError when a row is not a multiple of 32 long.

    A value is its block's scale times its step, -127 to 127: at most half a scale away from what it was.
    """
    if values.shape[-1] % 32:
        raise ValueError(f"rows of {values.shape[-1]} values, not a multiple of 32")
    rows = values.reshape(-1, 32)
    made = np.zeros(len(rows), BLOCK)
    made["scale"] = np.abs(rows).max(axis=1) / 127
    scale = made["scale"].astype(np.float32)[:, None]  # as it will be read: rounded to 16 bits
    steps = np.divide(rows, scale, out=np.zeros_like(rows), where=scale > 0)
    made["steps"] = np.clip(np.rint(steps), -127, 127)
    return made
