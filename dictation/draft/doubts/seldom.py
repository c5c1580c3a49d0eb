"""Seldom: a drug few people are given, named once, where one given many times as often sounds like it.

« Rabéprazole » heard for « oméprazole », at a dose both are given at: nothing in the letter tells them apart. Reads
seldom.tsv. What is named twice was hardly misheard twice.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk
from dictation.draft.doubts.context import Context, plain, quoted, rows
from dictation.draft.doubts.usual import substance


def check(context: Context) -> Iterable[Doubt]:
    drugs = [drug for drug in context.of_kind(FindingKind.DRUG) if not drug.negated]
    named = Counter(substance(drug) for drug in drugs)
    for drug in drugs:
        usual = _usual().get(substance(drug))
        if usual is None or named[substance(drug)] > 1 or plain(usual) in named:
            continue
        told = f"{quoted(drug.value('drug') or drug.text)}, bien moins prescrit que {quoted(usual)}"
        reason = f"Médicament peu courant\u00a0: {told}. Réécoutez le nom."
        yield context.about("drug.seldom", Risk.MEDIUM, drug, reason)


@functools.cache
def _usual() -> dict[str, str]:
    return {plain(seldom): usual for seldom, usual in rows("seldom")}
