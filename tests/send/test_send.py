"""The verb: a signed letter leaves once; whatever happens is written down; a person decides what nobody can know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dictation.demo.mailbox import HANG_UP
from dictation.domain.exchange import Consent, OutboxState, ReceiptKind
from dictation.domain.people import Addressee
from dictation.domain.progress import State
from dictation.errors import NeedsAPerson, NotAllowed, OutcomeUnknown, TryAgainLater
from dictation.send.carrier import Claimed
from dictation.send.folder import FolderCarrier
from dictation.send.send import confirm_sent, resend, send
from tests.send.peers import GP, OTHER_GP, PDF, opened


def change_sidecar(hospital, id, monkeypatch, **changes):
    """What the ledger says about a case from now on, as if a person had corrected it."""
    read = hospital.ledger.get
    monkeypatch.setattr(
        hospital.ledger, "get", lambda key: replace(read(key), sidecar=replace(read(key).sidecar, **changes))
    )


def test_a_signed_letter_reaches_the_gp_who_opens_the_bytes_that_were_signed(hospital, relay, pki):
    id = hospital.signed_letter()
    receipt = send(id, hospital.desk)
    [eml] = relay.letters()
    letter = opened(eml, pki)
    assert letter.pdf == PDF
    assert letter.pdf_sha256 == hospital.ledger.get(id).approval.pdf_sha256
    [row] = hospital.rows(id)
    assert (row.state, row.message_id) == (OutboxState.SENT, letter.message_id)
    assert hospital.state(id) is State.SENT
    assert receipt.kind is ReceiptKind.ACCEPTED
    assert receipt.words.startswith("250 2.0.0 kept as")


def test_sending_again_sends_nothing_and_gives_the_same_receipt(hospital, relay):
    id = hospital.signed_letter()
    first = send(id, hospital.desk)
    assert send(id, hospital.desk) == first
    assert len(relay.letters()) == 1
    assert hospital.ledger.receipts(id) == [first]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"consent": Consent.OBJECTED}, "E_OBJECTION"),
        ({"consent": Consent.UNKNOWN}, "E_NO_CONSENT"),
        ({"mailbox": ""}, "E_ADDRESSEE_MISSING"),
        ({"mailbox": "stranger@medecin.example"}, "E_CERTIFICATE"),
    ],
)
def test_what_may_not_leave_opens_no_line_and_stays_where_it_was(hospital, relay, changes, code):
    id = hospital.signed_letter(**changes)
    with pytest.raises(NeedsAPerson) as refused:
        send(id, hospital.desk)
    assert refused.value.code == code
    assert relay.seen == []
    assert hospital.rows(id) == []
    assert hospital.state(id) is State.TYPESET


def test_an_objection_recorded_while_the_line_is_open_still_stops_the_letter(hospital, relay, monkeypatch):
    id = hospital.signed_letter()
    claim = hospital.ledger.get

    def objecting_once_the_line_is_open(key):
        found = claim(key)
        objected = "rcpt" in relay.seen
        return replace(found, sidecar=replace(found.sidecar, consent=Consent.OBJECTED)) if objected else found

    monkeypatch.setattr(hospital.ledger, "get", objecting_once_the_line_is_open)
    with pytest.raises(NeedsAPerson) as refused:
        send(id, hospital.desk)
    assert refused.value.code == "E_OBJECTION"
    assert relay.letters() == []
    assert "data" not in relay.seen
    assert hospital.state(id) is State.RETURNED
    assert [row.state for row in hospital.rows(id)] == [OutboxState.READY]


def test_an_objection_between_two_attempts_opens_no_second_line(hospital, relay, monkeypatch):
    id = hospital.signed_letter()
    relay.fail("mail", "451 later")
    with pytest.raises(TryAgainLater):
        send(id, hospital.desk)
    relay.seen.clear()
    change_sidecar(hospital, id, monkeypatch, consent=Consent.OBJECTED)
    with pytest.raises(NeedsAPerson) as refused:
        send(id, hospital.desk)
    assert refused.value.code == "E_OBJECTION"
    assert relay.seen == []
    assert hospital.state(id) is State.RETURNED


def test_every_attempt_sends_the_same_bytes(hospital, relay, clock):
    id = hospital.signed_letter()
    relay.fail("final", "451 4.3.0 later")
    with pytest.raises(TryAgainLater):
        send(id, hospital.desk)
    [row] = hospital.rows(id)
    assert row.state is OutboxState.READY
    assert hospital.state(id) is State.SENDING
    clock.wait(3600)
    send(id, hospital.desk)
    assert relay.letters()[0].read_bytes() == hospital.store.get(row.message_sha256)
    assert hospital.rows(id)[0].message_id == row.message_id


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "final"])
def test_a_letter_put_off_at_any_verb_leaves_later_with_the_same_name_and_bytes(hospital, relay, clock, stage):
    id = hospital.signed_letter()
    for answer in ("451 4.3.0 later", "421 4.3.2 closing"):
        relay.fail(stage, answer)
        with pytest.raises(TryAgainLater):
            send(id, hospital.desk)
        clock.wait(600)
    [before] = hospital.rows(id)
    send(id, hospital.desk)
    [eml] = relay.letters()
    [after] = hospital.rows(id)
    assert (after.message_id, after.message_sha256) == (before.message_id, before.message_sha256)
    assert eml.read_bytes() == hospital.store.get(before.message_sha256)


@pytest.mark.parametrize(("stage", "offered"), [("rcpt", False), ("data", True), ("final", True)])
def test_a_refused_letter_that_a_person_sends_again_keeps_its_name_and_what_was_offered(
    hospital, relay, clock, pki, stage, offered
):
    """Once claimed for DATA it is never sealed anew; before, no byte of it was offered, and its date may be today's."""
    id = hospital.signed_letter()
    relay.fail(stage, "550 5.7.1 no")
    with pytest.raises(NeedsAPerson):
        send(id, hospital.desk)
    [before] = hospital.rows(id)
    clock.wait(86_400)
    resend(id, hospital.desk, actor="secretaire")
    send(id, hospital.desk)
    [eml] = relay.letters()
    [after] = hospital.rows(id)
    assert opened(eml, pki).message_id == after.message_id == before.message_id
    assert (after.message_sha256 == before.message_sha256) is offered
    assert eml.read_bytes() == hospital.store.get(after.message_sha256)


