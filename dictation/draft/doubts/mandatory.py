"""Mandatory: what this kind of letter must have and nobody dictated: headings, operation date, anaesthesia, implant."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, LetterType, Risk, SectionKind
from dictation.domain.spans import Span
from dictation.draft.doubts.context import Context, plain, quoted
from dictation.draft.doubts.without_heading import BY_LAW, tells
from dictation.draft.headings import HEADINGS, Heading, satisfied

_GRAVE = frozenset({SectionKind.DISCHARGE_TREATMENT, SectionKind.ALLERGIES})


def check(context: Context) -> Iterable[Doubt]:
    missing = [
        h
        for h in HEADINGS[context.letter_type]
        if h.mandatory and not satisfied(h, context.report) and not tells(context, h.kind)
    ]
    if context.letter_type.tells_a_stay:
        grave = [heading for heading in missing if heading.kind in _GRAVE]
        for risk, headings in ((Risk.HIGH, grave), (Risk.MEDIUM, [h for h in missing if h not in grave])):
            if headings:
                titles = ", ".join(quoted(heading.title) for heading in headings)
                s = "s" if len(headings) > 1 else ""
                reason = f"Rubrique{s} {titles} non dictée{s}, {_asked(context, headings).format(s)}\u00a0: complétez."
                yield Doubt(f"mandatory:{risk.name.lower()}", "mandatory.heading", risk, reason)
    elif missing and _asks(context, missing):  # custom only: many a good letter tells its story without headings
        titles = ", ".join(quoted(heading.title) for heading in missing)
        operation = context.letter_type is LetterType.OPERATION
        reason = (
            f"Rubriques habituelles non dictées\u00a0: {titles}."
            if len(missing) > 1
            else (f"Rubrique habituelle non dictée\u00a0: {titles}.")
        )
        yield Doubt("mandatory:headings", "mandatory.heading", Risk.MEDIUM if operation else Risk.LOW, reason)
    yield from _empty(context)
    if context.letter_type is LetterType.OPERATION:
        yield from _of_an_operation(context)
    if context.letter_type is LetterType.OPERATION and not _dated(context):
        reason = "Aucune date d’intervention n’a été dictée\u00a0: ajoutez-la."
        yield Doubt("mandatory:date", "mandatory.date", Risk.MEDIUM, reason)


def _asked(context: Context, headings: list[Heading]) -> str:
    """By whom: the law names some of them, for the discharge letter alone."""
    if context.letter_type is not LetterType.DISCHARGE:
        return "attendue{} d’un compte rendu d’hospitalisation"
    if all(heading.kind in BY_LAW for heading in headings):
        return "exigée{} par l’article R.1112-1-2"
    return "attendue{} d’une lettre de liaison"


_TITLED = 3  # headings said: who dictates so many says the others too
_ENDS = (SectionKind.CONCLUSION, SectionKind.PLAN)


def _asks(context: Context, missing: list[Heading]) -> bool:
    """Whether a heading custom wants is worth a point: in a letter dictated with headings, or one that ends nowhere."""
    said = sum(bool(section.title) for section in context.report.sections)
    ended = any(section.kind in _ENDS and section.text for section in context.report.sections)
    return context.letter_type is LetterType.OPERATION or said >= _TITLED or not ended


# What is left under a heading when its « aucun » was not heard: « Résultats en attente : de. »
_NOTHING = re.compile(r"(?:un|une|de|d|des|du|le|la|les|et|est|en)?[\s.,;:]*")


def _empty(context: Context) -> Iterable[Doubt]:
    """A heading that was said and has no words: « aucune » may be lost. Its sound lies between its neighbours."""
    sections = context.report.sections
    for index, section in enumerate(sections):
        if not section.title or not _NOTHING.fullmatch(plain(section.text)):
            continue
        risk = Risk.HIGH if section.kind in _GRAVE else Risk.MEDIUM
        reason = f"Rubrique {quoted(section.title)} dictée sans texte\u00a0: réécoutez ce qui la suit."
        before = [s.span.end for part in sections[:index] for s in part.sentences if s.span]
        after = [s.span.start for part in sections[index + 1 :] for s in part.sentences if s.span]
        end = min(after, default=context.transcript.duration)
        start = min(max(before, default=0.0), end)
        span = Span(start, end) if start < end else None
        yield Doubt(f"mandatory.empty:{section.kind}", "mandatory.empty", risk, reason, span=span)


# What an operation report says besides its headings.
_ANAESTHESIA = re.compile(r"anesthes|rachi|locoreg|\bal\b|\bag\b|sedation|bloc|peridural|neurolept|diazanalges")
_IMPLANT = re.compile(
    r"\b(?:prothese (?!du genou|de hanche|totale)\w+|pose d une prothese|tige|cotyle|cupule|implant\w*|pacemaker)\b"
)
_TRACED = re.compile(
    r"\b(?:tracabilite|reference|lot|taille|numero|marque|modele|type|de \d+|\d+ (?:mm|cm|vis|plaques?))\b"
)


def _of_an_operation(context: Context) -> Iterable[Doubt]:
    done = [section.text for section in context.report.sections if section.kind is SectionKind.PROCEDURE]
    if not any(done):
        return  # the missing heading says it
    said = " ".join(f"{section.title} {section.text}" for section in context.report.sections)
    if not _ANAESTHESIA.search(plain(said)):
        reason = "Type d’anesthésie non dicté dans le compte rendu opératoire\u00a0: complétez-le."
        yield Doubt("mandatory.anaesthesia", "mandatory.anaesthesia", Risk.LOW, reason)
    text = plain(" ".join(done))
    if _IMPLANT.search(text) and not _TRACED.search(text):
        reason = (
            "Implant posé sans référence ni taille dictées\u00a0: complétez, ou vérifiez que la traçabilité est jointe."
        )
        yield Doubt("mandatory.implant", "mandatory.implant", Risk.LOW, reason)


def _dated(context: Context) -> bool:
    if context.sidecar is not None and context.sidecar.visit_date is not None:
        return True
    return any(finding.rule_id in ("date.day", "date.numeric") for finding in context.of_kind(FindingKind.DATE))
