"""Inserted: a text block the author asked for by name: nobody said its words, somebody must say they fit."""

from __future__ import annotations

from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, quoted


def check(context: Context) -> Iterable[Doubt]:
    for warning in context.report.warnings:
        if warning.rule_id == "block.inserted":
            reason = (
                f"Texte type inséré, non dicté mot à mot\u00a0: {quoted(warning.text)}. "
                "Vérifiez que tout s’applique à ce patient."
            )
            yield context.at(warning.rule_id, Risk.HIGH, warning.span, reason)
