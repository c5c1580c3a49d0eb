"""Facts in written sentences: drugs with their doses, dates, allergies, sides; and what only looks like one.

Sentences: findings.tsv, which a nurse can read and extend. The visit is on 25 May 2026.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dictation.domain.documents import FindingKind, SectionKind
from dictation.structure.facts import Fact
from dictation.structure.pipeline import facts_of
from dictation.structure.structure import report
from tests.structure.cases import folders
from tests.structure.spoken import transcript_of

VISIT = date(2026, 5, 25)
LINES = [
    tuple(line.split("\t"))
    for line in Path(__file__).with_name("findings.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
WORDS = sorted({word for folder in folders() for word in (folder / "spoken.txt").read_text(encoding="utf-8").split()})


@pytest.mark.parametrize(("text", "kind", "expected"), LINES, ids=[line[0] for line in LINES])
def test_what_is_found_in_a_sentence(text: str, kind: str, expected: str) -> None:
    facts = [f for f in facts_of(text, SectionKind.COURSE, visit=VISIT) if f.kind == kind]
    if expected == "-":
        assert [text[f.start : f.end] for f in facts] == []
        return
    wanted = dict(pair.strip().split("=", 1) for pair in expected.split(";"))
    assert any(_fits(text, fact, wanted) for fact in facts), [(f.rule_id, f.values) for f in facts]


def _fits(text: str, fact: Fact, wanted: dict[str, str]) -> bool:
    words = text[fact.start : fact.end]
    return all((words if key == "text" else fact.value(key)) == value for key, value in wanted.items())


def test_without_the_day_of_the_visit_nothing_is_worked_out() -> None:
    for text in ("Revoir dans 6 semaines.", "Vu le 12 mars.", "Vu lundi dernier.", "Opéré il y a dix ans."):
        assert all(not fact.value("resolved") for fact in facts_of(text, SectionKind.PLAN))


def test_what_was_lost_in_weight_is_no_second_dose() -> None:
    text = "Évolution favorable sous furosémide 80 mg/jour par voie veineuse, avec une perte de 5 kg."
    drugs = [f for f in facts_of(text, SectionKind.COURSE) if f.kind is FindingKind.DRUG]
    assert [(f.value("dose"), f.value("unit")) for f in drugs] == [("80", "mg")]


def test_people_of_the_opening_are_told_apart() -> None:
    text = (
        "Madame Anne Roche, née le 3 mai 1950, IPP 472819, opérée par le Docteur Luc Garnier, médecin traitant Docteur "
        "Sophie Lemaire, copie au Docteur Paul Petit."
    )
    found = {f.kind: f.value("name") or f.value("number") for f in facts_of(text, SectionKind.OPENING)}
    assert found[FindingKind.PATIENT] == "Anne Roche"
    assert found[FindingKind.HOSPITAL_NUMBER] == "472819"
    assert found[FindingKind.AUTHOR] == "Luc Garnier"
    assert found[FindingKind.ADDRESSEE] == "Sophie Lemaire"
    assert found[FindingKind.COPY] == "Paul Petit"


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=40))
def test_whatever_is_said_every_sentence_has_its_sound_and_every_finding_its_words(words: list[str]) -> None:
    made = report(transcript_of(" ".join(words)), None)
    for section in made.sections:
        for sentence in section.sentences:
            assert sentence.span is not None
            assert 0 <= sentence.first_word <= sentence.last_word < len(words)
    for finding in made.findings:
        assert finding.rule_id and finding.span is not None
        if finding.section >= 0:
            assert made.sections[finding.section].text[finding.start : finding.end] == finding.text
