"""Debian's Postfix, with TLS and our certificate required, gives each kind of answer; `make faults` has all cells."""

from __future__ import annotations

import pytest

from dictation.domain.exchange import OutboxState
from dictation.domain.progress import State
from dictation.errors import NeedsAPerson, OutcomeUnknown, TryAgainLater
from dictation.send.carrier import Envelope
from dictation.send.send import send
from tests.send.interceptor import VERBS, Interceptor, Tap
from tests.send.matrix import hospital_before, try_cell, wrong
from tests.send.peers import GP, PDF, SENDER, Clock, line_to
from tests.send.postfix import SIZE_LIMIT

MESSAGE = Envelope("<a@hopital.example>", SENDER, GP, b"Message-ID: <a@hopital.example>\r\n\r\n.Bonjour\r\n..\r\n")


class Server:
    """Postfix's address, in the shape line_to() asks for."""

    implicit = False

    def __init__(self, port: int) -> None:
        self.port = port


@pytest.fixture
def ward(postfix_server, home, pki, clock):
    """A hospital whose letters go to Postfix itself."""
    return hospital_before(home, pki, clock, postfix_server.port)


def test_a_letter_is_taken_and_laid_in_the_mailbox_byte_for_byte(ward, postfix_server):
    before = set(postfix_server.letters())
    id = ward.signed_letter()
    words = send(id, ward.desk).words
    assert words.startswith("250 2.0.0 Ok: queued as")
    [eml] = set(postfix_server.letters(len(before) + 1)) - before
    sent = ward.store.get(ward.rows(id)[0].message_sha256).replace(b"\r\n", b"\n")
    assert sent in eml.read_bytes()  # Postfix writes its own headers before ours, and changes nothing
    assert ward.rows(id)[0].message_id.encode() in eml.read_bytes()


@pytest.mark.parametrize(
    ("mailbox", "error", "state", "row"),
    [
        ("closing@medecin.example", TryAgainLater, State.SENDING, OutboxState.READY),  # 421
        ("busy@medecin.example", TryAgainLater, State.SENDING, OutboxState.READY),  # 450
        ("absent@medecin.example", NeedsAPerson, State.RETURNED, OutboxState.FAILED),  # 550
        ("nobody@ailleurs.example", NeedsAPerson, State.RETURNED, OutboxState.FAILED),  # 554: no relay to there
    ],
)
def test_each_answer_about_an_addressee_means_what_it_says(ward, mailbox, error, state, row):
    id = ward.signed_letter(mailbox=mailbox)
    with pytest.raises(error):
        send(id, ward.desk)
    assert (ward.state(id), [one.state for one in ward.rows(id)]) == (state, [row])


def test_a_letter_larger_than_the_server_says_is_not_offered(ward, postfix_server):
    id = ward.signed_letter(pdf=PDF + b"%" * SIZE_LIMIT)
    with pytest.raises(NeedsAPerson) as refused:
        send(id, ward.desk)
    assert refused.value.code == "E_MESSAGE_TOO_BIG"
    assert ward.state(id) is State.RETURNED


def test_reports_of_delivery_may_be_asked_for(postfix_server, pki):
    line = line_to(Server(postfix_server.port), pki, Clock(), notify=True)
    assert line.deliver(MESSAGE, lambda: True).startswith("250 ")


def test_without_our_certificate_nothing_is_taken_and_the_third_time_is_an_alarm(postfix_server, pki):
    line = line_to(Server(postfix_server.port), pki, Clock(), client_certificate=None, client_key=None)
    for error in (TryAgainLater, TryAgainLater, NeedsAPerson):
        with pytest.raises(error) as refused:
            line.deliver(MESSAGE, lambda: True)
        assert refused.value.code == "E_TLS"


def test_a_postfix_that_offers_only_a_weak_suite_is_a_setting_to_repair(postfix_server, pki):
    with pytest.raises(NeedsAPerson) as refused:
        line_to(Server(postfix_server.weak_port), pki, Clock()).deliver(MESSAGE, lambda: True)
    assert refused.value.code == "E_TLS"


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_line_that_is_cut_at_any_verb_leaves_the_letter_where_postfix_says(tls, postfix_server, home, pki, clock):
    interceptor = Interceptor(pki, postfix_server.port, tls)
    tap = Tap(interceptor.port)
    hospital = hospital_before(home, pki, clock, tap.port)
    before, taken, found = len(postfix_server.letters()), 0, {}
    for verb in VERBS:
        cell = try_cell(hospital, interceptor, tap, verb, "hang-up")
        taken += cell.accepted_in_all
        if problem := wrong(verb, "hang-up", cell):
            found[verb] = problem
    tap.close()
    interceptor.close()
    assert found == {}
    assert len(postfix_server.letters(before + taken)) == before + taken  # each once, those whose answer was lost too


def test_an_answer_that_is_lost_is_asked_of_a_person_and_postfix_has_the_letter(postfix_server, home, pki, clock):
    interceptor = Interceptor(pki, postfix_server.port, "1.3")
    hospital = hospital_before(home, pki, clock, interceptor.port)
    interceptor.verb, interceptor.fault = "dot", "hang-up"
    before = len(postfix_server.letters())
    id = hospital.signed_letter()
    with pytest.raises(OutcomeUnknown):
        send(id, hospital.desk)
    interceptor.close()
    assert hospital.state(id) is State.UNCERTAIN
    assert len(postfix_server.letters(before + 1)) == before + 1
