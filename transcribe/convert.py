"""Convert: an openai-whisper checkpoint becomes a CTranslate2 model, once, offline, and is checked before it is used.

A verified Model in, a folder out, kept in a cache under the digest of the checkpoint, the quantisation, the alignment
heads and the converter's version. The work is done in a child process, because it needs torch and the service need
not; whoever finds a folder there finds all of it. Writes only in the cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from transcribe.errors import WeightsMissing
from transcribe.weights import Model, file_digest

if TYPE_CHECKING:
    from transcribe.checkpoint import Checkpoint, Dims
    from transcribe.engine import Engine

# Forms of the engine `openvino`, whose decoder multiplies in 8 bits: its encoder in bfloat16, or in 8 bits as well.
OPENVINO, OPENVINO_8 = "openvino", "openvino-int8"
VERSION = 3  # of what this file writes; a change here converts every checkpoint again
RECORD = "conversion.json"
SECONDS = 1800  # for one conversion; large-v3 takes some minutes

# How far the first words of a converted model may be from the reference, by quantisation: the cosine of what the
# encoder hears, and the mean difference of the natural logarithms of the words' probabilities. In 8 bits the shipped
# checkpoint has 0.9999 and 0.28, random weights of tiny's dimensions 0.981 and 0.11; a weight in a wrong place, none.
TOLERANCE = {
    "float32": (0.99999, 0.01),
    "int8": (0.97, 0.5),
    "float16": (0.9999, 0.1),
    OPENVINO: (0.999, 0.5),
    OPENVINO_8: (0.97, 0.5),
}


@dataclass(frozen=True, slots=True)
class Converted:
    """A model in CTranslate2's format, whole and checked."""

    folder: Path
    quantisation: str
    mels: int
    vocabulary: int
    text_context: int  # tokens, prompt included
    cosine: float  # of the self-check
    logprob_difference: float


def converted(model: Model, cache: Path, quantisation: str = "int8", threads: int = 2) -> Converted:
    """The converted form of `model`, made now when the cache has none.

    Raises WeightsMissing when it cannot be converted, differs too much from the reference, or was altered since;
    OSError when the cache cannot be written.
    """
    folder = cache / _key(model, quantisation)
    if not (folder / RECORD).is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache / f"{folder.name}.lock"):
            if not (folder / RECORD).is_file():
                _in_child(model, folder, quantisation, threads)
    return _verified(folder)


def _key(model: Model, quantisation: str) -> str:
    heads = hashlib.sha256(json.dumps(model.alignment_heads).encode()).hexdigest()[:8]
    return f"{model.sha256[:20]}-{quantisation}-{heads}-v{VERSION}"


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Two workers that need the same model at once: one converts, the other waits."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _in_child(model: Model, folder: Path, quantisation: str, threads: int) -> None:
    for left in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(left)  # of a converter that was killed; we hold its lock
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    order = {**asdict(model), "folder": str(model.folder.resolve())}
    try:
        done = subprocess.run(
            [sys.executable, "-s", "-m", "transcribe.convert", str(part), quantisation, str(threads)],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env={"PYTHONPATH": str(Path(__file__).resolve().parents[1]), "HF_HUB_OFFLINE": "1"},
            cwd="/",
        )
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
            raise WeightsMissing(detail=f"{model.name}: not converted: {reason}")
        _sync(part)
        if folder.exists():
            shutil.rmtree(folder)  # without its record: not ours, or half deleted by somebody
        part.replace(folder)
    except subprocess.TimeoutExpired as error:
        raise WeightsMissing(detail=f"{model.name}: not converted after {SECONDS} s") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _sync(folder: Path) -> None:
    for path in [*folder.iterdir(), folder]:
        opened = os.open(path, os.O_RDONLY)
        os.fsync(opened)
        os.close(opened)


