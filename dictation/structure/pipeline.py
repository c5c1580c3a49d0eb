"""Pipeline: spaCy's blank French tokenizer with our own components, built once per process at first use.

A section's text in, its facts out (`facts_of`). The components only read: lexicon terms by PhraseMatcher on folded
words, patterns by regular expression, then qualifiers over both. spaCy objects never leave this module's callers.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dictation.domain.documents import FindingKind, SectionKind
from dictation.structure import findings
from dictation.structure.findings import Fact
from dictation.structure.lexicon import fold, rows
from dictation.structure.negation import qualify

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_FACTS = "facts"  # key in Doc.user_data
_KIND = "section_kind"


def facts_of(text: str, kind: SectionKind) -> list[Fact]:
    """The facts of one section, in the order of the text."""
    nlp = _language()
    doc = nlp.make_doc(text)
    doc.user_data[_FACTS] = []
    doc.user_data[_KIND] = kind
    facts: list[Fact] = nlp(doc).user_data[_FACTS]
    return sorted(facts, key=lambda fact: (fact.start, fact.end, fact.kind))


@functools.cache
def _language() -> Language:
    import spacy
    from spacy.language import Language

    Language.factory("letter_terms", func=lambda nlp, name: Terms(nlp))
    Language.component("letter_facts", func=_facts)
    Language.component("letter_qualifiers", func=_qualifiers)
    nlp = spacy.blank("fr")
    for component in ("letter_terms", "letter_facts", "letter_qualifiers"):
        nlp.add_pipe(component)
    return nlp


def _qualifiers(doc: Doc) -> Doc:
    qualify(doc, doc.user_data[_FACTS])
    if doc.user_data[_KIND] is SectionKind.HISTORY:
        for fact in doc.user_data[_FACTS]:
            if not fact.status and fact.kind in (FindingKind.DIAGNOSIS, FindingKind.PROCEDURE):
                fact.status = "past"
    return doc


class Terms:
    """Drugs and clinical terms of the lexicons, found without case or accents; the longest match wins."""

    def __init__(self, nlp: Language) -> None:
        from spacy.matcher import PhraseMatcher

        self._matcher = PhraseMatcher(nlp.vocab, attr="NORM")
        for row in rows("drugs"):
            self._matcher.add("drug", [_folded(nlp.make_doc(row[0]))])
        for term, kind in rows("diagnoses"):
            self._matcher.add(kind, [_folded(nlp.make_doc(term))])

    def __call__(self, doc: Doc) -> Doc:
        from spacy.util import filter_spans

        _folded(doc)
        spans = filter_spans(self._matcher(doc, as_spans=True))
        places = sorted((s.start_char, s.end_char) for s in spans if s.label_ == "drug")
        facts: list[Fact] = doc.user_data[_FACTS]
        facts += findings.drugs(doc.text, places)
        for span in spans:
            if span.label_ != "drug":
                facts.append(Fact(FindingKind(span.label_), span.start_char, span.end_char, f"{span.label_}.term"))
        return doc


def _folded(doc: Doc) -> Doc:
    for token in doc:
        token.norm_ = fold(token.text)
    return doc


def _facts(doc: Doc) -> Doc:
    facts: list[Fact] = doc.user_data[_FACTS]
    text = doc.text
    facts += findings.people(text, doc.user_data[_KIND])
    facts += findings.dates(text)
    facts += findings.sides(text)
    allergies = findings.allergies(text)
    facts[:] = [fact for fact in facts if not any(a.start <= fact.start and fact.end <= a.end for a in allergies)]
    facts += allergies
    known = {(fact.start, fact.end) for fact in facts}
    facts += [fact for fact in findings.procedures(text) if (fact.start, fact.end) not in known]
    facts += findings.measurements(text, facts)
    facts += findings.follow_ups(text, doc.user_data[_KIND])
    return doc
