"""Anchored: the anchors of a letter as the pages use them, and what changed between the voice and the letter.

Reads transcript, report and first draft from the content store; keeps the tokens of the last few dictations at hand,
because they never change. A dictation whose documents are missing simply has no anchors: its text can still be read.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from dictation.anchors import Anchor, Answer, Change, Token, align, changes, folded, tokens_of
from dictation.domain import codec
from dictation.domain.documents import Draft, FindingKind, Report, Risk
from dictation.domain.progress import Dictation
from dictation.errors import DictationError
from dictation.web.parts import parts
from transcribe.transcript import Transcript

GRAVE = re.compile(
    r"\d|\b(?:droite?s?|gauches?|bilatéra\w+|pas|sans|non|aucune?|jamais|ni|mg|ml|µg|UI)\b", re.IGNORECASE
)


@functools.lru_cache(maxsize=32)
def _documents(dictation_id: str, transcript_sha256: str, report_sha256: str) -> tuple[tuple[Token, ...], Report]:
    blobs = parts().blobs
    transcript = Transcript.from_json(blobs.get(transcript_sha256).decode())
    report = codec.loads(Report, blobs.get(report_sha256))
    return tokens_of(parts().ledger.draft(dictation_id, 1), report, transcript), report


def tokens(dictation: Dictation) -> tuple[Token, ...]:
    """The words of the first draft with their sound; none when its documents cannot be read."""
    return _known(dictation)[0]


def report_of(dictation: Dictation) -> Report | None:
    return _known(dictation)[1]


def _known(dictation: Dictation) -> tuple[tuple[Token, ...], Report | None]:
    if not dictation.transcript_sha256 or not dictation.report_sha256 or not dictation.draft_version:
        return (), None
    try:
        return _documents(dictation.id, dictation.transcript_sha256, dictation.report_sha256)
    except DictationError:
        return (), None


def anchors_of(dictation: Dictation, draft: Draft) -> list[list[list[float | int | str]]]:
    """For each section its words as [first, last, start, end, kept]; a word without sound at all is left out.

    A word taken from an answer goes on with its question: [first, last, start, end, "answered", question]; the sound of
    what it replaced, 0 to 0 when it replaced nothing.
    """
    known = tokens(dictation)
    if not known:
        return [[] for _ in draft.sections]
    return [
        [_plain(anchor) for anchor in section if anchor.span or anchor.answer]
        for section in align(known, draft.sections, answers_of(dictation.id))
    ]


def _plain(anchor: Anchor) -> list[float | int | str]:
    start, end = (round(anchor.span.start, 2), round(anchor.span.end, 2)) if anchor.span else (0, 0)
    asked = [anchor.answer] if anchor.answer else []
    return [anchor.first, anchor.last, start, end, anchor.kept.value, *asked]


def answers_of(dictation_id: str) -> list[Answer]:
    """What the author answered about this letter, typed or said."""
    asked = parts().ledger.questions(dictation_id)
    return [Answer(question.id, question.answer, question.section) for question in asked if question.answer]


@dataclass(frozen=True, slots=True)
class Difference:
    """One change as the signing page tells it."""

    title: str  # of the section
    change: Change
    grave: bool  # figures, units, sides, negations, drugs

    @property
    def added(self) -> bool:
        """« Non dicté »: words nobody said, in an answer neither."""
        return self.change.by_a_person and not self.change.before and not self.change.answer


def differences(dictation: Dictation, draft: Draft) -> list[Difference]:
    """What differs between the voice and this text: figures and drugs first, then in the order of the letter."""
    known = tokens(dictation)
    if not known:
        return []
    drugs = _drugs(report_of(dictation), draft)
    out = []
    for change in changes(known, draft.sections, answers_of(dictation.id)):
        words = f"{change.before} {change.after}"
        grave = bool(GRAVE.search(words)) or any(folded(word) in drugs for word in re.findall(r"\w+", words))
        title = draft.sections[change.section].title if change.section >= 0 else "Rubrique retirée"
        out.append(Difference(title, change, grave))
    return sorted(out, key=lambda one: not one.grave)


def _drugs(report: Report | None, draft: Draft) -> frozenset[str]:
    """Words that name a drug: those structure found, and those a point of high risk is about."""
    names = [
        finding.value("drug") or finding.text
        for finding in (report.findings if report else ())
        if finding.kind is FindingKind.DRUG
    ]
    names += [doubt.quote for doubt in draft.doubts if doubt.risk is Risk.HIGH]
    return frozenset(folded(word) for name in names for word in re.findall(r"\w{4,}", name))


def heard_identity(dictation: Dictation) -> list[str]:
    """What the voice says about who the patient is, as it stands in the text."""
    report = report_of(dictation)
    wanted = {FindingKind.PATIENT, FindingKind.BIRTH_DATE}
    return list(
        dict.fromkeys(finding.text for finding in (report.findings if report else ()) if finding.kind in wanted)
    )
