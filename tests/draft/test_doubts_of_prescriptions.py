"""Prescriptions nobody writes: given twice, by a wrong route, at a wrong rhythm; and the same words set right."""

from __future__ import annotations

import pytest

from dictation.draft.doubts.context import plain, rows
from dictation.structure.lexicon import table
from tests.draft.test_doubts import SIDECAR, doubts_of
from tests.draft.test_doubts_of_values import raised


def of(prefix: str, text: str, *, child: bool = False) -> list[str]:
    return [quote for rule, quote in raised(text, child=child) if rule.startswith(prefix)]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Kardégic 75 mg, Aspégic 100 mg", "Kardégic 75 mg, Plavix 75 mg"),
        ("Crestor 10 mg, Tahor 20 mg", "Crestor 10 mg, Ezetrol 10 mg"),
        ("bisoprolol 5 mg, Cardensiel 5 mg", "bisoprolol 5 mg, Coversyl 5 mg"),
        ("Aldactone 25 mg, Inspra 25 mg", "Aldactone 25 mg, Lasilix 40 mg"),
        ("ramipril 5 mg, candésartan 8 mg", "ramipril 5 mg, amlodipine 5 mg"),
        ("Xarelto 20 mg, Lovenox 4000 UI par jour", "Xarelto 20 mg, Doliprane 1 g"),
        ("ibuprofène 400 mg, kétoprofène 50 mg", "paracétamol 1 g, kétoprofène 50 mg"),
    ],
)
def test_what_is_taken_twice_is_heard_again(wrong: str, right: str) -> None:
    assert len(of("drug.doubled", f"traitement habituel deux points {wrong} point")) == 1
    assert of("drug.doubled", f"traitement habituel deux points {right} point") == []


@pytest.mark.parametrize(
    "said",
    [
        "Oxycontin 10 mg matin et soir, Oxynorm 5 mg si douleur",  # all day, and when it hurts
        "quétiapine (Xeroquel LP) 50 mg",  # one thing, told twice
        "amlodipine (Amlor) 5 mg",
        "Tahor 20 mg en remplacement du Crestor 10 mg",
        "Lovenox 4000 UI par jour puis Xarelto 10 mg par jour",
        "Voltarène gel, ibuprofène 400 mg",
        "Levothyrox 100 µg le matin, Levothyrox 25 µg le dimanche",
    ],
)
def test_two_forms_and_one_instead_of_another_are_not(said: str) -> None:
    assert of("drug.doubled", f"traitement habituel deux points {said} point") == []


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Exacyl 1 g en intrathécale", "Exacyl 1 g en intraveineuse"),
        ("amphotéricine 50 mg en intrathécale", "amphotéricine 50 mg en intraveineuse"),  # of no table: the spine alone
        ("clindamycine 900 mg en péridurale", "ropivacaïne 2 mg/mL en péridurale"),
        ("Lovenox 4000 UI par jour intramusculaire", "Lovenox 4000 UI par jour sous-cutané"),
        ("Ferinject 1 g en injection sous-cutanée", "Ferinject 1 g en perfusion intraveineuse"),
        ("Lantus 24 unités en intraveineuse", "Lantus 24 unités en sous-cutané"),
        ("Triatec deux bouffées matin et soir", "Ventoline deux bouffées matin et soir"),
        ("Xarelto une goutte le soir", "Xalatan une goutte le soir"),
        ("Triatec dix gouttes le soir", "Seroplex dix gouttes le soir"),
        ("Vincristine 2 mg en intrathécale", "Méthotrexate 15 mg en intrathécale"),
    ],
)
def test_a_route_the_drug_never_takes_is_heard_again(wrong: str, right: str) -> None:
    assert len(of("drug.route", f"conduite à tenir deux points {wrong} point")) == 1
    assert of("drug.route", f"conduite à tenir deux points {right} point") == []


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Fosamax 70 mg une fois par jour", "Fosamax 70 mg une fois par semaine"),
        ("méthotrexate 15 mg par jour", "méthotrexate 15 mg par semaine"),
        ("méthotrexate 15 mg par jour le lundi", "méthotrexate 15 mg le lundi matin"),
        ("Eliquis 5 mg deux fois par semaine", "Eliquis 5 mg deux fois par jour"),
        ("Uvédose 100 000 UI une ampoule par jour", "Uvédose 100 000 UI une ampoule par mois"),
        ("Venlafaxine 75 mg si besoin", "Ventoline deux bouffées si besoin"),
        ("azithromycine 250 mg trois fois par heure", "azithromycine 250 mg trois fois par semaine"),
        (
            "Lamictal par paliers de 25 mg toutes les quinze heures",
            "Lamictal par paliers de 25 mg tous les quinze jours",
        ),
        ("Innohep 4500 UI par heure", "Innohep 4500 UI par jour"),
    ],
)
def test_a_rhythm_nobody_prescribes_is_heard_again(wrong: str, right: str) -> None:
    assert of("dose.rhythm", f"traitement de sortie deux points {wrong} point")
    assert of("dose.rhythm", f"traitement de sortie deux points {right} point") == []


