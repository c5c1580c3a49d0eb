"""« Ne pas » lost, an allergy named bare, another name or age: heard again, and only then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dictation.domain.people import Patient, Sex
from tests.draft.test_doubts import PATIENT, SIDECAR, doubts_of, draft_of

SAID = {
    "conduite à tenir deux points porter de charge lourde pendant un mois point": True,
    "conduite à tenir deux points ne pas porter de charge lourde pendant un mois point": False,
    "je lui ai demandé de reprendre d'anti-inflammatoire point": True,
    "je lui propose de faire une radiographie de contrôle point": False,
    "il faut prendre de la vitamine d point": False,
    "conduite à tenir deux points reprendre le rivaroxaban avant le cinquième jour point": True,
    "conduite à tenir deux points ne pas reprendre le rivaroxaban avant le cinquième jour point": False,
    "interrompre la double antiagrégation sans avis cardiologique point": True,
    "ne pas interrompre la double antiagrégation sans avis cardiologique point": False,
    "revenir si fièvre virgule attendre point": True,
    "attendre les résultats de la biopsie point": False,
    "elle est enceinte point": True,
    "elle est enceinte de douze semaines point": False,
    "la lamotrigine a été responsable d'un rash et doit être réintroduite point": True,
    "la lamotrigine a été responsable d'un rash et ne doit pas être réintroduite point": False,
    "zolpidem arrêté virgule le réintroduire point": True,
    "apixaban à arrêter point": True,
    "plavix à arrêter point": True,
    "kardégic 75 mg à interrompre point": True,
    "plavix à arrêter cinq jours avant point": False,
    "apixaban à arrêter la veille de l'intervention point": False,
    "zolpidem à arrêter point": False,
    "frotter l'œil droit point": True,
    "elle est enceinte virgule douze semaines point": False,
    "reprendre rendez-vous avant le trois décembre point": False,
    "reprendre tout le traitement sauf l'aspirine point": False,
    "la kinésithérapie a donné de bons résultats point": False,
}


@pytest.mark.parametrize("said", SAID)
def test_an_instruction_that_waits_for_its_not_is_heard_again(said: str) -> None:
    found = [d for d in doubts_of(said) if d.rule_id == "negation.instruction"]
    assert bool(found) is SAID[said]
    assert all(d.quote and "Réécoutez" in d.reason for d in found)


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("antécédents deux points hypertension point allergie à l'iode point", "allergy.bare"),
        ("examen deux points tumeur de vingt millimètres avec franchissement extracapsulaire point", "negation.with"),
        ("il y a une contre-indication point", "negation.headless"),
    ],
)
def test_what_letters_name_to_deny_it_is_heard_again_when_it_stands_bare(said: str, rule: str) -> None:
    assert rule in {d.rule_id for d in doubts_of(said)}


@pytest.mark.parametrize(
    "said",
    [
        "antécédents deux points pas d'allergie à l'iode point",
        "allergies deux points allergie à l'iode avec œdème de quincke en deux mille douze point",
        "antécédents deux points asthme virgule allergie au latex virgule urticaire en deux mille douze point",
        "examen clinique deux points signe de murphy + point",
        "examen clinique deux points quelques sibilants à gauche sibilants aussi à gauche point",
    ],
)
def test_what_says_more_is_not(said: str) -> None:
    assert not [d for d in doubts_of(said) if d.rule_id.startswith(("allergy", "negation"))]


def _identity(text: str, patient: Patient = PATIENT) -> set[str]:
    draft = draft_of(text, replace(SIDECAR, patient=patient))
    return {d.rule_id for d in draft.doubts if d.rule_id.startswith("identity")} - {"identity.unconfirmed"}


def test_an_age_behind_the_name_is_compared() -> None:
    assert "identity.age" in _identity("M. Michel Durand, 12 ans point")
    assert _identity("M. Michel Durand, 72 ans point") == set()


def test_a_title_before_the_patients_name_is_compared() -> None:
    simone = Patient("Breteau", "Simone", date(1956, 1, 1), Sex.FEMALE, hospital_number="4")
    assert "identity.sex" in _identity("née le premier janvier 1956 point à la ligne M. Simone Breteau va bien", simone)
    assert "identity.sex" not in _identity("née le premier janvier 1956 point Mme Simone Breteau va bien", simone)


def test_another_name_that_resembles_the_patients_is_heard_again() -> None:
    opening = (
        "monsieur michel durand né le douze mars mille neuf cent cinquante-quatre point à la ligne examen {} point"
    )
    assert "identity.name" in _identity(opening.format("M. Durandeau est essoufflé"))
    assert _identity(opening.format("M. Durand est essoufflé")) == set()
    assert _identity(opening.format("Mme Lescure, sa kinésithérapeute, le suit")) == set()


def test_a_compound_name_with_one_half_wrong_is_heard_again() -> None:
    patient = replace(PATIENT, last_name="Cazeneuve-Lorrain")
    opening = "M. Michel Cazeneuve-Lorrain, 72 ans point à la ligne examen deux points {} est essoufflé point"
    assert _identity(opening.format("M. Cazeneuve"), patient) == set()
    assert "identity.name" in _identity(opening.format("M. Cazalis-Lorrain"), patient)


def test_a_doctor_greeted_as_madame_is_not_the_patient() -> None:
    assert _identity("Madame le Docteur Pélissou, je vois M. Michel Durand, 72 ans point") == set()


@pytest.mark.parametrize(("end", "raised"), [("08/10/2026", True), ("08/11/2026", False)])
def test_a_stay_in_figures_ends_after_it_began(end: str, raised: bool) -> None:
    found = [d.rule_id for d in doubts_of(f"séjour du 03/11/2026 au {end} point")]
    assert ("date.order" in found) is raised


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("le monofilament n'est pas senti à gauche ni à gauche point", "sides.twice"),
        ("il n'a qu'un rein virgule le gauche virgule le gauche étant atrophique point", "sides.twice"),
        (
            "conclusion deux points nodule stable point contrôle en juin deux mille vingt-cinq point",
            "date.past_follow_up",
        ),
        ("anastrozole à débuter le vingt-quatre février deux mille vingt-six point", "date.past_follow_up"),
        ("traitement de sortie deux points insuline glargine 220 unités le soir point", "dose.range"),
    ],
)
def test_a_side_a_month_and_an_insulin_that_cannot_be_are_heard_again(said: str, rule: str) -> None:
    assert rule in {d.rule_id for d in doubts_of(said)}


@pytest.mark.parametrize(
    "said",
    [
        "le monofilament n'est pas senti à gauche ni à droite point",
        "il n'a qu'un rein virgule le gauche virgule le droit étant atrophique point",
        "antécédents deux points scanner de contrôle normal en juin deux mille vingt-cinq point",
        "traitement de sortie deux points insuline glargine 22 unités le soir point",
    ],
)
def test_what_goes_together_is_not(said: str) -> None:
    found = {d.rule_id for d in doubts_of(said)}
    assert not {"sides.twice", "date.past_follow_up", "dose.range"} & found
