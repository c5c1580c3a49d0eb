"""Fractions: grays that do not go with their sessions, « 18 Gy en 39 fractions »."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, quoted

_RAYS = re.compile(
    r"(?P<grays>\d+(?:[.,]\d+)?)[ \u00a0]?Gy (?:au total )?\(?(?:en|sur|délivrés en) "
    r"(?P<times>\d+) (?:fractions?|séances?)"
)
_A_SESSION = (1.0, 30.0)  # Gy: from a twice-daily scheme to stereotaxy in one session
_TOTAL = 90.0  # Gy: more than any scheme in several sessions


def check(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for match in _RAYS.finditer(passage.text):
            grays, times = float(match["grays"].replace(",", ".")), int(match["times"])
            if not times or not _A_SESSION[0] <= grays / times <= _A_SESSION[1] or grays > _TOTAL:
                reason = f"Dose de radiothérapie à revoir\u00a0: {quoted(match[0])}. Réécoutez les deux chiffres."
                yield context.words("dose.fractions", Risk.HIGH, passage, match.start(), match.end(), reason)
