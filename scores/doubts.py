"""Planted errors raised as a point to check, and points raised on clean letters, by structure and draft together.

A plant counts as raised when a point that the clean letter does not have stands at the planted words (its sound
overlaps theirs), or, for sides, dates and people, is of the rule that compares the two places. A plant that changes
nothing in the letter (a spelled name put right) is not counted. Sets: scores/sets/planted/, one folder a letter.

The first figures are of the words alone: they follow each other at an even pace, the lost ones leaving no trace. The
rows « with word times » keep for every word the time it has in the clean letter, as a recogniser gives it: a lost « pas
de » leaves a gap, a misheard word keeps the time of what was said. That pace has no pauses and its times no errors, so
these rows say what the sound adds at best, and their points on a clean letter say nothing of real pauses.
"""

from __future__ import annotations

import difflib
import functools
import json
import re
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
SAID = 0.35  # seconds a scripted word lasts
# Rules that compare two places: the point may stand at the other one.
ANYWHERE = {"side": ("sides.",), "date": ("date.",), "name": ("identity.",)}


def rows(which: str) -> list[Row]:
    letters = sorted((SETS / which).glob("*/spoken.txt"))
    if not letters:
        return [Row("planted errors raised", f"{which}, no letters", "not measured", "≥ 95 %")]
    raised, planted, timed, clean = Counter[str](), Counter[str](), Counter[str](), []
    for letter in letters:
        before, results = run(letter)
        clean.append(len(before.doubts))
        for plant, caught, caught_timed in results:
            planted[plant.kind] += 1
            raised[plant.kind] += caught
            timed[plant.kind] += caught_timed
    total = sum(planted.values())
    on = f"{which}, {total} plants in {len(letters)} letters"
    per_letter = f"{sum(clean) / len(clean):.2f}".replace(".", ",")
    lost = planted["negation"]
    return [
        Row("planted errors raised", on, _share(sum(raised.values()), total), "≥ 95 %"),
        *(Row(f"— {kind}", f"{planted[kind]} plants", _share(raised[kind], planted[kind])) for kind in KINDS),
        Row("planted errors raised, with word times", on, _share(sum(timed.values()), total)),
        Row("— negation, with word times", f"{lost} plants", _share(timed["negation"], lost)),
        Row("points on a clean letter, all of them false", f"{which}, {len(letters)} letters", per_letter, "≤ 3"),
    ]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %".replace(".", ",") if whole else "none planted"


def run(letter: Path) -> tuple[Draft, list[tuple[Planted, bool, bool]]]:
    """The draft of the clean letter, and each plant with whether it was raised, without and with word times."""
    sidecar = sidecar_of(letter.parent)
    text = letter.read_text(encoding="utf-8")
    clean = tuple(text.split())
    before = drafted(clean, sidecar)
    results = []
    for plant in plants(text, sidecar, A_LETTER, letter.parent.name):
        after = drafted(plant.words, sidecar)
        if after.text() != before.text():
            heard = said_as(clean, plant.words)
            timed = is_raised(plant, before.doubts, draft_of(heard, sidecar).doubts, heard)
            results.append((plant, is_raised(plant, before.doubts, after.doubts), timed))
    return before, results


def sidecar_of(folder: Path) -> Sidecar:
    plain = json.loads((folder / "sidecar.json").read_text(encoding="utf-8"))
    return from_plain(Sidecar, {key: value for key, value in plain.items() if key not in ("version", "$schema")})


@functools.lru_cache(maxsize=4)
def drafted(words: tuple[str, ...], sidecar: Sidecar) -> Draft:
    return draft_of(evenly(words), sidecar)


def draft_of(heard: tuple[Word, ...], sidecar: Sidecar) -> Draft:
    transcript = Transcript(heard, heard[-1].end, "fr", "scripted", "none", "0" * 64)
    return write(structure(transcript, sidecar), sidecar, sidecar.letter_type, transcript)


def evenly(words: Sequence[str]) -> tuple[Word, ...]:
    return tuple(Word(word, n * PACE, n * PACE + SAID, 0.97) for n, word in enumerate(words))


def said_as(clean: Sequence[str], planted: Sequence[str]) -> tuple[Word, ...]:
    """The planted words at the times of the clean ones they stand for; words that were lost leave their time empty.

    Several words heard for several others share their time evenly. « angor » is what is left of « d'angor ».
    """
    spoken = evenly(clean)
    said, kept = ([re.sub(r"^\w{1,2}'(?=\w)", "", word) for word in words] for words in (clean, planted))
    heard: list[Word] = []
    for _, first, end, start, stop in difflib.SequenceMatcher(None, said, kept, autojunk=False).get_opcodes():
        count = stop - start
        began = spoken[first].start if first < len(spoken) else spoken[-1].end
        each = (end - first) * PACE / count if count else 0.0  # 0: a word too many, heard in no time
        heard += [
            Word(planted[start + n], began + n * each, began + n * each + each * SAID / PACE, 0.97)
            for n in range(count)
        ]
    return tuple(heard)


def is_raised(
    plant: Planted, before: Sequence[Doubt], after: Sequence[Doubt], heard: Sequence[Word] | None = None
) -> bool:
    known = {(doubt.rule_id, doubt.quote, doubt.reason) for doubt in before}
    heard = heard or evenly(plant.words)
    start = heard[plant.first - 1].end if plant.first else 0.0  # what was lost was said after the word before
    end = heard[plant.last].start + PACE
    for doubt in after:
        if (doubt.rule_id, doubt.quote, doubt.reason) in known:
            continue
        if doubt.rule_id.startswith(ANYWHERE.get(plant.kind, ())):
            return True
        if doubt.span is not None and doubt.span.start < end and start < doubt.span.end:
            return True
    return False