def test_takings_too_near_each_other_are_heard_again() -> None:
    often, too_much = "Kardégic 75 mg neuf fois par jour", "Tazocilline 4 g quatorze fois par jour"
    rules = {said: [rule for rule, _ in raised(f"traitement deux points {said} point")] for said in (often, too_much)}
    assert rules == {often: ["dose.often"], too_much: ["dose.daily"]}  # told once: what is too much in a day is graver
    assert of("dose.often", "traitement deux points Modopar 125 mg cinq fois par jour point") == []


def test_a_child_is_given_more_by_weight_but_not_ten_times_more() -> None:
    assert of("dose.by_weight", "gentamicine 50 mg/kg point", child=True)
    assert of("dose.by_weight", "gentamicine 5 mg/kg point", child=True) == []


@pytest.mark.parametrize("table_name", ["routes", "rhythms", "one_at_a_time"])
def test_the_tables_name_drugs_of_the_lexicon(table_name: str) -> None:
    known = {plain(name) for row in table("drugs").values() for name in row[:2] if name}
    named = (
        [member.replace("+", " ") for _, members in rows(table_name) for member in members.split()]
        if table_name == "one_at_a_time"
        else [row[0] for row in rows(table_name)]
    )
    assert [name for name in named if plain(name) not in known] == []


@pytest.mark.parametrize(
    ("rule", "wrong", "right"),
    [
        ("dose.by_weight", "Rachianesthésie par bupivacaïne 100 mg", "Rachianesthésie par bupivacaïne 10 mg"),
        ("dose.by_weight", "Rachianesthésie, morphine 100 mg", "Rachianesthésie, morphine 100 µg"),
        ("dose.range", "Rachianesthésie, céfazoline 20 g", "Rachianesthésie, morphine 100 µg"),
        ("dose.by_weight", "Céfuroxime 10 mg dans 0,1 mL en intracamérulaire", "Céfuroxime 1 mg dans 0,1 mL"),
        ("dose.by_weight", "chlorhexidine 12 %", "chlorhexidine 0,12 %"),
        ("dose.range", "lupus, Endoxan 5000 mg", "lupus, Endoxan 500 mg"),
        ("dose.range", "BPCO, Atrovent 5 mg en nébulisation", "BPCO, Atrovent 0,5 mg en nébulisation"),
        ("dose.unit", "Inexium 175 UI/kg", "Innohep 175 UI/kg"),
        ("dose.sum", "Innohep 175 UI/kg soit 1 200 UI par jour", "Innohep 175 UI/kg soit 12 000 UI par jour"),
        ("dose.strength", "Coaprovel 150/125", "Coaprovel 150/12,5"),
        ("dose.strength", "Seroplex 200/6", "Symbicort 200/6"),
        ("dose.unit", "Syntocinon 5 mg", "Syntocinon 5 UI"),
        ("measure.", "Sténose de la carotide à 800 %", "Sténose de la carotide à 80 %"),
        ("measure.", "Né à 38 SA, 315 g", "Né à 38 SA, 3150 g"),
        ("measure.", "QTc 4180 ms", "QTc 418 ms"),
        ("measure.", "LDL à ramener sous 0,55 g/L (0,84 mg/L)", "LDL à ramener sous 0,55 g/L (0,84 g/L)"),
        ("dose.no_unit", "Novorapid 6 avant chaque repas", "Novorapid 6 unités avant chaque repas"),
    ],
)
def test_a_figure_of_its_place_is_heard_again(rule: str, wrong: str, right: str) -> None:
    assert of(rule, f"conduite à tenir deux points {wrong} point")
    assert of(rule, f"conduite à tenir deux points {right} point") == []


