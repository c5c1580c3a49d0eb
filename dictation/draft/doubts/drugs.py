"""Drugs: a dosed word that no list knows, or that only resembles a drug. It stays in the letter as heard."""

from __future__ import annotations

from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk
from dictation.draft.doubts.context import Context, quoted


def check(context: Context) -> Iterable[Doubt]:
    for finding in context.of_kind(FindingKind.DRUG):
        word = quoted(finding.value("drug") or finding.text)
        if finding.rule_id == "drug.resembles":
            alike = quoted(finding.value("resembles") or "")
            reason = f"Médicament inconnu {word}, proche de {alike}\u00a0: réécoutez et corrigez."
            yield context.about("drug.resembles", Risk.HIGH, finding, reason)
        elif finding.rule_id == "drug.unknown":
            reason = f"Médicament absent de la liste\u00a0: {word}. Vérifiez le nom et la dose."
            yield context.about("drug.unknown", Risk.MEDIUM, finding, reason)