def test_a_line_cut_after_the_dot_is_perhaps_sent_and_never_sent_again_by_itself(hospital, relay):
    id = hospital.signed_letter()
    relay.fail("final", HANG_UP)
    for _ in range(3):
        with pytest.raises(OutcomeUnknown):
            send(id, hospital.desk)
    assert hospital.state(id) is State.UNCERTAIN
    assert [row.state for row in hospital.rows(id)] == [OutboxState.UNCERTAIN]
    assert len(relay.letters()) == 1  # it had arrived


def test_a_person_confirms_what_had_arrived(hospital, relay):
    id = hospital.signed_letter()
    relay.fail("final", HANG_UP)
    with pytest.raises(OutcomeUnknown):
        send(id, hospital.desk)
    receipt = confirm_sent(id, hospital.desk, actor="secretaire")
    assert hospital.state(id) is State.SENT
    assert "secretaire" in receipt.words
    assert confirm_sent(id, hospital.desk, actor="secretaire") == receipt
    assert send(id, hospital.desk) == receipt
    assert len(relay.letters()) == 1


def test_a_person_sends_again_what_was_lost_under_the_same_message_id(hospital, relay, pki, clock):
    id = hospital.signed_letter()
    relay.fail("lost", HANG_UP)
    with pytest.raises(OutcomeUnknown):
        send(id, hospital.desk)
    [before] = hospital.rows(id)
    with pytest.raises(NotAllowed) as early:
        resend(id, hospital.desk, actor="secretaire")
    assert early.value.code == "E_LINE_MAY_BE_OPEN"
    clock.wait(901)
    resend(id, hospital.desk, actor="secretaire")
    assert hospital.state(id) is State.SENDING
    send(id, hospital.desk)
    [eml] = relay.letters()
    assert opened(eml, pki).message_id == before.message_id
    assert eml.read_bytes() == hospital.store.get(before.message_sha256)


