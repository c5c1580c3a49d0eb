"""« Insérer examen normal »: the hospital's own text at that place, never a guess, never silently."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dictation.domain.desk import Level, TextBlock
from dictation.domain.documents import FindingKind, Report, Risk, SectionKind
from dictation.draft import recheck, write
from dictation.structure import reread, structure
from tests.draft.test_doubts import SIDECAR
from tests.structure.spoken import PACE, transcript_of

NORMAL = TextBlock(
    1, Level.SERVICE, "Urologie", "Examen normal", "Abdomen souple, pas de fièvre.\nTA 12/8, toucher rectal normal."
)
OWN = TextBlock(2, Level.ACCOUNT, "morel", "Examen normal", "Examen sans particularité, droite et gauche.")
SITE = TextBlock(3, Level.SITE, "principal", "Examen normal", "Rien à signaler.")
RDV = TextBlock(4, Level.SITE, "principal", "RDV 1 mois", "Je le reverrai dans 1 mois")
BLOCKS = (NORMAL, RDV)
TITLED = "motif deux points toux point examen clinique deux points "


def report_of(text: str, blocks=BLOCKS) -> Report:
    return structure(transcript_of(text), SIDECAR, blocks)


def text_of(text: str, blocks=BLOCKS) -> str:
    return "\n".join(section.text for section in report_of(text, blocks).sections)


def warned(report: Report) -> list[tuple[str, str]]:
    return [(w.rule_id, w.text) for w in report.warnings if w.rule_id.startswith("block.")]


@pytest.mark.parametrize(
    "order",
    [
        "insérer examen normal point",
        "insérer l' examen normal point",
        "insérez le bloc examen normal point",
        "insérer le texte type examen normal point",
        "insérer examen normal à la ligne",
        "Insérer examen normal.",
    ],
)
def test_the_text_of_the_block_stands_where_it_was_asked_for(order):
    report = report_of(TITLED + order + " conclusion deux points bronchite point")
    assert [(s.kind, s.text) for s in report.sections] == [
        (SectionKind.REASON, "Toux."),
        (SectionKind.EXAMINATION, NORMAL.text),
        (SectionKind.CONCLUSION, "Bronchite."),
    ]
    assert warned(report) == [("block.inserted", "Examen normal")]


def test_every_inserted_sentence_has_the_sound_of_the_order():
    report = report_of(TITLED + "insérer examen normal point")
    for sentence in report.sections[1].sentences:
        assert sentence.span is not None
        assert sentence.span.start == pytest.approx(9 * PACE)
    assert any(f.kind is FindingKind.MEASUREMENT or f.negated for f in report.findings)  # read like any other text


def test_the_author_s_own_block_goes_before_the_service_s_and_the_service_s_before_the_hospital_s():
    order = TITLED + "insérer examen normal point"
    assert OWN.text in text_of(order, (SITE, NORMAL, OWN))
    assert NORMAL.text in text_of(order, (SITE, NORMAL))
    assert SITE.text in text_of(order, (SITE,))


def test_two_blocks_of_one_name_are_none():
    twin = replace(NORMAL, id=9, text="Autre texte.")
    report = report_of(TITLED + "insérer examen normal point", (NORMAL, twin, SITE))
    assert report.sections[1].text == "Insérer examen normal."
    assert warned(report) == [("block.unknown", "insérer examen normal")]


@pytest.mark.parametrize("name", ["examen neurologique", "examen normale du rachis", "le bloc urgence"])
def test_a_name_no_block_has_leaves_the_words_with_a_point(name):
    report = report_of(TITLED + f"insérer {name} point")
    assert report.sections[1].text == f"Insérer {name}."
    assert [rule for rule, _ in warned(report)] == ["block.unknown"]


@pytest.mark.parametrize(
    "literal",
    [
        "on a pu insérer examen normal par ailleurs point",
        "nous décidons d' insérer le cathéter point",
        "insérer examen normal du rachis lombaire et du bassin en dehors de la douleur point",
    ],
)
def test_words_that_mean_themselves_insert_nothing(literal):
    assert NORMAL.text not in text_of(TITLED + literal)
    assert "nsérer" in text_of(TITLED + literal)


def test_the_sentence_before_is_ended_and_the_one_after_begins_anew():
    text = text_of("examen clinique deux points conscient virgule insérer bloc examen normal poids stable point")
    assert text == f"Conscient. {NORMAL.text} Poids stable."


def test_a_name_with_a_figure_and_a_text_without_a_stop():
    text = text_of("conduite à tenir deux points insérer rdv un mois point merci de votre confiance point")
    assert text == "Je le reverrai dans 1 mois.\nMerci de votre confiance."  # two sections


def test_nothing_is_inserted_where_nobody_keeps_blocks():
    assert "block" not in str(structure(transcript_of(TITLED + "insérer examen normal point"), SIDECAR).warnings)


def test_the_proofreader_must_confirm_it_and_a_correction_takes_nothing_away_from_that():
    transcript = transcript_of(TITLED + "insérer examen normal point")
    report = structure(transcript, SIDECAR, BLOCKS)
    draft = write(report, SIDECAR, None, transcript)
    [point] = [doubt for doubt in draft.doubts if doubt.rule_id == "block.inserted"]
    assert point.risk is Risk.HIGH
    assert point.section is SectionKind.EXAMINATION
    assert point.quote in draft.sections[1].text
    assert "non dicté mot à mot" in point.reason
    assert "«\u00a0Examen normal\u00a0»" in point.reason
    again = recheck(draft, draft, reread(draft.sections, report, SIDECAR), SIDECAR, transcript)
    assert [doubt.key for doubt in again.doubts if doubt.rule_id == "block.inserted"] == [point.key]
