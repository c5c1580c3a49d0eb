"""Sample: one letter of each kind, about people who do not exist.

For whoever adapts templates/letter/ and wants to see the paper; the picture in the README and the tests use it too.
Identity: a test number published by the ANS (register 1.2.250.1.213.1.4.10), not a person's.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from dictation.domain.documents import Draft, DraftSection, LetterType, SectionKind, Sidecar
from dictation.domain.people import Addressee, Author, Ins, Patient, Sex, Site
from dictation.letter.typeset import TypesetLetter, typeset

DAY = date(2026, 11, 7)
SITE = Site(
    key="principal",
    name="Centre hospitalier Sainte-Odile",
    address=("12, avenue des Tilleuls", "69437 Lyon Cedex 03"),
    telephone="04 72 00 00 00",
    finess="690000005",
)
AUTHOR = Author(
    rpps="10101010101",
    last_name="Martin",
    first_name="Claire",
    specialty="Chirurgie viscérale et digestive",
    service="Service de chirurgie digestive",
)
PATIENT = Patient(
    last_name="Pat-Trois",
    first_name="Dominique",
    birth_date=date(1979, 3, 28),
    sex=Sex.FEMALE,
    ins=Ins("279035121518989", "1.2.250.1.213.1.4.10"),
    hospital_number="00482913",
)
ADDRESSEE = Addressee(
    last_name="Mercier",
    first_name="Antoine",
    address=("Cabinet médical des Acacias", "3 bis, rue des Acacias", "69100 Villeurbanne"),
)
SIDECAR = Sidecar(
    author=AUTHOR.rpps,
    patient=PATIENT,
    addressee=ADDRESSEE,
    visit_date=date(2026, 11, 5),
    admission_date=date(2026, 11, 5),
    discharge_date=date(2026, 11, 7),
)

_K = SectionKind
_TEXTS: dict[LetterType, tuple[tuple[SectionKind, str, str], ...]] = {
    LetterType.CONSULTATION: (
        (_K.OPENING, "", "Cher confrère,\nJ’ai vu en consultation votre patiente, qui se plaint de l’épaule droite."),
        (_K.REASON, "Motif de consultation", "Douleurs nocturnes de l’épaule droite depuis six mois."),
        (
            _K.HISTORY,
            "Antécédents",
            "Hypertension artérielle traitée par amlodipine 5 mg le matin. Cure de hernie en 2012.",
        ),
        (_K.ALLERGIES, "Allergies", "Aucune allergie connue."),
        (
            _K.EXAMINATION,
            "Examen clinique",
            "Élévation active limitée à 110°. Pas de déficit moteur : la force est normale.",
        ),
        (_K.TESTS, "Examens complémentaires", "L’échographie montre une rupture du supra-épineux de 12 mm."),
        (_K.CONCLUSION, "Conclusion", "Rupture de la coiffe des rotateurs de l’épaule droite."),
        (_K.PLAN, "Conduite à tenir", "Rééducation pendant trois mois. Je la reverrai le 9 février 2027 à 9 h 15."),
        (_K.CLOSING, "", "Bien confraternellement."),
    ),
    LetterType.OPERATION: (
        (_K.REASON, "Indication", "Hernie inguinale gauche symptomatique."),
        (_K.PROCEDURE, "Intervention", "Cure de hernie inguinale gauche par cœlioscopie avec pose de prothèse."),
        (
            _K.PROCEDURE,
            "Geste opératoire",
            "Anesthésie générale, installation en décubitus dorsal. Antibioprophylaxie par céfazoline 2 g. Incision "
            "ombilicale de 2 cm. Dissection du sac herniaire (hernie indirecte). Mise en place d’une prothèse de "
            "15 × 10 cm. Il n’y a pas de hernie à droite. Absence de saignement. Fermeture plan par plan.",
        ),
        (
            _K.COURSE,
            "Suites",
            "Lever le soir même.\nKétoprofène 100 mg matin et soir pendant 3 jours.\nOméprazole 20 mg une fois par "
            "jour.\nPas de port de charge lourde pendant 4 semaines.",
        ),
    ),
    LetterType.DISCHARGE: (
        (_K.OPENING, "", "Cher confrère,\nVotre patiente a été hospitalisée dans le service du 5 au 7 novembre 2026."),
        (_K.REASON, "Motif d’hospitalisation", "Cholécystite aiguë avec douleur de l’hypochondre droit et fièvre."),
        (_K.HISTORY, "Antécédents", "Diabète de type 2. Pas d’antécédent chirurgical."),
        (_K.ALLERGIES, "Allergies", "Allergie à la pénicilline."),
        (
            _K.COURSE,
            "Déroulement du séjour",
            "Cholécystectomie par cœlioscopie le 5 novembre sous anesthésie générale. Les suites opératoires ont été "
            "simples, sans fièvre, avec reprise du transit au deuxième jour.",
        ),
        (
            _K.TESTS,
            "Examens réalisés",
            "L’échographie montre une lithiase vésiculaire sans dilatation des voies biliaires. La CRP est à 45 mg/l à "
            "la sortie.",
        ),
        (
            _K.DISCHARGE_TREATMENT,
            "Traitement de sortie",
            "Paracétamol 1 g trois fois par jour pendant cinq jours.\nMetformine 1 000 mg matin et soir.",
        ),
        (_K.PENDING, "Résultats en attente", "Examen anatomopathologique de la vésicule."),
        (
            _K.PLAN,
            "Suites à donner",
            "Soins infirmiers tous les deux jours, ablation des fils au dixième jour. Consultation de contrôle le "
            "1er décembre 2026 à 14 h 30.",
        ),
        (_K.CLOSING, "", "Bien confraternellement."),
    ),
    LetterType.STAY: (
        (_K.REASON, "Motif d’hospitalisation", "Sigmoïdite diverticulaire, deuxième poussée en un an."),
        (_K.HISTORY, "Antécédents", "Hypertension artérielle. Appendicectomie dans l’enfance."),
        (_K.ALLERGIES, "Allergies et intolérances", "Aucune allergie connue."),
        (
            _K.COURSE,
            "Synthèse médicale du séjour",
            "Sigmoïdectomie par cœlioscopie le 5 novembre, sans incident. Reprise de l’alimentation le lendemain.",
        ),
        (_K.TESTS, "Examens réalisés", "Le scanner montre une paroi sigmoïdienne de 9 mm, sans abcès."),
        (_K.DISCHARGE_TREATMENT, "Traitement de sortie", "Paracétamol 1 g trois fois par jour pendant cinq jours."),
        (_K.PENDING, "Résultats en attente", "Examen anatomopathologique de la pièce."),
        (_K.PLAN, "Suites à donner", "Consultation de contrôle le 1er décembre 2026 à 15 h."),
    ),
    LetterType.OPINION: (
        (_K.OPENING, "", "Cher confrère,\nVous me demandez mon avis pour votre patiente, que j’ai vue ce jour."),
        (_K.REASON, "Question posée", "Faut-il opérer une lithiase vésiculaire découverte par hasard\u202f?"),
        (_K.EXAMINATION, "Examen clinique", "Abdomen souple, sans douleur provoquée."),
        (_K.CONCLUSION, "Avis", "Lithiase asymptomatique\u00a0: pas d’indication opératoire aujourd’hui."),
        (_K.PLAN, "Conduite à tenir", "Échographie de contrôle dans un an, plus tôt en cas de douleur."),
        (_K.CLOSING, "", "Bien confraternellement."),
    ),
    LetterType.IMAGING: (
        (_K.REASON, "Indication", "Douleur de la fosse iliaque droite."),
        (_K.PROCEDURE, "Technique", "Acquisition hélicoïdale après injection de produit de contraste."),
        (_K.TESTS, "Résultats", "Appendice de 11 mm, infiltration de la graisse. Pas d’épanchement."),
        (_K.CONCLUSION, "Conclusion", "Appendicite aiguë non compliquée."),
    ),
    LetterType.MEETING: (
        (_K.REASON, "Motif de présentation", "Adénocarcinome du côlon droit, bilan d’extension négatif."),
        (_K.HISTORY, "Antécédents", "Hypertension artérielle."),
        (_K.TESTS, "Bilan", "Scanner thoraco-abdomino-pelvien sans lésion à distance."),
        (_K.CONCLUSION, "Décision", "Colectomie droite d’emblée."),
        (_K.PLAN, "Suites à donner", "Consultation d’annonce la semaine prochaine."),
    ),
}


def sample_draft(letter_type: LetterType) -> Draft:
    """A short draft of this kind."""
    return Draft(letter_type, tuple(DraftSection(*row) for row in _TEXTS[letter_type]))


def sample_letter(letter_type: LetterType, templates: Path, signatory: Author | None = AUTHOR) -> TypesetLetter:
    """That draft on paper; `signatory=None` gives the proof."""
    return typeset(
        sample_draft(letter_type),
        SIDECAR,
        AUTHOR,
        SITE,
        signatory=signatory,
        letter_id=f"2026-{letter_type.value[:3].upper()}-0142",
        printed_on=DAY,
        templates=templates,
    )
