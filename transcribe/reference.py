"""Reference engine: openai-whisper in 32-bit floats on the processor, the oracle other engines are compared with.

A verified model file in, an Engine out. The only home of whisper; torch also lives in checkpoint.py and
huggingface.py. Both are imported when an engine is loaded, not before.
"""

from __future__ import annotations

import base64
import copy
import gzip
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from transcribe.checkpoint import Checkpoint, Dims, read_checkpoint
from transcribe.engine import DecodeOptions, EngineInfo, HeardWord, Hypothesis
from transcribe.errors import WeightsMissing
from transcribe.lanes import Lanes
from transcribe.mel import FRAMES, frames_of, frames_to_hear, log_mel, seconds_of
from transcribe.tokens import to_words, tokenizer
from transcribe.weights import Model, Published

if TYPE_CHECKING:
    import torch

    from transcribe.audio import Samples
    from transcribe.vad import Window


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One encoded window."""

    features: torch.Tensor  # float32, shape (1, n_audio_ctx or less, n_audio_state)
    frames: int  # of 10 ms that hold real sound; the rest is padding

    def as_array(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        return self.features.numpy()


def _build(checkpoint: Checkpoint, name: str) -> Any:
    """A whisper.model.Whisper with these weights."""
    import whisper

    try:
        model = whisper.model.Whisper(whisper.model.ModelDimensions(**asdict(checkpoint.dims)))
        model.load_state_dict(checkpoint.weights)
    except (TypeError, ValueError, RuntimeError, AttributeError, ZeroDivisionError) as error:
        raise WeightsMissing(detail=f"{name}: {type(error).__name__}, weights do not fit") from error
    return model.eval()


def read_shape(path: Path) -> Dims:
    """Load a checkpoint fully once, to be sure that it can be. Raises WeightsMissing."""
    checkpoint = read_checkpoint(path)
    _build(checkpoint, path.name)
    return checkpoint.dims


def published() -> dict[str, Published]:
    """The multilingual models in openai-whisper's own list; each address holds the digest of the file."""
    import whisper

    found = {}
    for name, url in whisper._MODELS.items():
        if not name.endswith(".en"):
            mask = np.frombuffer(gzip.decompress(base64.b85decode(whisper._ALIGNMENT_HEADS[name])), bool)
            heads = _HEADS_OF_SIZE[mask.size]
            pairs = tuple((int(i) // heads, int(i) % heads) for i in np.flatnonzero(mask))
            found[name] = Published(url, url.split("/")[-2], pairs)
    return found


# The list holds layers x heads flattened: 4x6 tiny, 6x8 base, 12x12 small, 24x16 medium, 32x20 large, 4x20 turbo.
_HEADS_OF_SIZE = {24: 6, 48: 8, 144: 12, 384: 16, 640: 20, 80: 20}


class ReferenceEngine:
    """openai-whisper's decoding and alignment on cached features. Language forced, no memory of earlier windows.

    One lane: whisper hangs hooks on the model's own layers while it decodes and aligns, and torch's source of chance is
    one for the whole process.
    """

    def __init__(self, model: Any, info: EngineInfo, *, threads: int, short_windows: bool = False) -> None:
        self._model, self._short, self._threads = model, short_windows, threads
        self.lanes = Lanes(1)
        self._info = info
        self._tokenizer = tokenizer(model.dims.n_vocab, info.language)
        import whisper

        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ResourceWarning
            )  # whisper leaves its vocabulary file to be closed by chance
            name = "multilingual" if model.is_multilingual else "gpt2"
            whisper.tokenizer.get_encoding(name=name, num_languages=model.num_languages)

    @classmethod
    def load(cls, model: Model, *, threads: int = 2) -> ReferenceEngine:
        """Load a verified model. `threads` holds for the whole process: torch knows no other way.

        Raises WeightsMissing when the file is not a Whisper checkpoint or its alignment heads do not exist.
        """
        import torch

        torch.set_num_threads(threads)
        whisper_model = _build(read_checkpoint(model.path), model.name)
        dims = whisper_model.dims
        if model.alignment_heads:
            mask = torch.zeros(dims.n_text_layer, dims.n_text_head, dtype=torch.bool)
            for layer, head in model.alignment_heads:
                if not (0 <= layer < dims.n_text_layer and 0 <= head < dims.n_text_head):
                    raise WeightsMissing(detail=f"{model.name}: no alignment head {layer}, {head}")
                mask[layer, head] = True
            whisper_model.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)
        return cls(
            whisper_model,
            EngineInfo.of("reference", model),
            threads=threads,
            short_windows=model.short_windows,
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    def encode(self, sound: Samples, window: Window) -> Heard:
        import torch

        frames = frames_to_hear(sound, self._short)
        mel = torch.from_numpy(log_mel(sound, self._model.dims.n_mels, frames))[None]
        encoder, places = self._model.encoder, self._model.encoder.positional_embedding
        with torch.inference_mode():
            if frames == FRAMES:
                return Heard(encoder(mel), frames_of(sound))
            shorter = {"positional_embedding": places[: frames // 2]}  # whisper asks that both be of one length
            return Heard(torch.func.functional_call(encoder, shorter, (mel,)), frames_of(sound))

    def decode(self, features: Heard, options: DecodeOptions) -> Hypothesis:
        import torch
        import whisper

        asked = whisper.DecodingOptions(
            language=self._info.language,
            temperature=options.temperature,
            beam_size=options.beam_size if options.temperature == 0 else None,
            sample_len=options.max_tokens,
            prompt=options.prompt or None,
            without_timestamps=True,  # word places come from align(); decoding loops less without them
            fp16=False,
        )
        with torch.random.fork_rng(devices=[]):  # draws above temperature 0 disturb nobody else's
            torch.manual_seed(options.seed)
            (found,) = whisper.decode(self._of_length(features), features.features, asked)
        return Hypothesis(
            tokens=tuple(found.tokens),
            text=found.text,
            average_logprob=float(found.avg_logprob),
            no_speech=float(found.no_speech_prob),
            temperature=options.temperature,
            finished=len(found.tokens) < options.max_tokens,
        )

    def decode_all(self, features: Sequence[Heard], options: DecodeOptions) -> list[Hypothesis]:
        return [self.decode(heard, options) for heard in features]

    def _of_length(self, features: Heard) -> Any:
        """The model as whisper.decode expects it: what is no longer than the encoder's context is already encoded."""
        length = features.features.shape[1]
        if length == self._model.dims.n_audio_ctx:
            return self._model
        view = copy.copy(self._model)  # the same weights
        view.dims = replace(self._model.dims, n_audio_ctx=length)
        return view

    def align(self, features: Heard, hypothesis: Hypothesis) -> list[HeardWord]:
        import torch
        from whisper.timing import find_alignment

        tokens = [token for token in hypothesis.tokens if token < self._tokenizer.eot]
        if not tokens or features.frames < 2:
            return []
        reader = _Reader(self._model, features.features)
        pieces = find_alignment(reader, self._tokenizer, tokens, features.features[0], features.frames)
        # whisper's backtrace is numba's, which at its first use gives every core to what torch computes with as well.
        torch.set_num_threads(self._threads)
        probabilities = reader.token_probabilities(self._tokenizer, tokens)
        length, read, edges, sure = seconds_of(features.frames), 0, [], []
        for piece in pieces:
            sure.append(float(probabilities[read : read + len(piece.tokens)].min(initial=1.0)))
            edges.append((min(max(0.0, float(piece.start)), length), min(max(0.0, float(piece.end)), length)))
            read += len(piece.tokens)
        return to_words([piece.word for piece in pieces], edges, sure)


class _Reader:
    """The model as find_alignment expects it, but fed with features already computed: no window is encoded twice.

    Keeps the logits of its one reading, because find_alignment gives a word's mean probability and the proofreader
    needs its weakest token.
    """

    def __init__(self, model: Any, features: torch.Tensor) -> None:
        self.dims, self.device, self.decoder = model.dims, model.device, model.decoder
        self.alignment_heads = model.alignment_heads
        self._features = features
        self._logits: torch.Tensor | None = None

    def __call__(self, _mel: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        self._logits = self.decoder(tokens, self._features)
        return self._logits

    def token_probabilities(self, tokenizer: Any, tokens: list[int]) -> np.ndarray[Any, np.dtype[np.float32]]:
        assert self._logits is not None
        # Logit i foretells token i + 1: the first text token is foretold at <|notimestamps|>.
        foretold = self._logits[0, len(tokenizer.sot_sequence) :, : tokenizer.eot].softmax(dim=-1)
        chosen = foretold[range(len(tokens)), tokens]
        return np.asarray(chosen.numpy(), np.float32)
