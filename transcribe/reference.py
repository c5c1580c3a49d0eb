"""Reference engine: openai-whisper in 32-bit floats on the processor, the oracle other engines are compared with.

A verified model file in, an Engine out. The only home of torch and whisper with hybrid.py: both are imported when an
engine is loaded, not before. Checkpoints are read as plain tensors (weights_only), so that no code in them runs.
"""

from __future__ import annotations

import base64
import gzip
import pickle
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from transcribe.audio import RATE
from transcribe.engine import DecodeOptions, EngineInfo, HeardWord, Hypothesis
from transcribe.errors import WeightsMissing
from transcribe.weights import Model, Published

if TYPE_CHECKING:
    import torch

    from transcribe.audio import Samples
    from transcribe.vad import Window

HOP = 160  # samples per mel frame: 10 ms


@dataclass(frozen=True, slots=True)
class Shape:
    """The dimensions a checkpoint declares."""

    mels: int
    layers: int  # of the decoder
    heads: int
    vocabulary: int

    @property
    def multilingual(self) -> bool:
        return self.vocabulary >= 51_865  # openai-whisper's own test


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One encoded window."""

    features: torch.Tensor  # float32, shape (1, n_audio_ctx, n_audio_state)
    frames: int  # of 10 ms that hold real sound; the rest is padding


def _read_checkpoint(path: Path) -> dict[str, Any]:
    import torch

    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        if not isinstance(checkpoint["dims"], dict) or not isinstance(checkpoint["model_state_dict"], dict):
            raise TypeError("not a Whisper checkpoint")
    except (RuntimeError, ValueError, TypeError, KeyError, EOFError, OSError, pickle.UnpicklingError) as error:
        raise WeightsMissing(detail=f"{path.name}: {type(error).__name__}, not a Whisper checkpoint") from error
    return dict(checkpoint)


def _build(checkpoint: dict[str, Any], name: str) -> Any:
    """A whisper.model.Whisper with these weights. Dimensions are checked before memory is taken for them."""
    import whisper

    try:
        dims = whisper.model.ModelDimensions(**checkpoint["dims"])
        widths, depths = (dims.n_audio_state, dims.n_text_state), (dims.n_audio_layer, dims.n_text_layer)
        known = dims.n_mels in (80, 128) and dims.n_audio_ctx == 1500 and 0 < dims.n_vocab <= 60_000
        if not known or not 0 < dims.n_text_ctx <= 448 or max(*widths, 20 * max(depths)) > 2560 or min(depths) < 1:
            raise ValueError("dimensions that no Whisper has")  # large has width 1280 and 32 layers
        model = whisper.model.Whisper(dims)
        model.load_state_dict(checkpoint["model_state_dict"])
    except (TypeError, ValueError, RuntimeError, AttributeError, ZeroDivisionError) as error:
        raise WeightsMissing(detail=f"{name}: {type(error).__name__}, weights do not fit") from error
    return model.eval()


def read_shape(path: Path) -> Shape:
    """Load a checkpoint fully once, to be sure that it can be. Raises WeightsMissing."""
    dims = _build(_read_checkpoint(path), path.name).dims
    return Shape(dims.n_mels, dims.n_text_layer, dims.n_text_head, dims.n_vocab)


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
    """openai-whisper's decoding and alignment on cached features. Language forced, no memory of earlier windows."""

    def __init__(self, model: Any, info: EngineInfo) -> None:
        import whisper

        self._model = model
        self._info = info
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ResourceWarning
            )  # whisper leaves its vocabulary file to be closed by chance
            self._tokenizer = whisper.tokenizer.get_tokenizer(
                model.is_multilingual, num_languages=model.num_languages, language=info.language, task="transcribe"
            )

    @classmethod
    def load(cls, model: Model, *, threads: int = 2) -> ReferenceEngine:
        """Load a verified model. `threads` holds for the whole process: torch knows no other way.

        Raises WeightsMissing when the file is not a Whisper checkpoint or its alignment heads do not exist.
        """
        import torch

        torch.set_num_threads(threads)
        whisper_model = _build(_read_checkpoint(model.path), model.name)
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
            EngineInfo(
                engine="reference",
                model=model.name,
                weights_sha256=model.sha256,
                language=model.language,
                max_window_seconds=model.max_window_seconds,
                prompts=model.prompts,
            ),
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    def encode(self, sound: Samples, window: Window) -> Heard:
        import torch
        import whisper

        frames = min(len(sound) // HOP, whisper.audio.N_FRAMES)
        mel = whisper.audio.log_mel_spectrogram(
            torch.from_numpy(np.ascontiguousarray(sound)), self._model.dims.n_mels, padding=whisper.audio.N_SAMPLES
        )
        with torch.inference_mode():
            features = self._model.encoder(whisper.audio.pad_or_trim(mel, whisper.audio.N_FRAMES).unsqueeze(0))
        return Heard(features, frames)

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
            (found,) = whisper.decode(self._model, features.features, asked)
        return Hypothesis(
            tokens=tuple(found.tokens),
            text=found.text,
            average_logprob=float(found.avg_logprob),
            no_speech=float(found.no_speech_prob),
            temperature=options.temperature,
            finished=len(found.tokens) < options.max_tokens,
        )

    def align(self, features: Heard, hypothesis: Hypothesis) -> list[HeardWord]:
        from whisper.timing import find_alignment

        tokens = [token for token in hypothesis.tokens if token < self._tokenizer.eot]
        if not tokens or features.frames < 2:
            return []
        reader = _Reader(self._model, features.features)
        pieces = find_alignment(reader, self._tokenizer, tokens, features.features[0], features.frames)
        probabilities = reader.token_probabilities(self._tokenizer, tokens)
        words: list[HeardWord] = []
        length, read = features.frames * HOP / RATE, 0
        for piece in pieces:
            sure = float(probabilities[read : read + len(piece.tokens)].min(initial=1.0))
            read += len(piece.tokens)
            start, end = (min(max(0.0, float(edge)), length) for edge in (piece.start, piece.end))
            _append(words, piece.word, start, end, sure)
        return words


def _append(words: list[HeardWord], text: str, start: float, end: float, probability: float) -> None:
    """Whisper cuts « l'échographie » and « 2,4 » in pieces; what has no blank before it belongs to the word before."""
    bare = "".join(text.split())
    if not bare:
        return
    alone = not any(letter.isalnum() for letter in bare)
    if words and (alone or not text[:1].isspace()):
        before = words[-1]
        bare, start = before.text + bare, before.start
        probability, end = min(before.probability, probability), max(before.end, end)
        if alone:
            end = before.end  # a comma takes no time
        words[-1] = HeardWord(bare, start, end, probability)
    else:
        words.append(HeardWord(bare, start, max(start, end), probability))


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
