"""Planted errors are raised, each by its rule, in French, with a quote the page can find; clean text is not doubted."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dictation.domain.documents import Doubt, Draft, LetterType, Risk, SectionKind, Sidecar
from dictation.domain.people import Addressee, Patient, Sex
from dictation.draft import doubts, write
from dictation.draft.doubts import RULES
from dictation.draft.doubts.usual import usual_doses
from dictation.structure import structure
from tests.structure.spoken import transcript_of
from transcribe.transcript import Flag

PATIENT = Patient("Durand", "Michel", date(1954, 3, 12), Sex.MALE, hospital_number="1")
SIDECAR = Sidecar(
    "10100000016", PATIENT, Addressee("Petit", "Sylvie"), LetterType.CONSULTATION, visit_date=date(2026, 11, 3)
)
OPENING = "monsieur michel durand né le douze mars mille neuf cent cinquante-quatre point "
CLEAN = OPENING + (
    "motif de consultation deux points toux point examen clinique deux points tension treize huit point "
    "conclusion deux points bronchite droite point "
    "conduite à tenir deux points paracétamol un gramme trois fois par jour point"
)


def draft_of(text: str, sidecar: Sidecar | None = SIDECAR, **heard: Any) -> Draft:
    transcript = transcript_of(text, **heard)
    return write(structure(transcript, sidecar), sidecar, None, transcript)


def doubts_of(text: str, sidecar: Sidecar | None = SIDECAR, **heard: Any) -> list[Doubt]:
    """The doubts, without those about missing headings and missing identity: most texts here are short."""
    short = ("mandatory", "identity.unconfirmed")
    return [d for d in draft_of(text, sidecar, **heard).doubts if not d.rule_id.startswith(short)]


def rules(doubts: list[Doubt]) -> list[str]:
    return [doubt.rule_id for doubt in doubts]


@pytest.mark.parametrize(
    "text",
    [
        "madame michel durand né le douze mars mille neuf cent cinquante-quatre point",
        OPENING + "antécédents deux points hystérectomie point",
    ],
)
def test_a_sex_that_is_not_known_contradicts_nothing(text: str) -> None:
    told = rules(doubts_of(text, replace(SIDECAR, patient=replace(PATIENT, sex=Sex.UNKNOWN))))
    assert not {"identity.sex", "sex.procedure"} & set(told)


def test_a_clean_letter_has_no_doubt() -> None:
    assert draft_of(CLEAN).doubts == ()


PLANTED = {
    "another name": (OPENING.replace("durand", "durant"), "identity.name"),
    "another first name": (OPENING.replace("michel", "marcel"), "identity.name"),
    "another birth date": (OPENING.replace("douze", "treize"), "identity.birth_date"),
    "another addressee": ("courrier au docteur anne petit à la ligne bien point", "identity.addressee"),
    "dose ten times too high": ("paracétamol dix grammes par jour point", "dose.range"),
    "dose ten times too low": ("amlodipine zéro virgule cinq milligramme par jour point", "dose.range"),
    "too often a day": ("paracétamol un gramme huit fois par jour point", "dose.daily"),
    "unit of another size": ("lévothyroxine soixante-quinze milligrammes par jour point", "dose.range"),
    "unit of another kind": ("énoxaparine quatre mille milligrammes par jour point", "dose.unit"),
    "no unit": ("bisoprolol cinq le matin point", "dose.no_unit"),
    "drug that resembles one": ("amlodapine cinq milligrammes le matin point", "drug.resembles"),
    "drug nobody knows": ("zibrolax cinq milligrammes le matin point", "drug.unknown"),
    "two sides, two sections": (
        "motif de consultation deux points gonarthrose droite point "
        "conclusion deux points prothèse du genou gauche point",
        "sides.two",
    ),
    "two sides, one organ": (
        "conclusion deux points hernie du côté gauche point la hernie droite est opérée point",
        "sides.two",
    ),
    "allergic and prescribed": (
        "allergies deux points allergie à la pénicilline point traitement de sortie deux points augmentin un gramme "
        "trois fois par jour point",
        "allergy.prescribed",
    ),
    "a day that is none": ("opéré le trente février deux mille vingt-six point", "date.impossible"),
    "before birth": (OPENING + "opéré le trois mars mille neuf cent cinquante point", "date.before_birth"),
    "a side corrected": ("douleur du genou droit correction du genou gauche point", "edit.corrected"),
    "a sentence erased": ("pas de fièvre point elle tousse point efface la dernière phrase", "edit.erased"),
    "a score that does not add up": ("gleason sept trois plus trois point", "class.gleason"),
    "a dose nobody prescribes": ("prégabaline deux cent cinquante milligrammes le soir point", "dose.uncommon"),
    "two doses of one drug": (
        "antécédents deux points hypertension traitée par ramipril cinq milligrammes point "
        "traitement de sortie deux points ramipril deux virgule cinq milligrammes le matin point",
        "dose.two",
    ),
    "crossed allergy": ("allergie à la pénicilline point céfazoline deux grammes point", "allergy.prescribed"),
    "a drug that fits another illness": (
        "antécédents deux points hypertension artérielle traitée par amiodarone point",
        "drug.lookalike",
    ),
    "a name for a man": (
        "madame michel durand née le douze mars mille neuf cent cinquante-quatre point",
        "identity.sex",
    ),
    "another age": ("monsieur michel durand âgé de trente-deux ans point", "identity.age"),
    "an organ of the other sex": (OPENING + "antécédents deux points hystérectomie point", "sex.procedure"),
    "half a negation": ("examen clinique deux points il n'y a de globe vésical point", "negation.half"),
    "a negation that lost its first word": ("examen clinique deux points de fièvre point", "negation.lost"),
    "what is nearly always denied": ("allergies deux points allergie connue point", "negation.lost"),
    "smooth, and yet": (
        "déroulement du séjour deux points les suites ont été simples virgule fièvre point",
        "negation.lost",
    ),
    "a fever there has been of": (
        "déroulement du séjour deux points drain retiré au deuxième jour point il y a eu de fièvre point",
        "negation.lost",
    ),
    "seen without an article": ("examen clinique deux points l'examen retrouve d'adénopathie point", "negation.lost"),
    "with, where without is said": (
        "intervention deux points ablation du matériel avec incident point",
        "negation.with",
    ),
    "a finding alone in its sentence": ("examen clinique deux points un déficit sensitif point", "negation.lost"),
    "allergic to nothing named": ("antécédents deux points allergie médicamenteuse point", "allergy.vague"),
    "allergic to a whole family": (
        "antécédents deux points asthme virgule allergie aux antibiotiques point",
        "allergy.vague",
    ),
    "a note inside a sentence": ("genou sec note à la secrétaire joindre la radio point", "aside.left"),
    "a drug resumed and never named": (
        "traitement habituel deux points metformine mille milligrammes matin et soir point "
        "traitement de sortie deux points la métoclopramide est reprise à la même dose point",
        "drug.resumed",
    ),
    "an allergen that sounds like another": (
        "allergies deux points allergie à la varénicline point",
        "allergy.lookalike",
    ),
    "one side for two measures": (
        "examen clinique deux points acuité de trois dixièmes à droite et de huit dixièmes à droite point",
        "sides.twice",
    ),
    "a side that does not agree": ("examen clinique deux points douleur du poignet droite point", "sides.agreement"),
    "an adjective between": ("antécédents deux points phlébite du membre inférieur droite point", "sides.agreement"),
    "a side after the same side": (
        "intervention deux points paracentèse gauche puis gauche point",
        "sides.twice",
    ),
    "healthy on the ill side": (
        "motif de consultation deux points nodule du sein gauche point "
        "examen clinique deux points pas d'anomalie du sein gauche point",
        "sides.healthy",
    ),
    "operated before on the same side": (
        "motif de consultation deux points syndrome du canal carpien gauche point "
        "antécédents deux points canal carpien gauche opéré en deux mille vingt-trois point",
        "sides.again",
    ),
    "a sign of nothing": ("conclusion deux points abcès point signe de perforation point", "negation.headless"),
    "a thing behind a verb of being": ("examen clinique deux points l'abdomen est douleur point", "negation.missing"),
    "one old illness alone": ("antécédents deux points asthme point une phlébite point", "negation.one"),
    "seen of a thing": (
        "déroulement du séjour deux points il y a eu de transformation hémorragique point",
        "negation.lost",
    ),
    "one of a list whose others are denied": (
        "examen clinique deux points fièvre virgule pas de frissons virgule pas de sueurs point",
        "negation.lost",
    ),
    "ni alone": ("déroulement du séjour deux points suites simples fièvre ni saignement point", "negation.half"),
    "denied and stated": (
        "examen clinique deux points pas de fièvre point conclusion deux points une fièvre point",
        "negation.contradicted",
    ),
    "an appendix on the left": (
        "motif de consultation deux points appendicite point "
        "examen clinique deux points douleur de la fosse iliaque gauche point",
        "sides.unexpected",
    ),
    "no side at all": ("conclusion deux points gonarthrose évoluée point", "sides.missing"),
    "a follow-up in the past": (
        "conduite à tenir deux points consultation le trois mars deux mille vingt-six point",
        "date.past_follow_up",
    ),
    "an operation to come": ("antécédents deux points opéré le trois mars deux mille vingt-neuf point", "date.future"),
    "a stay that ends before it begins": (
        "monsieur durand a été hospitalisé du douze au dix octobre deux mille vingt-six point",
        "date.order",
    ),
    "another visit": (
        "j'ai vu en consultation le deux octobre deux mille vingt-six monsieur michel durand point",
        "date.sidecar",
    ),
    "the wrong day of the week": (
        "conduite à tenir deux points consultation le lundi premier décembre deux mille vingt-six point",
        "date.weekday",
    ),
    "a title and nothing under it": (CLEAN + " résultats en attente deux points", "mandatory.empty"),
    "a pressure with a comma": ("tension artérielle 13,8 point", "pressure.decimal"),
    "two numbers side by side": ("débit vingt cent point", "number.neighbours"),
    "two numbers and a hesitation": ("prescription de vingt euh deux comprimés point", "number.neighbours"),
    "a full stop or a decimal": ("lésion de deux point cinq centimètres point", "number.point"),
    "a colon or two stitches": ("suture par deux points à la ligne pas de drain point", "command.unclear"),
}


@pytest.mark.parametrize("plant", list(PLANTED))
def test_a_planted_error_is_raised(plant: str) -> None:
    text, rule = PLANTED[plant]
    assert rule in rules(list(draft_of(text).doubts))


@pytest.mark.parametrize(
    "text",
    [
        "conclusion deux points hernie inguinale gauche point il n'y a pas de hernie à droite point",
        "antécédents deux points prothèse du genou gauche point conclusion deux points gonarthrose droite point",
        "conclusion deux points arthrose bilatérale point prothèse du genou droit point",
        "examen deux points genou droit stable virgule hanche droite libre virgule lobe supérieur droit clair point",
        "intervention deux points incision du grand droit point veine jugulaire interne droite ponctionnée point",
        "intervention deux points paracentèse droite puis gauche point",
        "antécédents deux points une arthroscopie en deux mille huit point une hernie opérée point",
        "examen clinique deux points il y a de petites lésions virgule de face virgule de bonne qualité point",
        "motif de consultation deux points nodule du sein gauche point pas d'anomalie du sein droit point",
        "antécédents deux points prothèse de hanche droite point motif deux points descellement à droite point",
        "aucune allergie connue point amoxicilline un gramme trois fois par jour point",
        "allergie à la pénicilline point paracétamol un gramme point",
        "amoxicilline quatre-vingts milligrammes par kilo par jour point",
        "prostate de cinquante-cinq grammes et résidu de quarante millilitres point",
        "hémoglobine treize grammes deux point",
        "monsieur durand est vu ce jour point",
        "prégabaline soixante-quinze milligrammes matin et soir point",
        "ramipril cinq milligrammes point augmentation du ramipril dix milligrammes point",
        "antécédents deux points fibrillation auriculaire traitée par amiodarone deux cents milligrammes point",
        "sa mère a eu une hystérectomie point",
        "examen clinique deux points il n'y a pas de globe vésical point aucune douleur n'est retrouvée point",
        "déroulement du séjour deux points les suites ont été simples virgule sans fièvre ni saignement point",
        "examen clinique deux points genou droit douloureux point le genou gauche est normal point "
        "conclusion deux points gonarthrose droite point",
        "conduite à tenir deux points consultation le premier décembre deux mille vingt-six point",
        "antécédents deux points opéré le trois mars deux mille vingt point",
        "traitement habituel deux points metformine mille milligrammes matin et soir point "
        "traitement de sortie deux points la metformine est reprise à la même dose point",
        "allergies deux points allergie à la codéine et à l'amoxicilline point",
        "examen clinique deux points acuité de trois dixièmes à droite et de huit dixièmes à gauche point",
        "antécédents deux points rhinite allergique point allergie aux arachides point",
        "allergies deux points pas d'allergie médicamenteuse point",
        "intervention deux points ablation du matériel avec amplificateur sans incident point",
        "examen clinique deux points l'examen retrouve de nombreux nævus et de petites cicatrices point",
        "déroulement du séjour deux points il a présenté une douleur avec recrudescence nocturne point",
    ],
)
def test_what_is_in_order_is_not_doubted(text: str) -> None:
    assert rules(doubts_of(text)) == []


@pytest.mark.parametrize(
    ("word", "rule", "risk"),
    [
        ("cinq", "heard.drug", Risk.HIGH),
        ("milligrammes", "heard.drug", Risk.HIGH),
        ("droit", "heard.side", Risk.HIGH),
        ("quarante", "heard.measurement", Risk.MEDIUM),
        ("mars", "heard.date", Risk.MEDIUM),
    ],
)
def test_a_figure_side_or_unit_heard_badly_is_raised(word: str, rule: str, risk: Risk) -> None:
    text = "amlodipine cinq milligrammes point genou droit point lésion de quarante millimètres vue le deux mars point"
    assert doubts_of(text) == []
    [doubt] = doubts_of(text, unsure={word: 0.3})
    assert (doubt.rule_id, doubt.risk) == (rule, risk)


def test_a_telephone_line_is_trusted_less() -> None:
    text = "lésion de quarante millimètres point"
    assert doubts_of(text, unsure={"quarante": 0.85}) == []
    assert rules(doubts_of(text, unsure={"quarante": 0.85}, narrow_band=True)) == ["heard.measurement"]


def test_a_negation_heard_badly_is_raised() -> None:
    text = "examen clinique deux points pas de fièvre point"
    assert rules(doubts_of(text, unsure={"pas": 0.3})) == ["negation.heard"]


@pytest.mark.parametrize("left", ["", " point", " un point"])
def test_an_empty_heading_is_raised_at_its_sound(left: str) -> None:
    text = f"motif deux points toux point à la ligne allergies deux points{left} antécédents deux points asthme point"
    draft = draft_of(text)
    [doubt] = [d for d in draft.doubts if d.rule_id == "mandatory.empty"]
    assert doubt.risk is Risk.HIGH and "«\u00a0Allergies\u00a0»" in doubt.reason
    assert doubt.span is not None and doubt.span.start < doubt.span.end
    assert next(s.text for s in draft.sections if s.kind is SectionKind.HISTORY).startswith("Asthme")


NAMED = "monsieur durand est vu ce jour point"
BROTHER = Patient("Durand", "Marcel", date(1957, 6, 1), Sex.MALE, hospital_number="2")


def identity_of(text: str, *others: Patient) -> list[str]:
    transcript = transcript_of(text)
    draft = write(structure(transcript, SIDECAR), SIDECAR, None, transcript, others=others)
    return [doubt.rule_id for doubt in draft.doubts if doubt.rule_id.startswith("identity")]


def test_two_facts_must_agree_with_the_sidecar() -> None:
    assert identity_of("le patient est vu ce jour point") == ["identity.unconfirmed"]
    assert identity_of(NAMED) == []  # surname and sex
    assert identity_of(OPENING) == []


def test_another_patient_of_the_day_who_fits_as_well_is_named() -> None:
    assert identity_of(NAMED, BROTHER) == ["identity.other_patient"]
    assert identity_of(OPENING, BROTHER) == []
    assert "identity.other_patient" in identity_of("monsieur marcel durand est vu ce jour point", BROTHER)


def test_a_rule_that_fails_is_a_point_and_holds_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(context: object) -> list[Doubt]:
        raise ZeroDivisionError("what was dictated")

    monkeypatch.setitem(RULES, "doses", broken)
    doubts = draft_of(CLEAN).doubts
    assert [(doubt.rule_id, doubt.risk) for doubt in doubts] == [("rule.failed", Risk.HIGH)]


def test_a_badly_heard_word_without_figures_is_not_raised() -> None:
    assert doubts_of("examen parfaitement normal point", unsure={"parfaitement": 0.2}) == []


@pytest.mark.parametrize(
    "kind", ["speech_without_words", "words_without_speech", "loop", "prompt_echo", "early_end", "new"]
)
def test_what_recognition_flags_is_raised_with_its_sound(kind: str) -> None:
    [doubt] = doubts_of("examen normal point", flags=(Flag(kind, 0.5, 0.9, "3 s"),))
    assert doubt.rule_id == f"coverage.{kind}"
    assert doubt.span is not None and (doubt.span.start, doubt.span.end) == (0.5, 0.9)


def test_each_legal_heading_of_a_discharge_letter_is_asked_for() -> None:
    draft = draft_of(
        "motif d'hospitalisation deux points toux point allergies deux points aucune point "
        "examens réalisés deux points biopsie bronchique point",
        replace(SIDECAR, letter_type=LetterType.DISCHARGE),
    )
    asked = " ".join(doubt.reason for doubt in draft.doubts if doubt.rule_id == "mandatory.heading")
    for title in ("Synthèse médicale du séjour", "Traitement de sortie", "Résultats en attente", "Suites à donner"):
        assert title in asked
    assert "Motif" not in asked
    assert asked.count("R.1112-1-2") == 2  # what may harm apart


def test_a_report_of_a_stay_is_asked_for_the_same_without_the_law() -> None:
    draft = draft_of("compte rendu d'hospitalisation point à la ligne motif deux points toux point", None)
    assert draft.letter_type is LetterType.STAY
    high, medium = (doubt for doubt in draft.doubts if doubt.rule_id == "mandatory.heading")
    assert high.risk is Risk.HIGH and "Traitement de sortie" in high.reason
    assert "Suites à donner" in medium.reason and "R.1112" not in high.reason + medium.reason


def test_an_operation_needs_its_date() -> None:
    operation = replace(SIDECAR, letter_type=LetterType.OPERATION, visit_date=None)
    assert "mandatory.date" in rules(list(draft_of("intervention deux points cure de hernie point", operation).doubts))
    dated = "date de l'intervention deux points le neuf mars deux mille vingt-six point"
    assert "mandatory.date" not in rules(list(draft_of(dated, operation).doubts))


def test_a_kind_of_letter_said_otherwise_than_in_the_sidecar_is_raised() -> None:
    assert "letter_type.differs" in rules(doubts_of("compte rendu opératoire point à la ligne bien point"))


def test_nothing_recognised_is_said_so() -> None:
    assert "coverage.empty" in rules(doubts_of(""))


@pytest.mark.parametrize("plant", PLANTED)
def test_every_doubt_can_be_found_heard_and_read(plant: str) -> None:
    draft = draft_of(PLANTED[plant][0])
    texts = {section.kind: section.text for section in draft.sections}
    for doubt in draft.doubts:
        if doubt.quote:
            assert doubt.section is not None and doubt.quote in texts[doubt.section]
            assert doubt.span is not None
        assert doubt.reason.endswith(".")
        assert not re.search(r"[^\u00a0]:|[^\u202f];|'|« (?!$)| »", doubt.reason.replace("\u00a0;", "\u202f;"))
    assert len({doubt.key for doubt in draft.doubts}) == len(draft.doubts)


def test_the_most_dangerous_comes_first() -> None:
    doubts = draft_of(PLANTED["another name"][0] + " bisoprolol cinq le matin point").doubts
    assert [doubt.risk for doubt in doubts] == sorted((doubt.risk for doubt in doubts), reverse=True)
    assert doubts[0].rule_id == "identity.name"


def test_many_doubts_of_one_kind_are_told_together() -> None:
    sizes = str.split("onze douze treize quatorze quinze seize vingt trente")
    text = " ".join(f"lésion de {size} millimètres point" for size in sizes)
    doubts = doubts_of(text, unsure=dict.fromkeys(sizes, 0.2))
    assert len(doubts) == 6
    assert "3 autres" in doubts[-1].reason


def test_a_doubt_in_a_repeated_number_quotes_enough_to_tell_which() -> None:
    text = "nodule de dix millimètres à droite point kyste de dix millimètres à gauche point"
    transcript = transcript_of(text)
    words = tuple(replace(w, probability=0.2) if n == 9 else w for n, w in enumerate(transcript.words))
    heard = replace(transcript, words=words)
    [doubt] = [d for d in write(structure(heard), None, LetterType.CONSULTATION, heard).doubts if "heard" in d.rule_id]
    assert doubt.quote == "Kyste de 10\u00a0mm"


def test_every_rule_is_in_the_table_and_every_usual_dose_makes_sense() -> None:
    folder = Path(doubts.__file__).parent
    files = {file.stem for file in folder.glob("*.py") if re.search(r"^def check\(", file.read_text("utf-8"), re.M)}
    assert files == set(RULES)
    for name, usual in usual_doses().items():
        assert 0 < usual.least <= usual.most <= usual.most_a_day, name
        assert all(usual.in_range(dose) for dose in usual.doses), name
        assert usual.source


_STORY = (
    "madame durand vue pour une douleur point elle a mal depuis un mois point elle marche bien point "
    "la radiographie est normale point {} point elle sera revue dans un mois point"
)


MISHEARD = {
    "relais au énoxaparine quatre mille unités par jour point": "drug.elision",
    "du escitalopram vingt milligrammes le matin point": "drug.elision",
    "au genou une troubles de la sensibilité point": "negation.agreement",
    "irm avec une gadolinium point": "negation.agreement",
    "biologie deux points hémoglobine à sept virgule deux milligrammes point": "measure.impossible",
    "fille de trente-deux mille quatre cents grammes point": "measure.impossible",
    "paracétamol un gramme sans dépasser quarante grammes par jour point": "dose.limit",
    "antécédents deux points pas d'asthme virgule névrome virgule pas de toux point": "negation.beside",
    "examen clinique deux points une gynécomastie point": "negation.one",
    "elle n'a perdu connaissance et ne prend aucun anticoagulant point": "negation.half",
    "il ne peut prendre d'aspirine point": "negation.half",
    "autre complication anesthésique point": "negation.headless",
    "acide alendronique soixante-dix grammes une fois par semaine point": "dose.range",
    "le ventricule droite se contracte bien point": "sides.agreement",
    "tramadol en gouttes cinq cents milligrammes le soir point": "dose.range",
    "hypertendu point allergie point à la ligne anesthésie générale par le docteur roux point": "allergy.heading",
    "antécédents deux points une diabète point": "negation.agreement",
    "il n'a de vertige pas de douleur point": "negation.half",
    "l'autre sein est anomalie à l'échographie point": "negation.missing",
    "examen clinique deux points artères souples virgule sténose carotidienne point": "negation.beside",
    "fracture fermée virgule ouverture cutanée point": "negation.headless",
    "paracétamol un gramme trois fois par jour point antibiotique point": "negation.headless",
    "tension dix sept point": "pressure.one",
    "glasgow treize y trois v quatre m cinq point": "class.glasgow",
}


@pytest.mark.parametrize("said", MISHEARD)
def test_what_only_a_misheard_word_explains_is_a_point(said: str) -> None:
    assert MISHEARD[said] in {doubt.rule_id for doubt in doubts_of(said)}


@pytest.mark.parametrize(
    "said",
    [
        "du citalopram vingt milligrammes le matin point",
        "un corps étranger de la cornée point",
        "biologie deux points hémoglobine à sept virgule deux grammes par décilitre point",
        "fille de trois mille deux cent quarante grammes point",
        "paracétamol un gramme sans dépasser quatre grammes par jour point",
        "examen clinique deux points ni asthme ni bradycardie point",
        "plan deux points bain de bouche trois fois par jour point",
        "anesthésie locale par quinze millilitres de lidocaïne point",
        "amoxicilline acide clavulanique un gramme trois fois par jour point",
        "latanoprost cinquante microgrammes par millilitre virgule une goutte le soir point",
        "douleur de la côte droite et de la huitième côte droite point",
        "examen clinique deux points patient calme avec tension à treize huit point",
        "antécédents deux points accident vasculaire avec séquelles motrices point",
        "douleur sourde virgule plus intense virgule parfois nocturne point",
        "un périnée souple point",
        "autre chose virgule il dort mal point",
        "allergies deux points éruption sous amoxicilline point",
        "plan deux points antalgique virgule antibiotique virgule repos point",
        "allergies deux points gluten et poils de chat point",
        "antécédents deux points hypertension virgule phlébite virgule embolie pulmonaire virgule péritonite point",
        "rifampicine six cents milligrammes matin et soir pour cent sept kilos point",
        "céfuroxime un milligramme dans zéro virgule un millilitre point",
        "oxaliplatine quatre-vingt-cinq milligrammes par mètre carré soit cent vingt-six milligrammes point",
        "vancomycine trois grammes par jour point",
        "atropine un pour cent une goutte matin et soir point",
        "insuline glargine vingt-deux unités le soir point",
        "elle nie tout blocage et n'a jamais eu de fièvre point",
        "vitrectomie avec endolaser et gaz point",
        "examen clinique deux points rougeur de deux centimètres point",
        "scanner de contrôle à faire avant le cinq décembre deux mille vingt-six point",
    ],
)
def test_what_reads_well_is_none(said: str) -> None:
    assert [doubt for doubt in doubts_of(said) if not doubt.rule_id.startswith("sides.once")] == []


def _of_irene(text: str) -> set[str]:
    irene = Patient("Zeller", "Irène", date(1957, 2, 28), Sex.FEMALE, hospital_number="2")
    sidecar = replace(SIDECAR, patient=irene, visit_date=date(2026, 1, 22))
    born = "vingt-huit février mille neuf cent cinquante-sept"
    draft = draft_of(f"{text} virgule {born} point vue ce jour point", sidecar)
    return {doubt.rule_id for doubt in draft.doubts if doubt.rule_id.startswith("identity")}


def test_a_name_without_madame_is_compared_too() -> None:
    assert _of_irene("zeller irène") == _of_irene("irène zeller") == set()
    assert "identity.name" in _of_irene("zeller hélène")
    assert "identity.name" in _of_irene("irène bernard")


def test_the_other_half_of_a_name_is_quoted_as_it_stands_in_the_letter() -> None:
    malo = Patient("Bréhat", "Malo", date(2022, 4, 1), Sex.MALE, hospital_number="3")
    draft = draft_of("bonjour claire virgule merci pour le petit hélène bréhat point", replace(SIDECAR, patient=malo))
    [doubt] = [doubt for doubt in draft.doubts if doubt.rule_id == "identity.name"]
    assert doubt.quote.casefold() == "hélène"
    assert "Malo Bréhat" in doubt.reason and doubt.quote in doubt.reason


def test_a_child_is_not_given_too_little_by_the_table_of_adults() -> None:
    child = replace(PATIENT, birth_date=date(2024, 3, 12))
    rules = [
        {doubt.rule_id for doubt in doubts_of(said, replace(SIDECAR, patient=child))}
        for said in ("paracétamol cent cinquante milligrammes point", "paracétamol dix grammes point")
    ]
    assert "dose.range" not in rules[0]
    assert "dose.range" in rules[1]


def test_the_only_side_of_a_letter_is_heard_again() -> None:
    [doubt] = [d for d in doubts_of(_STORY.format("infiltration du genou droit")) if d.rule_id.startswith("sides")]
    assert (doubt.rule_id, doubt.risk, doubt.quote) == ("sides.once", Risk.MEDIUM, "droit")
    assert "dit une seule fois" in doubt.reason


def test_the_side_of_an_old_operation_is_confirmed_by_its_own_organ_only() -> None:
    said = (
        "genou droit sec point infiltration du genou droit point à la ligne antécédents deux points {} point à la ligne"
    )
    for old, raised in (("cataracte droite opérée", ["droite"]), ("arthroscopie du genou droit", [])):
        found = [d.quote for d in doubts_of(_STORY.format(said.format(old))) if d.rule_id == "sides.once"]
        assert found == raised


def test_of_one_right_and_one_left_both_are_heard_again() -> None:
    said = "genou droit sec point épaule gauche souple"
    found = [d for d in doubts_of(_STORY.format(said)) if d.rule_id.startswith("sides")]
    assert [(doubt.rule_id, doubt.quote) for doubt in found] == [("sides.once", "droit"), ("sides.once", "gauche")]


@pytest.mark.parametrize(
    "said", ["genou droit douloureux point infiltration du genou droit", "arthrose bilatérale point genou droit sec"]
)
def test_a_side_the_letter_says_again_is_not(said: str) -> None:
    assert [d.rule_id for d in doubts_of(_STORY.format(said)) if d.rule_id.startswith("sides")] == []


def test_a_side_against_most_of_the_others_is_heard_again() -> None:
    said = "genou gauche sec point cheville gauche mobile point attelle du poignet droit"
    [doubt] = [d for d in doubts_of(_STORY.format(said)) if d.rule_id.startswith("sides")]
    assert (doubt.rule_id, doubt.risk, doubt.quote) == ("sides.against", Risk.MEDIUM, "droit")


@pytest.mark.parametrize(
    ("said", "raised"),
    [
        ("examen clinique deux points il y a un épanchement point", "Il y a un épanchement"),
        ("examen clinique deux points il y a un épanchement de vingt millilitres point", ""),
        ("examen clinique deux points le nodule palpé est mobile point", ""),
        ("examen clinique deux points il n'y a pas d'épanchement point", ""),
    ],
)
def test_what_is_usually_denied_and_told_no_more_of_is_heard_again(said: str, raised: str) -> None:
    found = [d.quote for d in doubts_of(said) if d.rule_id == "negation.stated"]
    assert found == ([raised] if raised else [])


@pytest.mark.parametrize(
    ("said", "raised"),
    [
        ("le résultat de la biopsie est encore revenu point", True),
        ("le résultat de la biopsie n'est pas encore revenu point", False),
        ("elle doit consulter avec tarder point", True),
        ("il doit consulter avec un scanner point", False),
        ("traitement par lévothyroxine pour le moment point", True),
        ("pas de traitement par lévothyroxine pour le moment point", False),
        ("surveillance simple pour le moment point", False),
        ("depuis un an point de saignement point", True),
        ("au toucher rectal la prostate est souple sans nodule sans suspect point", True),
        ("la prostate est souple sans nodule suspect point", False),
    ],
)
def test_what_is_no_french_without_its_negation_is_heard_again(said: str, raised: bool) -> None:
    assert any(d.rule_id in ("negation.no_french", "negation.lost") for d in doubts_of(said)) is raised


def test_a_drug_of_few_is_heard_again_unless_the_letter_names_it_twice() -> None:
    text = "traitement habituel deux points rabéprazole vingt milligrammes le soir point"
    [doubt] = [d for d in doubts_of(text) if d.rule_id == "drug.seldom"]
    assert doubt.risk is Risk.MEDIUM and doubt.quote.lower().startswith("rabéprazole") and "oméprazole" in doubt.reason
    again = f"{text} poursuite du rabéprazole point"
    assert not [d for d in doubts_of(again) if d.rule_id == "drug.seldom"]


@pytest.mark.parametrize(("said", "raised"), [("zéro virgule quatre", []), ("quatre", ["dose.range"])])
def test_a_syringe_of_heparin_may_be_named_by_its_volume(said: str, raised: list[str]) -> None:
    text = f"traitement de sortie deux points énoxaparine {said} millilitre par jour point"
    assert [d.rule_id for d in doubts_of(text) if d.rule_id.startswith("dose")] == raised


def test_up_to_three_sides_nothing_confirms_have_a_point_each_and_more_are_one_with_what_is_ill_now_first() -> None:
    letter = (
        "antécédents deux points {} prothèse de hanche gauche en 2015 point canal carpien droit en 2010 point pas de "
        "diabète point examen deux points genou droit douloureux point pas de fièvre point conclusion deux points "
        "gonarthrose point conduite à tenir deux points infiltration point kinésithérapie point"
    )

    def told(more: str) -> list[str]:
        doubts = doubts_of(letter.format(more), SIDECAR)
        return [d.reason for d in doubts if d.rule_id in ("sides.once", "sides.against")]

    three = told("")
    assert len(three) == 3
    for words in ("Genou droit", "hanche gauche", "carpien droit"):
        assert len([reason for reason in three if words.casefold() in reason.casefold()]) == 1
    [one] = told("cataracte de l’œil gauche point")
    places = [one.casefold().index(words) for words in ("genou droit", "œil gauche", "hanche gauche", "carpien droit")]
    assert places == sorted(places)


def test_a_list_of_sides_is_not_hidden_by_a_graver_point_about_one_of_them() -> None:
    letter = (
        "antécédents deux points canal carpien droit en 2010 point cataracte de l’œil gauche en 2012 point surdité de "
        "l’oreille droite point pas de diabète point examen deux points genou gauche sec point pas de fièvre point "
        "conclusion deux points gonarthrose du genou droit point conduite à tenir deux points infiltration du genou "
        "droit point kinésithérapie point"
    )
    graver, listed = (d for d in doubts_of(letter, SIDECAR) if d.rule_id.startswith("sides"))
    assert (graver.rule_id, listed.rule_id) == ("sides.two", "sides.once")
    assert "Genou gauche" in graver.reason
    assert "Genou gauche" not in listed.reason
    assert all(words in listed.reason for words in ("carpien droit", "œil gauche", "oreille droite"))


def test_sides_of_no_organ_against_one_organ_are_one_clash() -> None:
    said = "elle boite à droite point elle tombe à droite point épaule gauche douloureuse"
    reasons = [d.reason for d in doubts_of(_STORY.format(said)) if d.rule_id == "sides.two"]
    assert reasons == [
        "Deux côtés dans la lettre\u00a0: «\u00a0boite à droite\u00a0» puis «\u00a0Épaule gauche\u00a0». "
        "Réécoutez les deux passages."
    ]
