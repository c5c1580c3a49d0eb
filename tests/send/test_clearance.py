"""Clearance is given for exactly the letter that was signed, to an addressee the patient accepts, and never else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dictation.domain.documents import Approval, Recording, Sidecar
from dictation.domain.exchange import Consent
from dictation.domain.people import Addressee, Patient, Sex
from dictation.domain.progress import Dictation, State
from dictation.errors import DictationError, NeedsAPerson, NotAllowed
from dictation.send.clearance import clear

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SIGNED = "a" * 64
SIDECAR = Sidecar(
    "10100000017",
    Patient("Testpatient", "Zéphirine", date(1950, 1, 1), Sex.FEMALE, hospital_number="123"),
    Addressee("Durand", mailbox="gp@medecin.example"),
    consent=Consent.GRANTED,
)
GOOD = Dictation(
    id="0123456789ab",
    state=State.TYPESET,
    version=9,
    recording=Recording("b" * 64, "dictee.wav", 4),
    sidecar=SIDECAR,
    received_at=NOW,
    state_since=NOW,
    pdf_sha256=SIGNED,
    approval=Approval(1, "0" * 64, SIGNED, "10100000017", NOW),
)


def test_a_signed_letter_with_consent_and_addressee_is_cleared_now():
    clearance = clear(GOOD, SIGNED, needs_mailbox=True, now=NOW)
    assert (clearance.pdf_sha256, clearance.mailbox, clearance.checked_at) == (SIGNED, "gp@medecin.example", NOW)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (replace(GOOD, sidecar=replace(SIDECAR, consent=Consent.OBJECTED)), "E_OBJECTION"),
        (replace(GOOD, sidecar=replace(SIDECAR, consent=Consent.UNKNOWN)), "E_NO_CONSENT"),
        (replace(GOOD, sidecar=None), "E_NO_CONSENT"),
        (replace(GOOD, sidecar=replace(SIDECAR, addressee=None)), "E_ADDRESSEE_MISSING"),
        (replace(GOOD, sidecar=replace(SIDECAR, addressee=Addressee("Durand"))), "E_ADDRESSEE_MISSING"),
        (replace(GOOD, sidecar=replace(SIDECAR, addressee=Addressee("D", mailbox="a@b\r\n"))), "E_ADDRESSEE_MISSING"),
        (replace(GOOD, pdf_sha256="c" * 64), "E_LETTER_ALTERED"),
    ],
)
def test_a_fault_is_named_by_its_code(changed, code):
    with pytest.raises(NeedsAPerson) as refused:
        clear(changed, SIGNED, needs_mailbox=True, now=NOW)
    assert refused.value.code == code


def test_other_bytes_than_the_signed_ones_are_never_cleared():
    with pytest.raises(NeedsAPerson) as refused:
        clear(GOOD, "c" * 64, needs_mailbox=True, now=NOW)
    assert refused.value.code == "E_LETTER_ALTERED"


def test_paper_needs_an_addressee_but_no_mailbox():
    paper = replace(GOOD, sidecar=replace(SIDECAR, addressee=Addressee("Durand")))
    assert clear(paper, SIGNED, needs_mailbox=False, now=NOW).mailbox == ""
    with pytest.raises(NeedsAPerson):
        clear(replace(GOOD, sidecar=replace(SIDECAR, addressee=None)), SIGNED, needs_mailbox=False, now=NOW)


@settings(max_examples=300, deadline=None)
@given(
    state=st.sampled_from(State),
    consent=st.sampled_from(Consent),
    signed=st.sampled_from([SIGNED, "c" * 64, None]),
    frozen=st.sampled_from([SIGNED, "c" * 64, ""]),
    bytes_now=st.sampled_from([SIGNED, "c" * 64, ""]),
    mailbox=st.sampled_from(["gp@medecin.example", "", "gp"]),
)
def test_there_is_one_way_to_be_cleared(state, consent, signed, frozen, bytes_now, mailbox):
    approval = None if signed is None else Approval(1, "0" * 64, signed, "10100000017", NOW)
    sidecar = replace(SIDECAR, consent=consent, addressee=Addressee("Durand", mailbox=mailbox))
    dictation = replace(GOOD, state=state, sidecar=sidecar, approval=approval, pdf_sha256=frozen)
    may = (
        state in {State.TYPESET, State.SENDING}
        and consent is Consent.GRANTED
        and signed is not None
        and signed == frozen == bytes_now
        and mailbox == "gp@medecin.example"
    )
    try:
        clear(dictation, bytes_now, needs_mailbox=True, now=NOW)
        cleared = True
    except DictationError as error:
        assert isinstance(error, NeedsAPerson | NotAllowed)
        cleared = False
    assert cleared == may
