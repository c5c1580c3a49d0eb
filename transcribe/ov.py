"""OpenVINO engine: hears in bfloat16 or in 8 bits, writes in 8 bits, several windows in one call.

For processors with units for bfloat16 (AMX, AVX-512 BF16) or for 8 bits (AVX-512 VNNI). A verified model in, an Engine
out; the checkpoint is converted on first use (convert.py, graphs.py). No torch in this process. The only home of
openvino with graphs.py, compiled.py and running.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import LifoQueue
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from transcribe import search
from transcribe.compiled import compiled
from transcribe.convert import OPENVINO, OPENVINO_8, Converted, converted
from transcribe.engine import DecodeOptions, EngineInfo, HeardWord, Hypothesis
from transcribe.lanes import Lanes
from transcribe.mel import frames_of, frames_to_hear, log_mel, seconds_of
from transcribe.memory import forget_files, give_back
from transcribe.moments import first_moments, path_of
from transcribe.processor import BFLOAT16, Processor, this_processor
from transcribe.running import Ear, Heard, Pen
from transcribe.tokens import prompt_tokens, suppressed, to_words, tokenizer

if TYPE_CHECKING:
    from transcribe.audio import Samples
    from transcribe.vad import Window
    from transcribe.weights import Model


# Bytes of a decoder's weights from which memory is given back at each turn. A small model has little to give, and it
# costs the shipped one a fifth more of the processor: its windows are short, so its turns are many.
LARGE = 100 << 20


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
            # What is not in 8 bits. Imitated, bfloat16 takes ten times as long as 32 bits.
            "INFERENCE_PRECISION_HINT": "bf16" if this_processor().flags & BFLOAT16 else "f32",
            "KV_CACHE_PRECISION": "bf16",
            "INFERENCE_NUM_THREADS": max(1, threads // lanes) * lanes,
            "NUM_STREAMS": lanes,
            "ENABLE_CPU_PINNING": False,  # two programs would choose the same core
        }
        self._large = (shape.folder / "decoder.bin").stat().st_size >= LARGE
        hears, writes = (compiled(shape.folder, part, settings) for part in ("encoder", "decoder"))
        self._hears, self._writes = hears, writes
        self._ears: LifoQueue[Ear] = LifoQueue()
        self._pens: LifoQueue[Pen] = LifoQueue()
        for _ in range(lanes):
            self._ears.put(Ear(hears))
            self._pens.put(Pen(writes, tidy=self._large))
        self._slots = len({name for output in writes.outputs for name in output.names if name.startswith("looks")})
        self._unready = lanes
        self._untidy = {"encoder": lanes, "decoder": lanes}
        self._info = EngineInfo.of("openvino", model, min(batch or self._slots, self._slots))

    @classmethod
    def load(
        cls,
        model: Model,
        *,
        cache: Path,
        threads: int = 2,
        lanes: int = 1,
        batch: int | None = None,
        form: str | None = None,
    ) -> Self:
        """Load a verified model, converted first when `cache` does not hold it yet.

        threads: of all lanes together. batch: windows read together at most; None for as many as a call holds.
        form: OPENVINO or OPENVINO_8 of convert.py; None for the one that suits this processor.
        Raises WeightsMissing, and OSError when the cache cannot be written.
        """
        shape = converted(model, cache, form or form_for(this_processor()), threads)
        return cls(shape, model, threads=threads, lanes=lanes, batch=batch)

    @property
    def info(self) -> EngineInfo:
        return self._info

    def encode(self, sound: Samples, window: Window) -> Heard:
        mel = log_mel(sound, self._shape.mels, frames_to_hear(sound, self._short))
        self._rest(self._writes, self._pens)
        with _taken(self._ears) as ear:
            heard: Heard = ear.heard(mel, frames_of(sound))
        self._tidy("encoder")
        if self._unready:  # before many windows are in memory beside the two forms of the decoder's weights
            self._unready -= 1
            with _taken(self._pens) as pen, pen.before([], self._slots):
                pen.read(np.full((self._slots, 1), self._tokenizer.sot), np.arange(self._slots))
            self._tidy("decoder")
        return heard

    def _tidy(self, part: str) -> None:
        """After the first use of each part, and of each lane."""
        if self._untidy[part]:
            self._untidy[part] -= 1
            forget_files(self._shape.folder.resolve())

    def _rest(self, graph: Any, hands: LifoQueue[Any]) -> None:
        """Give back what a graph keeps for its next use, unless another lane uses it: the other graph is about to need
        memory of its own.
        """
        if not self._large:
            return
        if hands.qsize() == self.lanes.count:
            graph.release_memory()
        give_back()

    def decode(self, features: Heard, options: DecodeOptions) -> Hypothesis:
        return self.decode_all([features], options)[0]

    def decode_all(self, features: Sequence[Heard], options: DecodeOptions) -> list[Hypothesis]:
        """Windows of any length in one call, which reads the weights once for all of them instead of once for each.

        Each is written as it would be alone: a call always works through all its slots, and no row looks at another.
        """
        most = 1 if options.temperature > 0 else self._slots  # what is drawn, with a fresh seed for each
        found: list[Hypothesis] = []
        self._rest(self._hears, self._ears)
        for first in range(0, len(features), most):
            with _taken(self._pens) as pen:
                found += self._written(pen, features[first : first + most], options)
        self._tidy("decoder")
        return found

    def _written(self, pen: Pen, heard: Sequence[Heard], options: DecodeOptions) -> list[Hypothesis]:
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


def form_for(processor: Processor) -> str:
    """AMX multiplies bfloat16 fast enough; without it whole numbers of 8 bits take half the time."""
    return OPENVINO if "amx_bf16" in processor.flags else OPENVINO_8


@contextmanager
def _taken(waiting: LifoQueue[Any]) -> Iterator[Any]:
    """One of those that no other lane uses now."""
    one = waiting.get()
    try:
        yield one
    finally:
        waiting.put(one)
