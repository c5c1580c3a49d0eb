"""Headings: what each kind of letter is made of, in the order it is printed.

No code but one small question. The discharge letter and the report of a stay follow the contents asked for by article
R.1112-1-2 of the Code de la santé publique (décret no 2016-995); the others are custom, and a hospital may change
titles and order here.
"""

from __future__ import annotations

from dataclasses import dataclass

from dictation.domain.documents import FindingKind, LetterType, Report, SectionKind


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading of a letter."""

    kind: SectionKind
    title: str  # as printed; "" for greeting and leave-taking
    mandatory: bool = False
    generic: tuple[str, ...] = ()  # dictated titles that say no more than this heading: not printed again below it
    enough: tuple[FindingKind, ...] = ()  # a mandatory heading is satisfied by one of these facts anywhere
    or_section: tuple[SectionKind, ...] = ()  # … or by one of these sections


_MOTIVES = (
    "motif", "motif de consultation", "motif de la consultation", "motif d’hospitalisation", "motif d’admission",
    "motif de l’hospitalisation", "motif d’entrée", "indication", "indication opératoire",
)  # fmt: skip
_HISTORY = ("antécédent", "antécédents personnels", "antécédents médico-chirurgicaux")
_ALLERGIES = ("allergie", "allergies", "allergies connues", "allergies et intolérances", "intolérances")
_ILLNESS = ("histoire", "histoire clinique", "anamnèse")
_USUAL = (
    "traitement", "traitement habituel", "traitement en cours", "traitements en cours", "traitement actuel",
    "traitement personnel", "traitement à l’entrée", "traitement à l’admission",
)  # fmt: skip
_EXAMINATION = ("examen", "examen physique", "clinique", "cliniquement", "à l’examen", "à l’examen clinique")
_TESTS = (
    "examen complémentaire", "examens complémentaires", "examens", "examens réalisés", "explorations", "paraclinique",
    "bilan", "bilan complémentaire",
)  # fmt: skip
_PROCEDURE = (
    "intervention",
    "intervention réalisée",
    "acte",
    "actes",
    "actes réalisés",
    "acte réalisé",
    "geste réalisé",
)
_COURSE = (
    "suites", "suites opératoires", "suites postopératoires", "évolution", "déroulement du séjour",
    "déroulement de l’hospitalisation", "synthèse", "synthèse du séjour", "synthèse médicale du séjour",
    "évolution dans le service", "évolution au cours du séjour",
)  # fmt: skip
_TREATMENT = (
    "traitement", "traitement de sortie", "traitements de sortie", "traitement à la sortie", "traitements à la sortie",
    "ordonnance", "ordonnance de sortie", "traitement prescrit", "traitement à domicile",
)  # fmt: skip
_PENDING = ("résultat en attente", "examens en attente", "en attente", "résultats en attente")
_CONCLUSION = ("conclusions", "en conclusion", "au total")
_PLAN = (
    "conduite à tenir", "suites à donner", "suite à donner", "suivi", "projet", "propositions", "recommandations",
    "proposition thérapeutique", "décision", "devenir",
)  # fmt: skip

_STAY = (
    Heading(SectionKind.OPENING, ""),
    Heading(SectionKind.REASON, "Motif d’hospitalisation", True, _MOTIVES),
    Heading(SectionKind.HISTORY, "Antécédents", generic=_HISTORY),
    Heading(SectionKind.ALLERGIES, "Allergies et intolérances", True, _ALLERGIES, enough=(FindingKind.ALLERGY,)),
    Heading(SectionKind.USUAL_TREATMENT, "Traitement à l’entrée", generic=_USUAL),
    Heading(SectionKind.ILLNESS, "Histoire de la maladie", generic=_ILLNESS),
    Heading(SectionKind.EXAMINATION, "Examen clinique", generic=_EXAMINATION),
    Heading(SectionKind.COURSE, "Synthèse médicale du séjour", True, _COURSE),
    Heading(SectionKind.PROCEDURE, "Actes réalisés", generic=_PROCEDURE),
    Heading(
        SectionKind.TESTS,
        "Examens réalisés",
        True,
        _TESTS,
        enough=(FindingKind.PROCEDURE,),
        or_section=(SectionKind.PROCEDURE,),
    ),
    Heading(SectionKind.CONCLUSION, "Conclusion", generic=_CONCLUSION),
    Heading(SectionKind.DISCHARGE_TREATMENT, "Traitement de sortie", True, _TREATMENT),
    Heading(SectionKind.PENDING, "Résultats en attente", True, _PENDING),
    Heading(SectionKind.PLAN, "Suites à donner", True, _PLAN),
    Heading(SectionKind.CLOSING, ""),
)

HEADINGS: dict[LetterType, tuple[Heading, ...]] = {
    LetterType.CONSULTATION: (
        Heading(SectionKind.OPENING, ""),
        Heading(SectionKind.REASON, "Motif de consultation", True, _MOTIVES),
        Heading(SectionKind.HISTORY, "Antécédents", generic=_HISTORY),
        Heading(SectionKind.ALLERGIES, "Allergies", generic=_ALLERGIES),
        Heading(SectionKind.USUAL_TREATMENT, "Traitement habituel", generic=_USUAL),
        Heading(SectionKind.ILLNESS, "Histoire de la maladie", generic=_ILLNESS),
        Heading(SectionKind.EXAMINATION, "Examen clinique", True, _EXAMINATION),
        Heading(SectionKind.TESTS, "Examens complémentaires", generic=_TESTS),
        Heading(SectionKind.PROCEDURE, "Geste réalisé", generic=_PROCEDURE),
        Heading(SectionKind.COURSE, "Évolution", generic=_COURSE),
        Heading(SectionKind.CONCLUSION, "Conclusion", True, _CONCLUSION),
        Heading(SectionKind.DISCHARGE_TREATMENT, "Traitement prescrit", generic=_TREATMENT),
        Heading(SectionKind.PENDING, "Résultats en attente", generic=_PENDING),
        Heading(SectionKind.PLAN, "Conduite à tenir", True, _PLAN),
        Heading(SectionKind.CLOSING, ""),
    ),
    LetterType.OPERATION: (
        Heading(SectionKind.OPENING, ""),
        Heading(SectionKind.REASON, "Indication", True, _MOTIVES),
        Heading(SectionKind.HISTORY, "Antécédents", generic=_HISTORY),
        Heading(SectionKind.ALLERGIES, "Allergies", generic=_ALLERGIES),
        Heading(SectionKind.USUAL_TREATMENT, "Traitement habituel", generic=_USUAL),
        Heading(SectionKind.ILLNESS, "Histoire de la maladie", generic=_ILLNESS),
        Heading(SectionKind.EXAMINATION, "Examen clinique", generic=_EXAMINATION),
        Heading(SectionKind.TESTS, "Examens complémentaires", generic=_TESTS),
        Heading(SectionKind.PROCEDURE, "Intervention", True, _PROCEDURE),
        Heading(SectionKind.COURSE, "Suites opératoires", True, _COURSE, or_section=(SectionKind.PLAN,)),
        Heading(SectionKind.CONCLUSION, "Conclusion", generic=_CONCLUSION),
        Heading(SectionKind.DISCHARGE_TREATMENT, "Traitement de sortie", generic=_TREATMENT),
        Heading(SectionKind.PENDING, "Résultats en attente", generic=_PENDING),
        Heading(SectionKind.PLAN, "Conduite à tenir", generic=_PLAN),
        Heading(SectionKind.CLOSING, ""),
    ),
    LetterType.DISCHARGE: _STAY,
    # It may be all a GP reads of a stay: asked for the same, though the law names the discharge letter alone.
    LetterType.STAY: _STAY,
    LetterType.OPINION: (
        Heading(SectionKind.OPENING, ""),
        Heading(SectionKind.REASON, "Question posée", True, (*_MOTIVES, "question", "question posée", "demande")),
        Heading(SectionKind.HISTORY, "Antécédents", generic=_HISTORY),
        Heading(SectionKind.ALLERGIES, "Allergies", generic=_ALLERGIES),
        Heading(SectionKind.USUAL_TREATMENT, "Traitement en cours", generic=_USUAL),
        Heading(SectionKind.ILLNESS, "Histoire de la maladie", generic=_ILLNESS),
        Heading(SectionKind.EXAMINATION, "Examen clinique", generic=_EXAMINATION),
        Heading(SectionKind.TESTS, "Examens complémentaires", generic=_TESTS),
        Heading(SectionKind.PROCEDURE, "Geste réalisé", generic=_PROCEDURE),
        Heading(SectionKind.COURSE, "Évolution", generic=_COURSE),
        Heading(SectionKind.CONCLUSION, "Avis", True, (*_CONCLUSION, "avis"), or_section=(SectionKind.PLAN,)),
        Heading(SectionKind.DISCHARGE_TREATMENT, "Traitement proposé", generic=_TREATMENT),
        Heading(SectionKind.PENDING, "Résultats en attente", generic=_PENDING),
        Heading(SectionKind.PLAN, "Conduite à tenir", generic=_PLAN),
        Heading(SectionKind.CLOSING, ""),
    ),
    LetterType.IMAGING: (
        Heading(SectionKind.OPENING, ""),
        Heading(SectionKind.REASON, "Indication", True, _MOTIVES),
        Heading(SectionKind.HISTORY, "Antécédents", generic=_HISTORY),
        Heading(SectionKind.ALLERGIES, "Allergies", generic=_ALLERGIES),
        Heading(SectionKind.USUAL_TREATMENT, "Traitement en cours", generic=_USUAL),
        Heading(SectionKind.ILLNESS, "Histoire de la maladie", generic=_ILLNESS),
        Heading(SectionKind.EXAMINATION, "Examen clinique", generic=_EXAMINATION),
        Heading(SectionKind.PROCEDURE, "Technique", generic=(*_PROCEDURE, "technique")),
        Heading(SectionKind.TESTS, "Résultats", True, (*_TESTS, "résultat", "résultats")),
        Heading(SectionKind.COURSE, "Évolution", generic=_COURSE),
        Heading(SectionKind.CONCLUSION, "Conclusion", True, _CONCLUSION),
        Heading(SectionKind.DISCHARGE_TREATMENT, "Traitement", generic=_TREATMENT),
        Heading(SectionKind.PENDING, "Résultats en attente", generic=_PENDING),
        Heading(SectionKind.PLAN, "Conduite à tenir", generic=_PLAN),
        Heading(SectionKind.CLOSING, ""),
    ),
    LetterType.MEETING: (
        Heading(SectionKind.OPENING, ""),
        Heading(SectionKind.REASON, "Motif de présentation", True, (*_MOTIVES, "question", "question posée")),
        Heading(SectionKind.HISTORY, "Antécédents", generic=_HISTORY),
        Heading(SectionKind.ALLERGIES, "Allergies", generic=_ALLERGIES),
        Heading(SectionKind.USUAL_TREATMENT, "Traitement en cours", generic=_USUAL),
        Heading(SectionKind.ILLNESS, "Histoire de la maladie", generic=_ILLNESS),
        Heading(SectionKind.EXAMINATION, "État clinique", generic=_EXAMINATION),
        Heading(SectionKind.TESTS, "Bilan", generic=_TESTS),
        Heading(SectionKind.PROCEDURE, "Gestes réalisés", generic=_PROCEDURE),
        Heading(SectionKind.COURSE, "Évolution", generic=_COURSE),
        Heading(
            SectionKind.CONCLUSION, "Décision", True, (*_CONCLUSION, "avis", "décision", "décision de la rcp"),
            or_section=(SectionKind.PLAN,),
        ),
        Heading(SectionKind.DISCHARGE_TREATMENT, "Traitement proposé", generic=_TREATMENT),
        Heading(SectionKind.PENDING, "Résultats en attente", generic=_PENDING),
        Heading(SectionKind.PLAN, "Suites à donner", generic=_PLAN),
        Heading(SectionKind.CLOSING, ""),
    ),
}  # fmt: skip


def satisfied(heading: Heading, report: Report) -> bool:
    """Whether the report holds what a heading asks for: its section, another that serves, or a fact."""
    kinds = {section.kind for section in report.sections if section.text}
    if heading.kind in kinds or kinds & set(heading.or_section):
        return True
    return any(finding.kind in heading.enough for finding in report.findings)