def test_a_plain_no_comes_back_to_a_person_and_is_not_retried(hospital, relay):
    id = hospital.signed_letter()
    relay.fail("rcpt", "550 5.1.1 no such mailbox")
    for _ in range(2):
        with pytest.raises(NeedsAPerson) as refused:
            send(id, hospital.desk)
        assert refused.value.code == "E_REFUSED"
    assert relay.seen.count("rcpt") == 1
    assert hospital.state(id) is State.RETURNED
    assert hospital.ledger.get(id).error_code == "E_REFUSED"
    assert [row.state for row in hospital.rows(id)] == [OutboxState.FAILED]


def test_a_returned_letter_goes_to_the_new_mailbox_as_a_new_message(hospital, relay, pki, clock, monkeypatch):
    id = hospital.signed_letter()
    relay.fail("rcpt", "550 5.1.1 no such mailbox")
    with pytest.raises(NeedsAPerson):
        send(id, hospital.desk)
    change_sidecar(hospital, id, monkeypatch, addressee=Addressee("Autre", mailbox=OTHER_GP))
    clock.wait(60)
    resend(id, hospital.desk, actor="secretaire")
    send(id, hospital.desk)
    [eml] = relay.letters()
    assert opened(eml, pki, OTHER_GP).pdf == PDF
    first, second = hospital.rows(id)
    assert (first.mailbox, first.state) == (GP, OutboxState.FAILED)
    assert (second.mailbox, second.state) == (OTHER_GP, OutboxState.SENT)
    assert first.message_id != second.message_id


def test_a_row_found_in_flight_is_uncertain_even_when_the_mailbox_was_changed(hospital, relay, monkeypatch):
    id = hospital.signed_letter()
    relay.fail("mail", "451 later")
    with pytest.raises(TryAgainLater):
        send(id, hospital.desk)
    assert hospital.ledger.claim_dispatch(hospital.rows(id)[0].id)  # what a worker did before it was killed
    change_sidecar(hospital, id, monkeypatch, addressee=Addressee("Autre", mailbox=OTHER_GP))
    with pytest.raises(OutcomeUnknown):
        send(id, hospital.desk)
    assert hospital.state(id) is State.UNCERTAIN
    assert relay.letters() == []


class Overtaken:
    """A carrier whose worker is slow: `meanwhile` happens while it has its line open."""

    def __init__(self, real, meanwhile):
        self.real, self.meanwhile = real, meanwhile
        self.name, self.needs_mailbox, self.seal, self.outcome = real.name, True, real.seal, real.outcome

    def carry(self, envelope, claim):
        def late_claim():
            self.meanwhile()
            return claim()

        return self.real.carry(envelope, late_claim)


def test_of_two_workers_with_an_open_line_one_sends(hospital, relay):
    id = hospital.signed_letter()
    slow = Overtaken(hospital.desk.carrier, lambda: send(id, hospital.desk))
    with pytest.raises((TryAgainLater, NotAllowed)):
        send(id, replace(hospital.desk, carrier=slow))
    assert len(relay.letters()) == 1
    assert hospital.state(id) is State.SENT
    assert [row.state for row in hospital.rows(id)] == [OutboxState.SENT]


def test_a_row_claimed_while_we_look_at_the_outbox_is_no_refusal(hospital, relay, monkeypatch):
    """Two looks at one outbox once saw a claim between them: a letter on its way was called returned."""
    id = hospital.signed_letter()
    relay.fail("mail", "451 later")
    with pytest.raises(TryAgainLater):
        send(id, hospital.desk)
    [row] = hospital.rows(id)
    look = hospital.ledger.dispatches

    def another_worker_claims_behind_our_back(key):
        seen = look(key)
        hospital.ledger.claim_dispatch(row.id)
        return seen

    monkeypatch.setattr(hospital.ledger, "dispatches", another_worker_claims_behind_our_back)
    with pytest.raises(Claimed):
        send(id, hospital.desk)
    assert hospital.state(id) is State.SENDING
    assert [one.state for one in look(id)] == [OutboxState.INFLIGHT]


