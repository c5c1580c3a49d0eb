"""To the secretary: an instruction to her that may still stand in the letter, because it began inside a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, quoted

_LEFT = re.compile(
    r"\b(?:(?:note|message|consigne|mot) (?:à|pour|au|à l’attention de) (?:la |le |ma |mon )?secr[ée]tai?r(?:e|iat)\b|"
    r"fin (?:de|du|de la|d’|de l’) ?(?:note|message|aparté|parenthèse|consigne)s?\b)",
    re.IGNORECASE,
)


def check(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        match = _LEFT.search(passage.text)
        if match:
            reason = (
                f"Consigne au secrétariat peut-être restée dans la lettre\u00a0: {quoted(match[0])}. Relisez la phrase."
            )
            yield context.words("aside.left", Risk.MEDIUM, passage, match.start(), match.end(), reason)
