"""Mandatory: a heading this kind of letter must have, and nobody dictated."""

from __future__ import annotations

from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, LetterType, Risk, SectionKind
from dictation.draft.doubts.context import Context, quoted
from dictation.draft.headings import HEADINGS, satisfied

_GRAVE = frozenset({SectionKind.DISCHARGE_TREATMENT, SectionKind.ALLERGIES})


def check(context: Context) -> Iterable[Doubt]:
    missing = [h for h in HEADINGS[context.letter_type] if h.mandatory and not satisfied(h, context.report)]
    if context.letter_type is LetterType.DISCHARGE:  # the law names each of them: one doubt each
        for heading in missing:
            risk = Risk.HIGH if heading.kind in _GRAVE else Risk.MEDIUM
            reason = (
                f"Rubrique {quoted(heading.title)} non dictée, exigée par l’article R.1112-1-2\u00a0: complétez-la."
            )
            yield Doubt(f"mandatory:{heading.kind}", "mandatory.heading", risk, reason)
    elif missing:  # custom only: many a good letter tells its story without headings
        titles = ", ".join(quoted(heading.title) for heading in missing)
        operation = context.letter_type is LetterType.OPERATION
        reason = (
            f"Rubriques habituelles non dictées\u00a0: {titles}."
            if len(missing) > 1
            else (f"Rubrique habituelle non dictée\u00a0: {titles}.")
        )
        yield Doubt("mandatory:headings", "mandatory.heading", Risk.MEDIUM if operation else Risk.LOW, reason)
    if context.letter_type is LetterType.OPERATION and not _dated(context):
        reason = "Aucune date d’intervention n’a été dictée\u00a0: ajoutez-la."
        yield Doubt("mandatory:date", "mandatory.date", Risk.MEDIUM, reason)


def _dated(context: Context) -> bool:
    if context.sidecar is not None and context.sidecar.visit_date is not None:
        return True
    return any(finding.rule_id in ("date.day", "date.numeric") for finding in context.of_kind(FindingKind.DATE))