@pytest.mark.parametrize(
    "said",
    [
        "FEVG 31 %, Entresto 49/51 mg matin et soir", "VEMS à 112 % de la théorique", "CRP en hausse de 300 %",
        "injection d’Iomeron 350", "Bactrim suspension 5 mL matin et soir", "Théralène dix gouttes au coucher",
    ],
)  # fmt: skip
def test_ordinary_figures_are_not(said: str) -> None:
    assert raised(f"conduite à tenir deux points {said} point") == []


def test_what_is_stopped_and_stands_in_no_list_is_heard_again() -> None:
    taken = "traitement habituel deux points Lutényl 5 mg, Seroplex 10 mg, Kardégic 75 mg, Tahor 20 mg point "
    assert of("drug.unlisted", f"{taken}conduite à tenir deux points arrêt du Lasilix point")
    assert of("drug.unlisted", f"{taken}conduite à tenir deux points arrêt du Lutényl point") == []


@pytest.mark.parametrize(
    "said", ["bonne tolérance du {}", "ne pas interrompre le {}", "{} non reconduit", "{} à poursuivre"]
)
def test_what_is_spoken_of_as_taken_and_stands_in_no_list_is_heard_again(said: str) -> None:
    taken = "traitement habituel deux points Lutényl 5 mg, Seroplex 10 mg, Kardégic 75 mg, Tahor 20 mg point "
    assert of("drug.unlisted", f"{taken}examen deux points {said.format('Lasilix')} point")
    assert of("drug.unlisted", f"{taken}examen deux points {said.format('Tahor')} point") == []
    assert of("drug.unlisted", f"examen deux points {said.format('Lasilix')} point") == []  # no list it could stand in


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("cancer du sein droit, lénalidomide 25 mg", "myélome, lénalidomide 25 mg"),
        ("cancer du poumon, Xtandi 160 mg", "cancer de la prostate, Xtandi 160 mg"),
        ("dyspnée, Entresto matin et soir", "FEVG à 31 %, Entresto matin et soir"),
        ("toux, Dipiperon le soir", "agitation, Dipiperon le soir"),
        ("lombalgie, Tarceva le matin", "adénocarcinome bronchique, Tarceva le matin"),
    ],
)
def test_a_drug_of_another_illness_is_heard_again(wrong: str, right: str) -> None:
    assert of("drug.one_illness", f"conclusion deux points {wrong} point")
    assert of("drug.one_illness", f"conclusion deux points {right} point") == []


def test_a_dose_by_surface_is_of_what_treats_a_cancer() -> None:
    assert of("dose.by_weight", "conduite à tenir deux points ciclosporine 600 mg/m² point")
    assert of("dose.by_weight", "conduite à tenir deux points cyclophosphamide 600 mg/m² point") == []
    assert of("dose.by_weight", "conduite à tenir deux points aciclovir 500 mg/m² point", child=True) == []


def test_a_strength_of_no_box_speaks_for_another_name() -> None:
    assert of("dose.strength", "TDAH virgule traitement deux points Concerta 50 mg le matin point")
    assert of("dose.strength", "TDAH virgule traitement deux points Concerta 54 mg le matin point") == []


