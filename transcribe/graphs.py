"""Graphs: an openai-whisper checkpoint written down as two OpenVINO models, one that hears and one that writes.

A checkpoint in, two ov.Model out; only the converter's child process comes here. The decoder keeps what it has read
between calls (its own keys and values), and reads up to SLOTS windows in one call, each of its own length.
Source of the shapes: Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision, 2022, section 2.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import opset13 as op

if TYPE_CHECKING:
    from transcribe.checkpoint import Checkpoint

# Windows read in one call. A graph always works through so many rows, those of absent windows too: then a row is
# computed alike whoever is beside it, and reading the weights, which is nearly all of it, costs the same for one.
SLOTS = 8
MOST_BYTES = 512 << 20  # what is heard in the windows of one call may take
EVEN = 128  # rows: in bfloat16 OpenVINO 2026.4 multiplies a multiple of it a tenth quicker (1,536 than 1,500)
LEVELS = 127.0  # of a weight in 8 bits, each side of nought

Array = npt.NDArray[np.float32]


def save(checkpoint: Checkpoint, heads: Iterable[Sequence[int]], folder: Path, *, eight_bits: bool) -> None:
    """Write encoder.xml and decoder.xml with their weights. KeyError or ValueError for weights that do not fit.

    eight_bits: of the encoder's products; the decoder's always are.
    """
    dims = checkpoint.dims
    window = 2 * 2 * dims.n_text_layer * dims.n_audio_ctx * dims.n_text_state  # bytes
    slots = max(2, min(SLOTS, MOST_BYTES // window))
    ear = encoder(checkpoint, eight_bits=eight_bits)
    ov.save_model(ear, folder / "encoder.xml", compress_to_fp16=not eight_bits)
    ov.save_model(decoder(checkpoint, heads, slots), folder / "decoder.xml", compress_to_fp16=False)


def encoder(checkpoint: Checkpoint, *, eight_bits: bool) -> ov.Model:
    """mel, float32 (1, mels, frames), to heard, float32 (1, frames / 2, state), and for each layer of the decoder what
    it asks of the sound: keys{i} and values{i}, both (1, heads, frames / 2, size), bfloat16.
    """
    dims = checkpoint.dims
    eight = {"eight_bits": eight_bits, "many": True}
    part = _Part(checkpoint, "encoder", dims.n_audio_state, dims.n_audio_head, **eight)
    mel = _parameter("mel", [1, dims.n_mels, -1], "f32")
    x = _transposed(part.convolution(part.convolution(mel, "conv1", 1), "conv2", 2), 0, 2, 1)
    frames = op.gather(op.shape_of(x), _ints(1), _int(0))
    x = op.add(x, op.slice(part.exact("positional_embedding"), _ints(0), frames, _ints(1), _ints(0)))
    # A whole window in bfloat16 gets empty rows below it, which nobody looks at and which are cut off in the end.
    rows = 0 if eight_bits else -dims.n_audio_ctx % EVEN
    empty = op.multiply(op.divide(frames, _ints(dims.n_audio_ctx)), _ints(rows))  # none for less
    below = op.concat([_ints(0), empty, _ints(0)], 0)
    x = op.pad(x, _ints(0, 0, 0), below, "constant", op.constant(np.float32(0)))
    for i in range(dims.n_audio_layer):
        name = f"blocks.{i}"
        query, *asked = part.questions(x, f"{name}.attn")
        key, value = (op.slice(tensor, _ints(0), frames, _ints(1), _ints(2)) for tensor in asked)
        looks = op.softmax(op.matmul(query, key, False, True), -1)
        x = op.add(x, part.linear(part.merged(op.matmul(looks, value, False, False)), f"{name}.attn.out"))
        x = op.add(x, part.inner(x, name))
    heard = part.norm(op.slice(x, _ints(0), frames, _ints(1), _ints(1)), "ln_post")
    ends = [_named(op.result(heard), "heard")]
    reader = _Part(checkpoint, "decoder", dims.n_text_state, dims.n_text_head, **eight)
    for i in range(dims.n_text_layer):
        name = f"blocks.{i}.cross_attn"
        keys = reader.split(reader.linear(heard, f"{name}.key"))
        values = reader.split(reader.linear(heard, f"{name}.value"))
        ends += [
            _named(op.result(op.convert(tensor, "bf16")), f"{what}{i}")
            for what, tensor in (("keys", keys), ("values", values))
        ]
    return ov.Model(ends, [mel], "encoder")


def decoder(checkpoint: Checkpoint, heads: Iterable[Sequence[int]], slots: int = SLOTS) -> ov.Model:
    """tokens (rows, length) that follow what was read before, to the logits of what comes after the wanted ones.

    rows: `slots` times so many readings of each window. places (length): positions of the tokens. order (rows): which
    row each continues. mask (rows, 1, length, read and new; OpenVINO 2026.4 misreads one mask for all rows): 0 where a
    token may look, else very low. wanted: which of rows x length positions to write for. keys{i}.{slot},
    values{i}.{slot}: the encoder's, for each window.
    Gives logits, float32 (wanted, vocabulary), and looks.{slot}, float32 (1, heads, rows / slots x length, frames / 2):
    how strongly the alignment heads look at each frame, before softmax, for the rows and tokens of each slot.
    """
    dims = checkpoint.dims
    part = _Part(checkpoint, "decoder", dims.n_text_state, dims.n_text_head, eight_bits=True)
    tokens = _parameter("tokens", [-1, -1], "i64")
    places, wanted = _parameter("places", [-1], "i64"), _parameter("wanted", [-1], "i64")
    order, mask = _parameter("order", [-1], "i32"), _parameter("mask", [-1, 1, -1, -1], "f32")
    given, kept = [tokens, places, order, mask, wanted], []
    words = _Rounded(part.get("token_embedding.weight"))
    positions = op.gather(part.exact("positional_embedding"), places, _int(0))
    x = op.add(words.rows(tokens), op.unsqueeze(positions, _ints(0)))
    shape = op.concat([op.shape_of(tokens), _ints(part.width)], 0)
    rows = op.gather(op.shape_of(tokens), _ints(0), _int(0))
    nothing = op.broadcast(op.constant(np.float32(0)), op.concat([rows, _ints(part.heads, 0, part.size)], 0))
    seen: dict[int, list[int]] = {}
    for layer, head in heads:
        seen.setdefault(layer, []).append(head)
    looks: list[list[Any]] = [[] for _ in range(slots)]
    for i in range(dims.n_text_layer):
        name = f"blocks.{i}"
        query, *new = part.questions(x, f"{name}.attn")
        read = []
        for what, tensor in zip(("keys", "values"), new, strict=True):
            before = op.read_value(nothing, f"{what}{i}", np.float32, [-1, part.heads, -1, part.size])
            read.append(op.concat([op.gather(before, order, _int(0)), tensor], 2))
            kept.append(op.assign(read[-1], f"{what}{i}"))
        # Queries are scaled already; this operation would do it once more.
        mixed = op.scaled_dot_product_attention(query, *read, mask, op.constant(np.float32(1)))
        x = op.add(x, part.linear(part.merged(mixed), f"{name}.attn.out"))
        asked = part.linear(part.norm(x, f"{name}.cross_attn_ln"), f"{name}.cross_attn.query")
        asked = _transposed(op.reshape(asked, _ints(slots, -1, part.heads, part.size), False), 0, 2, 1, 3)
        found = []
        for slot, question in enumerate(op.split(asked, _int(0), slots).outputs()):
            keys = _parameter(f"keys{i}.{slot}", [1, part.heads, -1, part.size], "bf16")
            values = _parameter(f"values{i}.{slot}", [1, part.heads, -1, part.size], "bf16")
            given += [keys, values]
            strength = op.matmul(question, op.convert(keys, "f32"), False, True)
            found.append(op.matmul(op.softmax(strength, -1), op.convert(values, "f32"), False, False))
            if i in seen:
                looks[slot].append(op.gather(strength, _ints(*seen[i]), _int(1)))
        heard = op.reshape(_transposed(op.concat(found, 0), 0, 2, 1, 3), shape, False)
        x = op.add(x, part.linear(heard, f"{name}.cross_attn.out"))
        x = op.add(x, part.inner(x, name))
    flat = op.reshape(x, _ints(-1, part.width), False)
    last = part.norm(op.unsqueeze(op.gather(flat, wanted, _int(0)), _ints(0)), "ln")
    logits = op.squeeze(words.times(last), _ints(0))
    ends = [_named(op.result(op.concat(x, 1)), f"looks.{slot}") for slot, x in enumerate(looks)]
    ends.append(_named(op.result(logits), "logits"))
    return ov.Model(ends, kept, given, "decoder")


class _Part:
    """The encoder's or the decoder's weights, and the pieces both are made of. KeyError for one that is missing."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        name: str,
        width: int,
        heads: int,
        *,
        eight_bits: bool = False,
        many: bool = False,
    ) -> None:
        """eight_bits: of its products. many: of whole windows, not of a few tokens."""
        self._weights, self._name, self._eight_bits, self._many = checkpoint.weights, name, eight_bits, many
        self.width, self.heads, self.size = width, heads, width // heads

    def get(self, name: str) -> Array:
        return np.asarray(self._weights[f"{self._name}.{name}"].detach().float().numpy(), np.float32)

    def exact(self, name: str) -> Any:
        return op.constant(self.get(name))

    def _product(self, x: Any, weight: Array, bias: Array | None) -> Any:
        if self._eight_bits:
            y = _Rounded(weight).times(x, many=self._many)
        else:  # in 16 bits, which is what is computed with, the weight is saved
            y = op.matmul(x, op.constant(weight), False, True)
        return y if bias is None else op.add(y, bias.reshape(1, 1, -1))

    def linear(self, x: Any, name: str) -> Any:
        weight, place = self.get(f"{name}.weight"), name.rpartition(".")[2]
        bias = None if place == "key" else self.get(f"{name}.bias")  # whisper's keys have none
        scale = np.float32(self.size**-0.5 if place == "query" else 1)  # of attention, done here once for all
        return self._product(x, weight * scale, None if bias is None else bias * scale)

    def questions(self, x: Any, name: str) -> list[Any]:
        """Queries (scaled), keys and values, each (rows, heads, length, size), of one product."""
        scales = {"query": np.float32(self.size**-0.5), "key": np.float32(1), "value": np.float32(1)}
        weight = np.concatenate([self.get(f"{name}.{part}.weight") * scale for part, scale in scales.items()])
        nothing = np.zeros(self.width, np.float32)
        biases = [self.get(f"{name}.{part}.bias") * scales[part] for part in ("query", "value")]
        together = self._product(self.norm(x, f"{name}_ln"), weight, np.concatenate([biases[0], nothing, biases[1]]))
        return [self.split(y) for y in op.split(together, _int(2), 3).outputs()]

    def split(self, x: Any) -> Any:
        """(rows, length, state) to (rows, heads, length, size)."""
        return _transposed(op.reshape(x, _ints(0, 0, self.heads, self.size), True), 0, 2, 1, 3)

    def merged(self, x: Any) -> Any:
        return op.reshape(_transposed(x, 0, 2, 1, 3), _ints(0, 0, self.width), True)

    def norm(self, x: Any, name: str) -> Any:
        y = op.mvn(x, _ints(2), True, 1e-5, "inside_sqrt")
        weight, bias = (self.get(f"{name}.{part}").reshape(1, 1, -1) for part in ("weight", "bias"))
        return op.add(op.multiply(y, weight), bias)

    def inner(self, x: Any, name: str) -> Any:
        wide = op.gelu(self.linear(self.norm(x, f"{name}.mlp_ln"), f"{name}.mlp.0"), "erf")
        return self.linear(wide, f"{name}.mlp.2")

    def convolution(self, x: Any, name: str, stride: int) -> Any:
        y = op.convolution(x, op.constant(self.get(f"{name}.weight")), [stride], [1], [1], [1])
        return op.gelu(op.add(y, self.get(f"{name}.bias").reshape(1, -1, 1)), "erf")


