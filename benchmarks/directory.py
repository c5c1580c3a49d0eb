"""How long the whole national directory takes to come in, and in how much memory: `make bench-directory`.

500,000 generated lines with the real columns, imported as on three days (the second with 1 % changed, the third with
every line changed, as after a change of format), each in a process of its own so that the peak is its own; on SQLite,
then on PostgreSQL. Prints one line each; benchmarks/README.md keeps dated figures.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.postgresql import server
from tests.send.extractions import MSSANTE_HEADER, many

LINES = 500_000


def write(path: Path, one_in: int) -> None:
    """An extraction; one line in `one_in` says another street than on the first day (0: none)."""
    with path.open("w", encoding="utf-8") as file:
        file.write(MSSANTE_HEADER + "\n")
        for number, line in enumerate(many(LINES)):
            changed = one_in and number % one_in == 0
            file.write((line.replace("RUE|DU TEST", f"{one_in}E AVENUE|DU TEST") if changed else line) + "\n")


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
        days = [Path(folder) / f"extraction_202611{day}0300.txt" for day in (24, 25, 26)]
        for path, one_in in zip(days, (0, 100, 1), strict=True):
            write(path, one_in)
        for name, database in (("SQLite", ""), ("PostgreSQL", f"{server()}/postgres")):
            print(name, flush=True)
            home = Path(folder) / name
            home.mkdir()
            surroundings = os.environ | ({"DICTATION_STORE__DATABASE": database} if database else {})
            for path in days:
                command = [sys.executable, "-m", "benchmarks.directory", str(home), str(path)]
                subprocess.run(command, check=True, env=surroundings)


if __name__ == "__main__":
    main()
