"""What a lost « pas », or a side misheard, leaves in its neighbours and in the grammar of a sentence."""

from __future__ import annotations

import pytest

from tests.draft.test_doubts import doubts_of

# What was said, and the rule that has it heard again; None: it reads well, and no rule of these does.
SAID = {
    # « aucune » heard as « une », in the midst of what is denied
    "bilan deux points pas de transfusion virgule une réserve de sang point": "negation.article",
    "allergie deux points pas d'allergie virgule une insuffisance rénale point": "negation.article",
    "bilan deux points pas de transfusion virgule une réserve de sang est faite point": None,
    "antécédents deux points pas d'asthme virgule une appendicite point": None,
    "allergie deux points pénicilline virgule pas de choc virgule une urticaire point": None,
    # the next of a list of what is absent
    "examen deux points pas de diplopie virgule ptosis point": "negation.behind",
    "examen deux points pas d'infiltration virgule trouble de la sensibilité de la joue point": "negation.behind",
    "examen deux points pas d'infiltration virgule abdomen souple point": None,
    "examen deux points pas d'infiltration virgule ptosis jamais point": None,
    "examen deux points pas de diplopie virgule ptosis ancien point": None,
    "examen deux points pas d'adénopathie virgule gêné pour lire point": None,
    # a kind, and nobody says which one
    "traitement deux points metformine mille milligrammes matin et soir virgule antiagrégant point": (
        "negation.kind_alone"
    ),
    "antécédents deux points sa mère a eu une phlébite point cancer point": "negation.kind_alone",
    "histoire deux points médicaments point": None,
    "antécédents deux points cancer du côlon en deux mille douze point": None,
    "allergies virgule aucune au latex virgule aucune aux médicaments point": None,
    # words only a denial goes with
    "examens complémentaires deux points tendon continu virgule chondrolyse significative point": ("negation.prepared"),
    "examens complémentaires deux points cholangiographie virgule présence de calcul de la voie biliaire point": (
        "negation.prepared"
    ),
    "examens complémentaires deux points une adénopathie iliaque droite ou gauche point": "negation.prepared",
    "examen deux points il y a une allergie à l'iode virgule allergie à l'iode connue point": "negation.prepared",
    "conduite à tenir deux points vaccin fait ce jour virgule refusée ce jour point": None,
    "examens complémentaires deux points présence de sang dans la vessie point": None,
    "examens complémentaires deux points présence d'un calcul de la voie biliaire point": None,
    "conduite à tenir deux points voie droite ou gauche selon le choix du patient point": None,
    # « de » behind what begins anew
    "conclusion deux points si d'amélioration on fera des injections point": "negation.lost",
    "conclusion deux points syndesmose stable donc de vis point": "negation.lost",
    "conclusion deux points pas de contact virgule lésion exophytique virgule de contre-indication point": (
        "negation.lost"
    ),
    "conclusion deux points pas de contact avec le sinus virgule de contre-indication point": None,
    "examen deux points pas virgule au repos virgule de douleur point": None,
    # grammar that only a lost word explains
    "histoire deux points une corde s'était dessinée dans la paume point": None,
    "évolution deux points il se plaint un l'anus point": "negation.agreement",
    "antécédents deux points une autre cancer point": "negation.agreement",
    "conduite à tenir deux points sevrage à débuter attendre point": "negation.verb",
    "conduite à tenir deux points naproxène deux fois par jour virgule dépasser cinq jours point": "negation.verb",
    "conduite à tenir deux points sevrage à débuter sans attendre point": None,
    "conduite à tenir deux points je vais laisser venir le patient virgule à faire cicatriser point": None,
    "technique deux points montée de la sonde difficulté point": "negation.missing",
    "technique deux points montée de la sonde virgule prochaine injection point": None,
    "antécédents deux points prothèse de hanche en deux mille seize avec complication point": "negation.with",
    "antécédents deux points antécédent de phlébite point": "negation.headless",
    "conduite à tenir deux points plus anti-inflammatoire point": "negation.no_french",
    "conduite à tenir deux points plus d'anti-inflammatoire point": None,
    "allergie deux points latex point intervention deux points allergie au latex virgule salle avec latex point": (
        "allergy.with"
    ),
    "intervention deux points pas d'allergie au latex virgule salle avec latex point": None,
    "histoire deux points une infiltration en juin avec effet point": "negation.with",
    "histoire deux points il ne boite ce côté virgule pas de luxation point": "negation.half",
    "histoire deux points il ne boite pas de ce côté virgule pas de luxation point": None,
    "examens complémentaires deux points dos normal virgule nævus suspect sur le tronc point": "negation.prepared",
    "antécédents deux points exposition à l'amiante point": "negation.headless",
    "examen deux points pas d'odeur virgule extension de l'érythème au-delà du genou point": "negation.behind",
    # behind what is as it should be
    "examen deux points la statique est conservée en décubitus virgule cyphose point": "negation.behind",
    "examen deux points pupilles égales virgule ptosis point": "negation.behind",
    "examen deux points pupilles égales virgule acuité à dix dixièmes point": None,
    "examen deux points pas d'infiltration virgule sensibilité de la fosse iliaque point": None,
    # what a half of a negation governs ends with its own « de »
    "examen deux points on ne voit d'adénopathie virgule pas de nodule suspect point": "negation.half",
    "examen deux points on ne voit pas d'adénopathie virgule pas de nodule suspect point": None,
    "examen deux points on voit d'adénopathie point": "negation.lost",
    "histoire deux points elle se plaint d'une fatigue et de douleurs osseuses point": None,
    "histoire deux points elle a une fatigue et de fièvre point": "negation.lost",
    # who excepts something has denied the rest
    "antécédents deux points une allergie sauf au sparadrap point": "negation.prepared",
    "antécédents deux points une allergie à la pénicilline point": None,
    "antécédents deux points pas d'allergie sauf au sparadrap point": None,
    # « pas de » heard as « une », before a drug
    "suites deux points tramadol si douleur virgule une kétoprofène point": "negation.agreement",
    "conduite à tenir deux points une statine virgule un docétaxel point": None,
    "conduite à tenir deux points lettre de sortie virgule l'anatomopathologie est encore revenue point": (
        "negation.no_french"
    ),
    "conduite à tenir deux points l'anatomopathologie n'est pas encore revenue point": None,
    "conduite à tenir deux points modification du traitement antiagrégant point": "negation.headless",
    "conduite à tenir deux points modification du traitement par baisse du bisoprolol point": None,
    "traitement deux points clopidogrel arrêté le vingt-neuf septembre virgule relais point": "negation.headless",
    "traitement deux points clopidogrel arrêté virgule relais par énoxaparine point": None,
    "allergie deux points allergie aux fruits de mer choc point": "negation.missing",
    "allergie deux points allergie aux fruits de mer sans choc point": None,
    # one compares with the other side
    "motif deux points entorse de la cheville droite point examen deux points laxité de la cheville droite point "
    "examens complémentaires deux points comparativement à la radiographie de droite point": "sides.compared",
    "motif deux points entorse de la cheville droite point examen deux points laxité de la cheville droite point "
    "examens complémentaires deux points comparativement à la radiographie de gauche point": None,
    # what is denied on the side that is ill
    "examens complémentaires deux points pneumopathie gauche virgule sans dystrophie du poumon gauche point": (
        "sides.denied"
    ),
    "examens complémentaires deux points pneumopathie gauche virgule sans dystrophie du poumon droit point": None,
    "examens complémentaires deux points masse du rein droit virgule pas de thrombus de la veine rénale droite point": (
        None
    ),
    # the gender of the word before a side
    "examens complémentaires deux points ischion droite de forme normale point": "sides.agreement",
    "examens complémentaires deux points ischion droit de forme normale point": None,
    "antécédents deux points cathéter tunnélisé jugulaire droit posé en mars deux mille vingt-cinq point": None,
    "antécédents deux points thrombose de la jugulaire droit en mars deux mille vingt-cinq point": "sides.agreement",
    # a disc and its root
    "conclusion deux points hernie discale gauche exclue en conflit avec la racine l5 droite point": "sides.unexpected",
    "conclusion deux points hernie discale gauche exclue en conflit avec la racine l5 gauche point": None,
    "conclusion deux points hernie discale gauche refoulant le sac virgule la racine droite est libre point": None,
    # a side said twice of one thing
    "examen deux points pas de nodule sur le foie gauche ni sur le foie gauche point": "sides.twice",
    "examen deux points pas de nodule sur le foie droit ni sur le foie gauche point": None,
    "examen deux points lésion cutanée virgule testicule gauche de seize millilitres virgule mou virgule testicule "
    "gauche de dix-neuf millilitres point": "sides.twice",
    "antécédents deux points canal carpien droit en deux mille huit virgule canal carpien droit en deux mille neuf "
    "point": "sides.twice",
    "antécédents deux points canal carpien droit en deux mille huit virgule canal carpien gauche en deux mille neuf "
    "point": None,
    "examens complémentaires deux points à gauche pas de fracture point à gauche deux ancres en place point": (
        "sides.twice"
    ),
    "examens complémentaires deux points à droite pas de fracture point à gauche deux ancres en place point": None,
    # of one side in everybody, or across from another
    "examens complémentaires deux points pas de lésion du tronc commun droit point": "sides.unexpected",
    "examens complémentaires deux points pas de lésion du tronc commun gauche point": None,
    "motif deux points hématome de l'hémisphère gauche point examen deux points hémiparésie gauche point": (
        "sides.unexpected"
    ),
    "motif deux points hématome de l'hémisphère droit point examen deux points hémiparésie gauche point": None,
    "antécédents deux points néphrectomie droite en deux mille onze point examens complémentaires deux points pas de "
    "récidive dans la loge rénale gauche point": "sides.unexpected",
}
_OF_THESE = frozenset(rule for rule in SAID.values() if rule)