def test_a_row_claimed_by_another_worker_is_left_to_it(hospital, relay):
    id = hospital.signed_letter()
    slow = Overtaken(hospital.desk.carrier, lambda: hospital.ledger.claim_dispatch(hospital.rows(id)[0].id))
    with pytest.raises(Claimed):
        send(id, replace(hospital.desk, carrier=slow))
    assert relay.letters() == []
    assert hospital.state(id) is State.SENDING
    assert [row.state for row in hospital.rows(id)] == [OutboxState.INFLIGHT]


def test_evidence_that_comes_late_wins_over_uncertain(hospital, relay):
    """A worker believed dead gets its 250 after another one had called the row uncertain."""
    id = hospital.signed_letter()

    class BelievedDead(Overtaken):
        def carry(self, envelope, claim):
            words = self.real.carry(envelope, claim)
            self.meanwhile()
            return words

    def another_worker():
        with pytest.raises(OutcomeUnknown):
            send(id, hospital.desk)
        assert hospital.state(id) is State.UNCERTAIN

    slow = BelievedDead(hospital.desk.carrier, another_worker)
    send(id, replace(hospital.desk, carrier=slow))
    assert hospital.state(id) is State.SENT
    assert [row.state for row in hospital.rows(id)] == [OutboxState.SENT]


def test_a_message_sealed_for_paper_is_never_handed_to_the_mail_server(hospital, relay, tmp_path, clock):
    id = hospital.signed_letter()
    blocked = tmp_path / "a-file-where-a-folder-should-be"
    blocked.write_bytes(b"")
    with pytest.raises(TryAgainLater):
        send(id, replace(hospital.desk, carrier=FolderCarrier(blocked)))
    with pytest.raises(NeedsAPerson) as refused:
        send(id, hospital.desk)
    assert refused.value.code == "E_CARRIER"
    assert relay.seen == []
    assert hospital.state(id) is State.STUCK


def test_our_own_expired_certificate_is_found_before_the_line_opens(hospital, relay, clock):
    id = hospital.signed_letter()
    relay.fail("mail", "451 later")
    with pytest.raises(TryAgainLater):
        send(id, hospital.desk)
    relay.seen.clear()
    clock.wait(400 * 86400)
    with pytest.raises(NeedsAPerson) as refused:
        send(id, hospital.desk)
    assert refused.value.code == "E_OWN_CERTIFICATE"
    assert relay.seen == []
    assert hospital.state(id) is State.STUCK
    assert hospital.ledger.resume(id, actor="test") is State.SENDING


def test_an_altered_blob_is_not_sent(hospital, relay):
    id = hospital.signed_letter()
    path = hospital.store.path(hospital.ledger.get(id).approval.pdf_sha256)
    path.write_bytes(PDF.replace(b"MARQUEUR", b"MARQUEUX"))
    with pytest.raises(NeedsAPerson) as refused:
        send(id, hospital.desk)
    assert refused.value.code == "E_INTEGRITY"
    assert relay.seen == []


def test_the_print_path_needs_no_mailbox_and_lays_down_the_signed_bytes(print_room, tmp_path):
    id = print_room.signed_letter(mailbox="")
    receipt = send(id, print_room.desk)
    [pdf] = (tmp_path / "print").glob("*.pdf")
    assert pdf.read_bytes() == PDF
    assert pdf.name in receipt.words
    assert print_room.state(id) is State.SENT


def test_no_error_message_of_sending_holds_a_name_or_a_mailbox(hospital, relay):
    said = []
    for stage, answer in (("rcpt", f"550 <{GP}> unknown"), ("final", f"554 {GP} no"), ("mail", f"451 {GP} later")):
        id = hospital.signed_letter()
        relay.fail(stage, answer)
        with pytest.raises((NeedsAPerson, TryAgainLater)) as error:
            send(id, hospital.desk)
        said.append(str(error.value))
    assert len(said) == 3
    assert not [words for words in said if "durand" in words.lower() or "@medecin" in words]
