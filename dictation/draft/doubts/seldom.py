"""Seldom: a drug few people are given, named once, where one given many times as often sounds like it.

« Rabéprazole » heard for « oméprazole », at a dose both are given at: nothing in the letter tells them apart. Reads
seldom.tsv; and common_drugs.tsv for names that sound like a common drug, where nothing in the letter explains them.
What is named twice was hardly misheard twice.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk
from dictation.draft.doubts.context import Context, plain, quoted, rows
from dictation.draft.doubts.usual import substance, told_purposes, usual_of

_ANTIBODY = "mab"
_ALIKE = 66  # rapidfuzz ratio, 0..100: lidocaïne and clindamycine have 67


def check(context: Context) -> Iterable[Doubt]:
    drugs = [drug for drug in context.of_kind(FindingKind.DRUG) if not drug.negated]
    named = Counter(substance(drug) for drug in drugs)
    told = told_purposes(" ".join(section.text for section in context.report.sections))
    for drug in drugs:
        usual = _usual().get(substance(drug)) or _unexplained(drug, told)
        unit = drug.value("unit") or ""
        if "/h" in unit or "m²" in unit or unit == "mL":
            continue  # what runs into a vein or is injected is no tablet misheard
        passage, alone = context.passage_of(drug), _told_apart().get(substance(drug))
        if alone and passage and re.search(rf"\b{alone}", plain(passage.text)):
            continue
        if usual is None or named[substance(drug)] > 1 or plain(usual) in named:
            continue
        both = f"{quoted(drug.value('drug') or drug.text)}, bien moins prescrit que {quoted(usual)}"
        reason = f"Médicament peu courant\u00a0: {both}. Réécoutez le nom."
        yield context.about("drug.seldom", Risk.MEDIUM, drug, reason)


def _unexplained(drug: Finding, told: set[str]) -> str | None:
    """The common drug a rare one sounds like most, unless an illness of the letter explains the rare one."""
    known = usual_of(drug)
    if drug.rule_id in ("drug.resembles", "drug.unknown") or (known and known.purposes & told):
        return None
    return _common_alike(substance(drug), plain(drug.value("drug") or ""))


@functools.lru_cache(maxsize=2000)
def _common_alike(inn: str, said: str) -> str | None:
    from rapidfuzz import fuzz, process

    common = {plain(row[0]): row[0] for row in rows("common_drugs")}
    if inn in common or said in common or any(word in common for word in inn.split()):
        return None
    found = process.extractOne(said, list(common), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    if found and said.endswith(_ANTIBODY) and fuzz.ratio(said[:-3], found[0].removesuffix(_ANTIBODY)) < _ALIKE:
        return None  # all of them end alike
    return common[found[0]] if found else None


@functools.cache
def _usual() -> dict[str, str]:
    return {plain(row[0]): row[1] for row in rows("seldom")}


@functools.cache
def _told_apart() -> dict[str, str]:
    return {plain(row[0]): row[2] for row in rows("seldom") if len(row) > 2}
