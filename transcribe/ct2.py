"""CTranslate2 engine: the whole model in 8-bit numbers on the processor, or in 16-bit ones on a graphics card.

A verified model in, an Engine out; the checkpoint is converted on first use (convert.py). No torch in this process.
The only home of ctranslate2 with convert.py.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from transcribe.convert import Converted, converted
from transcribe.engine import DecodeOptions, EngineInfo, HeardWord, Hypothesis
from transcribe.lanes import Lanes
from transcribe.mel import frames_of, frames_to_hear, log_mel, seconds_of
from transcribe.memory import give_back
from transcribe.moments import first_moments
from transcribe.tokens import prompt_tokens, to_words, tokenizer

if TYPE_CHECKING:
    from transcribe.audio import Samples
    from transcribe.mel import Mel
    from transcribe.vad import Window
    from transcribe.weights import Model

_NAMES = {"int8": "ct2", "float16": "cuda"}
_COMPUTE = {"int8": "int8_float32", "float32": "float32", "float16": "float16"}
BATCH = 2  # four save a little more of the decoder, but take a cache of 110 MB more a window (`small`)
_CHANCE = threading.Lock()  # held from setting the seed, which is the whole process's, until it has been read


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One encoded window."""

    features: Any  # ctranslate2.StorageView, float32 on the processor, shape (1, n_audio_ctx or less, n_audio_state)
    frames: int  # of 10 ms that hold real sound; the rest is padding

    @property
    def length(self) -> int:
        return int(self.features.shape[1])

    def as_array(self) -> npt.NDArray[np.float32]:
        return np.array(self.features)


