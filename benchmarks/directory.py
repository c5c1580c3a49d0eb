"""How long the whole national directory takes to come in, and in how much memory: `make bench-directory`.

500,000 generated lines with the real columns, imported twice (the second with 1 % changed), each in a process of its
own so that the peak is its own. Prints one line each; benchmarks/README.md keeps dated figures.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.send.extractions import MSSANTE_HEADER, many

LINES = 500_000


def write(path: Path, seed: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(MSSANTE_HEADER + "\n")
        for number, line in enumerate(many(LINES)):
            changed = seed and number % 100 == 0
            file.write((line.replace("RUE|DU TEST", "AVENUE|DU TEST") if changed else line) + "\n")


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def import_one(home: Path, path: Path) -> None:
    from dictation.compose import Installation
    from dictation.send.directory import open_extraction
    from dictation.settings import read_settings

    installation = Installation(read_settings(home))
    directory = installation.directory
    started, before = time.monotonic(), _processor()
    with open_extraction(path) as extraction:
        state = directory.take(extraction, actor="benchmark")
    seconds, processor = time.monotonic() - started, _processor() - before
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.monotonic()
    found = directory.search("marchand louis", town="lens")
    search_ms = (time.monotonic() - started) * 1000
    changed = f"+{state.added} ~{state.changed} -{state.removed}"
    print(f"{state.lines} lines, {changed}: {seconds:.1f} s ({processor:.1f} s of processor), peak {megabytes:.0f} MB")
    print(f"one search: {search_ms:.0f} ms, {len(found)} answers")


def main() -> None:
    if len(sys.argv) > 1:
        import_one(Path(sys.argv[1]), Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        for seed, day in ((0, "24"), (1, "25")):
            path = Path(folder) / f"extraction_202611{day}0300.txt"
            write(path, seed)
            subprocess.run([sys.executable, "-m", "benchmarks.directory", folder, str(path)], check=True)


if __name__ == "__main__":
    main()
