"""Look-alikes: a drug that sounds like another one, when the dose or the illness speaks for the other.

Pairs come from lookalikes.tsv, and from the usual doses by resemblance of the names. A name alone is no reason: half
the drugs of a letter resemble some other.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk, SectionKind
from dictation.draft.doubts.amounts import MILLIONS, UNITS
from dictation.draft.doubts.context import Context, plain, quoted, rows
from dictation.draft.doubts.doses import is_child
from dictation.draft.doubts.usual import Usual, amount_of, salt, substance, told_purposes, unsaid, usual_doses, usual_of

# A dose of the drug itself, or a slip of its figure or unit (doses.py tells it): no sign of another drug.
_SLIPS = (1, 10, 0.1, 1000, 0.001)
_RESEMBLES = 64  # rapidfuzz ratio, 0..100: amlodipine and amiodarone have 70, clonidine and clonazépam 63
_VERY_ALIKE = 70  # … for a drug whose doses and purposes we do not know
_SAME_SUBSTANCE = 90  # oméprazole, ésoméprazole: given for the same, and confusing them does little harm


_IN_THEATRE = {"anaesthesia", "bleeding"}  # named there, not prescribed
# Where a drug the patient already takes is named, with or without its illness.
_ALREADY = (SectionKind.HISTORY, SectionKind.USUAL_TREATMENT, SectionKind.ILLNESS, SectionKind.OPENING)


def check(context: Context) -> Iterable[Doubt]:
    letter = " ".join(section.text for section in context.report.sections)
    told = told_purposes(letter)
    drugs = [drug for drug in context.of_kind(FindingKind.DRUG) if not drug.negated]
    taken = {substance(drug) for drug in drugs if context.section_of(drug) in _ALREADY}
    child = is_child(context)
    for drug in drugs:
        usual, said = usual_of(drug), plain(drug.value("drug") or "")
        if not said or drug.rule_id in ("drug.resembles", "drug.unknown"):  # drugs.py tells those
            continue
        here = context.passage_of(drug)
        others = resembling(said, plain(drug.value("inn") or ""))
        everyday = usual is not None and _everyday(drug, usual)
        least = _VERY_ALIKE if everyday else 0.0  # amlodipine is taken by many, and morphine sounds little like it
        possible = tuple(o for o in others if _fits(drug, o[1]) and _likeness(said, plain(o[0])) >= least)
        evidence = (
            _by_twin(drug, others, drugs) or _by_rarity(drug, others, told, already=substance(drug) in taken)
            if usual is None
            else (
                (None if child else _by_dose(drug, usual, others))
                or _by_sentence(usual, possible, told_purposes(_without(here.text if here else "", drug)))
                or _by_letter(said, usual, possible, told, already=substance(drug) in taken or everyday)
                or _by_twin(drug, others, drugs)
            )
        )
        if evidence is not None:
            name, why = evidence
            told_names = f"{quoted(drug.text)}, {why} {quoted(name)}"
            reason = f"Médicaments faciles à confondre\u00a0: {told_names}. Réécoutez le nom."
            yield context.about("drug.lookalike", Risk.HIGH, drug, reason)


Others = tuple[tuple[str, Usual], ...]
Evidence = tuple[str, str] | None  # the other drug's name, and what speaks for it


def _by_dose(drug: Finding, usual: Usual, others: Others) -> Evidence:
    """A dose nobody gives of this drug, and everybody gives of the other."""
    amount = amount_of(drug, usual)
    if amount is None or any(usual.common(amount * slip) for slip in _SLIPS):
        return None
    for name, other in others:
        as_other = amount_of(drug, other)
        if as_other is not None and other.doses and other.in_range(as_other) and other.common(as_other):
            return name, "à une dose de"
    return None


def _fits(drug: Finding, other: Usual) -> bool:
    """Whether the dose said, if any, is one of the other drug: what was misheard is the name alone."""
    amount = amount_of(drug, other)
    if amount is None and other.unit == "mg" and (drug.value("unit") or "") in (UNITS | MILLIONS):
        return False  # « Lantus 12 unités »: nobody counts lactulose so
    return amount is None or other.in_range(amount)


def _by_sentence(usual: Usual, others: Others, here: set[str]) -> Evidence:
    """« hypertension traitée par amiodarone »."""
    for name, other in others:
        prophylaxis = "prophylaxis" in here & other.purposes - usual.purposes
        if prophylaxis or (here & other.purposes and not here & usual.purposes and not usual.purposes & unsaid()):
            return name, "dans une phrase qui évoque"
    return None


def _by_letter(said: str, usual: Usual, others: Others, told: set[str], *, already: bool) -> Evidence:
    """A drug nothing in the letter explains, when another that sounds like it is explained or needs no explanation."""
    if usual.purposes & (told | unsaid()):
        return None
    for name, other in others:
        may_go_unsaid = other.purposes & unsaid() - _IN_THEATRE and not already and _sounds_like(said, name)
        if (told - _IN_THEATRE) & other.purposes or may_go_unsaid:
            return name, "sans motif dans la lettre, proche de"
    return None


def _sounds_like(said: str, name: str) -> bool:
    """A listed pair, or names very alike: what is given for anything speaks for no name in particular."""
    return _likeness(said, plain(name)) >= _VERY_ALIKE or any(
        {said, plain(name)} == {plain(first), plain(second)} for first, _, second, _ in rows("lookalikes")
    )


_ENDING = 4  # letters drugs of one class have in common: « -racétam », « -sartan »


def _by_rarity(drug: Finding, others: Others, told: set[str], *, already: bool) -> Evidence:
    """A drug whose doses we do not know, where a common one of another class that sounds like it would be in place:
    at its very dose, or for an illness the letter tells of."""
    for name, other in others:
        as_other = amount_of(drug, other)
        if as_other is not None and other.in_range(as_other) and other.common(as_other):
            return name, "moins courant, à une dose de"
    said = substance(drug)
    for name, other in others:
        explained = told & other.purposes or (other.purposes & unsaid() - _IN_THEATRE and not already)
        if explained and plain(name)[-_ENDING:] != said[-_ENDING:] and _likeness(said, plain(name)) >= _VERY_ALIKE:
            return name, "moins courant, proche de"
    return None


def _by_twin(drug: Finding, others: Others, drugs: Sequence[Finding]) -> Evidence:
    """The same dose and rhythm of two drugs that sound alike: on admission one, at discharge the other."""
    said = (drug.value("dose"), drug.value("unit"), drug.value("rhythm"))
    alike = {plain(name): name for name, _ in others}
    for other in drugs:
        names = (plain(other.value("drug") or ""), substance(other))
        name = next((alike[one] for one in names if one in alike), None)
        if name and said[0] and said == (other.value("dose"), other.value("unit"), other.value("rhythm")):
            return name, "à la même dose que"
    return None


# Taken by so many that a letter need not say what for, at one of their usual doses.
_EVERYDAY = frozenset(
    str.split(
        "bisoprolol amlodipine atorvastatine rosuvastatine simvastatine pravastatine ramipril perindopril irbesartan "
        "candesartan valsartan furosemide hydrochlorothiazide indapamide spironolactone metformine gliclazide "
        "levothyroxine pantoprazole esomeprazole omeprazole lansoprazole clopidogrel apixaban rivaroxaban paracetamol "
        "cetirizine desloratadine bilastine tramadol tamsulosine prednisone escitalopram "
        "sertraline zopiclone pregabaline allopurinol salbutamol nebivolol"
    )
)


def _everyday(drug: Finding, usual: Usual) -> bool:
    amount = amount_of(drug, usual)
    return substance(drug) in _EVERYDAY and amount is not None and usual.common(amount)


def _likeness(one: str, other: str) -> float:
    """0..100, without the « acide » that half of the acids' names are made of."""
    from rapidfuzz import fuzz

    return float(fuzz.ratio(one.removeprefix("acide "), other.removeprefix("acide ")))


def _without(sentence: str, finding: Finding) -> str:
    return sentence.replace(finding.text, " ")


@functools.lru_cache(maxsize=1000)
def resembling(said: str, inn: str) -> tuple[tuple[str, Usual], ...]:
    """The other drugs a folded name may be taken for, listed pairs first."""
    table, found = usual_doses(), {}
    for first, first_inn, second, second_inn in rows("lookalikes"):
        for name, other, other_inn in ((first, second, second_inn), (second, first, first_inn)):
            if plain(name) == said and plain(other_inn) in table:
                found[other] = table[plain(other_inn)]
    for name, usual in table.items():
        likeness = _likeness(said, name)
        if _RESEMBLES <= likeness < _SAME_SUBSTANCE and name not in (said, inn):
            found.setdefault(usual.name, usual)
    words = set(re.split(r"[ -]", said))  # « insuline glargine » is no look-alike of glargine
    apart = {
        other: usual for other, usual in found.items() if not set(re.split(r"[ -]", plain(other))) & words - {"acide"}
    }
    return tuple((other, usual) for other, usual in apart.items() if salt(plain(other)) != salt(said))
