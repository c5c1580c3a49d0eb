"""Findings: the facts of a section: who, when, which drug at what dose, which side, what was measured, done, planned.

The written text of one section in, facts with their place in it out. Every rule has an id, so a fact can be traced to
the line that found it. What is only likely (a word that resembles a drug) is said to be so, and stays as heard.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from dictation.domain.documents import FindingKind, SectionKind
from dictation.structure.dates import MONTHS
from dictation.structure.lexicon import fold, folded, rows, table

_MONTH = "|".join(MONTHS)
_BLANK = "[ \u00a0\u202f]"
_UPPER = "A-ZÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆ"
_NUMBER = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?"
_DAY = re.compile(rf"\b(\d{{1,2}}|1er){_BLANK}({_MONTH})(?:{_BLANK}(\d{{4}}))?\b")
_NUMERIC_DAY = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b")
_MONTH_YEAR = re.compile(rf"\b(?:mi-)?({_MONTH}){_BLANK}(\d{{4}})\b")
_YEAR = re.compile(r"\b(?:en|depuis|année|de|fin|début) ((?:19|20)\d{2})\b(?![ \u00a0\u202f]?(?:mg|g|mL|UI|µg|%|\d))")
_AFTER_SURGERY = re.compile(r"\bJ[+-]?\d{1,3}\b")
_RANK = re.compile(r"\b\d{1,3}e (?:jour|semaine|mois|heure|année)\b")
_CLOCK = re.compile(rf"\b\d{{1,2}}{_BLANK}h(?:{_BLANK}\d{{2}})?\b")
_BORN = re.compile(r"(?i)(?:\bnée?s?(?: le)?|date de naissance(?:" + _BLANK + r"?:)?(?: le)?) $")
_PERSON = re.compile(
    r"\b(?:Monsieur|Madame|Mademoiselle|Mme|M\.|[Jj]eune)"
    rf"((?: (?:prénom |de |du |le |la |d’)?[{_UPPER}][\w’-]+){{1,4}})"
)
_DOCTOR = re.compile(rf"\b(?:Docteur|Dr\.?|Professeur|Pr\.?)((?: (?:de |du |le |la |d’)?[{_UPPER}][\w’-]+){{1,3}})")
_SIDE = re.compile(r"\b(droite?s?|gauches?|bilatéral(?:e|es)?|bilatéraux)\b", re.IGNORECASE)
_NOT_A_SIDE = re.compile(r"(?i)\b(?:avoir|donne|tout|angle|grand|petit|plein|de) $")
_BARE_DOSE = re.compile(
    rf"({_NUMBER})(?![\w/]|[ \u00a0](?:fois|jours?|semaines?|mois|ans?|heures?|comprimés?|gélules?|sachets?))"
)
_FORM = r"(?:fois|prises?|injections?|comprimés?|gélules?|sachets?|ampoules?|bouffées?|gouttes?)"
_PER = r"(?: ?/ ?(?:jour|semaine|mois)| par (?:jour|semaine|mois)| matin et soir| le (?:matin|soir|midi))"
_RHYTHM = re.compile(
    rf"(?:1|une|\d+(?: (?:à|ou) \d+)?) {_FORM}{_PER}?"
    r"|/(?:jour|semaine|24 h)|matin,? midi et soir|matin et soir|le matin|le midi|le soir|au coucher"
    r"|toutes les (?:\d+ (?:à \d+ )?)?heures|tous les \d* ?jours|si besoin|en cas de (?:douleur|fièvre)s?"
)
_DURATION = re.compile(r"(?:pendant|durant) (?:\d+|une?) (?:jours?|semaines?|mois|ans?)")
_UNKNOWN_DRUG = re.compile(rf"\b([a-zà-ÿœ{_UPPER}][a-zà-ÿœ-]{{4,}}) ({_NUMBER})[ \u00a0](mg|µg|UI)(?![\w/](?!jour))")
_ENDINGS = "ectomie plastie scopie tomie stomie centèse pexie graphie tripsie".replace(" ", "s?|")
_PROCEDURE = re.compile(rf"(?i)\b(?!(?:anatomie|autonomie|économie)\b)[\wà-ÿœ-]{{3,}}(?:{_ENDINGS}s?)\b")
_ALLERGY = re.compile(
    r"(?i)\ballergi(?:e|es|que|ques)\b(?: (?:connues?|médicamenteuses?))?(?: (?:à la |à l’|aux |au |à )([\wà-ÿ-]+))?"
)
_NEXT = r"consultation|rendez-vous|contrôle|reverrai|revois|revue?|ablation des (?:fils|agrafes)|soins infirmiers"
_FOLLOW_UP = re.compile(
    rf"(?i)\b(?:{_NEXT}|[\wà-ÿ]+scopie [\wà-ÿ ]*prévue)\b"
    r"[^.\n]*?\b(?:(?:dans|avant|le|au|à) (?:\d[^.,\n]*|un mois[^.,\n]*|une semaine|J\d+))"
)
_AHEAD = frozenset({SectionKind.PLAN, SectionKind.COURSE, SectionKind.CONCLUSION, SectionKind.DISCHARGE_TREATMENT})
_AHEAD |= {SectionKind.PENDING, SectionKind.CLOSING}


@dataclass
class Fact:
    """A finding in the making: character places in its section's text."""

    kind: FindingKind
    start: int
    end: int
    rule_id: str
    values: tuple[tuple[str, str], ...] = ()
    negated: bool = False
    status: str = ""  # hypothesis, family, past, planned; "" when stated about the patient now