class Ct2Engine:
    """CTranslate2's encoder, decoder and alignment, with openai-whisper's rules for what may be written.

    The weights are in memory once for all lanes; each lane has its own working memory and its share of the threads.
    """

    def __init__(
        self,
        shape: Converted,
        model: Model,
        *,
        threads: int = 2,
        lanes: int = 1,
        device: str = "cpu",
        batch: int = BATCH,
        name: str = "",
    ) -> None:
        import ctranslate2

        self.lanes = Lanes(lanes)
        self._shape, self._short = shape, model.short_windows
        self._tokenizer = tokenizer(shape.vocabulary, model.language)
        self._settings = {
            "device": device,
            "compute_type": _COMPUTE[shape.quantisation],
            "intra_threads": max(1, threads // lanes),
        }
        self._model = ctranslate2.models.Whisper(str(shape.folder), inter_threads=lanes, **self._settings)
        self._info = EngineInfo.of(
            name or _NAMES.get(shape.quantisation, f"ct2-{shape.quantisation}"),
            model,
            1 if model.short_windows else batch,  # hardly two of them are of one length
        )

    @classmethod
    def load(
        cls,
        model: Model,
        *,
        cache: Path,
        threads: int = 2,
        lanes: int = 1,
        quantisation: str = "int8",
        device: str = "cpu",
        batch: int = BATCH,
    ) -> Self:
        """Load a verified model, converted first when `cache` does not hold it yet.

        threads: of all lanes together. batch: windows read together, unless the model hears short ones.
        Raises WeightsMissing, and OSError when the cache cannot be written.
        """
        shape = converted(model, cache, quantisation, threads)
        return cls(shape, model, threads=threads, lanes=lanes, device=device, batch=batch)

    @property
    def info(self) -> EngineInfo:
        return self._info

    def encode(self, sound: Samples, window: Window) -> Heard:
        import ctranslate2

        mel = np.ascontiguousarray(self._mel(sound)[None])
        heard = self._model.encode(ctranslate2.StorageView.from_array(mel), to_cpu=True)
        give_back()
        return Heard(heard, frames_of(sound))

    def _mel(self, sound: Samples) -> Mel:
        return log_mel(sound, self._shape.mels, frames_to_hear(sound, self._short))

    def decode(self, features: Heard, options: DecodeOptions) -> Hypothesis:
        return self.decode_all([features], options)[0]

    def decode_all(self, features: Sequence[Heard], options: DecodeOptions) -> list[Hypothesis]:
        """Windows of one length in one call, which reads the weights once for all of them instead of once for each.

        Each is written as it would be alone (in 8 bits to the last digit): nothing is padded, nothing added up across.
        """
        if options.temperature > 0:  # each with a fresh seed
            return [self._as_hypothesis(self._drawn(heard, options), options) for heard in features]
        written: dict[int, Any] = {}
        for length in {heard.length for heard in features}:
            places = [i for i, heard in enumerate(features) if heard.length == length]
            together = _stacked([features[i].features for i in places])
            prompts = [self._prompt(options.prompt)] * len(places)
            found = self._model.generate(together, prompts, beam_size=options.beam_size or 1, **self._asked(options))
            written.update(zip(places, found, strict=True))
            give_back()
        return [self._as_hypothesis(written[i], options) for i in range(len(features))]

    def _asked(self, options: DecodeOptions) -> dict[str, Any]:
        prompt = len(self._prompt(options.prompt))
        longest = options.max_tokens + max(options.max_tokens, prompt)  # it writes half of it, less the prompt
        return {
            "max_length": min(longest, self._shape.text_context),
            "return_scores": True,
            "return_no_speech_prob": True,
            "length_penalty": 1,
        }

    def _drawn(self, heard: Heard, options: DecodeOptions) -> Any:
        asked = self._asked(options) | {"sampling_topk": 0, "sampling_temperature": options.temperature}
        with _CHANCE:
            prompts = [self._prompt(options.prompt)]
            (found,) = self._seeded(options.seed).generate(heard.features, prompts, beam_size=1, **asked)
        return found

    def _as_hypothesis(self, found: Any, options: DecodeOptions) -> Hypothesis:
        tokens = tuple(found.sequences_ids[0])
        count = len(tokens)
        return Hypothesis(
            tokens=tokens,
            text=self._tokenizer.decode(tokens).strip(),
            # Ours is per token, end of text included, as openai-whisper counts; theirs leaves the end out.
            average_logprob=min(0.0, float(found.scores[0]) * max(count, 1) / (count + 1)),
            no_speech=min(1.0, max(0.0, float(found.no_speech_prob))),
            temperature=options.temperature,
            finished=count < options.max_tokens,
        )

    def _prompt(self, text: str) -> list[int]:
        known = self._tokenizer
        said = prompt_tokens(known, text)[-(self._shape.text_context // 2 - 1) :]
        return [*([known.sot_prev, *said] if said else []), *known.sot_sequence, known.no_timestamps]

    def _seeded(self, seed: int) -> Any:
        """The same model with a fresh source of chance: a thread of theirs reads the seed once, when it begins."""
        import ctranslate2

        ctranslate2.set_random_seed(seed)
        return ctranslate2.models.Whisper(str(self._shape.folder), **self._settings)

    def align(self, features: Heard, hypothesis: Hypothesis) -> list[HeardWord]:
        known = self._tokenizer
        tokens = [token for token in hypothesis.tokens if token < known.eot]
        if not tokens or features.frames < 2:
            return []
        (found,) = self._model.align(features.features, list(known.sot_sequence), [tokens], features.frames)
        give_back()
        starts = first_moments(found.alignments, len(tokens))
        length = seconds_of(features.frames)
        words, token_groups = known.split_to_word_tokens([*tokens, known.eot])
        edges, sure, read = [], [], 0
        for group in token_groups[:-1]:
            first, last = starts[read], starts[read + len(group)]
            edges.append((min(max(0.0, first), length), min(max(0.0, last), length)))
            sure.append(float(min(found.text_token_probs[read : read + len(group)], default=1.0)))
            read += len(group)
        return to_words(words[:-1], edges, sure)


def _stacked(windows: Sequence[Any]) -> Any:
    """Several windows of one length as one array of CTranslate2's."""
    import ctranslate2

    if len(windows) == 1:
        return windows[0]
    return ctranslate2.StorageView.from_array(np.concatenate([np.asarray(window) for window in windows]))
