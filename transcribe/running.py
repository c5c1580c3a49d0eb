"""Running: a compiled graph at work for one lane: an ear that hears windows, a pen that writes them down.

Sound as a mel or tokens in, what was heard or logits out. Knows OpenVINO's requests and nothing of texts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from transcribe import search
from transcribe.memory import give_back

UNSEEN = np.float32(-1e9)  # added where a token must not look
LINE = 32  # numbers of 16 bits in what a processor reads at once
NOBODY = 2  # frames of what stands in for an absent window
# Tokens after which holes in memory go back: OpenVINO moves all it has read to a place twice as large now and then.
TRIM = 8


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One encoded window."""

    features: npt.NDArray[np.float16]  # (1, n_audio_ctx or less, n_audio_state); only to be compared
    asked: dict[str, Any]  # what each layer of the decoder reads of it: ov.Tensor, bfloat16
    block: npt.NDArray[np.uint16]  # their memory, which they do not keep themselves
    frames: int  # of 10 ms that hold real sound; the rest is padding

    def as_array(self) -> npt.NDArray[np.float32]:
        return self.features.astype(np.float32)


class Ear:
    """The encoder's working memory for one lane."""

    def __init__(self, graph: Any) -> None:
        self._request = graph.create_infer_request()
        self._shapes = {
            # The first is the window, of which there is one; OpenVINO no longer says so of products in 8 bits.
            output.any_name: list(output.partial_shape)[1:]
            for output in graph.outputs
            if output.any_name != "heard"
        }

    def heard(self, mel: npt.NDArray[np.float32], frames: int) -> Heard:
        """mel: (mels, frames)."""
        import openvino

        length = mel.shape[1] // 2
        shapes = {
            name: [1, *(length if size.is_dynamic else size.get_length() for size in shape)]
            for name, shape in self._shapes.items()
        }
        sizes = [-(-math.prod(shape) // LINE) * LINE for shape in shapes.values()]
        # One piece of memory, which goes back whole; many small ones would leave holes between them.
        block = np.empty(sum(sizes) + LINE, np.uint16)
        start, asked = -block.ctypes.data % (2 * LINE) // 2, {}
        for (name, shape), size in zip(shapes.items(), sizes, strict=True):
            asked[name] = openvino.Tensor(block[start:], openvino.Shape(shape), openvino.Type.bf16)
            self._request.set_tensor(name, asked[name])
            start += size
        self._request.set_tensor("mel", openvino.Tensor(np.ascontiguousarray(mel[None])))
        self._request.infer()
        return Heard(self._request.get_tensor("heard").data.astype(np.float16), asked, block, frames)


class Pen:
    """The decoder's working memory for one lane: what it has read so far, and of which windows."""

    def __init__(self, graph: Any, *, tidy: bool) -> None:
        """tidy: whether to give memory back as soon as it is free, which costs some time."""
        import openvino

        self._graph, self._request, self._read, self._tidy = graph, graph.create_infer_request(), 0, tidy
        self._nobody: dict[str, Any] = {}
        for entry in graph.inputs:
            name, dot, _ = entry.any_name.partition(".")
            if dot:
                shape = [NOBODY if size.is_dynamic else size.get_length() for size in entry.partial_shape]
                self._nobody[name] = openvino.Tensor(openvino.Type.bf16, openvino.Shape(shape))
                np.asarray(self._nobody[name].data).view(np.uint16)[...] = 0

    @contextmanager
    def before(self, heard: Sequence[Heard], slots: int) -> Iterator[None]:
        """With these windows before it, and nothing read yet. Holds on to none of them afterwards."""
        self._request.reset_state()
        self._read = 0
        try:
            self._show([window.asked for window in heard] + [self._nobody] * (slots - len(heard)))
            yield
        finally:
            self._show([self._nobody] * slots)
            if self._tidy:  # a request keeps the memory of what it has read, at its largest
                self._request = self._graph.create_infer_request()

    def _show(self, windows: Sequence[dict[str, Any]]) -> None:
        for slot, asked in enumerate(windows):
            for name, tensor in asked.items():
                self._request.set_tensor(f"{name}.{slot}", tensor)

    def read(self, tokens: search.Ints, wanted: search.Ints, order: search.Ints | None = None) -> search.Logits:
        """Read tokens (rows, length) on; the logits after the wanted of rows x length, valid until the next call."""
        import openvino

        rows, length = tokens.shape
        behind = np.triu(np.full((length, self._read + length), UNSEEN), self._read + 1)
        given = {
            "tokens": np.ascontiguousarray(tokens, np.int64),
            "places": np.arange(self._read, self._read + length),
            "order": np.asarray(np.arange(rows) if order is None else order, np.int32),
            "mask": np.broadcast_to(behind, (rows, 1, *behind.shape)).copy(),
            "wanted": np.ascontiguousarray(wanted, np.int64),
        }
        for name, values in given.items():
            self._request.set_tensor(name, openvino.Tensor(values))
        self._request.infer()
        self._read += length
        if self._tidy and self._read % TRIM == 0:
            give_back()
        return np.asarray(self._request.get_tensor("logits").data)

    def looked(
        self, heard: Heard, tokens: Sequence[int], wanted: Sequence[int], slots: int
    ) -> tuple[search.Logits, npt.NDArray[np.float32]]:
        """Read one text at once: logits after the wanted tokens, and how strongly each alignment head looks at each
        frame, (heads, tokens, frames).

        The slots share the text, a stretch each, all before the same window: no row is wasted on nobody.
        """
        padded = [*tokens, *[tokens[-1]] * (-len(tokens) % slots)]
        with self.before([heard] * slots, slots):
            logits = self.read(np.asarray([padded]), np.asarray(wanted))
            parts = [self._request.get_tensor(f"looks.{slot}").data[0] for slot in range(slots)]
            return logits.copy(), np.concatenate(parts, axis=1)[:, : len(tokens)]
