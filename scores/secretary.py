"""A scripted secretary: twenty letters with three planted errors each, worked through by points or by plain listening.

She counts as one stroke every key or chord (Alt+↓, Ctrl+→, a letter). By points, in the desk's own order: Alt+↓ to the
next, its words selected and its sound heard from a second before; a right one is Alt+Entrée; at a wrong one she types
over the selection, or goes to the wrong words with Ctrl+→, whichever is shorter; Ctrl+Entrée at the end. By plain
listening: F4 to begin; at each error F4, the caret from the last correction on with Ctrl+→ and Tab, the wrong words
selected with Ctrl+Maj+→, typed over, F4; the same end. The plain listener is taken to miss nothing, which nobody does;
whoever works by points corrects what a point shows and nothing else. Words follow each other at PACE seconds.

Errors: scores/planting.py, one of each kind in turn, on the surface of the spoken words.
"""

from __future__ import annotations

import difflib
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from dictation.domain.documents import Doubt, Draft, Sidecar
from scores.doubts import PACE, SETS, drafted, is_raised, sidecar_of
from scores.planting import KINDS, Planted
from scores.table import Row

LETTERS = 20
ERRORS = 3  # a letter
BEFORE = 1.0  # seconds of sound heard before a point


@dataclass(frozen=True, slots=True)
class Worked:
    """What one letter cost."""

    strokes: int
    seconds: float  # of sound heard
    corrected: int  # of the ERRORS


@dataclass(frozen=True, slots=True)
class Correction:
    """Words of the letter that differ from what was said: where, how many, and what to type."""

    section: int
    word: int  # of the section
    words: int
    typed: str


def rows(which: str) -> list[Row]:
    folders = sorted(path.parent for path in (SETS / which).glob("*/spoken.txt"))[:LETTERS]
    if not folders:
        return [Row("scripted secretary", f"{which}, no letters", "not measured")]
    by_points, listening, errors = [], [], 0
    for folder in folders:
        sidecar = sidecar_of(folder)
        clean = tuple((folder / "spoken.txt").read_text(encoding="utf-8").split())
        planted = with_errors(clean, sidecar, folder.name)
        before, after = drafted(clean, sidecar), drafted(planted[-1].words, sidecar)
        errors += len(planted)
        by_points.append(worked_by_points(before, after, planted))
        listening.append(worked_by_ear(before, after, len(planted), PACE * len(planted[-1].words)))
    met = sum(one.corrected for one in by_points)
    on = f"{which}, {errors} errors in {len(folders)} letters"
    return [
        Row("planted errors met with « point suivant »", on, f"{100 * met / errors:.0f} %"),
        *_compared("strokes a letter, by points", by_points, listening, "strokes"),
        *_compared("seconds of sound a letter, by points", by_points, listening, "seconds"),
        Row(
            "strokes for each error corrected, by points",
            on,
            f"{sum(one.strokes for one in by_points) / max(1, met):.0f}",
            "",
            f"by ear: {sum(one.strokes for one in listening) / errors:.0f}",
        ),
    ]


def _compared(measure: str, points: Sequence[Worked], ear: Sequence[Worked], what: str) -> list[Row]:
    """Median over the letters, beside plain listening on the same ones."""
    ours, theirs = (statistics.median(getattr(one, what) for one in some) for some in (points, ear))
    return [Row(measure, f"median of {len(points)} letters", f"{ours:.0f}", "", f"by ear: {theirs:.0f}")]


