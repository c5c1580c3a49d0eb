"""The whole of structure: a Transcript becomes a Report whose every sentence and finding points at its sound."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dictation.domain.desk import TextBlock
from dictation.domain.documents import Finding, FindingKind, Report, Section, Sentence, Sidecar, Uncertainty
from dictation.structure.asides import take_asides
from dictation.structure.blocks import insert_blocks
from dictation.structure.facts import Fact
from dictation.structure.people import copies_in, doctor_in
from dictation.structure.pipeline import facts_of
from dictation.structure.sections import Part, split_sections, spoken_type
from dictation.structure.sentences import Line, curly, cut, sentence_of, span_of
from dictation.structure.written import pauses_between, write_words
from transcribe.transcript import Transcript, Word


def report(transcript: Transcript, sidecar: Sidecar | None, blocks: Sequence[TextBlock] | None = None) -> Report:
    """Stage A on the words, then sections and findings on what it wrote.

    blocks: the texts that may be asked for by name (« insérer examen normal »); None: nobody may ask for any.
    """
    words = transcript.words
    sheet = write_words([word.text for word in words], sidecar, pauses=pauses_between(words))
    notes = [line for tokens in take_asides(sheet) for line in cut(tokens)]
    asides = tuple(sentence_of(line, words) for line in notes)
    if blocks is not None:
        insert_blocks(sheet, blocks)
    lines = cut(sheet.tokens)
    parts = split_sections(lines, sidecar.letter_type if sidecar else None)
    sections = tuple(
        Section(part.kind, part.title, tuple(sentence_of(line, words) for line in part.lines)) for part in parts
    )
    visit = (sidecar.visit_date or sidecar.discharge_date or sidecar.admission_date) if sidecar else None
    found: list[Finding] = []
    for index, (part, section) in enumerate(zip(parts, sections, strict=True)):
        found += _findings(index, part, section, words, visit)
    found += _addressee(notes, asides, words)
    warnings = [Uncertainty(w.rule_id, curly(w.text), span_of(words, w.first, w.last)) for w in sheet.warnings]
    warnings += [_doubtful(finding) for finding in found if finding.rule_id in _DOUBTFUL]
    heads = [aside.text for aside in asides] + [
        sentence.text for section in sections[:1] for sentence in section.sentences[:2]
    ]
    return Report(sections, tuple(found), asides, tuple(warnings), spoken_type(heads))


_DOUBTFUL = frozenset({"drug.resembles", "drug.no_unit"})


def _doubtful(finding: Finding) -> Uncertainty:
    return Uncertainty(finding.rule_id, finding.text, finding.span)


def _findings(index: int, part: Part, section: Section, words: tuple[Word, ...], visit: date | None) -> list[Finding]:
    text = section.text
    starts = _starts(section.sentences)
    found = []
    for fact in facts_of(text, section.kind, visit=visit, title=section.title):
        first, last = _words_behind(fact, part.lines, starts)
        status = (("status", fact.status),) if fact.status else ()
        found.append(
            Finding(
                fact.kind, text[fact.start : fact.end], index, fact.start, fact.end, span_of(words, first, last),
                fact.rule_id, fact.negated, (*fact.values, *status),
            )
        )  # fmt: skip
    return found


def _starts(sentences: tuple[Sentence, ...]) -> list[int]:
    """Where each sentence begins in the text of its section."""
    starts, at = [], 0
    for sentence in sentences:
        starts.append(at)
        at += len(sentence.text) + 1  # one blank or line break between two
    return starts


def _words_behind(fact: Fact, lines: list[Line], starts: list[int]) -> tuple[int, int]:
    """The transcript words that were written as the characters of a fact."""
    pieces = [
        piece
        for line, start in zip(lines, starts, strict=True)
        for piece in line.pieces
        if start + piece.start < fact.end and fact.start < start + piece.end
    ]
    return min(piece.first for piece in pieces), max(piece.last for piece in pieces)


def _addressee(notes: list[Line], asides: tuple[Sentence, ...], words: tuple[Word, ...]) -> list[Finding]:
    """Addressee and copies named to the secretary; such a finding stands in no section (index -1)."""
    found: list[Finding] = []
    for line, aside in zip(notes, asides, strict=True):
        addressee = None if any(f.kind is FindingKind.ADDRESSEE for f in found) else doctor_in(aside.text)
        for fact in [*([addressee] if addressee else []), *copies_in(aside.text)]:
            first, last = _words_behind(fact, [line], [0])
            found.append(
                Finding(
                    fact.kind, aside.text[fact.start : fact.end], -1, fact.start, fact.end, span_of(words, first, last),
                    fact.rule_id, False, fact.values,
                )
            )  # fmt: skip
    return found
