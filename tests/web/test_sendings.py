"""After signing: what left, what perhaps left, and the decisions only a person takes."""

from __future__ import annotations

import pytest

from dictation.domain.exchange import OutboxState
from dictation.domain.progress import State
from tests.web.hospital import BRUN


def test_a_letter_that_perhaps_left_waits_for_a_person(desk, signed_in):
    one, _ = desk.uncertain()
    page = signed_in("roy").get("/envois").content.decode()
    assert "Demandez au destinataire" in page
    assert one in page
    assert f"&lt;{one}.1@hopital.test&gt;" in page


def test_it_arrived_says_the_addressee(desk, signed_in):
    one, dispatch = desk.uncertain()
    signed_in("roy").post(f"/envois/{one}", {"decision": "arrived", "reason": "Reçue, dit son secrétariat"})
    assert desk.state(one) is State.SENT
    assert desk.ledger.dispatch(dispatch).state is OutboxState.SENT
    assert ("roy", "sent") in desk.actions(one)


def test_sending_again_keeps_the_same_message(desk, signed_in):
    one, dispatch = desk.uncertain()
    before = desk.ledger.dispatch(dispatch)
    signed_in("roy").post(f"/envois/{one}", {"decision": "resend", "reason": "Rien reçu"})
    after = desk.ledger.dispatch(dispatch)
    assert desk.state(one) is State.SENDING
    assert (after.state, after.message_id) == (OutboxState.READY, before.message_id)
    assert len(desk.ledger.dispatches(one)) == 1
    assert ("roy", "resend-decided") in desk.actions(one)


@pytest.mark.parametrize("body", [{"decision": "resend"}, {"decision": "arrived", "reason": " "}])
def test_a_decision_needs_a_reason(desk, signed_in, body):
    one, dispatch = desk.uncertain()
    assert signed_in("roy").post(f"/envois/{one}", body).status_code == 409
    assert desk.ledger.dispatch(dispatch).state is OutboxState.UNCERTAIN


def test_an_unknown_decision_changes_nothing(desk, signed_in):
    one, dispatch = desk.uncertain()
    assert signed_in("roy").post(f"/envois/{one}", {"decision": "burn", "reason": "x"}).status_code == 400
    assert desk.ledger.dispatch(dispatch).state is OutboxState.UNCERTAIN


def test_deciding_twice_decides_once(desk, signed_in):
    one, _ = desk.uncertain()
    client = signed_in("roy")
    client.post(f"/envois/{one}", {"decision": "arrived", "reason": "Reçue"})
    assert client.post(f"/envois/{one}", {"decision": "resend", "reason": "Trop tard"}).status_code == 409
    assert desk.state(one) is State.SENT


def test_a_letter_that_is_not_in_doubt_is_not_sent_again(desk, signed_in):
    one = desk.approved()
    assert signed_in("roy").post(f"/envois/{one}", {"decision": "resend", "reason": "vite"}).status_code == 409
    assert desk.state(one) is State.APPROVED


def test_sendings_of_another_service_are_not_listed(desk, signed_in):
    one, _ = desk.uncertain(BRUN)
    client = signed_in("morel")
    assert one not in client.get("/envois").content.decode()
    assert client.post(f"/envois/{one}", {"decision": "arrived", "reason": "x"}).status_code == 404
    assert desk.state(one) is State.UNCERTAIN
