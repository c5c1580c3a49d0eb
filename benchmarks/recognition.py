"""`python -m benchmarks.recognition [tiny base small demo-fr] [--seconds 300] [--repeats 3] [--rate 3.5]`: one table.

Every engine hears the same dictation with pauses in a process of its own, one thread, turn and turn about; medians are
printed and kept in benchmarks/results/. tiny, base and small have the true dimensions, openai-whisper's own alignment
heads and random weights that never end a text: they say nothing about words. All write a text of one length, --rate
tokens a second of speech, shared out evenly over the windows each of them makes: openai-whisper and whisper.cpp hear
the pauses too, faster-whisper and ours do not. Theirs place no words in time; ours do, so theirs have the lighter task.
Retries are off everywhere. How each of theirs is told to do the same work: peers.py.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers import HEARERS, present, tokenizer_json, whisper_cpp_as_built
from transcribe.choice import this_machine
from transcribe.reference import published
from transcribe.weights import Model, file_digest, locate

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
# name: width, heads, layers (openai-whisper's own)
SIZES = {"tiny": (384, 6, 4), "base": (512, 8, 6), "small": (768, 12, 12)}
PEERS = ("openai-whisper", "faster-whisper int8", "whisper.cpp q8_0")
ENGINES = (*PEERS, "reference", "ct2", "openvino")
PAUSES = 0.35


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("models", nargs="*", default=["tiny", "base", "demo-fr"])
    p.add_argument("--seconds", type=float, default=300.0)
    p.add_argument("--repeats", type=int, default=3)
    p.add_argument("--rate", type=float, default=3.5)
    p.add_argument("--beam", type=int, default=1)
    p.add_argument("--engines", nargs="*", default=ENGINES)
    p.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.child:
        print(json.dumps(_child(*a.child, a.seconds, a.beam)))
        return
    a.engines = present(a.engines)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for name in a.models:
            model = locate(ROOT / "models", name) if name not in SIZES else _random(name, Path(folder))
            lines += _measure(name, model, Path(folder), a)
    _keep(lines, a)


def _random(name: str, folder: Path) -> Model:
    """A checkpoint of the true dimensions whose end of text is never the likeliest token."""
    import torch
    import whisper

    width, heads, layers = SIZES[name]
    dims = whisper.model.ModelDimensions(80, 1500, width, heads, layers, 51_865, 448, width, heads, layers)
    torch.manual_seed(1)
    weights = whisper.model.Whisper(dims).state_dict()
    weights["decoder.positional_embedding"].normal_(std=0.02)  # whisper leaves it as it lies in memory
    weights["decoder.token_embedding.weight"].normal_(std=0.02)
    # No command, no time, no end: the last layer lifts a few columns, which speak against these. More than one, since
    # the decoder reads with the weights it writes with, and one alone would turn round after a command.
    weights["decoder.token_embedding.weight"][:50_257, :48] = 0.0
    weights["decoder.token_embedding.weight"][50_257:, :48] = -0.1
    weights["decoder.ln.bias"][:48] = 6.0
    for part, tensor in weights.items():  # a trained layer adds little; more, and 8 bits fail the check of a conversion
        if part.endswith(("attn.out.weight", "mlp.2.weight")):
            tensor *= 0.3
    path = folder / f"{name}.pt"
    torch.save({"dims": vars(dims), "model_state_dict": {k: v.half() for k, v in weights.items()}}, path)
    heads = published()[name].alignment_heads
    return Model(name, path.name, file_digest(path), path.stat().st_size, alignment_heads=heads, folder=folder)


def _measure(name: str, model: Model, folder: Path, a: argparse.Namespace) -> list[str]:
    from transcribe.convert import converted
    from transcribe.ov import form_for
    from transcribe.processor import this_processor

    made = converted(model, folder / "converted")
    if "openvino" in a.engines:
        converted(model, folder / "converted", form_for(this_processor()))
    tokenizer_json(made.folder)
    sound = _dictation(a.seconds)
    text = a.rate * _speech(sound)  # tokens
    shares = {engine: math.ceil(text / _windows(engine, model, sound)) for engine in a.engines}
    told = {"model": {**asdict(model), "folder": str(model.folder)}, "cache": str(folder / "converted")}
    for engine in a.engines:  # a warm start: what an engine keeps for the next one is there, its file is in memory
        _in_child(engine, json.dumps({**told, "tokens": 8}), a, 5.0)
    runs: dict[str, list[dict[str, float]]] = {engine: [] for engine in a.engines}
    for _ in range(a.repeats):
        for engine in a.engines:
            runs[engine].append(_in_child(engine, json.dumps({**told, "tokens": shares[engine]}), a, a.seconds))
    middle = {
        engine: {key: statistics.median(run[key] for run in found) for key in found[0]}
        for engine, found in runs.items()
    }
    first = next(iter(middle.values()))
    found = []
    for engine, m in middle.items():
        ratios = (
            f"{first['cpu'] / m['cpu']:.1f}x | {m['memory'] / first['memory']:.2f}x | {m['load'] / first['load']:.2f}x"
        )
        figures = f"{m['cpu']:.1f} | {m['wall']:.1f} | {m['memory']:.0f} | {m['load']:.1f}"
        found.append(f"| {name} | {engine} | {figures} | {m['windows']:.0f} | {m['tokens']:.0f} | {ratios} |")
        print(found[-1], flush=True)
    return found


def _in_child(engine: str, order: str, a: argparse.Namespace, seconds: float) -> dict[str, float]:
    options = ["--seconds", str(seconds), "--beam", str(a.beam)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.recognition", *options, "--child", engine, order],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _child(engine: str, order: str, seconds: float, beam: int) -> dict[str, float]:
    told = json.loads(order)
    model = Model(**{**told["model"], "folder": Path(told["model"]["folder"])})
    sound = _dictation(seconds)
    if engine not in HEARERS:
        import transcribe.listen  # noqa: F401  # its libraries are shared by all that are ours
    before = time.process_time()
    hear = _HEARERS[engine](model, Path(told["cache"]), told["tokens"], beam)
    load = time.process_time() - before
    cpu, wall = time.process_time(), time.perf_counter()
    windows, written = hear(sound)
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "load": load,
        "windows": windows,
        "tokens": written,
        "memory": _peak_mebibytes(),
    }


def _peak_mebibytes() -> float:
    """Of this program alone: what getrusage says begins with the size of whoever started it."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _dictation(seconds: float) -> Any:
    """Sample dictations with silence laid between their pieces until PAUSES of it is silence."""
    from transcribe.audio import RATE, decode
    from transcribe.vad import Detector

    sound = decode(ROOT / "tests/cases/04-consultation-cardiologie/audio.wav").samples
    spoken = [sound[round(a * RATE) : round(b * RATE)] for a, b in Detector().speech(sound)]
    pieces, total, speech, i = [], 0, 0, 0
    while total < seconds * RATE:
        piece = spoken[i % len(spoken)]
        pieces.append(piece)
        speech += len(piece)
        silence = max(RATE // 5, round(speech / (1 - PAUSES) - total - len(piece)))
        pieces.append((1e-4 * np.random.default_rng(i).standard_normal(silence)).astype(np.float32))
        total, i = total + len(piece) + silence, i + 1
    return np.concatenate(pieces)[: round(seconds * RATE)]


def _speech(sound: Any) -> float:
    """Seconds of it."""
    from transcribe.vad import Detector

    return sum(end - start for start, end in Detector().speech(sound))


def _windows(engine: str, model: Model, sound: Any) -> int:
    """How many it will hear."""
    from transcribe.audio import RATE
    from transcribe.engine import EngineInfo
    from transcribe.scripted import ScriptedEngine

    if engine.startswith(("openai", "whisper.cpp")):
        return -(-len(sound) // (30 * RATE))
    if engine.startswith("faster"):
        from faster_whisper.vad import get_speech_timestamps

        return -(-sum(part["end"] - part["start"] for part in get_speech_timestamps(sound)) // (30 * RATE))
    info = EngineInfo(
        "scripted", "", "", max_window_seconds=model.max_window_seconds, short_windows=model.short_windows
    )
    return int(_listen(sound, ScriptedEngine([], info=info), 1).options["windows"])


def _listen(sound: Any, engine: Any, beam: int) -> Any:
    from transcribe.audio import RATE, Audio
    from transcribe.listen import ListenOptions, listen

    options = ListenOptions(beam_size=beam, temperatures=(0.0,), min_split_seconds=1e9, max_attempts=1)
    return listen(Audio(sound, "0" * 64, "wav", "pcm_s16le", RATE, 1, narrow_band=False), engine, options=options)


class _Counted:
    """An engine of ours that writes so many tokens a window, no more."""

    def __init__(self, engine: Any, tokens: int) -> None:
        self._engine, self._tokens, self.written = engine, tokens, 0
        self.info, self.lanes, self.encode, self.align = engine.info, engine.lanes, engine.encode, engine.align

    def decode_all(self, features: Any, options: Any) -> Any:
        found = self._engine.decode_all(features, replace(options, max_tokens=self._tokens))
        self.written += sum(len(hypothesis.tokens) for hypothesis in found)
        return found


def _ours(name: str) -> Any:
    def load(model: Model, cache: Path, tokens: int, beam: int) -> Any:
        from transcribe.choice import _load

        engine = _Counted(_load(name, model, cache, 1), tokens)

        def hear(sound: Any) -> tuple[int, int]:
            return int(_listen(sound, engine, beam).options["windows"]), engine.written

        return hear

    return load


_HEARERS = {**HEARERS, **{name: _ours(name) for name in ("reference", "ct2", "openvino")}}


def _keep(lines: list[str], a: argparse.Namespace) -> None:
    machine = this_machine()
    wanted = {"avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "avx_vnni"}
    flags = " ".join(sorted(machine.flags & wanted))
    packages = ("torch", "openai-whisper", "ctranslate2", "openvino", "faster-whisper", "numpy")
    versions = ", ".join(f"{name} {version(name)}" for name in packages) + f", {whisper_cpp_as_built()}"
    now = datetime.now(UTC)
    text = (
        f"# Recognition, {now.date().isoformat()}\n\n"
        f"`python -m benchmarks.recognition {shlex.join(a.models)} --seconds {a.seconds:g} --repeats {a.repeats} "
        f"--rate {a.rate:g} --beam {a.beam} --engines {shlex.join(a.engines)}`\n\n"
        f"{machine.processor}, {os.cpu_count()} cores, flags: {flags}; one thread; "
        f"load average {os.getloadavg()[0]:.1f}; Python {platform.python_version()}, {versions}.\n"
        f"{a.seconds:g} s of dictation, {PAUSES:.0%} pauses; medians of {a.repeats} interleaved runs.\n"
        "Ratios are against the first engine of each model.\n\n"
        "| model | engine | CPU s | wall s | peak MiB | load CPU s | windows | tokens | less CPU | memory | load |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|\n" + "\n".join(lines) + "\n"
    )
    RESULTS.mkdir(exist_ok=True)
    name = f"{now.date().isoformat()}-recognition" + (f"-beam{a.beam}" if a.beam > 1 else "")
    (RESULTS / f"{name}.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
