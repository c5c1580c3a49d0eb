"""`python -m benchmarks.fuzz_audio [--count 500] [--seed 1] [--child]`: damaged recordings, every format, one table.

Each is decoded or refused with a reason of its own; anything else (a crash, another error, more than 10 s) ends the run
with the seed that did it. --child decodes behind the wall, as the service does; without it a crash ends this very
process, which is the stricter way to look.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter

import numpy as np

from tests.transcribe.conftest import FORMATS, encode, voice_like
from transcribe.audio import decode
from transcribe.child import decode_in_child
from transcribe.errors import UnreadableAudio

MOST_SECONDS = 10.0


def damaged(data: bytes, chance: random.Random) -> tuple[str, bytes]:
    """One mutation and its name."""
    made = bytearray(data)
    kind = chance.choice(("bytes", "header", "cut", "zeros", "doubled", "dropped", "inserted"))
    at = chance.randrange(len(made))
    length = chance.randrange(1, max(2, len(made) // 4))
    if kind == "bytes":
        for _ in range(chance.randrange(1, 30)):
            made[chance.randrange(len(made))] = chance.randrange(256)
    elif kind == "header":
        for _ in range(chance.randrange(1, 8)):
            made[chance.randrange(min(200, len(made)))] = chance.randrange(256)
    elif kind == "cut":
        del made[at:]
    elif kind == "zeros":
        made[at : at + length] = bytes(len(made[at : at + length]))
    elif kind == "doubled":
        made[at:at] = made[at : at + length]
    elif kind == "dropped":
        del made[at : at + length]
    else:
        made[at:at] = chance.randbytes(length)
    return kind, bytes(made)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--count", type=int, default=500)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--child", action="store_true")
    a = p.parse_args()
    files = {name: encode(voice_like(2.0, 48_000), name, rate=48_000) for name in FORMATS}
    names, ends, slowest = sorted(files), Counter[str](), 0.0
    for number in range(a.count):
        chance = random.Random(f"{a.seed}-{number}")
        name = names[number % len(names)]
        kind, data = damaged(files[name], chance)
        started = time.process_time()
        try:
            audio = (decode_in_child if a.child else decode)(data, max_seconds=60)
            good = 0 < audio.duration <= 60 and bool(np.abs(audio.samples).max() <= 1.0)
            ends["decoded" if good else "WRONG SOUND"] += 1
        except UnreadableAudio as error:
            ends[error.code] += 1
            good = True
        except Exception as error:  # what this run looks for
            print(f"{name} {kind} {a.seed}-{number}: {type(error).__name__}")
            good = False
        spent = time.process_time() - started
        slowest = max(slowest, spent)
        if not good or spent > MOST_SECONDS:
            sys.exit(f"{name}, {kind}, seed {a.seed}-{number}: {spent:.1f} s")
    print(f"{a.count} mutations of {len(names)} formats, slowest {slowest:.2f} s of CPU: {dict(ends.most_common())}")


if __name__ == "__main__":
    main()
