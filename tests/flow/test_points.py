"""The points of a draft in a whole installation: the day's other patients, and a correction looked at again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dictation.compose import Installation
from dictation.domain.desk import Level, TextBlock
from dictation.domain.documents import LetterType, Recording, Sidecar
from dictation.domain.people import Patient, Sex
from dictation.pipeline import FLOW, run_step
from dictation.settings import AuthorEntry
from tests.structure.spoken import transcript_of

MICHEL = Patient("Durand", "Michel", date(1954, 3, 12), Sex.MALE, hospital_number="1")
MARCEL = Patient("Durand", "Marcel", date(1957, 6, 1), Sex.MALE, hospital_number="2")
SAID = (
    "monsieur durand est vu ce jour point conduite à tenir deux points paracétamol un gramme trois fois par jour point"
)


@pytest.fixture
def installation(home, ledger) -> Installation:
    return Installation(home)


def drafted(installation: Installation, patient: Patient, number: int, said: str = SAID) -> str:
    sidecar = Sidecar("10100000016", patient, letter_type=LetterType.CONSULTATION, visit_date=date(2026, 11, 3))
    sound = installation.blobs.put(f"sound {number}".encode())
    one, _ = installation.ledger.register(Recording(sound, f"{number}.wav", 7), sidecar)
    parts = replace(installation.parts(), transcribe=lambda dictation, sound, report: transcript_of(said))
    for step in FLOW:
        if step.name in ("transcribe", "structure", "draft"):
            run_step(parts, step, one)
    return one


def test_two_patients_of_one_name_on_one_day_are_told_apart_by_a_person(installation: Installation) -> None:
    first, second = drafted(installation, MICHEL, 1), drafted(installation, MARCEL, 2)
    assert "identity.other_patient" not in {doubt.rule_id for doubt in installation.ledger.draft(first).doubts}
    assert "identity.other_patient" in {doubt.rule_id for doubt in installation.ledger.draft(second).doubts}


def test_a_dose_mistyped_at_the_desk_becomes_a_point(installation: Installation) -> None:
    one = drafted(installation, MICHEL, 1)
    draft = installation.ledger.draft(one)
    sections = tuple(replace(s, text=s.text.replace("1\u00a0g", "10\u00a0g")) for s in draft.sections)
    found = {doubt.rule_id for doubt in installation.recheck(one, replace(draft, sections=sections)).doubts}
    assert found - {doubt.rule_id for doubt in draft.doubts} == {"dose.range"}


def test_the_surgeon_who_asks_for_a_text_by_name_gets_it_in_the_draft_with_a_point(home, ledger) -> None:
    from dictation.store.accounts import Role, save_account

    author = AuthorEntry(rpps="10100000016", last_name="Morel", first_name="Claire", service="Urologie")
    installation = Installation(home.model_copy(update={"authors": (author,)}))
    save_account(
        "morel", "quatre mots plutôt longs", Role.AUTHOR, rpps=author.rpps, at=installation.clock(), actor="test"
    )
    said = "examen clinique deux points insérer examen normal point"
    for level, owner in ((Level.SITE, "principal"), (Level.SERVICE, "Urologie"), (Level.ACCOUNT, "morel")):
        text = f"Abdomen souple, {level}."
        ledger.save_block(TextBlock(0, level, owner, "Examen normal", text), actor="roy")
        draft = ledger.draft(drafted(installation, MICHEL, hash(level), said))
        assert [section.text for section in draft.sections] == [text]
        assert "block.inserted" in {doubt.rule_id for doubt in draft.doubts}
    ledger.save_block(TextBlock(0, Level.ACCOUNT, "brun", "Examen normal", "Celui d’un autre."), actor="brun")
    assert "Celui d’un autre." not in ledger.draft(drafted(installation, MICHEL, 9, said)).text()
