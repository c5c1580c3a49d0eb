"""Peers: recognisers of others that benchmarks/recognition.py compares ours with, told to do the same work.

Each takes a Model, a cache, how many tokens a window may have and the width of its beam, and gives a function that
hears a sound and says how many windows it heard and how many tokens it wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.ggml import FILE_TYPES, written
from transcribe.weights import Model


def _openai(model: Model, _cache: Path, tokens: int, beam: int) -> Any:
    import torch
    import whisper

    torch.set_num_threads(1)
    loaded = whisper.load_model(str(model.path))

    def hear(sound: Any) -> tuple[int, int]:
        found = loaded.transcribe(
            sound,
            language="fr",
            temperature=0.0,
            beam_size=beam if beam > 1 else None,
            without_timestamps=True,
            condition_on_previous_text=False,
            sample_len=tokens,
            fp16=False,
            compression_ratio_threshold=None,
            logprob_threshold=None,
            no_speech_threshold=None,
        )
        segments = found["segments"]
        return len({segment["seek"] for segment in segments}), sum(len(segment["tokens"]) for segment in segments)

    return hear


def _faster(model: Model, cache: Path, tokens: int, beam: int) -> Any:
    from faster_whisper import WhisperModel

    from transcribe.convert import converted

    folder = converted(model, cache).folder
    loaded = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)

    def hear(sound: Any) -> tuple[int, int]:
        found, _ = loaded.transcribe(
            sound,
            language="fr",
            temperature=0.0,
            beam_size=beam,
            without_timestamps=True,
            condition_on_previous_text=False,
            max_new_tokens=2 * tokens - 4,  # CTranslate2 writes half of the length, four tokens of prompt included
            vad_filter=True,
            compression_ratio_threshold=None,
            log_prob_threshold=None,
            no_speech_threshold=None,
        )
        segments = list(found)
        return len({segment.seek for segment in segments}), sum(len(segment.tokens) for segment in segments)

    return hear


def _whisper_cpp(kind: str) -> Any:
    """Through its Python binding, from a file of our own (ggml.py); 1.8.5's flash attention is on, as it comes.

    What differs: it hears the pauses too, as openai-whisper does (its own voice detection wants a model file that comes
    with no package). It forbids nearly the tokens that openai-whisper forbids. Its beam draws its candidates by chance,
    by how likely they are and with the same dice each time; the others take the likeliest. It writes 220 tokens a
    window at most.
    """

    def load(model: Model, cache: Path, tokens: int, beam: int) -> Any:
        import _pywhispercpp as cpp

        path = written(model, cache, kind)
        loaded = cpp.whisper_init_from_file_with_params(str(path), cpp.whisper_context_default_params())
        ways = cpp.whisper_sampling_strategy
        way = ways.WHISPER_SAMPLING_BEAM_SEARCH if beam > 1 else ways.WHISPER_SAMPLING_GREEDY
        options = cpp.whisper_full_default_params(way)
        for name, value in {
            "n_threads": 1,
            "language": "fr",
            "no_timestamps": True,
            "no_context": True,
            "temperature": 0.0,
            "temperature_inc": 0.0,  # no retry
            "greedy": {"best_of": 1},
            "beam_search": {"beam_size": beam, "patience": -1.0},  # -1: none, it has none yet
            "max_tokens": max(1, tokens - 1),  # it looks after the token that is one too many; 0 would be no limit
            "suppress_nst": True,
            "entropy_thold": 0.0,  # nothing fails, nothing is taken for silence
            "no_speech_thold": 2.0,
            "print_progress": False,
        }.items():
            setattr(options, name, value)

        def hear(sound: Any) -> tuple[int, int]:
            windows = 0

            def begins(_: Any) -> bool:
                nonlocal windows
                windows += 1
                return True

            cpp.assign_encoder_begin_callback(options, begins)
            if cpp.whisper_full(loaded, options, sound, len(sound)) != 0:
                raise RuntimeError("whisper.cpp gave up")
            lengths = [cpp.whisper_full_n_tokens(loaded, i) for i in range(cpp.whisper_full_n_segments(loaded))]
            told = [cpp.whisper_full_get_token_id(loaded, i, j) for i, n in enumerate(lengths) for j in range(n)]
            return windows, sum(token < cpp.whisper_token_eot(loaded) for token in told)

        return hear

    return load


HEARERS = {
    "openai-whisper": _openai,
    "faster-whisper int8": _faster,
    **{f"whisper.cpp {kind}": _whisper_cpp(kind) for kind in FILE_TYPES},
}


def present(engines: Iterable[str]) -> list[str]:
    """Those that are installed; says which one is not."""
    engines = list(engines)
    if find_spec("_pywhispercpp") or not any(engine.startswith("whisper.cpp") for engine in engines):
        return engines
    print("whisper.cpp is not installed and has no line; `make bench` installs it (benchmarks/README.md).", flush=True)
    return [engine for engine in engines if not engine.startswith("whisper.cpp")]


def whisper_cpp_as_built() -> str:
    """Version and processor instructions: a wheel is built for old processors, what is compiled here for this one."""
    if not find_spec("_pywhispercpp"):
        return "no whisper.cpp"
    import _pywhispercpp as cpp

    flags = cpp.whisper_print_system_info().split("CPU :")[-1].replace(" = 1", "").split("|")
    return f"pywhispercpp {version('pywhispercpp')} built with {' '.join(flag.strip() for flag in flags).strip()}"


def tokenizer_json(folder: Path) -> None:
    """What faster-whisper wants beside the model, or it would ask the hub. Without merges: it only has to read back."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    names = json.loads((folder / "vocabulary.json").read_text("utf-8"))
    first = names.index("<|endoftext|>")
    made = Tokenizer(models.BPE({name: i for i, name in enumerate(names[:first])}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(name, special=True) for name in names[first:]])
    made.save(str(folder / "tokenizer.json"))
