"""Vague allergy: an allergy stated without what it is to, « allergie médicamenteuse », « allergie aux antibiotiques ».

A real allergy is dictated with its product; without one, an « aucune » or a « pas d’ » may have been lost. Either way
the reader cannot act on it, and the author is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from dictation.domain.documents import Doubt, FindingKind, Risk, SectionKind
from dictation.domain.spans import Span
from dictation.draft.doubts.context import Context, Passage, plain, quoted
from dictation.draft.doubts.negation import clauses

_NO_PRODUCT = re.compile(
    r"\ballergi(?:es?|ques?)(?: (?:connue?s?|medicamenteuses?|alimentaires?|particulieres?|notables?|declarees?|"
    r"(?:aux?|a un|a des) (?:antibiotiques?|medicaments?|produits?|anesthesiques?)))*(?= *$| *[,.;])"
)
_DENIED = re.compile(
    r"\b(?:pas|sans|aucune?s?|ni|non|jamais|absence|nulle?s?|neant|recherche\w*|risque|terrain|bilan)\b"
)
# « du fait de l’allergie »: the one the letter has told already.
_TOLD_BEFORE = re.compile(r"\b(?:fait|cause|raison|compte tenu|regard) (?:de (?:l|cette|son)|d une) allergi\w*$")
_TOLD = re.compile(r"\b(?:rhinite|rhino\w*|conjonctiv\w*|asthm\w*|eczema|dermat\w*|reaction|choc|tests?)\b")


# What is said of an allergy, or of there being none.
_ABOUT_IT = re.compile(
    r"\b(?:aucune?|pas|ne|n|neant|0|zero|non|ras|rien|jamais|negati\w*|allergi\w*|intoleran\w*|hypersensib\w*|choc|"
    r"anaphyla\w*|oedemes?|urticaire|eruption|rash|reaction|toxidermie|bronchospasme|prurit|asthme|rhinite|eczema|"
    r"latex|iode\w*|contraste|pollens?|acariens?|arachides?|venin|guepes?|abeilles?|oeufs?|kiwi|fruits?|crustaces|"
    r"pansements?|sparadrap|nickel|parabenes?|betalactamines?|penicillines?|sulfamides?|macrolides?|ains|"
    r"anti inflammatoires?|opiaces|morphiniques|produits?|antibiotiques?|anesthesiques?)\b"
)


# Letters name these above all to say that there is no allergy to them; who has one tells how it showed.
_ASKED_FOR = re.compile(
    r"^(?:(?:un|une) )?allergies? (?:a l iode|au latex|a la (?:povidone|betadine)(?: iodee)?|au produit de contraste|"
    r"aux produits de contraste(?: iodes?)?|a la (?:xylocaine|lidocaine)|aux anesthesiques(?: locaux)?)$"
)
_SHOWED = re.compile(
    r"^(?:\w+ ){0,3}(?:choc|anaphyla\w+|oedemes?|urticaire|eruption|rash|reaction|prurit|eczema|bronchospasme)\b"
)


def check(context: Context) -> Iterable[Doubt]:
    yield from _heading_of_nothing(context)
    yield from _asked_for(context)
    for passage in context.passages():
        for part in re.finditer(r"[^.;:\n]+", passage.text):
            clause = part[0]
            folded = plain(clause)
            match = _NO_PRODUCT.search(folded)
            if (
                match is None
                or _DENIED.search(folded)
                or _TOLD_BEFORE.search(folded[: match.end()])
                or _TOLD.search(_own(folded, match.start()))
            ):
                continue
            lead = len(clause) - len(clause.lstrip())
            reason = (
                f"Allergie affirmée sans produit nommé\u00a0: {quoted(clause.strip())}. "
                "Réécoutez\u00a0: une négation manque peut-être\u202f; sinon, précisez le produit."
            )
            yield context.words("allergy.vague", Risk.HIGH, passage, part.start() + lead, part.end(), reason)
            break


def _asked_for(context: Context) -> Iterable[Doubt]:
    """« Allergie à l’iode. » and not a word more."""
    for passage in context.passages():
        for begin, clause in clauses(passage.text):
            behind = passage.text[begin + len(clause) :].lstrip(" .,")
            if not _ASKED_FOR.search(plain(clause)) or behind.startswith(("(", ":")) or _SHOWED.search(plain(behind)):
                continue
            start, end = begin + len(clause) - len(clause.lstrip()), begin + len(clause.rstrip())
            told = f"{quoted(clause.strip())} est affirmé sans sa réaction"
            reason = f"{told}\u00a0: un «\u00a0pas d’\u00a0» a pu se perdre, réécoutez."
            yield context.words("allergy.bare", Risk.HIGH, passage, start, end, reason)


def _heading_of_nothing(context: Context) -> Iterable[Doubt]:
    """« Allergie. Anesthésie générale. »: what « aucune » stood before was taken for a heading."""
    undosed = {f.section for f in context.of_kind(FindingKind.DRUG) if not f.value("dose")}
    undosed |= {f.section for f in context.of_kind(FindingKind.ALLERGY)}
    for index, section in enumerate(context.report.sections):
        if section.kind is not SectionKind.ALLERGIES or not section.title or index in undosed or not section.text:
            continue
        if not _ABOUT_IT.search(plain(section.text)) and _tells_something_else(context, index, section.text):
            passage = next(p for p in context.passages() if p.section == index)
            reason = (
                f"Sous {quoted(section.title)}, rien ne parle d’allergie\u00a0: une négation a pu se perdre. "
                "Réécoutez le titre, et remettez la suite dans sa rubrique."
            )
            doubt = context.words("allergy.heading", Risk.HIGH, passage, 0, len(passage.text), reason)
            yield replace(doubt, span=_with_its_heading(context, passage))


_SOMETHING_ELSE = re.compile(
    r"\d|\b(?:est|sont|ont|avons|je|nous|il|elle|anesthesie|rachianesthesie|incision|accord)\b"
)
_LONG = 8  # words: no list of what somebody is allergic to


def _tells_something_else(context: Context, index: int, text: str) -> bool:
    """Whether what stands under the heading is no allergen we do not know (« gluten », « poils de chat »)."""
    told = {FindingKind.DIAGNOSIS, FindingKind.PROCEDURE, FindingKind.SIDE, FindingKind.DATE, FindingKind.MEASUREMENT}
    found = any(f.section == index and (f.kind in told or f.value("dose")) for f in context.report.findings)
    return found or bool(_SOMETHING_ELSE.search(plain(text))) or len(text.split()) >= _LONG


def _with_its_heading(context: Context, passage: Passage) -> Span | None:
    """The sound from the end of the sentence before a heading to the end of the first one behind it."""
    if passage.span is None:
        return None
    sections = context.report.sections[: passage.section]
    before = [s.span.end for section in sections for s in section.sentences if s.span]
    return Span(min(max(before, default=0.0), passage.span.start), passage.span.end)


def _own(clause: str, at: int) -> str:
    """The words between the commas around a place: « asthme, allergie aux antibiotiques » tells two things."""
    return clause[clause.rfind(",", 0, at) + 1 :].partition(",")[0]
