"""A corrected draft is looked at again: what a correction brings is raised, what was answered keeps its answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dictation.domain.documents import Draft, SectionKind
from dictation.draft import recheck, write
from dictation.structure import reread, structure
from tests.draft.test_doubts import CLEAN, SIDECAR, draft_of
from tests.structure.spoken import transcript_of


def corrected(text: str, old: str, new: str) -> tuple[Draft, Draft]:
    """The first draft of a dictation, and the same with `old` typed over by `new` and looked at again."""
    first, transcript = draft_of(text), transcript_of(text)
    sections = tuple(replace(section, text=section.text.replace(old, new)) for section in first.sections)
    edited = replace(first, sections=sections, version=2)
    assert edited.text() != first.text()
    report = reread(sections, structure(transcript, SIDECAR), SIDECAR)
    return first, recheck(first, edited, report, SIDECAR, transcript)


def test_an_unchanged_text_raises_nothing_new() -> None:
    draft, transcript = draft_of(CLEAN), transcript_of(CLEAN)
    report = reread(draft.sections, structure(transcript, SIDECAR), SIDECAR)
    assert recheck(draft, draft, report, SIDECAR, transcript) == draft


def test_a_dose_mistyped_at_the_desk_is_raised_with_its_sound() -> None:
    first, after = corrected(CLEAN, "1\u00a0g", "10\u00a0g")
    assert first.doubts == ()
    [doubt] = after.doubts
    assert (doubt.rule_id, doubt.section) == ("dose.range", SectionKind.PLAN)
    assert doubt.quote in next(section.text for section in after.sections if section.kind is SectionKind.PLAN)
    assert doubt.span is not None


def test_a_point_of_the_first_draft_stays_with_its_key_when_its_words_are_gone() -> None:
    text = CLEAN.replace("un gramme", "dix grammes")
    first, after = corrected(text, "10\u00a0g", "1\u00a0g")
    assert [doubt.rule_id for doubt in first.doubts] == ["dose.range"]
    assert after.doubts == first.doubts


def test_a_point_keeps_its_key_when_another_sentence_of_its_section_changes() -> None:
    text = CLEAN.replace("un gramme", "dix grammes").replace(
        "conduite à tenir deux points", "conduite à tenir deux points repos point"
    )
    first, after = corrected(text, "Repos.", "Repos strict de 8 jours.")
    assert [doubt.key for doubt in after.doubts] == [doubt.key for doubt in first.doubts]


def test_a_side_typed_wrong_is_raised() -> None:
    text = CLEAN.replace("toux point", "toux point histoire de la maladie deux points pneumopathie droite point")
    first, after = corrected(text, "Bronchite droite", "Bronchite gauche")
    assert [doubt.rule_id for doubt in after.doubts if doubt not in first.doubts] == ["sides.two"]


def test_another_patient_is_asked_about_anew_and_the_first_one_s_points_go() -> None:
    """The voice names somebody; first the sidecar says somebody else, then it says who was named, then not again."""
    wrong = replace(SIDECAR, patient=replace(SIDECAR.patient, last_name="Lefort", birth_date=date(1990, 1, 1)))
    transcript = transcript_of(CLEAN)
    report = structure(transcript, SIDECAR)
    first = write(report, wrong, None, transcript)
    raised = {doubt.rule_id for doubt in first.doubts}
    assert "identity.name" in raised
    again = reread(first.sections, report, SIDECAR)
    right = recheck(first, first, again, SIDECAR, transcript, relinked=1)
    assert not [doubt for doubt in right.doubts if doubt.rule_id.startswith("identity.")]
    assert {
        d.key for d in first.doubts if "." in d.rule_id and not d.rule_id.startswith(("identity", "age", "date"))
    } <= {doubt.key for doubt in right.doubts}
    back = recheck(first, right, again, wrong, transcript, relinked=2)
    keys = [doubt.key for doubt in back.doubts if doubt.rule_id == "identity.name"]
    assert keys
    assert not set(keys) & {doubt.key for doubt in first.doubts}  # an answer given for the first one answers nothing
    assert recheck(first, back, again, wrong, transcript, relinked=2) == back
