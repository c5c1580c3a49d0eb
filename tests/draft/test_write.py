"""A report becomes a letter in the order of its kind; nothing is lost, nothing added."""

from __future__ import annotations

import pytest

from dictation.domain.documents import Draft, LetterType, SectionKind
from dictation.draft import HEADINGS, write
from dictation.structure import structure
from tests.structure.spoken import transcript_of


def draft_of(text: str, kind: LetterType | None = None) -> Draft:
    transcript = transcript_of(text)
    return write(structure(transcript), None, kind, transcript)


def test_sections_stand_in_the_order_of_the_letter_not_of_the_dictation() -> None:
    draft = draft_of("conclusion deux points asthme point motif de consultation deux points toux point")
    assert [section.title for section in draft.sections] == ["Motif de consultation", "Conclusion"]


def test_headings_are_those_of_the_kind_of_letter() -> None:
    said = "déroulement du séjour deux points simple point"
    assert [s.title for s in draft_of(said, LetterType.DISCHARGE).sections] == ["Synthèse médicale du séjour"]
    assert [s.title for s in draft_of(said, LetterType.OPERATION).sections] == ["Suites opératoires"]


def test_a_dictated_title_that_says_more_than_the_heading_stays() -> None:
    draft = draft_of("antécédents deux points asthme point antécédents familiaux deux points diabète point")
    [section] = draft.sections
    assert section.text == "Asthme.\nAntécédents familiaux\u00a0:\nDiabète."


@pytest.mark.parametrize("kind", LetterType)
def test_every_section_has_a_place_in_every_kind_of_letter(kind: LetterType) -> None:
    assert [heading.kind for heading in HEADINGS[kind]].count(SectionKind.OPENING) == 1
    assert {heading.kind for heading in HEADINGS[kind]} == set(SectionKind)
    assert len(HEADINGS[kind]) == len(SectionKind)


def test_the_kind_of_letter_said_aloud_is_taken_when_nothing_else_says_it() -> None:
    draft = draft_of(
        "lettre de liaison au docteur martin point à la ligne motif d'hospitalisation deux points toux point"
    )
    assert draft.letter_type is LetterType.DISCHARGE
    assert "letter_type.default" not in {doubt.rule_id for doubt in draft.doubts}


def test_a_kind_nobody_said_is_a_consultation_with_a_doubt() -> None:
    draft = draft_of("il va bien point")
    assert draft.letter_type is LetterType.CONSULTATION
    assert "letter_type.default" in {doubt.rule_id for doubt in draft.doubts}


def test_notes_to_the_secretary_travel_beside_the_letter() -> None:
    draft = draft_of("il va bien point note à la secrétaire joindre le scanner point")
    assert draft.notes == ("Note à la secrétaire joindre le scanner.",)
    assert "scanner" not in draft.text()