def with_errors(clean: Sequence[str], sidecar: Sidecar, seed: str) -> list[Planted]:
    """ERRORS errors one after the other in the same words; each Planted has those before it, the last one all."""
    draw, kinds, found = random.Random(seed), list(KINDS), []
    draw.shuffle(kinds)
    words = list(clean)
    for kind in kinds * 2:
        if len(found) == ERRORS:
            break
        sites = list(KINDS[kind](words, sidecar))
        draw.shuffle(sites)
        for site in sites:
            one = site(draw)
            if one is None or any(abs(one.first - other.first) < 6 for other in found):
                continue
            if drafted(one.words, sidecar).text() == drafted(tuple(words), sidecar).text():
                continue  # put right by the rules: no error of the letter
            shift = len(one.words) - len(words)
            found = [_moved(other, shift) if other.first > one.first else other for other in found]
            found.append(one)
            words = list(one.words)
            break
    return found


def _moved(one: Planted, by: int) -> Planted:
    return Planted(one.kind, one.words, one.first + by, one.last + by, one.told)


def worked_by_points(before: Draft, after: Draft, planted: Sequence[Planted]) -> Worked:
    corrections = corrections_of(before, after)
    strokes, seconds = 1, 0.0  # Ctrl+Entrée
    met = [
        one for one in planted
        if is_raised(Planted(one.kind, planted[-1].words, one.first, one.last, one.told), before.doubts, after.doubts)
    ]  # fmt: skip
    left, done = list(corrections), 0
    for doubt in sorted(after.doubts, key=lambda doubt: -doubt.risk):
        strokes += 1  # Alt+↓
        if doubt.span is not None:
            seconds += doubt.span.end - doubt.span.start + BEFORE
        here = [one for one in left if _at(doubt, after, one)]
        if not here:
            strokes += 1  # Alt+Entrée
        for one in here:
            left.remove(one)
            done += 1
            strokes += min(_typed_over(doubt, after, one), _gone_to(doubt, after, one))
    # a point may show the other of two places (right here, left there): from it she looks for the wrong one
    strokes += sum(2 + one.word + one.words + max(1, len(one.typed)) for one in left[: max(0, len(met) - done)])
    return Worked(strokes, seconds, len(met))


def _at(doubt: Doubt, draft: Draft, one: Correction) -> bool:
    """Whether the words a point selects hold the wrong ones."""
    section = draft.sections[one.section]
    if doubt.section is not section.kind or not doubt.quote or doubt.quote not in section.text:
        return False
    first = len(section.text[: section.text.index(doubt.quote)].split())
    return first - 1 <= one.word <= first + len(doubt.quote.split())


def _typed_over(doubt: Doubt, draft: Draft, one: Correction) -> int:
    words = draft.sections[one.section].text.split()
    return max(1, len(doubt.quote) - len(" ".join(words[one.word : one.word + one.words])) + len(one.typed))


def _gone_to(doubt: Doubt, draft: Draft, one: Correction) -> int:
    text = draft.sections[one.section].text
    first = len(text[: text.index(doubt.quote)].split())
    return 1 + abs(one.word - first) + one.words + max(1, len(one.typed))  # ←, Ctrl+→, Ctrl+Maj+→, letters


def worked_by_ear(before: Draft, after: Draft, errors: int, seconds: float) -> Worked:
    strokes, section, word = 2, 0, 0  # F4, Ctrl+Entrée
    for one in corrections_of(before, after):
        tabs = one.section - section
        word = 0 if tabs else word
        strokes += 2 + tabs + abs(one.word - word) + one.words + max(1, len(one.typed))
        section, word = one.section, one.word + one.words
    return Worked(strokes, seconds, errors)


def corrections_of(before: Draft, after: Draft) -> list[Correction]:
    """What has to be changed in the letter with errors to have the one without, in its order."""
    found = []
    texts = {section.kind: section.text.split() for section in before.sections}
    for number, section in enumerate(after.sections):
        now, wanted = section.text.split(), texts.get(section.kind, [])
        for what, first, end, start, stop in difflib.SequenceMatcher(None, now, wanted, autojunk=False).get_opcodes():
            if what != "equal":
                found.append(Correction(number, first, end - first, " ".join(wanted[start:stop])))
    return found


if __name__ == "__main__":
    from scores.table import as_markdown

    print(as_markdown(rows("test")))
