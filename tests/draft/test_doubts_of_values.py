"""Values and drugs no patient has: each error is raised by its rule, and the same words without it are not doubted."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from dictation.draft.doubts.by_weight import limits_by_weight
from dictation.draft.doubts.context import plain, rows
from dictation.draft.doubts.measured import _measures
from dictation.draft.doubts.strengths import _sold
from dictation.structure.lexicon import table
from tests.draft.test_doubts import PATIENT, SIDECAR, doubts_of

OF_VALUES = ("measure.", "dose.", "drug.")


def raised(text: str, *, child: bool = False) -> list[tuple[str, str]]:
    sidecar = replace(SIDECAR, patient=replace(PATIENT, birth_date=date(2022, 3, 12))) if child else SIDECAR
    return [(d.rule_id, d.quote) for d in doubts_of(text, sidecar) if d.rule_id.startswith(OF_VALUES)]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("K 4,3 g/L", "K 4,3 mmol/L"),
        ("K 43 mmol/L", "K 6,8 mmol/L"),
        ("Na 14 mmol/L", "Na 114 mmol/L"),
        ("Hb préop 1,09 g/dL", "Hb préop 10,9 g/dL"),
        ("PTH 286 mg/mL", "PTH 286 pg/mL"),
        ("créat 82 mmol/L", "créat 82 µmol/L"),
        ("glycémie à jeun > 1,30 mmol/L", "glycémie à jeun > 1,30 g/L"),
        ("glycémie à jeun est à 0,89 mg/L", "glycémie à jeun est à 0,89 g/L"),
        ("CRP de sortie 38 g/L", "CRP de sortie 38 mg/L"),
        ("Dosage de la CRP ; au-delà de 150 g/L un scanner", "Dosage de la CRP ; au-delà de 150 mg/L un scanner"),
        ("troponine max 3 420 mg/L", "troponine max 3 420 ng/L"),
        ("Éosinophiles 420/L", "Éosinophiles 420/mm³"),
        ("anti-Xa 0,3 à 0,5 UI/L", "anti-Xa 0,3 à 0,5 UI/mL"),
        ("PSA 5,8 ng/mL en 2023, 8,9 mg/mL en mars 2025", "PSA 5,8 ng/mL en 2023, 8,9 ng/mL en mars 2025"),
        ("Pachymétrie de 58 et 524 microns", "Pachymétrie de 518 et 524 microns"),
        ("Rupture transfixiante du supra-épineux de 22 cm", "Rupture transfixiante du supra-épineux de 22 mm"),
        ("FEVG 520 %", "FEVG 52 %"),
        ("Implant monofocal de +2,15 D", "Implant monofocal de +21,5 D"),
        ("Radiothérapie (18 Gy en 39 fractions)", "Radiothérapie (78 Gy en 39 fractions)"),
    ],
)  # fmt: skip
def test_a_value_nobody_has_or_in_a_wrong_unit_is_heard_again(wrong: str, right: str) -> None:
    assert [rule for rule, _ in raised(f"résultats deux points {wrong} point")] in (
        ["measure.impossible"], ["measure.lens"], ["dose.fractions"],
    )  # fmt: skip
    assert raised(f"résultats deux points {right} point") == []


@pytest.mark.parametrize(
    "said",
    [
        "Créatinine en hausse de 20 %", "Clairance de la créatinine à 62 mL/min", "HbA1c 7,4 %", "K du sein en 2018",
        "CA 15-3 à 22 UI/mL", "P 66 kg", "Hémoglobine à treize grammes", "SpO2 95 % sous 2 L", "GB 17,2 G/L",
        "Ki-67 à 30 %", "Plaquettes 250 000/mm³", "Prostate de 48 mL", "DFG 62 mL/min/1,73 m²",
    ],
)  # fmt: skip
def test_what_letters_write_of_values_is_not_doubted(said: str) -> None:
    assert raised(f"résultats deux points {said} point") == []


@pytest.mark.parametrize(
    ("wrong", "right", "rule"),
    [
        ("Lidocaïne intraveineuse 10 mg/kg/h", "Lidocaïne intraveineuse 1 mg/kg/h", "dose.by_weight"),
        ("Metalyse 2,5 mg/kg", "Metalyse 0,25 mg/kg", "dose.by_weight"),
        ("pémétrexed 5000 mg/m²", "pémétrexed 500 mg/m²", "dose.by_weight"),
        ("carboplatine AUC 50", "carboplatine AUC 5", "dose.by_weight"),
        ("cisplatine AUC 5", "carboplatine AUC 5", "dose.by_weight"),
        ("Lumigan 0,1 g/mL, une goutte le soir", "Lumigan 0,1 mg/mL, une goutte le soir", "dose.by_weight"),
        ("Méthotrexate 1 mg/kg soit 650 mg", "Méthotrexate 1 mg/kg soit 65 mg", "dose.sum"),
        ("Héparine 50 UI/kg, soit 350 UI", "Héparine 50 UI/kg, soit 3500 UI", "dose.sum"),
        ("Poids 71 kg. Héparine 50 UI/kg, soit 8500 UI", "Poids 71 kg. Héparine 50 UI/kg, soit 3500 UI", "dose.sum"),
        ("Aranesp 40 → 500 µg", "Aranesp 40 → 50 µg", "dose.step"),
        ("Kaleorid 75 mg", "Kaleorid 600 mg", "dose.strength"),
        ("Kaleorid 500 mg", "Kaleorid 1000 mg", "dose.strength"),
        ("Creon 10 mg", "Creon 25 000 UI", "dose.strength"),
        ("Mopral LP le soir", "Xatral LP le soir", "drug.form"),
        ("Injections d'Elisor depuis 2023", "Injections d'Eylea depuis 2023", "drug.form"),
        ("Sprycel le matin", "Leucémie, Sprycel le matin", "drug.one_illness"),
    ],
)  # fmt: skip
def test_a_dose_or_a_drug_that_cannot_be_is_heard_again(wrong: str, right: str, rule: str) -> None:
    lead = "traitement de sortie deux points "
    assert rule in [found for found, _ in raised(f"{lead}{wrong} point")]
    assert rule not in [found for found, _ in raised(f"{lead}{right} point")]


@pytest.mark.parametrize(
    "said",
    ["Lovenox 40 mg/j", "Seretide 500/50 matin et soir", "Humalog Mix 25", "Lantus 24 U au coucher", "Tahor 40 mg"],
)
def test_the_ways_a_usual_dose_is_written_are_not_doubted(said: str) -> None:
    found = raised(f"traitement habituel deux points diabète, asthme point {said} point")
    assert [rule for rule, _ in found if rule.startswith("dose.")] == []


def test_units_written_with_one_letter_are_a_dose_like_any_other() -> None:
    found = raised("traitement habituel deux points diabète point Lantus 240 U au coucher point")
    assert [rule for rule, _ in found] == ["dose.range"]


def test_a_child_is_not_measured_by_the_doses_of_an_adult() -> None:
    text = "traitement de sortie deux points prednisolone soit 2 mg/kg soit 24 mg point"
    assert [rule for rule, _ in raised(text, child=True) if rule == "dose.sum"] == []
    assert "dose.sum" in [rule for rule, _ in raised(text.replace("24 mg", "24 g"), child=True)]


def test_the_tables_say_what_they_are_and_hold_together() -> None:
    for name in (
        "measured",
        "by_weight",
        "brand_strengths",
        "one_illness",
        "forms",
        "routes",
        "rhythms",
        "one_at_a_time",
    ):
        assert rows(name)
    assert len(_measures()) > 80 and all(least < most for m in _measures() for _, least, most in m.units)
    assert all(least <= most for told in limits_by_weight().values() for _, least, most in told)
    known = {plain(name) for name in table("drugs")}
    assert not [brand for brand in _sold() if brand not in known]
    assert not [name for name, _ in rows("one_illness") if not re.fullmatch(r"[\w ’-]+", name)]
