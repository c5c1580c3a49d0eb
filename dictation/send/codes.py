"""Codes: the rows of the official value sets that our messages use, each code with its own label.

Nothing in, nothing out: tables. A code and its label are always taken from one row here, never written by hand.
Sources: ANS, Terminologies de Santé, read in November 2026: JDV_J01 (author), J02 (place), J04 (setting), J07 (type),
J47 (function), J142 (encounter), J143 (sex), TRE_R11 and R81 (titles), TRE_R209 (activity),
TRE_A03 and ASS_X04 (class).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from dictation.domain.documents import LetterType
from dictation.domain.people import Addressee, Sex


@dataclass(frozen=True, slots=True)
class Code:
    """One row of a value set."""

    code: str
    label: str
    system: str  # OID


LOINC = "2.16.840.1.113883.6.1"
AUTHOR_SYSTEM = "1.2.250.1.213.1.1.4.5"
FACILITY_SYSTEM = "1.2.250.1.71.4.2.4"
SETTING_SYSTEM = "1.2.250.1.213.1.1.4.9"
CLASS_SYSTEM = "1.2.250.1.213.1.1.4.1"
ACTIVITY_SYSTEM = "1.2.250.1.213.2.2"
CONFIDENTIALITY_SYSTEM = "2.16.840.1.113883.5.25"
AUDIENCE_SYSTEM = "1.2.250.1.213.1.1.4.13"
FORMAT_SYSTEM = "1.3.6.1.4.1.19376.1.2.3"
ENCOUNTER_SYSTEM = "2.16.840.1.113883.5.4"
OTHER_ENCOUNTER_SYSTEM = "1.2.250.1.213.1.1.4.2.291"
FUNCTION_SYSTEM = "2.16.840.1.113883.5.88"
OTHER_FUNCTION_SYSTEM = "1.2.250.1.213.1.1.4.2.280"
GENDER_SYSTEM = "2.16.840.1.113883.5.1"

PROFESSIONAL_ROOT = "1.2.250.1.71.4.2.1"  # extension: 8 and the RPPS
ORGANISATION_ROOT = "1.2.250.1.71.4.2.2"  # extension: 1 and the FINESS


def _rows(system: str, text: str) -> dict[str, Code]:
    """`text`: one row a line, code and label separated by the first space."""
    pairs = (line.strip().partition(" ") for line in text.strip().splitlines())
    return {code: Code(code, label, system) for code, _, label in pairs}


TYPES = _rows(
    LOINC,
    """
    11488-4 CR ou fiche de consultation ou de visite
    34874-8 CR opératoire
    11490-0 Lettre de liaison à la sortie d'un établissement de soins
    34112-3 CR hospitalier (séjour)
    18748-4 CR d'imagerie médicale
    18761-7 Note de transfert (dont lettre de liaison à l'entrée en établissement de soins)
    34133-9 Synthèse d'épisode de soins
    15507-7 CR de passage aux urgences
    34794-8 CR de réunion de concertation pluridisciplinaire
    34875-5 Évaluation postopératoire et note de suivi
    70004-7 CR d'acte diagnostique (autre)
    """,
)
CLASSES = _rows(CLASS_SYSTEM, "10 Compte rendu\n11 Synthèse\n31 Imagerie médicale")
_OTHER_CLASSES = {"18761-7": "11", "34133-9": "11", "18748-4": "31"}  # ASS_X04; every other type of ours is a report
CLASS_OF_TYPE = {code: CLASSES[_OTHER_CLASSES.get(code, "10")] for code in TYPES}
TYPE_OF_LETTER = {letter_type: TYPES[letter_type.loinc[0]] for letter_type in LetterType}
ACTIVITIES = _rows(
    ACTIVITY_SYSTEM,
    """
    03 Hospitalisation complète (non compris hospitalisation de semaine)
    04 Hospitalisation de Jour
    07 Consultation Soins Externes
    """,
)
KNOWN_ACTIVITIES = frozenset(ACTIVITIES) | {"19", "97"}  # what the HL7 v2 profile of transmission maps PV1-2 to
# SS is in the older edition of the set only, and in the sheet of the minimal structure.
ENCOUNTERS = _rows(
    ENCOUNTER_SYSTEM,
    """
    IMP Hospitalisation (établissement, y compris HAD)
    EMER Passage aux urgences (établissement)
    AMB Ambulatoire (hors établissement)
    FLD Terrain (voie publique, hélicoptère, ambulance, etc.)
    HH Soins à domicile (hors établissement)
    SS Consultation en hôpital de jour ou court séjour
    VR Virtuelle (exemple : RCP en l'absence du patient)
    """,
) | _rows(
    OTHER_ENCOUNTER_SYSTEM,
    """
    EXTERNE Acte et consultation externe (établissement)
    SEANCE Séance (établissement ou libéral)
    """,
)
GENDERS = _rows(GENDER_SYSTEM, "F Féminin\nM Masculin\nUN Inconnu")
GENDER_OF = {Sex.FEMALE: GENDERS["F"], Sex.MALE: GENDERS["M"], Sex.UNKNOWN: GENDERS["UN"]}
FORMATS = _rows(FORMAT_SYSTEM, "urn:ihe:iti:xds-sd:pdf:2008 Document à corps non structuré en Pdf/A-1")
CONFIDENTIALITIES = _rows(CONFIDENTIALITY_SYSTEM, "N Normal\nR Restreint\nV Très restreint")
# From whom a document is hidden (TRE_A07, read in July 2026); none of them: from nobody.
AUDIENCES = _rows(
    AUDIENCE_SYSTEM, "MASQUE_PS Masqué aux professionnels de santé\nINVISIBLE_PATIENT Non visible par le patient"
)
FUNCTIONS = _rows(
    FUNCTION_SYSTEM,
    """
    PCP Médecin traitant
    ADMPHYS Responsable de l'admission
    ATTPHYS Référent - Responsable du patient dans la structure de soins
    DISPHYS Responsable de la sortie
    """,
) | _rows(OTHER_FUNCTION_SYSTEM, "CORRE Correspondant\nPRELV Préleveur")
OTHER_PROFESSIONS = frozenset({"G15_60"})  # nurse
# What may stand before a name (TRE_R81) and behind it (TRE_R11), by the words people write.
CIVILITIES = {"monsieur": "M", "m": "M", "madame": "MME", "mme": "MME", "mademoiselle": "MLLE", "mlle": "MLLE"}
TITLES = {
    "docteur": "DR", "dr": "DR", "professeur": "PR", "pr": "PR", "medecin chef": "MC", "medecin general": "MG",
    "pharmacien chef": "PC", "pharmacien general": "PG",
}  # fmt: skip
FACILITIES = _rows(
    FACILITY_SYSTEM,
    """
    SA01 Etablissement public de santé
    SA02 Hôpital militaire du Service de santé des armées
    SA03 Etablissement privé PSPH
    SA04 Etablissement privé non PSPH
    SA05 Centre de santé
    SA06 Autre structure du Service de santé des armées
    SA07 Cabinet individuel
    SA08 Cabinet de groupe
    SA09 Exercice en société
    """,
)
SETTINGS = _rows(
    SETTING_SYSTEM,
    """
    AMBULATOIRE Ambulatoire
    ETABLISSEMENT Etablissement de santé
    HAD Hospitalisation à domicile
    SAD Soins à domicile
    SAMU_SMUR SAMU/SMUR
    """,
)
ALL_SETTINGS = frozenset(SETTINGS) | {"AMO", "DEPISTAGE", "ESSMS", "MAD", "PALLIATIF", "EXP_PATIENT", "SNR"}
_SPECIALTIES = """
    SM01 Anatomie et Cytologie pathologiques
    SM02 Anesthésie-réanimation
    SM03 Biologie médicale
    SM04 Cardiologie et maladies vasculaires
    SM05 Chirurgie générale
    SM06 Chirurgie maxillo-faciale
    SM07 Chirurgie maxillo-faciale et Stomatologie
    SM08 Chirurgie orthopédique et Traumatologie
    SM09 Chirurgie infantile
    SM10 Chirurgie plastique reconstruct et esthétique
    SM11 Chirurgie thoracique et cardio-vasculaire
    SM12 Chirurgie urologique
    SM13 Chirurgie vasculaire
    SM14 Chirurgie viscérale et digestive
    SM15 Dermatologie et Vénéréologie
    SM16 Endocrinologie et métabolisme
    SM17 Génétique médicale
    SM18 Gériatrie
    SM19 Gynécologie médicale
    SM20 Gynécologie-obstétrique
    SM21 Hématologie
    SM22 Hématologie, opt Maladie du sang
    SM23 Hématologie, opt Onco-hématologie
    SM24 Gastro-entérologie et hépatologie
    SM25 Médecine du travail
    SM26 Qualifié en Médecine Générale
    SM27 Médecine interne
    SM28 Médecine nucléaire
    SM29 Médecine physique et réadaptation
    SM30 Néphrologie
    SM31 Neuro-chirurgie
    SM32 Neurologie
    SM33 Neuro-psychiatrie
    SM34 ORL et Chirurgie cervico-faciale
    SM35 Oncologie, opt Onco-hématologie
    SM36 Oncologie, opt médicale
    SM37 Oncologie, opt radiothérapie
    SM38 Ophtalmologie
    SM39 Oto-rhino-laryngologie
    SM40 Pédiatrie
    SM41 Pneumologie
    SM42 Psychiatrie
    SM43 Psychiatrie, opt enfant et adolescent
    SM44 Radio-diagnostic
    SM45 Radio-thérapie
    SM46 Médecine intensive-réanimation
    SM47 Recherche médicale
    SM48 Rhumatologie
    SM49 Santé publique et Médecine sociale
    SM50 Stomatologie
    SM51 Gynéco-obstétrique et Gynéco méd, opt Gyn-obs
    SM52 Gynéco-obstétrique et Gynéco méd, opt Gyn-méd
    SM53 Spécialiste en Médecine Générale
    SM54 Médecine Générale
    SM55 Radio-diagnostic et Radio-Thérapie
    SM56 Chirurgie orale
    SM57 Allergologie
    SM58 Maladies infectieuses et tropicales
    SM59 Médecine d'urgence
    SM60 Médecine légale et expertises médicales
    SM61 Médecine vasculaire
    SM62 Endocrinologie, diabétologie, nutrition
    SM63 Biologie médicale option biologie générale
    SM68 Chirurgie maxillo-faciale (réforme 2017)
    SM69 Chirurgie pédiatrique option chirurgie viscérale pédiatrique
    SM70 Chirurgie pédiatrique option orthopédie pédiatrique
    SM71 Hématologie (réforme 2017)
    SM72 Médecine interne et immunologie clinique
    SM73 Médecine cardiovasculaire
    SM74 Radiologie et imagerie médicale
    SM75 Santé publique
    SM78 Chirurgie viscérale et digestive option endoscopie chirurgicale
    SM79 Médecine cardiovasculaire option cardiologie interventionnelle
    SM87 Pédiatrie option néonatologie
"""
DOCTOR = Code("G15_10", "Médecin", AUTHOR_SYSTEM)
AUTHORS = {DOCTOR.code: DOCTOR} | {
    f"G15_10/{row.code}": Code(f"G15_10/{row.code}", f"Médecin - {row.label} (SM)", AUTHOR_SYSTEM)
    for row in _rows(AUTHOR_SYSTEM, _SPECIALTIES).values()
}


def profession_of(addressee: Addressee) -> Code | None:
    """Profession and specialty of an addressee: by code, by the label of the specialty, or doctor without one.

    None for a code that is not listed here: whose label we do not know, we call nothing.
    """
    if addressee.specialty_code:
        return AUTHORS.get(addressee.specialty_code)
    said = addressee.specialty.removesuffix("(SM)")
    known = (row for row in AUTHORS.values() if said and same_label(row.label, f"Médecin - {said} (SM)"))
    return next(known, DOCTOR)


# What check_message.py compares a message with: any code of these systems that is listed must carry its own label.
LABELS = {
    row.system + "|" + row.code: row.label
    for table in (
        TYPES, CLASSES, FACILITIES, SETTINGS, AUTHORS, AUDIENCES, ACTIVITIES, FORMATS, CONFIDENTIALITIES, ENCOUNTERS,
        GENDERS, FUNCTIONS,
    )
    for row in table.values()
}  # fmt: skip


def same_label(one: str, other: str) -> bool:
    """Whether two labels say the same: case, accents and the form of an apostrophe are no difference."""
    return bare(one) == bare(other)


def bare(text: str) -> str:
    """A label, or a name, without what is no difference."""
    plain = unicodedata.normalize("NFD", text.replace("’", "'"))
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).casefold().split())