@pytest.mark.parametrize("said", SAID)
def test_what_only_a_lost_or_misheard_word_explains_is_heard_again(said: str) -> None:
    found = [doubt for doubt in doubts_of(said) if doubt.rule_id in _OF_THESE]
    assert {doubt.rule_id for doubt in found} >= ({SAID[said]} if SAID[said] else set())
    assert SAID[said] or not found
    assert all(doubt.quote and "\u00a0" in doubt.reason and doubt.span for doubt in found)


DATED = {
    # what was found was found before the visit, whatever else the sentence plans
    "motif deux points contrôle d'un nodule découvert en août deux mille vingt-sept point": "date.future",
    "motif deux points contrôle d'un nodule découvert en août deux mille vingt-cinq point": None,
    "conduite à tenir deux points au vu du scanner du trois mars deux mille vingt-sept point": "date.future",
    "conduite à tenir deux points venir à jeun avant le scanner du trois mars deux mille vingt-sept point": None,
    "conduite à tenir deux points opérée à droite virgule elle sera revue le douze mars deux mille vingt-cinq point": (
        "date.past_follow_up"
    ),
    # « sera reçu » is to come
    "conduite à tenir deux points le patient sera reçu le vingt-huit décembre deux mille vingt-cinq point": (
        "date.past_follow_up"
    ),
    # planned in the visit, and not its day
    "consultation de préanesthésie du trois novembre deux mille vingt-six virgule monsieur michel durand virgule né le "
    "douze mars mille neuf cent cinquante-quatre virgule cholécystectomie prévue le seize décembre deux mille "
    "vingt-six point": None,
}


