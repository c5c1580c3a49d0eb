"""Same side twice: two measures of one sentence, both on the right: « 3/10 à droite et de 8/10 à droite ».

One examination compares two sides; a sentence that names one of them twice has most likely lost the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, quoted

_TWICE = re.compile(r"\bà (droite|gauche)\b([^.;:\n]{0,40})(?:,| et | contre | puis )[^.;:\n]{1,40}?\bà \1\b")


def check(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        match = _TWICE.search(passage.text)
        other = {"droite": "gauche", "gauche": "droite"}
        if match is None or f"à {other[match[1]]}" in match[0]:
            continue
        told = quoted(f"à {match[1]}")
        reason = f"Même côté deux fois dans la phrase\u00a0: {told}. L’autre côté est peut-être perdu\u00a0: réécoutez."
        yield context.words("sides.twice", Risk.HIGH, passage, match.start(), match.end(), reason)
