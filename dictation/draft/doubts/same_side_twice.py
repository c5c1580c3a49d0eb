"""Same side twice: two measures of one sentence, both on the right: « 3/10 à droite et de 8/10 à droite ».

One examination compares two sides; a sentence that names one of them twice has most likely lost the other. So has one
gesture after another, « paracentèse droite puis droite », and what is opposed: « le gauche, le gauche étant
atrophique ».
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, quoted

_TWICE = re.compile(r"\bà (droite|gauche)\b([^.;:\n]{0,40})(?:,| et | contre | puis )[^.;:\n]{1,40}?\bà \1\b")
_ONE_AFTER_THE_OTHER = re.compile(
    r"\b(droite?|gauche)s?(?:,? (?:puis|et|et puis|ensuite|ni|ou|comme|que)(?: (?:à|du côté|le|la))?|, (?:le|la|à))"
    r" (?:droite?|gauche)s?\b"
)


def check(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        match = _TWICE.search(passage.text)
        other = {"droite": "gauche", "gauche": "droite"}
        if match is None or f"à {other[match[1]]}" in match[0]:
            continue
        told = quoted(f"à {match[1]}")
        reason = f"Même côté deux fois dans la phrase\u00a0: {told}. L’autre côté est peut-être perdu\u00a0: réécoutez."
        yield context.words("sides.twice", Risk.HIGH, passage, match.start(), match.end(), reason)
    yield from _one_after_the_other(context)


def _one_after_the_other(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for match in _ONE_AFTER_THE_OTHER.finditer(passage.text):
            if ("gauche" in match[0]) == ("droit" in match[0]):
                continue
            told = quoted(match[0])
            reason = f"Même côté deux fois de suite\u00a0: {told}. Réécoutez le passage."
            yield context.words("sides.twice", Risk.HIGH, passage, match.start(), match.end(), reason)