@functools.cache
def _amount() -> re.Pattern[str]:
    """A number and its unit, any unit of patterns/units.tsv: groups 1 and 2."""
    return re.compile(rf"({_NUMBER})[ \u00a0]?({_unit()})(?![\w/])")


@functools.cache
def _any_number() -> re.Pattern[str]:
    return re.compile(rf"(?:½|\b(?:{_NUMBER}))(?:[/x^+-]\d+)*(?:[ \u00a0]?(?:{_unit()}))?(?![\w])")


def _unit() -> str:
    signs = sorted({re.escape(row[1]) for row in rows("units")} | {"UI", "unités"}, key=len, reverse=True)
    return rf"(?:{'|'.join(signs)})(?:/[\w²³%]+)*"


def people(text: str, kind: SectionKind) -> list[Fact]:
    """The patient, named in the opening; doctors are named elsewhere and are not the patient."""
    if kind is not SectionKind.OPENING:
        return []
    return [
        Fact(
            FindingKind.PATIENT,
            m.start(1) + 1,
            m.end(1),
            "person.patient",
            (("name", m[1].strip().replace("prénom ", "")),),
        )
        for m in _PERSON.finditer(text)
    ]


def doctor_in(text: str) -> Fact | None:
    """The doctor a letter is addressed to, in what was said to the secretary."""
    match = _DOCTOR.search(text)
    if match is None:
        return None
    return Fact(
        FindingKind.ADDRESSEE, match.start(1) + 1, match.end(1), "person.addressee", (("name", match[1].strip()),)
    )


def dates(text: str) -> list[Fact]:
    """Calendar days (with their ISO form when the year was said), months, years, days after surgery."""
    found: list[Fact] = []
    for match in _DAY.finditer(text):
        day, month, year = match[1].removesuffix("er"), MONTHS.index(match[2]) + 1, match[3]
        found.append(_date(text, match, int(day), month, year, "day"))
    for match in _NUMERIC_DAY.finditer(text):
        found.append(_date(text, match, int(match[1]), int(match[2]), match[3], "numeric"))
    found += [
        Fact(FindingKind.DATE, m.start(), m.end(), "date.month", (("month", f"{m[2]}-{MONTHS.index(m[1]) + 1:02d}"),))
        for m in _MONTH_YEAR.finditer(text)
        if not _taken(found, m.start(), m.end())
    ]
    found += [
        Fact(FindingKind.DATE, m.start(1), m.end(1), "date.year", (("year", m[1]),)) for m in _YEAR.finditer(text)
    ]
    found += [Fact(FindingKind.DATE, m.start(), m.end(), "date.rank") for m in _RANK.finditer(text)]
    found += [Fact(FindingKind.DATE, m.start(), m.end(), "date.clock") for m in _CLOCK.finditer(text)]
    found += [Fact(FindingKind.DATE, m.start(), m.end(), "date.after_surgery") for m in _AFTER_SURGERY.finditer(text)]
    return found


def _date(text: str, match: re.Match[str], day: int, month: int, year: str | None, how: str) -> Fact:
    born = _BORN.search(text[max(0, match.start() - 30) : match.start()])
    kind = FindingKind.BIRTH_DATE if born else FindingKind.DATE
    value = f"{year}-{month:02d}-{day:02d}" if year else f"--{month:02d}-{day:02d}"
    return Fact(kind, match.start(), match.end(), "date.birth" if born else f"date.{how}", (("iso", value),))


def drugs(text: str, matches: list[tuple[int, int]]) -> list[Fact]:
    """Each drug the lexicon knows (`matches`: its places), with the dose, rhythm and duration said after it."""
    found = [_with_dose(text, start, end, matches) for start, end in matches]
    for match in _UNKNOWN_DRUG.finditer(text):
        word = match[1]
        if _taken(found, match.start(1), match.end(1)) or fold(word) in folded("not_drugs") or _ordinary(word):
            continue
        nearest = _nearest_drug(word)
        values = (("drug", word), *_dose(match[2], match[3]))
        if nearest:
            values += (("resembles", nearest),)
        found.append(
            Fact(
                FindingKind.DRUG, match.start(1), match.end(3), "drug.resembles" if nearest else "drug.unknown", values
            )
        )
    return found


