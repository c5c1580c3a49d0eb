"""Context: what every rule of doubts/ may look at, and how a doubt finds its place in the letter."""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dictation.domain.documents import (
    Doubt,
    DraftSection,
    Finding,
    FindingKind,
    LetterType,
    Report,
    Risk,
    SectionKind,
    Sidecar,
)
from dictation.domain.people import Patient
from dictation.domain.spans import Span
from transcribe.transcript import Transcript, Word

_WORD = re.compile(r"\S+")
_LEAP = 2024  # a day said without its year may be 29 February


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of the report and where it stands."""

    kind: SectionKind
    section: int  # index in Report.sections
    start: int  # character offset of the sentence in the text of its section
    text: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Context:
    report: Report
    sidecar: Sidecar | None
    letter_type: LetterType
    transcript: Transcript
    sections: tuple[DraftSection, ...]
    # Word probability, 0..1, below which a figure is heard again: [draft] number_probability. In the three dictations
    # of the demonstration the one wrong figure had 0.58 (shipped checkpoint, synthetic voices).
    number_probability: float = 0.8
    others: tuple[Patient, ...] = ()  # patients of the day's other dictations
    today: date | None = None  # the day the draft was written

    @property
    def patient(self) -> Patient | None:
        return self.sidecar.patient if self.sidecar is not None else None

    @property
    def now(self) -> date | None:
        """The day the letter speaks from: discharge, visit, else the day it was written."""
        known = self.sidecar
        return (known.discharge_date or known.visit_date if known is not None else None) or self.today

    def passages(self, *kinds: SectionKind) -> Iterator[Passage]:
        """The sentences of the report, in order; of some kinds of sections when any is named."""
        for index, section in enumerate(self.report.sections):
            at = 0
            for sentence in section.sentences:
                if not kinds or section.kind in kinds:
                    yield Passage(section.kind, index, at, sentence.text, sentence.span)
                at += len(sentence.text) + 1

    def passage_of(self, finding: Finding) -> Passage | None:
        """The sentence a finding stands in."""
        for passage in self.passages():
            if (
                passage.section == finding.section
                and passage.start <= finding.start < passage.start + len(passage.text) + 1
            ):
                return passage
        return None

    def of_kind(self, kind: FindingKind) -> list[Finding]:
        return [finding for finding in self.report.findings if finding.kind is kind]

    def section_of(self, finding: Finding) -> SectionKind | None:
        return self.report.sections[finding.section].kind if finding.section >= 0 else None

    def words_in(self, span: Span | None) -> list[Word]:
        """The transcript words heard within a span."""
        if span is None:
            return []
        return [
            word
            for word in self.transcript.words
            if word.start < span.end and span.start < max(word.end, word.start + 0.01)
        ]

    def about(self, rule_id: str, risk: Risk, finding: Finding, reason: str) -> Doubt:
        """A doubt about a finding, with a quote the page can find."""
        kind = self.section_of(finding)
        quote = self._quote(finding.section, finding.start, finding.end, finding.text)
        return Doubt(_key(rule_id, kind, finding.text), rule_id, risk, reason, kind, quote, finding.span)

    def words(self, rule_id: str, risk: Risk, passage: Passage, start: int, end: int, reason: str) -> Doubt:
        """A doubt about some words of a sentence; `start` and `end` count from the sentence's first character."""
        said = passage.text[start:end]
        quote = self._quote(passage.section, passage.start + start, passage.start + end, said)
        return Doubt(_key(rule_id, passage.kind, said), rule_id, risk, reason, passage.kind, quote, passage.span)

    def at(self, rule_id: str, risk: Risk, span: Span | None, reason: str) -> Doubt:
        """A doubt about a stretch of sound: quotes the sentence it was written in, when there is one."""
        kind, quote = self.sentence_at(span)
        start = f"{span.start:.2f}" if span else "-"
        return Doubt(f"{rule_id}:{start}", rule_id, risk, reason, kind, quote, span)

    def sentence_at(self, span: Span | None) -> tuple[SectionKind | None, str]:
        """The written sentence that overlaps a span most; (None, "") when none does."""
        best: tuple[float, SectionKind | None, str] = (0.0, None, "")
        for section in self.report.sections:
            for sentence in section.sentences:
                if span is None or sentence.span is None:
                    continue
                shared = min(span.end, sentence.span.end) - max(span.start, sentence.span.start)
                if shared > best[0]:
                    best = (shared, section.kind, sentence.text)
        return best[1], best[2]

    def _quote(self, section: int, start: int, end: int, words: str) -> str:
        """Words as they stand in the letter, widened until they stand there only once."""
        if section < 0:
            return ""
        said, kind = self.report.sections[section].text, self.report.sections[section].kind
        printed = next((s.text for s in self.sections if s.kind is kind), "")
        spans = [match.span() for match in _WORD.finditer(said)]
        first = next((n for n, (_, stop) in enumerate(spans) if stop > start), 0)
        last = next((n for n, (_, stop) in enumerate(spans) if stop >= end), len(spans) - 1)
        while printed.count(said[start:end]) > 1:  # to the left first: « rein droit », not « droit. Le »
            if first > 0 and _one_sentence(said[spans[first - 1][0] : start]):
                first -= 1
                start = spans[first][0]
            elif last < len(spans) - 1 and "\n" not in said[end : spans[last + 1][1]]:
                last += 1
                end = spans[last][1]
            elif first > 0 and "\n" not in said[spans[first - 1][0] : start]:
                first -= 1
                start = spans[first][0]
            else:
                break
        quote = said[start:end]
        return quote if quote in printed else words


def _one_sentence(before: str) -> bool:
    """Whether a word and what stands between it and the next are of one sentence."""
    return "\n" not in before and not before.rstrip().endswith((".", "?", "!"))


def _key(rule_id: str, kind: SectionKind | None, words: str) -> str:
    """Made of the rule and the words, not of their place: it outlives a correction elsewhere in the section."""
    return f"{rule_id}:{kind or 'aside'}:{hashlib.sha256(words.encode()).hexdigest()[:8]}"


@functools.cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The entries of doubts/<name>.tsv: tab-separated UTF-8, « # » starts a comment, one entry a line."""
    lines = Path(__file__).with_name(f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(tuple(line.split("\t")) for line in lines if line.strip() and not line.startswith("#"))


def day_of(iso: str | None, year: int = _LEAP) -> date | None:
    """The day of an ISO date, `--MM-DD` in the given year; None when there is no such day."""
    try:
        return date.fromisoformat(
            (iso or "").replace("--", f"{year}-", 1) if (iso or "").startswith("--") else iso or ""
        )
    except ValueError:
        return None


def plain(text: str) -> str:
    """Lower case without accents, hyphens or apostrophes: for comparing names."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[-'’ \u00a0]+", " ", bare.replace("œ", "oe")).strip()


def quoted(text: str) -> str:
    """« … » with its no-break spaces."""
    return f"«\u00a0{text}\u00a0»"


def french_date(iso: str) -> str:
    """1954-03-12 -> 12/03/1954, --03-12 -> 12/03."""
    if iso.startswith("--"):
        return f"{iso[5:7]}/{iso[2:4]}"
    return f"{iso[8:10]}/{iso[5:7]}/{iso[:4]}"
