"""Context: what every rule of doubts/ may look at, and how a doubt finds its place in the letter."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

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
from dictation.domain.spans import Span
from transcribe.transcript import Transcript, Word

_WORD = re.compile(r"\S+")


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
        place = f"{kind or 'aside'}:{finding.section}:{finding.start}"
        return Doubt(f"{rule_id}:{place}", rule_id, risk, reason, kind, self._quote(finding), finding.span)

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

    def _quote(self, finding: Finding) -> str:
        """The words of a finding as they stand in the letter, widened until they stand there only once."""
        if finding.section < 0:
            return ""
        said = self.report.sections[finding.section].text
        printed = next((s.text for s in self.sections if s.kind is self.section_of(finding)), "")
        start, end = finding.start, finding.end
        spans = [match.span() for match in _WORD.finditer(said)]
        first = next((n for n, (_, stop) in enumerate(spans) if stop > start), 0)
        last = next((n for n, (_, stop) in enumerate(spans) if stop >= end), len(spans) - 1)
        while printed.count(said[start:end]) > 1 and (first > 0 or last < len(spans) - 1):
            if last < len(spans) - 1 and "\n" not in said[end : spans[last + 1][1]]:
                last += 1
                end = spans[last][1]
            elif first > 0 and "\n" not in said[spans[first - 1][0] : start]:
                first -= 1
                start = spans[first][0]
            else:
                break
        quote = said[start:end]
        return quote if quote in printed else finding.text


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