def _with_dose(text: str, start: int, end: int, matches: list[tuple[int, int]]) -> Fact:
    later = [s for s, _ in matches if s > start]
    limit = min([min(later, default=len(text)), *(p for p in (text.find(c, end) for c in (".", "\n", ";")) if p >= 0)])
    while limit < len(text) and text[limit] == "." and text[limit + 1 : limit + 2].isdecimal():
        limit += 1
    clause = text[end:limit]
    values: list[tuple[str, str]] = [("drug", text[start:end])]
    brand = table("drugs").get(fold(text[start:end]))
    if brand and len(brand) > 1 and brand[1]:
        values.append(("inn", brand[1]))
    if brand and len(brand) > 2 and brand[2]:
        values.append(("class", brand[2]))
    stop, rule = end, "drug.named"
    if dose := _amount().search(clause[:40]):
        values += _dose(dose[1], dose[2])
        stop, rule = end + dose.end(), "drug.dose"
    elif (dose := _BARE_DOSE.match(clause.lstrip(" \u00a0"))) and not clause.startswith("/"):
        values += _dose(dose[1], "")
        stop, rule = end + dose.end() + len(clause) - len(clause.lstrip(" \u00a0")), "drug.no_unit"
    if (rhythm := _RHYTHM.search(clause[stop - end :])) and rhythm.start() <= 25:
        values = [*(v for v in values if v[0] != "rhythm"), ("rhythm", rhythm[0])]
        stop += rhythm.end()
    if (duration := _DURATION.search(clause[stop - end :])) and duration.start() <= 15:
        values.append(("duration", duration[0]))
        stop += duration.end()
    return Fact(FindingKind.DRUG, start, stop, rule, tuple(values))


def _dose(number: str, unit: str) -> list[tuple[str, str]]:
    """« 4 000 UI/jour » as dose 4000, unit UI, rhythm /jour: figures without blanks, for tables and comparisons."""
    sign, slash, per = unit.partition("/jour")
    values = [("dose", re.sub(r"\s", "", number)), ("unit", sign), ("rhythm", slash + per)]
    return [(key, value) for key, value in values if value]


@functools.lru_cache(maxsize=2000)
def _nearest_drug(word: str) -> str:
    """The drug of the lexicon that a misheard word resembles most, "" when none does."""
    from rapidfuzz import fuzz, process

    best = process.extractOne(fold(word), table("drugs").keys(), scorer=fuzz.ratio, score_cutoff=76)
    return table("drugs")[best[0]][0] if best else ""


def _ordinary(word: str) -> bool:
    """Words of a prescription that stand before a dose: « dose », « comprimés », « gauche »."""
    plain = fold(word)
    return plain in folded("counted") or plain.endswith("ment") or plain in ("droite", "gauche", "jusqu", "avec")


def sides(text: str) -> list[Fact]:
    """Left, right and both, with the words each stands behind."""
    found = []
    for match in _SIDE.finditer(text):
        if _NOT_A_SIDE.search(text[max(0, match.start() - 12) : match.start()]) and match[1].lower() == "droit":
            continue
        word = fold(match[1])
        side = "right" if word.startswith("droit") else "left" if word.startswith("gauche") else "both"
        head = re.split(r"[.,;:\n]", text[: match.start()])[-1].split()[-4:]
        found.append(
            Fact(FindingKind.SIDE, match.start(), match.end(), "side", (("side", side), ("of", " ".join(head))))
        )
    return found


def measurements(text: str, others: list[Fact]) -> list[Fact]:
    """Every figure no other fact holds, so that none goes unheard."""
    found = []
    for match in _any_number().finditer(text):
        if _taken(others, match.start(), match.end()):
            continue
        dose = _amount().fullmatch(match[0])
        values = (("value", dose[1]), ("unit", dose[2])) if dose else (("value", match[0]),)
        found.append(
            Fact(
                FindingKind.MEASUREMENT,
                match.start(),
                match.end(),
                "measure.unit" if dose else "measure.number",
                values,
            )
        )
    return found


def procedures(text: str) -> list[Fact]:
    """Operations and examinations by their endings (-ectomie, -plastie, -scopie…)."""
    return [Fact(FindingKind.PROCEDURE, m.start(), m.end(), "procedure.ending") for m in _PROCEDURE.finditer(text)]


def allergies(text: str) -> list[Fact]:
    """What the patient is allergic to; « aucune allergie » is found too and negated afterwards."""
    return [
        Fact(FindingKind.ALLERGY, m.start(), m.end(), "allergy", (("allergen", m[1]),) if m[1] else ())
        for m in _ALLERGY.finditer(text)
    ]


def follow_ups(text: str, kind: SectionKind) -> list[Fact]:
    """What is to happen next; « vu en consultation le 3 novembre » in the opening has happened already."""
    if kind not in _AHEAD:
        return []
    return [Fact(FindingKind.FOLLOW_UP, m.start(), m.end(), "follow_up") for m in _FOLLOW_UP.finditer(text)]


def _taken(facts: list[Fact], start: int, end: int) -> bool:
    return any(fact.start < end and start < fact.end for fact in facts)
