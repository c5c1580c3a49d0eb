"""Spoken to written: phrases exactly right, what must not change, critical number errors, and seconds for a letter.

Sets: scores/sets/normalise/*.tsv (`dev` or `test` in their names). A critical error is a digit, unit or side that is
wrong, missing or added; it is silent when the phrase raised no warning.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Sequence

from text_to_num import alpha2digit

from dictation.structure import Written, write
from scores.sets import Phrase, phrases
from scores.table import Row

_UNTOUCHED = ("neutral",)
_LETTER_WORDS = 500
_UNITS = "mg µg ng pg g kg ml dl cl l µl cc m cm mm km µm mmol µmol nmol pmol meq ui mui % ‰ mmhg db hz khz gy °c °"
_SIDES = {"droit": "d", "droite": "d", "droits": "d", "droites": "d", "gauche": "g", "gauches": "g"}
_CRITICAL = re.compile(
    r"\d+|(?<![\w])(?:" + "|".join(re.escape(u) for u in sorted(_UNITS.split(), key=len, reverse=True)) + r")(?![\w])"
    r"|\b(?:" + "|".join(_SIDES) + r")\b"
)


def rows(which: str) -> list[Row]:
    lines = phrases("normalise", which)
    ours = [(line, write(line.spoken)) for line in lines]
    on = f"{which}, {len(lines)} phrases"
    strict = sum(same(w.text, line.written) for line, w in ours)
    lenient = sum(any(same(w.text, form) for form in line.accepted) for line, w in ours)
    peer = [alpha2digit(line.spoken, "fr") for line in lines]
    peer_strict = sum(same(text, line.written) for line, text in zip(lines, peer, strict=True))
    peer_lenient = sum(any(same(t, form) for form in line.accepted) for line, t in zip(lines, peer, strict=True))
    text2num = "text2num 3 : {}"
    found = [
        Row("spoken → written, exact", on, share(strict, len(lines)), "≥ 90 %", text2num.format(share(peer_strict, len(lines)))),
        Row("spoken → written, accepted variants", on, share(lenient, len(lines)), "", text2num.format(share(peer_lenient, len(lines)))),
        *_by_category(ours),
        _unchanged("already written, unchanged", which, [line.written for line in lines], "100 %"),
    ]
    neutral = [line.spoken for line in lines if line.category in _UNTOUCHED]
    if neutral:
        found.append(_unchanged("neutral sentences, unchanged", which, neutral, "≥ 98 %"))
    return [*found, *_critical(which, ours), _speed(lines)]
