"""Write: the sections of a Report in the order of the letter, and its points to check.

Every sentence keeps the text structure gave it. A mandatory heading nobody dictated is a doubt, not an empty heading: a
person adds it at the desk, this module does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from dictation.domain.documents import Doubt, Draft, DraftSection, LetterType, Report, Section, Sidecar
from dictation.domain.people import Patient
from dictation.draft.doubts import Context, find_doubts, identity
from dictation.draft.headings import HEADINGS, Heading
from transcribe.transcript import Transcript


def write(
    report: Report,
    sidecar: Sidecar | None,
    letter_type: LetterType | None,
    transcript: Transcript,
    *,
    number_probability: float = 0.8,
    others: Sequence[Patient] = (),
    today: date | None = None,
) -> Draft:
    """The first draft of a letter. `letter_type` None: the sidecar's, else the one said aloud, else a consultation.

    number_probability: figures heard with less, 0..1, are points to check. others: patients of the day's other
    dictations. today: the day the letter speaks from when the sidecar names no visit.
    """
    kind = letter_type or choose_letter_type(report, sidecar)
    laid_out: list[DraftSection] = []
    for heading in HEADINGS[kind]:
        own = [section for section in report.sections if section.kind is heading.kind]
        if own:
            laid_out.append(DraftSection(heading.kind, heading.title, _text(heading, own)))
    sections = tuple(laid_out)
    doubts = find_doubts(Context(report, sidecar, kind, transcript, sections, number_probability, tuple(others), today))
    return Draft(kind, sections, doubts, notes=tuple(aside.text for aside in report.asides))


def recheck(
    first: Draft,
    edited: Draft,
    report: Report,
    sidecar: Sidecar | None,
    transcript: Transcript,
    *,
    others: Sequence[Patient] = (),
    today: date | None = None,
    relinked: int = 0,
) -> Draft:
    """`edited` with the points of the first draft, and those its present text raises: a correction may bring one.

    relinked: how often a person said that the letter is about somebody else. What the first draft made of the patient
    it had is then forgotten, and what the present one raises is asked anew, whatever had been answered.
    report: the present text, reread. Pure, and may be asked again at each save: a point of the first draft stays,
    with its answer, even when its words are gone; one that a correction raised goes away when the text no longer does.
    """
    context = Context(
        report, sidecar, edited.letter_type, transcript, edited.sections, others=tuple(others), today=today
    )
    kept = [doubt for doubt in first.doubts if not relinked or not _of_the_patient(doubt)]
    known = {doubt.key for doubt in kept}
    found = [
        replace(doubt, key=f"{doubt.key}/{relinked}") if relinked and _of_the_patient(doubt) else doubt
        for doubt in find_doubts(context, of_the_text=True)
    ]
    new = [doubt for doubt in found if doubt.key not in known]
    return replace(edited, doubts=tuple(sorted((*kept, *new), key=lambda doubt: -doubt.risk)))


def agreements(
    edited: Draft,
    report: Report,
    sidecar: Sidecar | None,
    transcript: Transcript,
    patient: Patient,
    *,
    today: date | None = None,
) -> tuple[str, ...]:
    """The facts of the dictation that this patient shares, in French. report: the present text, reread."""
    context = Context(report, sidecar, edited.letter_type, transcript, edited.sections, today=today)
    return identity.agreements(context, patient)


def _of_the_patient(doubt: Doubt) -> bool:
    """A point that depends on whose letter it is: another patient is another age, another sex, another stay."""
    return doubt.rule_id.startswith(("identity.", "sex.", "age.", "date.", "dose."))


def choose_letter_type(report: Report, sidecar: Sidecar | None) -> LetterType:
    """The sidecar decides, then what was said; a doubt tells when neither did, or when they differ."""
    asked = sidecar.letter_type if sidecar is not None else None
    return asked or report.letter_type or LetterType.CONSULTATION


def _text(heading: Heading, own: list[Section]) -> str:
    """The sections under one heading; a dictated title that says more than the heading stays, on its own line."""
    blocks = []
    for section in own:
        title = section.title
        told = not title or title.casefold() == heading.title.casefold() or title.casefold() in heading.generic
        blocks.append(section.text if told else f"{title}\u00a0:\n{section.text}".rstrip("\n"))
    return "\n".join(block for block in blocks if block)
