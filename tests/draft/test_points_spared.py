"""Points a letter without errors is spared, and the danger beside each that is still told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dictation.domain.documents import Doubt, LetterType, Sidecar
from dictation.domain.people import Sex
from tests.draft.test_doubts import OPENING, PATIENT, SIDECAR, doubts_of, draft_of

STAY = replace(
    SIDECAR,
    letter_type=LetterType.DISCHARGE,
    visit_date=None,
    admission_date=date(2026, 10, 28),
    discharge_date=date(2026, 11, 3),
)


def _asked(text: str, sidecar: Sidecar = STAY) -> str:
    return " ".join(d.reason for d in draft_of(text, sidecar).doubts if d.rule_id == "mandatory.heading")


def _of(rule: str, text: str, sidecar: Sidecar = SIDECAR) -> list[Doubt]:
    return [doubt for doubt in doubts_of(text, sidecar) if doubt.rule_id == rule]


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("biopsie gastrique faite le deux novembre point", False),  # its day is not told apart from a result
        ("nous avons fait des biopsies point", True),
        ("nous avons fait des biopsies point le résultat est en attente point", False),
        ("les biopsies retrouvent une gastrite point", False),
        ("elle a marché dès le lendemain point", False),
    ],
)
def test_results_are_asked_for_where_something_was_taken_and_nothing_is_said_of_it(told: str, asked: bool) -> None:
    text = (
        OPENING + f"synthèse du séjour deux points {told} traitement de sortie deux points paracétamol un gramme point"
    )
    assert ("Résultats en attente" in _asked(text)) is asked


@pytest.mark.parametrize(
    ("title", "told", "untold"),
    [
        ("Motif d’hospitalisation", "hospitalisé pour une pneumopathie point", "hospitalisé dix jours point"),
        ("Synthèse médicale", "il a été traité par amoxicilline point", "scanner thoracique normal point"),
        ("Suites à donner", "il sera revu par son médecin point", "il vit seul point"),
        ("Suites à donner", "scanner de contrôle le douze décembre deux mille vingt-six point", "scanner normal point"),
    ],
)
def test_a_legal_heading_is_not_asked_for_when_its_content_is_told(title: str, told: str, untold: str) -> None:
    letter = OPENING + "antécédents deux points appendicectomie point examen deux points {}"
    assert title not in _asked(letter.format(told))
    assert title in _asked(letter.format(untold))


def test_an_old_stay_is_no_reason_for_this_one() -> None:
    assert "Motif" in _asked(OPENING + "antécédents deux points hospitalisé en 2015 pour une pneumopathie point")


def test_the_law_is_quoted_for_what_it_names_alone() -> None:
    grave, others = (d.reason for d in draft_of(OPENING, STAY).doubts if d.rule_id == "mandatory.heading")
    assert "Allergies" in grave and "R.1112" not in grave
    letter = "allergies deux points aucune point examens réalisés deux points scanner normal point"
    assert "exigées par l’article R.1112-1-2" in _asked(OPENING + letter)
    assert "Examens réalisés" in others and "R.1112" not in others


def test_a_consultation_that_ends_on_a_decision_needs_no_conclusion() -> None:
    letter = (
        "motif deux points toux point antécédents deux points asthme point examen deux points normal point "
        "{} deux points {} point"
    )
    assert "Conclusion" not in _asked(letter.format("conduite à tenir", "ventoline deux bouffées"), SIDECAR)
    assert "Conclusion" in _asked(letter.format("examens complémentaires", "radiographie normale"), SIDECAR)


def test_the_old_name_of_the_discharge_letter_is_no_other_kind() -> None:
    assert _of("letter_type.differs", "compte rendu d'hospitalisation point à la ligne bien point", STAY) == []
    assert _of("letter_type.differs", "compte rendu opératoire point à la ligne bien point", STAY)
    stay = replace(STAY, letter_type=LetterType.STAY)
    assert _of("letter_type.differs", "lettre de liaison point à la ligne bien point", stay)


def test_an_allergy_and_a_drug_are_one_point_however_often_the_drug_is_named() -> None:
    letter = (
        "allergies deux points allergie à la codéine point traitement deux points oxycontin dix milligrammes matin et "
        "soir point conduite à tenir deux points oxycontin vingt milligrammes matin et soir, {} point"
    )
    assert len(_of("allergy.prescribed", letter.format("paracétamol un gramme"))) == 1
    assert len(_of("allergy.prescribed", letter.format("tramadol cinquante milligrammes"))) == 2


def test_points_of_one_rule_at_one_sound_are_one() -> None:
    """Each of « tabac » and « alcool » alone would be a point of its own at the very same sentence."""
    letter = "antécédents deux points pas de diabète virgule {}, pas d’allergie connue point"
    [one] = _of("negation.beside", letter.format("tabac, alcool"))
    assert one.quote == "tabac" and "Ici aussi\u00a0: «\u00a0alcool\u00a0»" in one.reason
    [alone] = _of("negation.beside", letter.format("tabac"))
    assert alone.reason != one.reason  # two that were lost are not told like one


_WHOLE = (
    "antécédents deux points {} point pas de diabète point motif deux points {} point il marche mal depuis un an point "
    "examen deux points pas de fièvre point conclusion deux points arthrose point conduite à tenir deux points "
    "infiltration point kinésithérapie point"
)


def test_two_sides_of_one_sentence_are_one_point() -> None:
    def told(history: str) -> list[str]:
        return [d.reason for d in _of("sides.once", _WHOLE.format(history, "douleur"))]

    [both] = told("prothèse de hanche gauche en 2015, cataracte de l’œil droit en 2020")
    assert "hanche gauche" in both and "œil droit" in both
    assert len(told("prothèse de hanche gauche en 2015 point cataracte de l’œil droit en 2020")) == 2


def test_the_illness_told_is_confirmed_by_its_region_unless_that_is_of_both_sides() -> None:
    letter = (
        "histoire de la maladie deux points douleur de l’épaule gauche depuis un mois point pas de fièvre point "
        "examen deux points bras {} ankylosé point pas de fièvre point conclusion deux points capsulite point "
        "conduite à tenir deux points infiltration point kinésithérapie point"
    )
    assert _of("sides.once", letter.format("gauche")) == []
    assert [d for d in doubts_of(letter.format("droit")) if d.rule_id.startswith("sides")]


@pytest.mark.parametrize(
    ("said", "raised"),
    [
        ("symbicort 200 2 bouffées matin et soir", False),
        ("créon 25 000 2 gélules à chaque repas", False),
        ("lasilix 40 2 comprimés le matin", True),
        ("créon 25 000 à chaque repas", True),
    ],
)
def test_a_figure_that_names_the_box_needs_no_unit(said: str, raised: bool) -> None:
    assert bool(_of("dose.no_unit", f"traitement deux points {said} point")) is raised


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("lithiémie de contrôle à 0,79 mmol/L le 20 août 2026", "date.past_follow_up"),
        ("césarienne programmée le 12 octobre 2026 sous rachianesthésie", "date.past_follow_up"),
        ("dosage du tacrolimus le 19 novembre 2026", "date.future"),
        ("dossier soumis à la RCP du 19 novembre 2026", "date.future"),
    ],
)
def test_a_day_is_past_or_to_come_by_what_is_told_of_it(said: str, rule: str) -> None:
    assert _of(rule, f"évolution deux points {said} point") == []


def test_a_control_on_a_day_that_is_gone_is_still_told() -> None:
    assert _of("date.past_follow_up", "évolution deux points lithiémie de contrôle le 20 août 2026 point")
    assert _of("date.past_follow_up", "évolution deux points intervention programmée le 12 octobre 2026 point")
    assert _of("date.future", "évolution deux points biopsie du foie le 19 novembre 2026 point")


def test_a_second_surname_behind_epouse_is_of_the_patient() -> None:
    woman = replace(SIDECAR, patient=replace(PATIENT, first_name="Martine", sex=Sex.FEMALE))
    assert (
        _of("identity.name", "patiente deux points madame Durand épouse Bories Martine à la ligne bien point", woman)
        == []
    )
    assert _of("identity.name", "patiente deux points madame Durand épouse Bories Marine à la ligne bien point", woman)


@pytest.mark.parametrize(("born", "raised"), [(date(2025, 6, 1), False), (date(2010, 6, 1), True)])
def test_the_pregnancy_in_a_small_childs_letter_is_the_mothers(born: date, raised: bool) -> None:
    boy = replace(SIDECAR, patient=replace(PATIENT, birth_date=born))
    assert bool(_of("sex.procedure", "antécédents deux points grossesse bien suivie point", boy)) is raised


@pytest.mark.parametrize(
    ("said", "raised"),
    [
        ("vomissements", True),
        ("deux vomissements", False),
        ("palpitations depuis pâques", False),
        ("palpitations", True),
    ],
)
def test_what_is_counted_or_told_since_when_was_seen(said: str, raised: bool) -> None:
    assert (
        bool(_of("negation.stated", f"histoire de la maladie deux points douleur depuis hier, {said}, apyrexie point"))
        is raised
    )


def test_the_year_before_a_finding_counts_nothing() -> None:
    assert _of("negation.stated", "examens complémentaires deux points radiographie du 5 juin 2026 ostéite point")


def test_a_step_of_the_operation_is_no_finding() -> None:
    operation = replace(SIDECAR, letter_type=LetterType.OPERATION)
    letter = "intervention deux points {} virgule pas de saignement point"
    assert _of("negation.beside", letter.format("dissection du triangle de Calot"), operation) == []
    assert _of("negation.beside", letter.format("fuite biliaire"), operation)
