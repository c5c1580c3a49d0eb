"""A letter that left is replaced by a new version that says so; the old one stays as it was signed and sent."""

from __future__ import annotations

import pytest

from dictation.domain.exchange import OutboxState
from dictation.domain.progress import State
from dictation.errors import NotAllowed, TryAgainLater
from dictation.send.proof import prove
from tests.ledgers import PDF, approval, sending, taken

NEW_PDF = "9" * 64


@pytest.fixture
def corrections(ledger):
    from dictation.store.corrections import Corrections

    return Corrections(ledger)


@pytest.fixture
def gone(ledger, clock) -> str:
    """A letter that left and is archived."""
    dictation_id = sending(ledger, clock)
    taken(ledger, dictation_id)
    ledger.move(dictation_id, State.SENDING, State.SENT, actor="test")
    ledger.archive_written(dictation_id, State.SENT)
    return dictation_id


def sign_again(ledger, clock, dictation_id: str) -> None:
    ledger.move(dictation_id, State.DRAFTED, State.PROOFREAD, actor="roy")
    signed = approval(clock, ledger.get(dictation_id).draft_version, NEW_PDF)
    ledger.move(dictation_id, State.PROOFREAD, State.APPROVED, actor="surgeon", approval=signed)
    ledger.move(dictation_id, State.APPROVED, State.TYPESET, actor="test")
    ledger.move(dictation_id, State.TYPESET, State.SENDING, actor="test")


def test_the_new_version_starts_with_the_secretary_and_says_what_it_replaces(ledger, corrections, gone):
    assert corrections.begin(gone, actor="roy", reason="erreur de côté") == 2
    dictation = ledger.get(gone)
    assert (dictation.state, dictation.letter_version) == (State.DRAFTED, 2)
    assert (dictation.approval, dictation.pdf_sha256) == (None, "")
    text = ledger.draft(gone).text()
    assert text.startswith("Cette lettre annule et remplace celle signée le 02/11/2026.")
    assert "Le patient va bien." in text
    [old] = corrections.of(gone)
    assert (old.letter_version, old.approval.pdf_sha256, old.reason) == (1, PDF, "erreur de côté")
    assert [row.state for row in ledger.dispatches(gone)] == [OutboxState.SENT]


def test_the_new_message_knows_the_one_it_replaces(ledger, clock, corrections, gone):
    assert ledger.replaces(gone) is None
    [old] = ledger.dispatches(gone)
    from dictation.store.tables import OutboxRow

    OutboxRow.objects.filter(pk=old.id).update(mailbox=ledger.get(gone).sidecar.addressee.mailbox)
    corrections.begin(gone, actor="roy", reason="erreur de côté")
    sign_again(ledger, clock, gone)
    assert ledger.replaces(gone).message_id == old.message_id
    with pytest.raises(NotAllowed):  # the old version's row proves nothing for the new one
        ledger.move(gone, State.SENDING, State.SENT, actor="test")


def test_a_third_version_replaces_the_second_and_says_so_once(ledger, clock, corrections, gone):
    corrections.begin(gone, actor="roy", reason="erreur de côté")
    clock.forward(86400)
    sign_again(ledger, clock, gone)
    taken(ledger, gone)
    ledger.move(gone, State.SENDING, State.SENT, actor="test")
    ledger.archive_written(gone, State.SENT)
    assert corrections.begin(gone, actor="roy", reason="dose") == 3
    text = ledger.draft(gone).text()
    assert text.count("annule et remplace") == 1
    assert "signée le 03/11/2026" in text
    proof = prove(gone, ledger, replaced=corrections.of(gone), replies=[], now=clock())
    assert [(one.letter_version, one.pdf_sha256) for one in proof.signed] == [(1, PDF), (2, NEW_PDF)]


def test_a_letter_that_has_not_left_is_simply_corrected(ledger, clock, corrections):
    with pytest.raises(NotAllowed) as refused:
        corrections.begin(sending(ledger, clock), actor="roy", reason="x")
    assert refused.value.code == "E_NOT_CORRECTABLE"


def test_a_correction_needs_a_reason_and_waits_for_the_archive(ledger, clock, corrections, gone):
    with pytest.raises(NotAllowed) as refused:
        corrections.begin(gone, actor="roy", reason=" ")
    assert refused.value.code == "E_REASON_MISSING"
    ledger.move(gone, State.SENT, State.DELIVERED, actor="feedback")  # its bundle is to be written again
    with pytest.raises(TryAgainLater):
        corrections.begin(gone, actor="roy", reason="dose")
    assert ledger.get(gone).letter_version == 1


def test_what_left_cannot_be_taken_back_to_the_draft_by_another_way(ledger, gone):
    with pytest.raises(NotAllowed):
        ledger.move(gone, State.SENT, State.DRAFTED, actor="roy")


def test_nothing_is_proved_of_a_letter_nobody_signed(ledger, clock, corrections):
    from tests.ledgers import drafted

    with pytest.raises(NotAllowed):
        prove(drafted(ledger), ledger, replaced=[], replies=[], now=clock())
