"""Planted errors raised as a point to check, and points raised on clean letters, by structure and draft together.

A plant counts as raised when a point that the clean letter does not have stands at the planted words (its sound
overlaps theirs), or, for sides, dates and people, is of the rule that compares the two places. A plant that changes
nothing in the letter (a spelled name put right) is not counted. Sets: scores/sets/planted/, one folder a letter.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from dictation.domain.codec import from_plain
from dictation.domain.documents import Doubt, Draft, Sidecar
from dictation.draft import write
from dictation.structure import structure
from scores.planting import KINDS, Planted, plants
from scores.table import Row
from transcribe.transcript import Transcript, Word

SETS = Path(__file__).with_name("sets") / "planted"
A_LETTER = 20  # plants
PACE = 0.4  # seconds from one scripted word to the next
# Rules that compare two places: the point may stand at the other one.
ANYWHERE = {"side": ("sides.",), "date": ("date.",), "name": ("identity.",)}


def rows(which: str) -> list[Row]:
    letters = sorted((SETS / which).glob("*/spoken.txt"))
    if not letters:
        return [Row("planted errors raised", f"{which}, no letters", "not measured", "≥ 95 %")]
    raised, planted, clean = Counter[str](), Counter[str](), []
    for letter in letters:
        before, results = run(letter)
        clean.append(len(before.doubts))
        for plant, caught in results:
            planted[plant.kind] += 1
            raised[plant.kind] += caught
    total, found = sum(planted.values()), sum(raised.values())
    on = f"{which}, {total} plants in {len(letters)} letters"
    per_letter = f"{sum(clean) / len(clean):.2f}".replace(".", ",")
    return [
        Row("planted errors raised", on, _share(found, total), "≥ 95 %"),
        *(Row(f"— {kind}", f"{planted[kind]} plants", _share(raised[kind], planted[kind])) for kind in KINDS),
        Row("points on a clean letter, all of them false", f"{which}, {len(letters)} letters", per_letter, "≤ 3"),
    ]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %".replace(".", ",") if whole else "none planted"


def run(letter: Path) -> tuple[Draft, list[tuple[Planted, bool]]]:
    """The draft of the clean letter, and each plant with whether it was raised."""
    sidecar = sidecar_of(letter.parent)
    text = letter.read_text(encoding="utf-8")
    before = drafted(tuple(text.split()), sidecar)
    results = []
    for plant in plants(text, sidecar, A_LETTER, letter.parent.name):
        after = drafted(plant.words, sidecar)
        if after.text() != before.text():
            results.append((plant, is_raised(plant, before.doubts, after.doubts)))
    return before, results


def sidecar_of(folder: Path) -> Sidecar:
    plain = json.loads((folder / "sidecar.json").read_text(encoding="utf-8"))
    return from_plain(Sidecar, {key: value for key, value in plain.items() if key not in ("version", "$schema")})


@functools.lru_cache(maxsize=4)
def drafted(words: tuple[str, ...], sidecar: Sidecar) -> Draft:
    heard = tuple(Word(word, n * PACE, n * PACE + 0.35, 0.97) for n, word in enumerate(words))
    transcript = Transcript(heard, len(words) * PACE, "fr", "scripted", "none", "0" * 64)
    return write(structure(transcript, sidecar), sidecar, sidecar.letter_type, transcript)


def is_raised(plant: Planted, before: Sequence[Doubt], after: Sequence[Doubt]) -> bool:
    known = {(doubt.rule_id, doubt.quote, doubt.reason) for doubt in before}
    start, end = plant.first * PACE, (plant.last + 1) * PACE
    for doubt in after:
        if (doubt.rule_id, doubt.quote, doubt.reason) in known:
            continue
        if doubt.rule_id.startswith(ANYWHERE.get(plant.kind, ())):
            return True
        if doubt.span is not None and doubt.span.start < end and start < doubt.span.end:
            return True
    return False