def test_what_is_counted_in_units_is_taken_for_nothing_weighed() -> None:
    letter = "diabète point constipation, Lantus {}le soir point"
    assert of("drug.lookalike", letter.format("12 unités ")) == []
    assert of("drug.lookalike", letter.format(""))  # « lactulose »


def test_what_runs_by_surface_or_is_nebulised_is_no_common_tablet_misheard() -> None:
    assert of("drug.seldom", "cancer du sein point épirubicine 90 mg point")
    assert of("drug.seldom", "cancer du sein point épirubicine 90 mg/m² point") == []
    assert of("drug.seldom", "traitement deux points Atrovent 0,5 mg le matin point")
    assert of("drug.seldom", "traitement deux points Atrovent 0,5 mg en nébulisation point") == []


def test_millions_of_units_are_a_dose() -> None:
    assert of("dose", "traitement deux points spiramycine 3 millions d’unités trois fois par jour point") == []
    assert of("dose", "traitement deux points Accofil 30 MU par jour point") == []
    assert of("dose.range", "traitement deux points héparine 30 MUI par jour point")
    assert of("dose.unit", "traitement deux points Zarzio 30 mui par jour point")  # written so by a recogniser
    assert of("dose.unit", "traitement deux points Syntocinon 5 mUI/min point") == []


def test_doses_changed_at_discharge_are_one_point() -> None:
    before = "traitement habituel deux points bisoprolol 1,25 mg le matin, furosémide 40 mg le matin point "
    after = "traitement de sortie deux points bisoprolol 2,5 mg le matin, furosémide 60 mg le matin point"
    assert len(of("dose.two", before + after)) == 1
    far = "traitement de sortie deux points bisoprolol 10 mg le matin, furosémide 20 mg le matin point"
    assert len(of("dose.two", before + far)) == 2


def test_an_allergy_is_no_excuse_for_what_it_forbids() -> None:
    letter = "allergie à la pénicilline point conduite à tenir deux points {} 500 mg, du fait de l’allergie point"
    told = {d.rule_id for d in doubts_of(letter.format("amoxicilline"), SIDECAR)}
    assert "allergy.prescribed" in told
    told = {d.rule_id for d in doubts_of(letter.format("lévofloxacine"), SIDECAR)}
    assert not {"allergy.prescribed", "allergy.vague"} & told


@pytest.mark.parametrize(("said", "raised_it"), [("", True), ("\u00a0: non confirmée", False)])
def test_an_allergy_that_was_ruled_out_forbids_nothing(said: str, raised_it: bool) -> None:
    letter = f"Allergie à l’amoxicilline{said}. Conduite à tenir deux points Augmentin 1 g trois fois par jour point"
    told = {d.rule_id for d in doubts_of(letter, SIDECAR)}
    assert ("allergy.prescribed" in told) is raised_it


@pytest.mark.parametrize(
    ("said", "rules"),
    [
        ("traitement deux points amikacine acide clavulanique deux grammes point", {"drug.partner"}),
        ("traitement deux points dexaméthasone formotérol deux bouffées matin et soir point", {"drug.partner"}),
        ("traitement deux points ritaline b12 un comprimé par jour point", {"drug.partner"}),
        ("traitement deux points amoxicilline acide clavulanique deux grammes point", set()),
        ("traitement deux points béclométasone formotérol deux bouffées matin et soir point", set()),
        ("traitement deux points insuline glargine douze unités le soir point", set()),
        ("traitement deux points amikacine puis acide clavulanique point", set()),
        ("allergies deux points allergie à la indométacine point", {"allergy.elision"}),
        ("allergies deux points allergie à l'indométacine point", set()),
        ("allergies deux points allergie à la pénicilline point", set()),
    ],
)
def test_names_that_do_not_go_with_what_stands_beside_them(said, rules):
    told = {doubt.rule_id for doubt in doubts_of(said)}
    assert told & {"drug.partner", "allergy.elision"} == rules
