"""People: who the letter is about, to, from, and who receives a copy.

Written text in, facts out. The patient is looked for in the opening; a doctor is never taken for the patient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dictation.domain.documents import FindingKind, SectionKind
from dictation.structure.facts import BLANK, UPPER, Fact, taken

_NAME = rf"(?!(?:IPP|NIP|NDA|IEP|DDN|INS|NIR|Docteure?|Professeure?|Dr|Pr)\b)[{UPPER}][\w’-]+"
_PARTICLE = r"(?:prénom |de |du |le |la |d’|van |ben |el |née? |épouse )"
_PERSON = re.compile(
    rf"\b(?:Monsieur|Madame|Mademoiselle|Mme|M\.|Mlle|[Jj]eune|[Ee]nfant|[Pp]atiente?{BLANK}?:)"
    rf"((?: {_PARTICLE}?{_NAME}){{1,5}})"
)
_BORN_BEHIND = re.compile(r"^,? (?:né|née|âgée?|\d{1,3} ans|\()")
_DOCTOR = re.compile(rf"\b(?:Docteure?|Dr\.?|Professeure?|Pr\.?)((?: (?:de |du |le |la |d’)?{_NAME}){{1,3}})")
_CHOSEN = re.compile(
    r"(?i)(?:médecin traitant|votre confrère|à l’attention|courrier (?:au|à)|lettre (?:au|à))[^.;\n]{0,25}$"
)
_AUTHOR = re.compile(
    r"(?i)(?:opérée? (?:\w+ ){0,6}par|opérateurs?|chirurgien|rédigé par|dicté par|signé|réalisée? par|radiologue"
    r"|compte rendu de|rapporteur)[ \u00a0]?:?[^.;\n]{0,12}$"
)
_COPY = re.compile(r"(?i)(?:copies?|double|en copie|adressée? également)\b[^.;\n]{0,60}$")
_NUMBER = re.compile(rf"\b(?:IPP|NIP|NDA|IEP|numéro de dossier){BLANK}?:? ?(?:n° ?)?(\d[\d{BLANK[1:-1]}]{{2,14}}\d)")
_AGE = re.compile(rf"(?i)(?:âgée? de |, |\()?(\d{{1,3}}){BLANK}(ans|mois|semaines|jours)\b")


def people(text: str, kind: SectionKind) -> list[Fact]:
    """The people a section names: the patient, the addressee, the author, who gets a copy."""
    found = list(_doctors(text, kind))
    for match in _PERSON.finditer(text):
        if kind is SectionKind.OPENING or _BORN_BEHIND.match(text[match.end() : match.end() + 10]):
            name = re.sub(r"\b(?:prénom|Monsieur|Madame|Mademoiselle|Mme|Mlle) ", "", match[1].strip())
            fact = Fact(FindingKind.PATIENT, match.start(1) + 1, match.end(1), "person.patient", (("name", name),))
            if age := _AGE.match(text, match.end(), match.end() + 25):
                fact.values = (*fact.values, ("age", age[1]), ("age_unit", age[2]))
            if not taken(found, fact.start, fact.end):
                found.append(fact)
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"\D", "", match[1])
        found.append(
            Fact(FindingKind.HOSPITAL_NUMBER, match.start(1), match.end(1), "person.number", (("number", digits),))
        )
    return found


def _doctors(text: str, kind: SectionKind) -> Iterator[Fact]:
    for match in _DOCTOR.finditer(text):
        before = text[max(0, match.start() - 90) : match.start()]
        values = (("name", match[1].strip()),)
        if _COPY.search(before):
            yield Fact(FindingKind.COPY, match.start(1) + 1, match.end(1), "person.copy", values)
        elif _AUTHOR.search(before) or kind is SectionKind.CLOSING:
            yield Fact(FindingKind.AUTHOR, match.start(1) + 1, match.end(1), "person.author", values)
        elif _CHOSEN.search(before):
            yield Fact(FindingKind.ADDRESSEE, match.start(1) + 1, match.end(1), "person.addressee", values)


def doctor_in(text: str) -> Fact | None:
    """The doctor a letter is addressed to, in what was said to the secretary."""
    match = _DOCTOR.search(text)
    if match is None or _COPY.search(text[: match.start()]):
        return None
    return Fact(
        FindingKind.ADDRESSEE, match.start(1) + 1, match.end(1), "person.addressee", (("name", match[1].strip()),)
    )


def copies_in(text: str) -> list[Fact]:
    """Who receives a copy, in what was said to the secretary: every doctor after « copie »."""
    copy = re.search(r"(?i)\b(?:copies?|double|en copie)\b", text)
    if copy is None:
        return []
    return [
        Fact(FindingKind.COPY, m.start(1) + 1, m.end(1), "person.copy", (("name", m[1].strip()),))
        for m in _DOCTOR.finditer(text, copy.end())
    ]
