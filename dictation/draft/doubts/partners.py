"""Partners: « amikacine acide clavulanique »: the first half of a fixed combination was misheard."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk
from dictation.draft.doubts.context import Context, plain, quoted, rows


def check(context: Context) -> Iterable[Doubt]:
    """A drug or an allergen right before the second name of a combination it is no part of."""
    told = {
        plain(name).split()[-1]
        for kind, value in ((FindingKind.DRUG, "drug"), (FindingKind.ALLERGY, "allergen"))
        for finding in context.of_kind(kind)
        if plain(name := finding.value(value) or "").strip()
    }
    for passage in context.passages():
        for match in re.finditer(r"[^\W\d_]{4,}(?= )", passage.text):
            first = plain(match[0])
            if first not in told:
                continue
            second = _second().match(plain(passage.text[match.end() :]).strip())
            if second is None:
                continue
            name, firsts = _partners()[second[1]]
            if first not in map(plain, firsts):
                with_ = " ou ".join(quoted(one) for one in firsts[:2])
                reason = f"Association inconnue\u00a0: {quoted(f'{match[0]} {name}')}, attendu avec {with_}. "
                reason += "Réécoutez le premier nom."
                yield context.words("drug.partner", Risk.HIGH, passage, match.start(), match.end(), reason)


@functools.cache
def _partners() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Folded second name: as it is written, and the first names it goes with."""
    return {plain(second): (second, tuple(firsts.split("|"))) for second, firsts in rows("partners")}


@functools.cache
def _second() -> re.Pattern[str]:
    return re.compile(rf"({'|'.join(sorted(map(re.escape, _partners()), key=len, reverse=True))})\b")
