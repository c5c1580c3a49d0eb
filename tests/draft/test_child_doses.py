"""A child's dose that its age or its weight does not explain is a point; an adult's is another rule's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dictation.draft.doubts.child_doses import weights_at
from tests.draft.test_doubts import PATIENT, SIDECAR, doubts_of

VISIT = SIDECAR.visit_date
assert VISIT is not None


def told(text: str, years: int) -> list[str]:
    born = date(VISIT.year - years, 1, 15)
    child = replace(SIDECAR, patient=replace(PATIENT, birth_date=born))
    return [doubt.quote for doubt in doubts_of(text, child) if doubt.rule_id == "dose.child"]


@pytest.mark.parametrize(
    ("dose", "years"),
    [
        ("paracétamol vingt-huit milligrammes toutes les six heures", 6),
        ("paracétamol seize virgule cinq milligrammes quatre fois par jour", 2),
        ("ibuprofène dix-neuf milligrammes toutes les huit heures", 6),
        ("prednisolone cinquante milligrammes le matin", 1),
        ("amoxicilline trente milligrammes trois fois par jour", 4),
    ],
)
def test_ten_times_too_little_or_too_much_for_its_age_is_a_point(dose: str, years: int) -> None:
    assert len(told(f"traitement de sortie deux points {dose} point", years)) == 1
    assert told(f"traitement de sortie deux points {dose} point", 40) == []


@pytest.mark.parametrize(
    ("dose", "years"),
    [
        ("paracétamol deux cent quatre-vingts milligrammes toutes les six heures", 6),
        ("paracétamol cent soixante-cinq milligrammes quatre fois par jour", 2),
        ("paracétamol quarante milligrammes toutes les six heures", 0),
        ("ibuprofène cent quatre-vingt-dix milligrammes toutes les huit heures", 6),
        ("prednisolone vingt milligrammes le matin", 1),
        ("prednisolone cinquante milligrammes le matin", 14),
        ("amoxicilline cinq cents milligrammes trois fois par jour", 4),
        ("paracétamol quinze milligrammes par kilo toutes les six heures", 6),
    ],
)
def test_what_children_are_given_is_none(dose: str, years: int) -> None:
    assert told(f"traitement de sortie deux points {dose} point", years) == []


def test_a_weight_that_was_told_says_more_than_the_age() -> None:
    dose = "amoxicilline quatre-vingt-dix milligrammes trois fois par jour point"
    assert told(f"traitement de sortie deux points {dose}", 6) == ["Amoxicilline 90\u00a0mg 3 fois/jour"]
    light = f"examen clinique deux points poids neuf kilos point traitement de sortie deux points {dose}"
    assert told(light, 6) == []


@pytest.mark.parametrize("years", [0.0, 0.05, 0.9, 3.5, 11.0, 14.99])
def test_every_age_has_its_weights(years: float) -> None:
    lightest, heaviest = weights_at(years)
    assert 0 < lightest < heaviest
