"""Lenses: a power no implant has, « +2,15 D » for « +21,5 D »."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, quoted

_LENS = re.compile(
    r"(?i:implant|lentille|LIO)[^.;\n]{0,60}?[ \u00a0+](?P<power>-?\d+(?:[.,]\d+)?)[ \u00a0]?(?:D|dioptries?)\b(?!\.\w)"
)
_STEP = 0.25  # dioptres
_POWERS = (-15.0, 45.0)


def check(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for match in _LENS.finditer(passage.text):
            power = float(match["power"].replace(",", "."))
            if not _POWERS[0] <= power <= _POWERS[1] or (power / _STEP) % 1:
                reason = f"Puissance d’implant inhabituelle\u00a0: {quoted(match[0])}. Réécoutez le chiffre."
                yield context.words("measure.lens", Risk.HIGH, passage, match.start("power"), match.end(), reason)
