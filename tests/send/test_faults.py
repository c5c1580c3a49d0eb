"""Faults at each verb of the dialogue: what they mean for the letter, and that the mailbox agrees."""

from __future__ import annotations

import socket

import pytest

from dictation.demo.mailbox import HANG_UP, SILENCE, Mailbox, server_tls
from dictation.errors import NeedsAPerson, OutcomeUnknown, TryAgainLater
from dictation.send.carrier import Envelope
from tests.send.peers import GP, SENDER, Clock, line_to

MESSAGE = Envelope("<a@hopital.example>", SENDER, GP, b"Message-ID: <a@hopital.example>\r\n\r\n.Bonjour\r\n..\r\n")
BIG = Envelope(
    "<b@hopital.example>", SENDER, GP, MESSAGE.content + b"x" * 70 + b"\r\n" + (b"y" * 76 + b"\r\n") * 250_000
)

LATER, PERSON, UNKNOWN = TryAgainLater, NeedsAPerson, OutcomeUnknown
# stage: what a cut line, 421, 45x and 55x mean there. None: nothing, the message had been accepted.
TABLE = {
    "banner": (LATER, "E_RELAY_CLOSED", LATER, LATER, PERSON, "E_RELAY_REFUSED"),
    "ehlo": (LATER, "E_RELAY_CLOSED", LATER, LATER, PERSON, "E_RELAY_REFUSED"),
    "starttls": (LATER, "E_TLS", LATER, LATER, PERSON, "E_TLS"),
    "tls-ehlo": (LATER, "E_TLS", LATER, LATER, PERSON, "E_RELAY_REFUSED"),
    "mail": (LATER, "E_RELAY_CLOSED", LATER, LATER, PERSON, "E_RELAY_REFUSED"),
    "rcpt": (LATER, "E_RELAY_CLOSED", LATER, LATER, PERSON, "E_REFUSED"),
    "data": (LATER, "E_RELAY_CLOSED", LATER, LATER, PERSON, "E_REFUSED"),
    "final": (UNKNOWN, "E_OUTCOME_UNKNOWN", LATER, LATER, PERSON, "E_REFUSED"),
    "lost": (UNKNOWN, "E_OUTCOME_UNKNOWN", None, None, None, ""),
    "quit": (None, "", None, None, None, ""),
}
ANSWERS = (HANG_UP, "421 4.3.2 closing", "451 4.3.0 later", "550 5.1.1 no")


def cases():
    for stage, (cut, cut_code, on_421, on_451, on_550, code) in TABLE.items():
        for answer, error in zip(ANSWERS, (cut, on_421, on_451, on_550), strict=True):
            if stage == "lost" and answer != HANG_UP:
                continue  # an answer means that it was not lost
            expected = cut_code if answer == HANG_UP else code if answer.startswith("550") else ""
            yield pytest.param(stage, answer, error, expected, id=f"{stage}: {answer}")


@pytest.mark.parametrize(("stage", "answer", "error", "code"), list(cases()))
def test_a_fault_means_what_the_table_says(relay, pki, stage, answer, error, code):
    claims = []
    relay.fail(stage, answer)
    line = line_to(relay, pki, Clock())
    if error is None:
        line.deliver(MESSAGE, lambda: claims.append(1) or True)
    else:
        with pytest.raises(error) as raised:
            line.deliver(MESSAGE, lambda: claims.append(1) or True)
        assert type(raised.value) is error
        assert code in {"", raised.value.code}
    arrived = len(relay.letters())
    assert arrived == (1 if error is None or (stage, answer) == ("final", HANG_UP) else 0)
    assert len(claims) == (1 if stage in {"data", "final", "lost", "quit"} else 0)


def test_after_any_fault_that_means_later_the_next_try_delivers_once(relay, pki):
    line = line_to(relay, pki, Clock())
    for stage in ("banner", "ehlo", "starttls", "tls-ehlo", "mail", "rcpt", "data"):
        relay.fail(stage, HANG_UP)
        with pytest.raises(TryAgainLater):
            line.deliver(MESSAGE, lambda: True)
    line.deliver(MESSAGE, lambda: True)
    assert [path.read_bytes() for path in relay.letters()] == [MESSAGE.content]


