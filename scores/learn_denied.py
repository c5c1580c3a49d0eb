"""`python -m scores.learn_denied [--left-out]`: count what letters deny, and what they state.

The development letters, phrases and errors by hand in, dictation/draft/doubts/denied_counts.tsv out: for each name, how
many texts deny it and in how many it opens a clause. With --left-out nothing is written: every denied name is looked up
in what the other texts teach, and so is every stated one; the shares that would be told are printed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from dictation.draft.doubts import seldom_stated
from dictation.draft.doubts.seldom_stated import LETTERS, OFTENER, names_in
from dictation.structure import write

SETS = Path(__file__).with_name("sets")
TABLE = Path(seldom_stated.__file__).with_name("denied_counts.tsv")
HEAD = "# By `python -m scores.learn_denied`, not by hand: name, texts that deny it, texts in which it opens a clause\n"


def texts() -> Iterator[str]:
    """Development texts as they are written; no test set."""
    for file in sorted([*SETS.glob("planted/dev/*/spoken.txt"), *SETS.glob("letters/dev/*/spoken.txt")]):
        yield _written(file.read_text(encoding="utf-8"))
    for file in sorted(SETS.glob("by_hand/*/letter.txt")):
        yield file.read_text(encoding="utf-8")
    for file in sorted(SETS.glob("letters/dev/*.txt")):
        lines = file.read_text(encoding="utf-8").splitlines()
        yield "\n".join(_written(line.partition("|")[2]) for line in lines if not line.startswith("#"))
    for line in (SETS / "normalise" / "dev.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        yield line.split("\t")[3].replace("\\n", "\n")


def _written(spoken: str) -> str:
    return write(spoken).text


def counted() -> tuple[list[tuple[set[str], set[str]]], Counter[str], Counter[str]]:
    """(names denied and stated by each text, texts that deny a name, texts that state it)."""
    each = [names_in(text) for text in texts()]
    denied = Counter(name for names, _ in each for name in names)
    stated = Counter(name for _, names in each for name in names)
    return each, denied, stated


def left_out() -> tuple[float, float]:
    """Shares of the denied names, and of the stated ones, that the other texts would have told."""
    each, denied, stated = counted()
    told: list[list[bool]] = [[], []]
    for own_denied, own_stated in each:
        for kind, names in enumerate((own_denied, own_stated)):
            for name in names:
                others = denied[name] - (name in own_denied), stated[name] - (name in own_stated)
                told[kind].append(others[0] >= LETTERS and others[0] >= OFTENER * max(others[1], 0.5))
    return sum(told[0]) / max(1, len(told[0])), sum(told[1]) / max(1, len(told[1]))


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--left-out", action="store_true")
    if p.parse_args().left_out:
        print("told, of what is denied: {:.3f}; of what is stated: {:.3f}".format(*left_out()))
        return
    _, denied, stated = counted()
    kept = [name for name in sorted(denied) if denied[name] >= max(LETTERS, OFTENER * stated[name])]
    TABLE.write_text(HEAD + "".join(f"{name}\t{denied[name]}\t{stated[name]}\n" for name in kept), encoding="utf-8")


if __name__ == "__main__":
    main()
