"""Pipeline: spaCy's blank French tokenizer with our own components, built once per process at first use.

A section's text in, its facts out (`facts_of`). The components only read: lexicon terms by PhraseMatcher on folded
words, patterns by regular expression, then qualifiers over both. spaCy objects never leave this module.
"""

from __future__ import annotations

import functools
import re
from datetime import date
from typing import TYPE_CHECKING

from dictation.domain.documents import FindingKind, SectionKind
from dictation.structure import clinical
from dictation.structure.facts import Fact
from dictation.structure.lexicon import fold, kept, rows
from dictation.structure.moments import dates
from dictation.structure.negation import qualify
from dictation.structure.people import people
from dictation.structure.posology import drugs

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_FACTS = "facts"  # keys in Doc.user_data
_KIND = "section_kind"
_VISIT = "visit"
_RELATIVES = "relatives"


def facts_of(text: str, kind: SectionKind, *, visit: date | None = None, title: str = "") -> list[Fact]:
    """The facts of one section, in the order of the text. `title` « Antécédents familiaux » tells of relatives."""
    nlp = _language()
    doc = nlp.make_doc(text)
    doc.user_data |= {_FACTS: [], _KIND: kind, _VISIT: visit, _RELATIVES: "famil" in title.lower()}
    facts: list[Fact] = nlp(doc).user_data[_FACTS]
    return sorted(facts, key=lambda fact: (fact.start, fact.end, fact.kind))


@functools.cache
def _register() -> None:
    """spaCy's registry is the process's: once."""
    from spacy.language import Language

    Language.factory("letter_terms", func=lambda nlp, name: Terms(nlp))
    Language.component("letter_facts", func=_facts)
    Language.component("letter_qualifiers", func=_qualifiers)


@kept
def _language() -> Language:
    import spacy

    _register()
    nlp = spacy.blank("fr")
    for component in ("letter_terms", "letter_facts", "letter_qualifiers"):
        nlp.add_pipe(component)
    return nlp


def _qualifiers(doc: Doc) -> Doc:
    told = doc.user_data
    qualify(doc.text, told[_FACTS], told[_KIND], visit=told[_VISIT], relatives=told[_RELATIVES])
    return doc


class Terms:
    """Drugs and clinical terms of the lexicons, found without case or accents; the longest match wins."""

    def __init__(self, nlp: Language) -> None:
        from spacy.matcher import PhraseMatcher

        self._matcher = PhraseMatcher(nlp.vocab, attr="NORM")
        # nlp.make_doc and not nlp: the components must not run on terms
        self._matcher.add("drug", [_folded(nlp.make_doc(row[0])) for row in rows("drugs")])
        for kind in (FindingKind.DIAGNOSIS, FindingKind.PROCEDURE):
            terms = [term for term, of in (row[:2] for row in rows("diagnoses")) if of == kind]
            self._matcher.add(kind.value, [_folded(nlp.make_doc(term)) for term in terms])

    def __call__(self, doc: Doc) -> Doc:
        from spacy.util import filter_spans

        _folded(doc)
        spans = filter_spans(self._matcher(doc, as_spans=True))
        places = sorted((s.start_char, s.end_char) for s in spans if s.label_ == "drug")
        facts: list[Fact] = doc.user_data[_FACTS]
        facts += drugs(doc.text, _joined(doc.text, places), doc.user_data[_KIND])
        for span in spans:
            if span.label_ != "drug":
                facts.append(Fact(FindingKind(span.label_), span.start_char, span.end_char, f"{span.label_}.term"))
        return doc


def _joined(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """« sacubitril/valsartan », « amoxicilline-acide clavulanique » are one drug of two parts."""
    out: list[tuple[int, int]] = []
    for start, end in places:
        if out and re.fullmatch(r" ?[/+-] ?", text[out[-1][1] : start]):
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def _folded(doc: Doc) -> Doc:
    for token in doc:
        token.norm_ = fold(token.text)
    return doc


def _facts(doc: Doc) -> Doc:
    facts: list[Fact] = doc.user_data[_FACTS]
    text, kind = doc.text, doc.user_data[_KIND]
    facts += people(text, kind)
    drugged = [fact for fact in facts if fact.kind is FindingKind.DRUG]
    told = dates(text, kind, doc.user_data[_VISIT])
    facts += [d for d in told if not any(d.start < f.end and f.start < d.end for f in drugged)]
    facts += clinical.sides(text)
    allergies = clinical.allergies(text, kind, drugged)
    facts[:] = [fact for fact in facts if not any(a.start <= fact.start and fact.end <= a.end for a in allergies)]
    facts += allergies
    known = [fact for fact in facts if fact.kind in (FindingKind.DIAGNOSIS, FindingKind.PROCEDURE)]
    facts += [f for f in clinical.procedures(text) if not any(f.start < k.end and k.start < f.end for k in known)]
    facts += clinical.measurements(text, facts)
    facts += clinical.follow_ups(text, kind, told)
    clinical.give_sides(text, facts)
    return doc
