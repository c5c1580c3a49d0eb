"""Reread: the sections of a corrected draft become a Report again, so that its facts can be checked anew.

The text a person left and the Report it was made from come in; a Report of the present text leaves. A sentence that
is still there, or nearly, keeps its sound; a new one has none. Nothing of the text is changed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from dictation.domain.documents import DraftSection, Finding, Report, Section, Sentence, Sidecar
from dictation.domain.spans import Span
from dictation.structure.pipeline import facts_of

_BETWEEN = re.compile(r"(?<=[.!?…])[^\S\n]+(?=[A-ZÀ-ÖØ-Þ«\d])|\s*\n\s*")
_STILL_THE_SAME = 0.6  # difflib ratio of two versions of one sentence


def reread(sections: Sequence[DraftSection], report: Report, sidecar: Sidecar | None = None) -> Report:
    visit = (sidecar.visit_date or sidecar.discharge_date or sidecar.admission_date) if sidecar else None
    old = [sentence for section in report.sections for sentence in section.sentences]
    made, found = [], [finding for finding in report.findings if finding.section < 0]
    for index, section in enumerate(sections):
        again = Section(section.kind, section.title, tuple(_sentences(section.text, old)))
        made.append(again)
        found += _findings(index, again, report, visit)
    return replace(report, sections=tuple(made), findings=tuple(found))


def _sentences(text: str, old: Sequence[Sentence]) -> Iterator[Sentence]:
    said = {sentence.text: sentence for sentence in old}
    starts_line = False
    for part, gap in _parts(text.strip()):
        sentence = said.get(part) or _nearest(part, old)
        if sentence is None:
            yield Sentence(part, None, 0, 0, starts_line)
        else:
            yield replace(sentence, text=part, starts_line=starts_line)
        starts_line = "\n" in gap


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Each sentence and what stands between it and the next."""
    at = 0
    for gap in _BETWEEN.finditer(text):
        if text[at : gap.start()]:
            yield text[at : gap.start()], gap[0]
        at = gap.end()
    if text[at:]:
        yield text[at:], ""


def _nearest(text: str, old: Sequence[Sentence]) -> Sentence | None:
    best, most = None, _STILL_THE_SAME
    for sentence in old:
        match = difflib.SequenceMatcher(None, text, sentence.text, autojunk=False)
        if match.real_quick_ratio() > most and match.quick_ratio() > most and match.ratio() > most:
            best, most = sentence, match.ratio()
    return best


def _findings(index: int, section: Section, report: Report, visit: date | None) -> Iterator[Finding]:
    text = section.text
    for fact in facts_of(text, section.kind, visit=visit, title=section.title):
        words, status = text[fact.start : fact.end], (("status", fact.status),) if fact.status else ()
        span = _sound(section, report, fact.start, words)
        yield Finding(
            fact.kind, words, index, fact.start, fact.end, span, fact.rule_id, fact.negated, (*fact.values, *status)
        )  # fmt: skip


def _sound(section: Section, report: Report, start: int, words: str) -> Span | None:
    """The sound of the same words where they were first said, else of the sentence they now stand in."""
    at, inside = 0, None
    for sentence in section.sentences:
        if at <= start < at + len(sentence.text) + 1:
            inside = sentence.span
        at += len(sentence.text) + 1
    for finding in report.findings:
        within = inside is None or (finding.span is not None and inside.start <= finding.span.start < inside.end)
        if finding.text == words and finding.span is not None and within and inside is not None:
            return finding.span
    return inside
