"""Errors written by hand into written letters, raised as a point to check: what planting.py does not think of.

Sixty-eight letters as they are sent, some fifteen errors each (plants.tsv: kind, the right words, the wrong ones, which
occurrence; « \\n » ends a line), by people who had not read the rules: laboratory units, brand names, instructions that
lost their « ne pas », ages, and in the last sixteen also rhythms, routes, drugs given twice. The words are read as a
recogniser that punctuates by itself would write them, « à la ligne » between two lines. Counted as in scores.doubts. A
development set: its misses have been read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from scores.doubts import drafted, is_raised, sidecar_of
from scores.planting import Planted
from scores.table import Row

LETTERS = Path(__file__).with_name("sets") / "by_hand"


def rows(which: str) -> list[Row]:
    raised, planted, clean = Counter[str](), Counter[str](), []
    for folder in sorted(LETTERS.iterdir()):
        text, sidecar = (folder / "letter.txt").read_text(encoding="utf-8"), sidecar_of(folder)
        before = drafted(spoken(text), sidecar)
        clean.append(len(before.doubts))
        for plant in _plants(folder, text):
            planted[plant.kind] += 1
            raised[plant.kind] += is_raised(plant, before.doubts, drafted(plant.words, sidecar).doubts)
    on = f"dev, {len(clean)} written letters"
    return [
        Row("errors written by hand raised", on, _percent(sum(raised.values()), sum(planted.values()))),
        *(Row(f"— {kind}", f"{planted[kind]} errors", _percent(raised[kind], planted[kind])) for kind in planted),
        Row("points on such a letter without its errors", on, f"{sum(clean) / len(clean):.2f}".replace(".", ",")),
    ]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %".replace(".", ",")


def spoken(text: str) -> tuple[str, ...]:
    """The words of a written letter, with the ends of its lines said and the dashes of its lists left out."""
    lines = [line.strip().removeprefix("- ") for line in text.splitlines()]
    return tuple(" à la ligne ".join(line for line in lines if line).split())


def _plants(folder: Path, text: str) -> Iterator[Planted]:
    right = spoken(text)
    for line in (folder / "plants.tsv").read_text(encoding="utf-8").splitlines():
        kind, old, new, *nth = (field.replace("\\n", "\n") for field in line.split("\t"))
        at = -1
        for _ in range(int(nth[0]) if nth else 1):
            at = text.index(old, at + 1)
        wrong = spoken(text[:at] + new + text[at + len(old) :])
        first, last = _changed(right, wrong)
        if kind == "unit" and len(wrong) < len(right):
            first -= 1  # a unit that was lost is missed at its figure
        yield Planted(
            "name" if kind == "age_sex" else kind.removesuffix("_untold"), wrong, first, last, f"{old} -> {new}"
        )


def _changed(right: tuple[str, ...], wrong: tuple[str, ...]) -> tuple[int, int]:
    """The first and the last word of `wrong` that `right` has not; where words were lost, the word that follows."""
    shorter = min(len(right), len(wrong))
    first = next((n for n in range(shorter) if right[n] != wrong[n]), shorter - 1)
    same = next((n for n in range(shorter - first) if right[-1 - n] != wrong[-1 - n]), shorter - first)
    return first, max(first, len(wrong) - same - 1)
