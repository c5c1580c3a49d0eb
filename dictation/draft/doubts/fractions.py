"""Fractions: grays that do not go with their sessions (« 18 Gy en 39 fractions »), a lens of « +2,15 D »."""

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
_LENS = re.compile(
    r"(?i:implant|lentille|LIO)[^.;\n]{0,60}?[ \u00a0+](?P<power>-?\d+(?:[.,]\d+)?)[ \u00a0]?(?:D|dioptries?)\b(?!\.\w)"
)
_STEP = 0.25  # dioptres
_POWERS = (-15.0, 45.0)


def check(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for match in _RAYS.finditer(passage.text):
            grays, times = float(match["grays"].replace(",", ".")), int(match["times"])
            if not times or not _A_SESSION[0] <= grays / times <= _A_SESSION[1] or grays > _TOTAL:
                reason = f"Dose de radiothérapie à revoir\u00a0: {quoted(match[0])}. Réécoutez les deux chiffres."
                yield context.words("dose.fractions", Risk.HIGH, passage, match.start(), match.end(), reason)
        for match in _LENS.finditer(passage.text):
            power = float(match["power"].replace(",", "."))
            if not _POWERS[0] <= power <= _POWERS[1] or (power / _STEP) % 1:
                reason = f"Puissance d’implant inhabituelle\u00a0: {quoted(match[0])}. Réécoutez le chiffre."
                yield context.words("measure.lens", Risk.HIGH, passage, match.start("power"), match.end(), reason)
