"""OpenVINO engine: hears in bfloat16, writes in 8 bits, several windows in one call.

For processors with matrix units for bfloat16 (AMX, AVX-512 BF16). A verified model in, an Engine out; the checkpoint is
converted on first use (convert.py, graphs.py). No torch in this process. The only home of openvino with graphs.py and
compiled.py.
"""

from __future__ import annotations

import ctypes
import math
import mmap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from transcribe import search
from transcribe.compiled import compiled
from transcribe.convert import Converted, converted
from transcribe.engine import DecodeOptions, EngineInfo, HeardWord, Hypothesis
from transcribe.lanes import Lanes
from transcribe.mel import frames_of, frames_to_hear, log_mel, seconds_of
from transcribe.moments import first_moments, path_of
from transcribe.tokens import prompt_tokens, suppressed, to_words, tokenizer

if TYPE_CHECKING:
    from transcribe.audio import Samples
    from transcribe.vad import Window
    from transcribe.weights import Model

UNSEEN = np.float32(-1e9)  # added where a token must not look
LINE = 32  # numbers of 16 bits in what a processor reads at once
NOBODY = 2  # frames of what stands in for an absent window


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One encoded window."""

    features: npt.NDArray[np.float32]  # (1, n_audio_ctx or less, n_audio_state)
    asked: dict[str, Any]  # what each layer of the decoder reads of it: ov.Tensor, bfloat16
    block: npt.NDArray[np.uint16]  # their memory, which they do not keep themselves
    frames: int  # of 10 ms that hold real sound; the rest is padding

    def as_array(self) -> npt.NDArray[np.float32]:
        return self.features


class OpenVinoEngine:
    """openai-whisper's decoding and alignment, its rules in numpy, its products by OpenVINO.

    The weights are in memory once for all lanes; each lane has its own working memory and its share of the threads.
    """

    def __init__(
        self, shape: Converted, model: Model, *, threads: int = 2, lanes: int = 1, batch: int | None = None
    ) -> None:
        self.lanes = Lanes(lanes)
        self._shape, self._short = shape, model.short_windows
        self._tokenizer = tokenizer(shape.vocabulary, model.language)
        settings = {
            "INFERENCE_PRECISION_HINT": "bf16",
            "KV_CACHE_PRECISION": "bf16",
            "INFERENCE_NUM_THREADS": max(1, threads // lanes) * lanes,
            "NUM_STREAMS": lanes,
            "ENABLE_CPU_PINNING": False,  # two programs would choose the same core
        }
        hears, writes = (compiled(shape.folder, part, settings) for part in ("encoder", "decoder"))
        self._hears, self._writes = hears, writes
        self._ears: LifoQueue[_Ear] = LifoQueue()
        self._pens: LifoQueue[_Pen] = LifoQueue()
        for _ in range(lanes):
            self._ears.put(_Ear(hears.create_infer_request()))
            self._pens.put(_Pen(writes.create_infer_request()))
        self._slots = len({name for output in writes.outputs for name in output.names if name.startswith("looks")})
        self._untidy = {"encoder": lanes, "decoder": lanes}
        self._info = EngineInfo.of("openvino", model, min(batch or self._slots, self._slots))

    @classmethod
    def load(cls, model: Model, *, cache: Path, threads: int = 2, lanes: int = 1, batch: int | None = None) -> Self:
        """Load a verified model, converted first when `cache` does not hold it yet.

        threads: of all lanes together. batch: windows read together at most; None for as many as a call holds.
        Raises WeightsMissing, and OSError when the cache cannot be written.
        """
        shape = converted(model, cache, "openvino", threads)
        return cls(shape, model, threads=threads, lanes=lanes, batch=batch)

    @property
    def info(self) -> EngineInfo:
        return self._info

    def encode(self, sound: Samples, window: Window) -> Heard:
        mel = log_mel(sound, self._shape.mels, frames_to_hear(sound, self._short))
        with _taken(self._ears) as ear:
            heard: Heard = ear.heard(mel, frames_of(sound))
        self._tidy("encoder")
        return heard

    def _tidy(self, part: str) -> None:
        """After the first use of each part, and of each lane."""
        if self._untidy[part]:
            self._untidy[part] -= 1
            _forget_files(self._shape.folder.resolve())

    def decode(self, features: Heard, options: DecodeOptions) -> Hypothesis:
        return self.decode_all([features], options)[0]

    def decode_all(self, features: Sequence[Heard], options: DecodeOptions) -> list[Hypothesis]:
        """Windows of any length in one call, which reads the weights once for all of them instead of once for each.

        Each is written as it would be alone: a call always works through all its slots, and no row looks at another.
        """
        most = 1 if options.temperature > 0 else self._slots  # what is drawn, with a fresh seed for each
        found: list[Hypothesis] = []
        for first in range(0, len(features), most):
            with _taken(self._pens) as pen:
                found += self._written(pen, features[first : first + most], options)
        self._tidy("decoder")
        return found

    def _written(self, pen: _Pen, heard: Sequence[Heard], options: DecodeOptions) -> list[Hypothesis]:
        prompt = self._prompt(options.prompt)
        size = options.beam_size or 1 if options.temperature == 0 else 1
        rows = self._slots * size
        most = min(options.max_tokens, self._shape.text_context - len(prompt), self._shape.text_context // 2)
        rules = search.Rules(self._tokenizer.eot, self._never, self._not_first, most)
        with pen.before(heard, self._slots):
            length, last = len(prompt), len(prompt) - 1
            starts = np.arange(rows) * length
            sot = prompt.index(self._tokenizer.sot)
            wanted = np.concatenate([starts + last, starts[::size] + sot])
            logits = pen.read(np.tile(prompt, (rows, 1)), wanted)
            first, at_start = logits[:rows].copy(), logits[rows:].astype(np.float64)
            at_start = np.exp(at_start - at_start.max(axis=1, keepdims=True))
            no_speech = at_start[:, self._tokenizer.no_speech] / at_start.sum(axis=1)

            def step(tokens: search.Ints, order: search.Ints) -> search.Logits:
                return pen.read(tokens[:, None], np.arange(rows), order)

            if options.temperature > 0:
                texts = search.drawn(first, step, rules, len(heard), options.temperature, options.seed)
            elif size > 1:
                texts = search.beams(first, step, rules, len(heard), size)
            else:
                texts = search.likeliest(first, step, rules, len(heard))
        return [
            Hypothesis(
                tokens=text.tokens,
                text=self._tokenizer.decode(text.tokens).strip(),
                # Per token, end of text included, as openai-whisper counts.
                average_logprob=min(0.0, text.logprob / (len(text.tokens) + 1)),
                no_speech=min(1.0, float(silent)),
                temperature=options.temperature,
                finished=len(text.tokens) < options.max_tokens,
            )
            for text, silent in zip(texts, no_speech, strict=False)
        ]

    @property
    def _never(self) -> search.Ints:
        return np.asarray(suppressed(self._tokenizer), np.int64)

    @property
    def _not_first(self) -> search.Ints:
        return np.asarray([*self._tokenizer.encode(" "), self._tokenizer.eot], np.int64)

    def _prompt(self, text: str) -> list[int]:
        known = self._tokenizer
        said = prompt_tokens(known, text)[-(self._shape.text_context // 2 - 1) :]
        return [*([known.sot_prev, *said] if said else []), *known.sot_sequence, known.no_timestamps]

    def align(self, features: Heard, hypothesis: Hypothesis) -> list[HeardWord]:
        known = self._tokenizer
        tokens = [token for token in hypothesis.tokens if token < known.eot]
        if not tokens or features.frames < 2:
            return []
        before = len(known.sot_sequence)
        read = [*known.sot_sequence, known.no_timestamps, *tokens, known.eot]
        with _taken(self._pens) as pen:
            logits, looks = pen.looked(features, read, range(before, before + len(tokens)), self._slots)
        logits = logits[:, : known.eot]
        logits -= logits.max(axis=1, keepdims=True)
        sums = np.exp(logits).sum(axis=1, dtype=np.float64)
        probabilities = np.exp(logits[range(len(tokens)), tokens]) / sums
        starts = first_moments(path_of(looks[:, :-1, : features.frames // 2], before), len(tokens))
        length = seconds_of(features.frames)
        words, token_groups = known.split_to_word_tokens([*tokens, known.eot])
        edges, sure, at = [], [], 0
        for group in token_groups[:-1]:
            first, last = starts[at], starts[at + len(group)]
            edges.append((min(max(0.0, first), length), min(max(0.0, last), length)))
            sure.append(float(min(1.0, probabilities[at : at + len(group)].min(initial=1.0))))
            at += len(group)
        return to_words(words[:-1], edges, sure)


def _forget_files(folder: Path) -> None:
    """Give back the pages of the weights as they lie on disk: their form for this processor has been made by now.

    Should one be needed again, it is read again.
    """
    advise = ctypes.CDLL(None).madvise
    for line in Path("/proc/self/maps").read_text("utf-8", "replace").splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[1].startswith("r--") and fields[5].startswith(f"{folder}/"):
            first, last = (int(edge, 16) for edge in fields[0].split("-"))
            advise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), mmap.MADV_DONTNEED)


@contextmanager
def _taken(waiting: LifoQueue[Any]) -> Iterator[Any]:
    """One of those that no other lane uses now."""
    one = waiting.get()
    try:
        yield one
    finally:
        waiting.put(one)


class _Ear:
    """The encoder's working memory for one lane."""

    def __init__(self, request: Any) -> None:
        self._request = request
        model = request.get_compiled_model()
        self._shapes = {
            output.any_name: list(output.partial_shape) for output in model.outputs if output.any_name != "heard"
        }

    def heard(self, mel: npt.NDArray[np.float32], frames: int) -> Heard:
        """mel: (mels, frames)."""
        import openvino

        length = mel.shape[1] // 2
        shapes = {
            name: [length if size.is_dynamic else size.get_length() for size in shape]
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
        return Heard(self._request.get_tensor("heard").data.copy(), asked, block, frames)


class _Pen:
    """The decoder's working memory for one lane: what it has read so far, and of which windows."""

    def __init__(self, request: Any) -> None:
        import openvino

        self._request, self._read = request, 0
        self._nobody = {}
        for entry in request.get_compiled_model().inputs:
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
