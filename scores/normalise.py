"""Spoken to written: phrases exactly right, what must not change, critical errors among numbers, seconds for a letter.

Sets: scores/sets/normalise/. A critical error is a digit, a unit or a side that is wrong, missing or added, for every
hundred numbers that had to be written; it is silent when its phrase raised no warning.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Sequence

from text_to_num import alpha2digit

from dictation.structure import Written, normalise, write
from scores.phrases import Phrase, even, phrases
from scores.table import Row

_LETTER_WORDS = 500
_UNITS = str.split(
    "mg µg ng pg g kg ml dl cl l µl cc m cm mm km µm cm² m² cm³ mm³ mmol µmol nmol pmol mol meq ui mui % ‰ mmhg cmh₂o "
    "db hz khz gy °c ° fr ch gamma kcal mosm jour h min s sa semaine mois an "
)
_SIDES = {"droit": "D", "droite": "D", "droits": "D", "droites": "D", "gauche": "G", "gauches": "G", "bilatéral": "DG"}
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+[²³₂]?[^\W\d_]*|[%‰°½¼¾]")


def rows(which: str) -> list[Row]:
    """The rows of this measure on the `dev` or `test` set."""
    lines = phrases(which)
    ours = [write(line.spoken) for line in lines]
    peer = [alpha2digit(line.spoken, "fr") for line in lines]
    on = f"{which}, {len(lines)} phrases"
    texts = [written.text for written in ours]
    return [
        Row("spoken → written, exact", on, exact(lines, texts), "≥ 90 %", f"text2num: {exact(lines, peer)}"),
        Row("— with accepted variants", on, lenient(lines, texts), "", f"text2num: {lenient(lines, peer)}"),
        Row("— weakest kinds", on, _weakest(lines, texts)),
        _unchanged("what it should have written, unchanged", which, [line.written for line in lines], "100 %"),
        _unchanged("already written, unchanged", which, [p.spoken for p in phrases(which, "written")], "100 %"),
        _unchanged("neutral sentences, unchanged", which, [p.spoken for p in phrases(which, "neutral")], "≥ 98 %"),
        *_critical(which, lines, ours),
        _speed(lines),
    ]


def exact(lines: Sequence[Phrase], texts: Sequence[str]) -> str:
    return share(sum(even(text) == even(line.written) for line, text in zip(lines, texts, strict=True)), len(lines))


def lenient(lines: Sequence[Phrase], texts: Sequence[str]) -> str:
    return share(sum(fits(line, text) for line, text in zip(lines, texts, strict=True)), len(lines))


def fits(line: Phrase, text: str) -> bool:
    return even(text) in {even(form) for form in line.accepted}


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %".replace(".", ",") if whole else "—"


def _weakest(lines: Sequence[Phrase], texts: Sequence[str]) -> str:
    """The three kinds with the lowest share of exact phrases."""
    right, all_ = Counter[str](), Counter[str](line.category for line in lines)
    for line, text in zip(lines, texts, strict=True):
        right[line.category] += even(text) == even(line.written)
    worst = sorted(all_, key=lambda kind: right[kind] / all_[kind])[:3]
    return ", ".join(f"{kind} {right[kind]}/{all_[kind]}" for kind in worst)


def _unchanged(measure: str, which: str, texts: Sequence[str], target: str) -> Row:
    same = sum(even(normalise(text)) == even(text) for text in texts)
    return Row(measure, f"{which}, {len(texts)} phrases", share(same, len(texts)), target)


def _critical(which: str, lines: Sequence[Phrase], ours: Sequence[Written]) -> list[Row]:
    """Errors per 100 numbers, and the errors nobody was warned of."""
    numbers = errors = silent = 0
    for line, written in zip(lines, ours, strict=True):
        numbers += len(_NUMBER.findall(line.written))
        wrong = min(differences(form, written.text) for form in line.accepted)
        errors += wrong
        silent += 0 if written.warnings else wrong
    rate = f"{100 * errors / numbers:.1f}".replace(".", ",") if numbers else "—"
    on = f"{which}, {numbers} numbers"
    return [
        Row("digit, unit or side wrong, missing or added, per 100 numbers", on, rate, "≤ 0,5"),
        Row("— of these, without a warning", on, str(silent), "0"),
    ]


def differences(expected: str, found: str) -> int:
    """Numbers, units and sides that stand in one text and not in the other; one put for another counts once."""
    left, right = _facts(expected), _facts(found)
    return max((left - right).total(), (right - left).total())


def _facts(text: str) -> Counter[str]:
    text = even(text)
    text = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", text)
    found = Counter[str](_NUMBER.findall(text))
    words = _WORD.findall(text)
    found.update(word for word in words if word in _UNITS)
    found.update(_SIDES[word] for word in words if word in _SIDES)
    return found


def _speed(lines: Sequence[Phrase]) -> Row:
    """CPU seconds for a letter of 500 words made of the set's own phrases, the lists already read."""
    said = " point ".join(line.spoken for line in lines).split()
    letter = (said * (_LETTER_WORDS // max(1, len(said)) + 1))[:_LETTER_WORDS]
    normalise(" ".join(letter[:50]))
    start = time.process_time()
    normalise(" ".join(letter))
    seconds = time.process_time() - start
    return Row("CPU seconds, 500 words to written", f"{len(letter)} words", f"{seconds:.2f}".replace(".", ","), "< 0,3")