class _Rounded:
    """A matrix (outputs, inputs) in 8 bits, with a scale for each row."""

    def __init__(self, values: Array) -> None:
        scale = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-12) / LEVELS
        self._numbers, self._scale = op.constant(np.round(values / scale).astype(np.int8)), scale

    def times(self, x: Any, *, many: bool = False) -> Any:
        """x (rows, length, inputs) times the matrix, as whole numbers: each row of x is rounded to 8 bits as well, by
        its own largest number. So nothing is unpacked, and no row depends on another.

        many: rows enough that passing over them costs. OpenVINO computes in 32 bits what reaches the end with no
        product in between, and x would, by way of its largest numbers: so they pass through a product by one.
        """
        one = [op.constant(np.float32(edge)) for edge in (-1, 1)]
        largest = op.maximum(op.reduce_max(op.abs(x), _ints(2), True), op.constant(np.float32(1e-6)))
        if many:
            largest = op.matmul(largest, op.constant(np.ones((1, 1), np.float32)), False, False)
        rounded = op.fake_quantize(op.divide(x, largest), *one, *one, int(2 * LEVELS + 1))
        weight = op.multiply(op.convert(self._numbers, "f32"), self._scale)
        return op.multiply(op.matmul(rounded, weight, False, True), largest)

    def rows(self, which: Any) -> Any:
        """The rows of these numbers."""
        numbers, scale = (op.gather(x, which, _int(0)) for x in (self._numbers, op.constant(self._scale)))
        return op.multiply(op.convert(numbers, "f32"), scale)


def _parameter(name: str, shape: list[int], kind: str) -> Any:
    made = op.parameter(shape, getattr(ov.Type, kind), name=name)
    return _named(made, name)


def _named(node: Any, name: str) -> Any:
    node.output(0).set_names({name})
    return node


def _int(value: int) -> Any:
    return op.constant(np.int64(value))


def _ints(*values: int) -> Any:
    return op.constant(np.array(values, np.int64))


def _transposed(x: Any, *order: int) -> Any:
    return op.transpose(x, _ints(*order))