def _verified(folder: Path) -> Converted:
    try:
        record = json.loads((folder / RECORD).read_text("utf-8"))
        for name, digest in record["files"].items():
            if file_digest(folder / name) != digest:
                raise ValueError(f"{name} was altered")
        return Converted(folder, **record["model"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsMissing(detail=f"{folder.name}: {type(error).__name__} {error}; delete the folder") from error


# the child's side


def main(arguments: list[str]) -> None:
    """Convert into an empty folder: folder, quantisation and threads as arguments, the Model on standard input."""
    folder, quantisation, threads = Path(arguments[0]), arguments[1], int(arguments[2])
    order = json.load(sys.stdin)
    heads = tuple((layer, head) for layer, head in order.pop("alignment_heads"))
    model = Model(**{**order, "folder": Path(order["folder"]), "alignment_heads": heads})
    try:
        dims = write(model, folder, quantisation)
        cosine, difference = _self_check(model, folder, quantisation, dims, threads)
    except WeightsMissing as error:
        sys.exit(error.detail)
    least, most = TOLERANCE[quantisation]
    if not (cosine >= least and difference <= most):
        sys.exit(f"differs from the reference: cosine {cosine:.6f}, log probabilities {difference:.4f}")
    found = Converted(folder, quantisation, dims.n_mels, dims.n_vocab, dims.n_text_ctx, cosine, difference)
    kept = {name: value for name, value in asdict(found).items() if name != "folder"}
    files = {file.name: file_digest(file) for file in sorted(folder.iterdir())}
    record = {"source_sha256": model.sha256, "converter": VERSION, "model": kept, "files": files}
    (folder / RECORD).write_text(json.dumps(record, indent=1), "utf-8")


def write(model: Model, folder: Path, quantisation: str) -> Dims:
    """Write a checkpoint in CTranslate2's format, or in OpenVINO's, unchecked. Raises WeightsMissing."""
    from transcribe.checkpoint import read_checkpoint

    checkpoint = read_checkpoint(model.path, mapped=True)
    heads = [list(pair) for pair in model.alignment_heads or upper_half(checkpoint.dims)]
    try:
        if quantisation in (OPENVINO, OPENVINO_8):
            from transcribe.graphs import save

            save(checkpoint, heads, folder, eight_bits=quantisation == OPENVINO_8)
        else:
            _save(checkpoint, heads, folder, quantisation, model.language)
    except (KeyError, ValueError) as error:
        raise WeightsMissing(detail=f"{model.file}: {type(error).__name__}, weights do not fit") from error
    return checkpoint.dims


def _save(checkpoint: Checkpoint, heads: list[list[int]], folder: Path, quantisation: str, language: str) -> None:
    from ctranslate2.specs.whisper_spec import WhisperSpec

    from transcribe.tokens import suppressed, tokenizer, vocabulary_strings

    dims = checkpoint.dims
    spec = WhisperSpec(dims.n_audio_layer, dims.n_audio_head, dims.n_text_layer, dims.n_text_head)
    _Mapping(checkpoint).fill(spec)
    known = tokenizer(dims.n_vocab, language)
    spec.register_vocabulary(vocabulary_strings(known, dims.n_vocab))
    spec.config.suppress_ids = suppressed(known)
    spec.config.suppress_ids_begin = [known.encode(" ")[0], known.eot]
    spec.config.lang_ids = list(known.all_language_tokens)
    spec.config.alignment_heads = heads
    spec.validate()
    spec.optimize(quantization=None if quantisation == "float32" else quantisation)
    spec.save(str(folder))


def upper_half(dims: Dims) -> list[tuple[int, int]]:
    """The heads openai-whisper aligns with when nobody named better ones."""
    layers = range(dims.n_text_layer // 2, dims.n_text_layer)
    return [(layer, head) for layer in layers for head in range(dims.n_text_head)]


class _Mapping:
    """openai-whisper's names of weights to CTranslate2's places for them."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._weights = checkpoint.weights
        self._dims = checkpoint.dims

    def _get(self, name: str) -> Any:
        return self._weights[name].detach().float().numpy()

    def fill(self, spec: Any) -> None:
        encoder, decoder = spec.encoder, spec.decoder
        for name in ("conv1", "conv2"):
            self._linear(getattr(encoder, name), f"encoder.{name}")
        encoder.position_encodings.encodings = self._get("encoder.positional_embedding")
        self._norm(encoder.layer_norm, "encoder.ln_post")
        for i, layer in enumerate(encoder.layer):
            self._block(layer, f"encoder.blocks.{i}")
        decoder.position_encodings.encodings = self._get("decoder.positional_embedding")
        decoder.embeddings.weight = decoder.projection.weight = self._get("decoder.token_embedding.weight")
        self._norm(decoder.layer_norm, "decoder.ln")
        for i, layer in enumerate(decoder.layer):
            self._block(layer, f"decoder.blocks.{i}")
            self._norm(layer.attention.layer_norm, f"decoder.blocks.{i}.cross_attn_ln")
            self._linear(layer.attention.linear[0], f"decoder.blocks.{i}.cross_attn.query")
            self._fused(layer.attention.linear[1], f"decoder.blocks.{i}.cross_attn", ("key", "value"))
            self._linear(layer.attention.linear[2], f"decoder.blocks.{i}.cross_attn.out")

    def _block(self, layer: Any, name: str) -> None:
        self._norm(layer.self_attention.layer_norm, f"{name}.attn_ln")
        self._fused(layer.self_attention.linear[0], f"{name}.attn", ("query", "key", "value"))
        self._linear(layer.self_attention.linear[1], f"{name}.attn.out")
        self._norm(layer.ffn.layer_norm, f"{name}.mlp_ln")
        self._linear(layer.ffn.linear_0, f"{name}.mlp.0")
        self._linear(layer.ffn.linear_1, f"{name}.mlp.2")

    def _linear(self, spec: Any, name: str) -> None:
        spec.weight, spec.bias = self._get(f"{name}.weight"), self._get(f"{name}.bias")

    def _fused(self, spec: Any, name: str, parts: tuple[str, ...]) -> None:
        spec.weight = np.concatenate([self._get(f"{name}.{part}.weight") for part in parts])
        width = len(spec.weight) // len(parts)
        none = np.zeros(width, np.float32)  # whisper's keys have no bias
        spec.bias = np.concatenate([none if part == "key" else self._get(f"{name}.{part}.bias") for part in parts])

    def _norm(self, spec: Any, name: str) -> None:
        spec.gamma, spec.beta = self._get(f"{name}.weight"), self._get(f"{name}.bias")


def _self_check(model: Model, folder: Path, quantisation: str, dims: Dims, threads: int) -> tuple[float, float]:
    """How far the converted model is from the reference, on a fixed sound and a fixed text."""
    from transcribe.engine import Hypothesis
    from transcribe.reference import ReferenceEngine
    from transcribe.tokens import tokenizer
    from transcribe.vad import Window

    time = np.arange(48_000) / 16_000
    sound = sum(np.sin(2 * np.pi * f * time * (1 + 0.1 * np.sin(3 * time))) for f in (140, 420, 980, 2300))
    sound = np.asarray(0.1 * sound * np.clip(np.sin(8 * time), 0, 1), np.float32)
    tokens = tuple(tokenizer(dims.n_vocab).encode(" le patient a été opéré le douze mars et revient en consultation"))
    said = Hypothesis(tokens, "", 0.0, 0.0, 0.0, finished=True)
    shape = Converted(folder, quantisation, dims.n_mels, dims.n_vocab, dims.n_text_ctx, 0.0, 0.0)
    engines: list[Engine[Any]] = [ReferenceEngine.load(model, threads=threads), _loaded(shape, model, threads)]
    heard, sure = [], []
    for engine in engines:
        features = engine.encode(sound, Window(((0.0, 3.0),)))
        heard.append(np.asarray(features.as_array(), np.float64).ravel())
        sure.append([np.log(max(word.probability, 1e-12)) for word in engine.align(features, said)])
    cosine = heard[0] @ heard[1] / (np.linalg.norm(heard[0]) * np.linalg.norm(heard[1]))
    return float(cosine), float(np.abs(np.subtract(sure[0], sure[1])).mean())


def _loaded(shape: Converted, model: Model, threads: int) -> Engine[Any]:
    if shape.quantisation in (OPENVINO, OPENVINO_8):
        from transcribe.ov import OpenVinoEngine

        return OpenVinoEngine(shape, model, threads=threads)
    from transcribe.ct2 import Ct2Engine

    device = "cuda" if shape.quantisation == "float16" else "cpu"
    return Ct2Engine(shape, model, threads=threads, device=device)


if __name__ == "__main__":
    main(sys.argv[1:])
