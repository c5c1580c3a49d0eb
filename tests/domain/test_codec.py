"""Every record of the domain survives a trip through JSON; anything else is refused."""

from datetime import UTC, date, datetime

import pytest

from dictation.domain import codec
from dictation.domain.documents import (
    Approval,
    Doubt,
    Draft,
    DraftSection,
    Finding,
    FindingKind,
    LetterType,
    Recording,
    Report,
    Risk,
    Section,
    SectionKind,
    Sentence,
    Sidecar,
    Uncertainty,
)
from dictation.domain.exchange import Consent, Dispatch, OutboxState
from dictation.domain.people import Addressee, Ins, Patient, Sex
from dictation.domain.progress import Dictation, State
from dictation.domain.spans import Span

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
PATIENT = Patient(
    "Martin", "Jeanne", date(1950, 2, 12), Sex.FEMALE, Ins("250026249800173", "1.2.250.1.213.1.4.10"), "IPP7"
)
SIDECAR = Sidecar(
    "10100000017", PATIENT, Addressee("Petit", "Luc", address=("1 rue Haute", "62300 Lens")), LetterType.DISCHARGE
)
REPORT = Report(
    (Section(SectionKind.REASON, "Motif", (Sentence("Douleur.", Span(0.5, 1.0), 0, 2),)),),
    (Finding(FindingKind.DRUG, "1 g", 0, 0, 3, None, "drug.dose", values=(("dose", "1"), ("unit", "g"))),),
    warnings=(Uncertainty("numbers.guess", "une année manque", Span(1.0, 2.0)),),
)
DRAFT = Draft(
    LetterType.DISCHARGE,
    (DraftSection(SectionKind.REASON, "Motif", "Douleur."),),
    (Doubt("number:3", "number", Risk.HIGH, "Nombre mal entendu.", SectionKind.REASON, "1 g", Span(1, 2)),),
)
APPROVAL = Approval(2, "a" * 64, "b" * 64, "10100000017", NOW)
RECORDING = Recording("c" * 64, "dictée.wav", 12_000, 63.5)
DISPATCH = Dispatch("d1", "abc", 1, "a@b.example", "smime", "<1@h.example>", "b" * 64, state=OutboxState.UNCERTAIN)


@pytest.mark.parametrize(
    "record",
    [PATIENT, SIDECAR, REPORT, DRAFT, APPROVAL, DISPATCH,
     Dictation("abc", State.HELD, 4, RECORDING, SIDECAR, NOW, NOW, resume_state=State.DRAFTED, approval=APPROVAL)],
    ids=lambda record: type(record).__name__,
)  # fmt: skip
def test_a_record_comes_back_equal(record):
    assert codec.loads(type(record), codec.dumps(record)) == record


def test_a_field_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="unknown fields: colour"):
        codec.from_plain(Span, {"start": 0.0, "end": 1.0, "colour": "red"})


@pytest.mark.parametrize(
    "plain",
    [
        {"start": "0", "end": 1.0},
        {"start": True, "end": 2.0},
        {"start": 2.0, "end": 1.0},
        {"start": 0.0},
        None,
        [],
        "no",
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(plain):
    with pytest.raises((TypeError, ValueError)):
        codec.from_plain(Span, plain)


def test_consent_is_unknown_unless_somebody_said_so():
    assert Sidecar("10100000017").consent is Consent.UNKNOWN
