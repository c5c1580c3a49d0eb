"""`python -m benchmarks.memory [1 10 60] [--tokens 40]`: the peak memory of a worker against the length of a recording.

Minutes of sample speech with its pauses, said over and over, as FLAC files on the disk; each is recognised in a process
of its own by the way a worker goes: decoder child, voice detection, windows, shipped checkpoint with `ct2` in 8 bits
and two lanes, journal on the disk. Only the text is cut short (--tokens a window, no retries), so that an hour does not
take an hour. VmHWM in MiB, whole process; the decoder child is measured by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("minutes", nargs="*", type=float, default=[1, 10, 60])
    p.add_argument("--tokens", type=int, default=40)
    p.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.child:
        kind, folder = a.child
        print(json.dumps(_worker(Path(folder), a.tokens) if kind == "worker" else _decoder(Path(folder))))
        return
    print("| minutes | file MiB | windows | words | worker MiB | before the recording | decoder child MiB | CPU s |")
    print("|---|---|---|---|---|---|---|---|")
    for minutes in a.minutes:
        with tempfile.TemporaryDirectory() as folder:
            size = _write(Path(folder) / "sound.flac", minutes * 60) / 2**20
            worker, decoder = (_in_child(kind, folder, a.tokens) for kind in ("worker", "decoder"))
        figures = f"{worker['windows']} | {worker['words']} | {worker['peak']:.0f} | {worker['loaded']:.0f}"
        print(f"| {minutes:g} | {size:.1f} | {figures} | {decoder['peak']:.0f} | {worker['cpu']:.0f} |", flush=True)


def _write(file: Path, seconds: float) -> int:
    """A sample dictation over and over until it is so long; returns bytes. In small pieces, as a dictaphone writes."""
    import av
    import numpy as np

    from transcribe.audio import RATE, decode

    sound = decode(ROOT / "tests/cases/04-consultation-cardiologie/audio.wav").samples[:]
    pcm = np.clip(sound * 32768, -32768, 32767).astype(np.int16)
    left, at = round(seconds * RATE), 0
    with av.open(str(file), "w", format="flac") as opened:
        stream = opened.add_stream("flac", rate=RATE)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        while left > 0:
            piece = pcm[at : at + min(4096, left)]
            frame = av.AudioFrame.from_ndarray(piece.reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate = RATE
            opened.mux(stream.encode(frame))
            left, at = left - len(piece), at + len(piece) if at + len(piece) < len(pcm) else 0
        opened.mux(stream.encode(None))
    return file.stat().st_size


def _in_child(kind: str, folder: str, tokens: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", "--tokens", str(tokens), "--child", kind, folder],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _worker(folder: Path, tokens: int) -> dict[str, float]:
    from benchmarks.recognition import _Counted, _peak_mebibytes
    from transcribe import select_engine, transcribe
    from transcribe.journal import WindowJournal
    from transcribe.listen import ListenOptions
    from transcribe.vad import Detector

    cache = ROOT / "models" / "converted"
    engine = _Counted(select_engine("ct2", models=ROOT / "models", cache=cache, threads=2, lanes=2).engine, tokens)
    detector = Detector()
    loaded, started = _peak_mebibytes(), time.process_time()
    transcript = transcribe(
        folder / "sound.flac",
        engine=engine,
        options=ListenOptions(temperatures=(0.0,), min_split_seconds=1e9, max_attempts=1),
        detector=detector,
        journal=WindowJournal(folder / "windows.jsonl"),
    )
    return {
        "peak": _peak_mebibytes(),
        "loaded": loaded,
        "cpu": time.process_time() - started,
        "windows": transcript.options["windows"],
        "words": len(transcript.words),
    }


def _decoder(folder: Path) -> dict[str, float]:
    """What the child does before it writes its answer."""
    from benchmarks.recognition import _peak_mebibytes
    from transcribe.audio import decode_pcm

    with (folder / "sound.flac").open("rb") as file:
        pcm, _ = decode_pcm(file)
    assert len(pcm) > 0
    return {"peak": _peak_mebibytes()}


if __name__ == "__main__":
    main()