def test_a_line_cut_in_the_middle_of_the_message_left_nothing(relay, pki):
    """The server never saw the dot: RFC 5321 has it discard what it got, so trying again is safe."""
    relay.fail("content", HANG_UP)
    with pytest.raises(TryAgainLater):
        line_to(relay, pki, Clock()).deliver(BIG, lambda: True)
    assert relay.letters() == []


def test_a_message_larger_than_announced_is_refused_before_data(tmp_path, pki):
    tls = server_tls(pki.server_certificate, pki.server_key, pki.ca_file)
    with Mailbox(tmp_path / "mailbox", tls, size_limit=40) as box:
        with pytest.raises(NeedsAPerson) as refused:
            line_to(box, pki, Clock()).deliver(MESSAGE, lambda: True)
        assert refused.value.code == "E_MESSAGE_TOO_BIG"
        assert "mail" not in box.seen


@pytest.mark.parametrize("stage", ["mail", "final"])
def test_too_big_is_said_as_such_when_only_the_server_knows(relay, pki, stage):
    relay.fail(stage, "552 5.3.4 message too big")
    with pytest.raises(NeedsAPerson) as refused:
        line_to(relay, pki, Clock()).deliver(MESSAGE, lambda: True)
    assert refused.value.code == "E_MESSAGE_TOO_BIG"


def test_a_full_mailbox_is_a_refusal_of_the_addressee_not_of_the_size(relay, pki):
    relay.fail("rcpt", "552 5.2.2 mailbox full")
    with pytest.raises(NeedsAPerson) as refused:
        line_to(relay, pki, Clock()).deliver(MESSAGE, lambda: True)
    assert refused.value.code == "E_REFUSED"


@pytest.mark.parametrize("stage", ["banner", "ehlo", "starttls", "tls-ehlo", "mail", "rcpt", "data"])
def test_a_server_that_falls_silent_before_the_dot_is_tried_later(relay, pki, stage):
    relay.fail(stage, SILENCE)
    with pytest.raises(TryAgainLater) as closed:
        line_to(relay, pki, Clock(), timeout_seconds=0.3).deliver(MESSAGE, lambda: True)
    assert closed.value.code == "E_RELAY_CLOSED"
    assert relay.letters() == []


def test_a_server_that_falls_silent_after_the_dot_may_have_the_letter(relay, pki):
    relay.fail("final", SILENCE)
    with pytest.raises(OutcomeUnknown):
        line_to(relay, pki, Clock(), final_reply_seconds=2.0).deliver(MESSAGE, lambda: True)
    assert len(relay.letters()) == 1


def test_no_server_at_all_is_tried_later(pki):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(TryAgainLater) as closed:
        line_to(Mailbox(None, None, port=port), pki, Clock()).deliver(MESSAGE, lambda: True)
    assert closed.value.code == "E_RELAY_CLOSED"


def test_a_server_that_wants_a_password_gets_it_over_tls_only(tmp_path, pki):
    tls = server_tls(pki.server_certificate, pki.server_key, pki.ca_file)
    with Mailbox(tmp_path / "mailbox", tls, users={"hopital": "secret"}) as box:
        line_to(box, pki, Clock(), user="hopital", password="secret").deliver(MESSAGE, lambda: True)
        assert len(box.letters()) == 1
        assert box.seen.index("auth") > box.seen.index("tls-ehlo")
        with pytest.raises(NeedsAPerson) as refused:
            line_to(box, pki, Clock(), user="hopital", password="faux").deliver(MESSAGE, lambda: True)
        assert refused.value.code == "E_RELAY_REFUSED"
        assert "faux" not in str(refused.value)
        assert "faux" not in repr(line_to(box, pki, Clock(), password="faux"))
        assert len(box.letters()) == 1