@pytest.mark.parametrize("said", DATED)
def test_a_date_is_past_or_to_come_by_the_word_before_it(said: str) -> None:
    assert [d.rule_id for d in doubts_of(said) if d.rule_id.startswith("date.")] == (
        [DATED[said]] if DATED[said] else []
    )


def test_a_lesion_of_the_brain_and_its_palsy_on_one_side_are_heard_again_both() -> None:
    said = "motif deux points hématome de l'hémisphère gauche point examen deux points hémiparésie gauche point"
    places = [doubt.section for doubt in doubts_of(said) if doubt.rule_id == "sides.unexpected"]
    assert len(places) == len(set(places)) == 2


def test_what_names_the_next_words_is_no_finding() -> None:
    said = "antécédents deux points pas d'asthme virgule {} point"
    for title, rule in (("ptosis", "negation.behind"), ("cancer", "negation.kind_alone")):
        assert rule in {doubt.rule_id for doubt in doubts_of(said.format(title))}
        assert rule not in {doubt.rule_id for doubt in doubts_of(said.format(f"{title} deux points opéré"))}


def test_two_words_of_one_sentence_are_two_points() -> None:
    said = (
        "examen deux points pas de diplopie virgule paralysie faciale virgule une ptosis virgule pas de nystagmus point"
    )
    quotes = {doubt.quote for doubt in doubts_of(said) if doubt.rule_id.startswith("negation.")}
    assert {"paralysie faciale", "une ptosis"} <= quotes


def test_a_letter_without_full_stops_has_room_to_say_its_side_again() -> None:
    long = "elle marche bien et va mieux chaque jour " * 20 + "hanche droite opérée en deux mille onze"
    assert [doubt.quote for doubt in doubts_of(long) if doubt.rule_id == "sides.once"]


WELL = "la cheville droite est stable et indolore"


@pytest.mark.parametrize(("said", "raised"), [(WELL, False), (WELL.replace("droite", "gauche"), True)])
def test_the_healthy_side_is_compared_with_nothing_and_is_not_the_ill_one(said: str, raised: bool) -> None:
    ill = "deux points entorse de la cheville gauche point"
    found = {doubt.rule_id for doubt in doubts_of(f"motif {ill} conclusion {ill} examen deux points {said} point")}
    assert ("sides.healthy" in found) is raised
    assert "sides.two" not in found


@pytest.mark.parametrize(
    "left", ["le rein droit et le rein gauche sont normaux", "l'œil droit ne présente pas de symptôme"]
)
def test_a_pair_and_a_side_without_complaint_are_no_second_side(left: str) -> None:
    ill = "motif deux points {0} gauche point conclusion deux points {0} gauche point examen deux points {1} point"
    organ = "tumeur du rein" if "rein" in left else "uvéite de l'œil"
    assert "sides.two" not in {d.rule_id for d in doubts_of(ill.format(organ, left))}
    other = left.replace("et le rein gauche sont normaux", "est douloureux").replace("ne présente pas de", "a un")
    assert "sides.two" in {d.rule_id for d in doubts_of(ill.format(organ, other))}


def test_a_conclusion_may_begin_by_its_name_and_an_ischion_is_compatible_with() -> None:
    said = "conclusion deux points {} décollement de rétine gauche point"
    lost = {word: "negation.lost" in {d.rule_id for d in doubts_of(said.format(word))} for word in ("au total", "œil")}
    assert lost == {"au total": False, "œil": True}
    tests = "examens complémentaires deux points signal anormal {} ostéite point"
    assert "negation.stated" not in {d.rule_id for d in doubts_of(tests.format("compatible avec une"))}
    assert "negation.stated" in {d.rule_id for d in doubts_of(tests.format("et une"))}
