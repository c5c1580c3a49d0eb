"""The file made for whisper.cpp holds the checkpoint, all of it: read back here by hand, without whisper.cpp."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmarks import ggml
from transcribe.checkpoint import read_checkpoint
from transcribe.tokens import tokenizer
from transcribe.weights import locate


@dataclass
class Read:
    numbers: tuple[int, ...]
    filters: np.ndarray
    tokens: list[bytes]
    stored: dict[str, int]  # type of each weight
    weights: dict[str, np.ndarray]
    steps: dict[str, np.ndarray]  # of the weights of 8 bits: the scale of each value


@pytest.fixture(scope="module")
def shipped(repository):
    return locate(repository / "models")


@pytest.fixture(scope="module")
def checkpoint(shipped):
    return read_checkpoint(shipped.path)


@pytest.fixture(scope="module", params=["f16", "q8_0"])
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def read(shipped, kind):
    file = io.BytesIO()
    ggml.write(shipped, file, kind)
    file.seek(0)
    return _read(file)


def _read(file: io.BytesIO) -> Read:
    def numbers(count: int) -> tuple[int, ...]:
        return struct.unpack(f"<{count}i", file.read(4 * count))

    head = numbers(12)
    mels, bins = numbers(2)
    filters = np.frombuffer(file.read(4 * mels * bins), "<f4").reshape(mels, bins)
    (count,) = numbers(1)
    tokens = [file.read(*numbers(1)) for _ in range(count)]
    read = Read(head, filters, tokens, {}, {}, {})
    while start := file.read(12):
        dimensions, length, stored = struct.unpack("<3i", start)
        shape = numbers(dimensions)[::-1]
        name = file.read(length).decode()
        assert name not in read.weights
        size = int(np.prod(shape))
        if stored == 8:
            blocks = [struct.unpack("<e32b", file.read(34)) for _ in range(size // 32)]
            scales = np.array([block[0] for block in blocks])[:, None]
            values = scales * np.array([block[1:] for block in blocks])
            read.steps[name] = np.repeat(scales, 32, axis=1).reshape(shape)
        else:
            values = np.frombuffer(file.read(size * (4, 2)[stored]), ("<f4", "<f2")[stored])
        read.stored[name], read.weights[name] = stored, values.reshape(shape)
    return read


def test_the_head_says_what_the_checkpoint_says(read, checkpoint, kind):
    d = checkpoint.dims
    assert read.numbers == (
        *(0x67676D6C, d.n_vocab, 1500, d.n_audio_state, d.n_audio_head, d.n_audio_layer),
        *(448, d.n_text_state, d.n_text_head, d.n_text_layer, 80, {"f16": 1, "q8_0": 2007}[kind]),
    )


def test_it_hears_with_openai_whispers_filters(read):
    import whisper

    assert np.array_equal(read.filters, whisper.audio.mel_filters("cpu", 80).numpy())


def test_it_spells_with_openai_whispers_tokens(read, checkpoint):
    known = tokenizer(checkpoint.dims.n_vocab)
    text = " L’échographie : 2,4 cm à gauche… œdème 👍"
    assert b"".join(read.tokens[token] for token in known.encode(text)) == text.encode()
    assert len(read.tokens) == known.eot  # whisper.cpp numbers the commands after them


def test_every_weight_is_there_and_nothing_else(read, checkpoint):
    shapes = {name: tuple(tensor.shape) for name, tensor in checkpoint.weights.items()}
    for convolution in ("encoder.conv1.bias", "encoder.conv2.bias"):
        shapes[convolution] = (*shapes[convolution], 1)
    assert {name: values.shape for name, values in read.weights.items()} == shapes


def test_every_weight_is_what_it_was(read, checkpoint):
    for name, tensor in checkpoint.weights.items():
        was, found = tensor.float().numpy(), read.weights[name]
        if name in read.steps:
            assert np.all(np.abs(found - was) <= read.steps[name] / 2 + 1e-12), name
        else:
            rounded = was.astype(np.float16) if read.stored[name] == 1 else was
            assert np.array_equal(found.reshape(was.shape), rounded), name


def test_each_has_the_precision_whisper_cpp_expects(read, checkpoint, kind):
    positions = {"encoder.positional_embedding", "decoder.positional_embedding"}
    small = {name for name, tensor in checkpoint.weights.items() if tensor.dim() == 1} | positions
    convolutions = {"encoder.conv1.weight", "encoder.conv2.weight"}
    assert {name for name, stored in read.stored.items() if stored == 0} == small
    assert {read.stored[name] for name in convolutions} == {1}
    rest = {stored for name, stored in read.stored.items() if name not in small | convolutions}
    assert rest == {{"f16": 1, "q8_0": 8}[kind]}


weights = st.floats(-4, 4, width=32, allow_subnormal=False)


@example(np.full((3, 64), 1e-5, np.float32))  # a scale too small for 16 bits would turn 127 round
@given(arrays(np.float32, (3, 64), elements=weights))
def test_eight_bits_are_at_most_half_a_step_away(values):
    blocks = ggml.in_8_bits(values)
    scale = blocks["scale"].astype(np.float64)[:, None]
    # The scale is rounded to 16 bits; below 6e-5 those are coarser, and the largest value may lie 127 roundings away.
    coarse = 127 * 2.0**-25
    assert np.all(np.abs(scale * blocks["steps"] - values.reshape(-1, 32)) <= scale / 2 + coarse)


def test_rows_that_whisper_cpp_could_not_read_are_refused():
    with pytest.raises(ValueError, match="multiple of 32"):
        ggml.in_8_bits(np.zeros((64, 48), np.float32))


def test_a_file_is_written_once(shipped, tmp_path):
    path = ggml.written(shipped, tmp_path, "q8_0")
    first = path.stat().st_mtime_ns
    assert ggml.written(shipped, tmp_path, "q8_0").stat().st_mtime_ns == first
    assert [path.name] == [file.name for file in tmp_path.iterdir()]
