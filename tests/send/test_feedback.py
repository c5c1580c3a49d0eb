"""What comes back is read from a real mailbox, once each, moves the right letter, or waits for a person."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from dictation.demo.pki import make_pki
from dictation.domain.exchange import OutboxState, ReceiptKind
from dictation.domain.progress import State
from dictation.errors import NeedsAPerson, NotAllowed, TryAgainLater
from dictation.send.feedback import Polled, poll
from dictation.send.folder import FolderCarrier
from dictation.send.mailbox_reader import ReplyMailbox, mailbox_token
from dictation.send.send import resend, send
from tests.send import mails
from tests.send.dovecot import PASSWORD, dovecot
from tests.send.mails import bounce, notification
from tests.send.peers import Clock, open_hospital


@pytest.fixture(scope="module")
def server(pki):
    with dovecot(pki) as running:
        yield running


@pytest.fixture
def account() -> str:
    """A mailbox of this test alone."""
    return f"lettres-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def mailbox(server, account, clock) -> ReplyMailbox:
    return ReplyMailbox("localhost", server.tls_port, server.ca_file, clock, user=account, password=PASSWORD)


@pytest.fixture
def replies(print_room):
    from dictation.store.replies import Replies

    return Replies(print_room.ledger)


@pytest.fixture
def sent(print_room) -> tuple[str, str]:
    """(dictation, Message-ID) of a letter that left."""
    id = print_room.signed_letter()
    send(id, print_room.desk)
    return id, print_room.rows(id)[0].message_id


def look(print_room, mailbox, replies) -> Polled:
    return poll(mailbox, replies, print_room.store)


def about(message: bytes):
    """The same message about another letter."""
    return lambda message_id: message.replace(mails.OURS.encode(), message_id.encode())


@pytest.mark.parametrize(
    ("answer", "kind", "state"),
    [
        (lambda id: bounce(id, action="delivered"), ReceiptKind.DELIVERED, State.DELIVERED),
        (about(mails.READ), ReceiptKind.READ, State.DELIVERED),
        (about(mails.FILED), ReceiptKind.INTEGRATED, State.DELIVERED),
        (bounce, ReceiptKind.RETURNED, State.RETURNED),
        (about(mails.NOT_FILED_NEW), ReceiptKind.NOT_INTEGRATED, State.RETURNED),
        (about(mails.NOT_FILED_OLD), ReceiptKind.NOT_INTEGRATED, State.RETURNED),
        (about(mails.ABSENT), ReceiptKind.ABSENT, State.SENT),
        (lambda id: bounce(id, action="delayed"), ReceiptKind.DELAYED, State.SENT),
        (about(mails.ANSWER), ReceiptKind.ANSWERED, State.SENT),
    ],
)  # fmt: skip
def test_each_kind_of_answer_moves_the_letter_where_it_belongs(
    answer, kind, state, server, account, mailbox, replies, print_room, sent
):
    id, message_id = sent
    content = answer(message_id)
    server.deliver(account, content)
    assert look(print_room, mailbox, replies).recorded == 1
    assert print_room.state(id) is state
    assert print_room.ledger.receipts(id)[-1].kind is kind
    [kept] = replies.of(id)
    assert print_room.store.get(kept.message_sha256) == content
    assert replies.waiting() == []


def test_looking_again_changes_nothing(server, account, mailbox, replies, print_room, sent):
    id, message_id = sent
    server.deliver(account, bounce(message_id, action="delivered"))
    look(print_room, mailbox, replies)
    before = print_room.ledger.journal(id)
    assert look(print_room, mailbox, replies) == Polled(0, 0, 0)
    assert print_room.ledger.journal(id) == before
    [flags] = server.flags(account)
    assert b"\\Seen" in flags


def test_the_same_message_in_another_folder_is_the_same_reply(server, account, mailbox, replies, print_room, sent):
    """A mailbox that was rebuilt gives every message a new UID."""
    id, message_id = sent
    content = bounce(message_id, action="delivered")
    server.deliver(account, content)
    look(print_room, mailbox, replies)
    server.deliver(account, content, folder="Rebuilt")
    again = look(print_room, replace(mailbox, folder="Rebuilt"), replies)
    assert (again.recorded, again.unmatched) == (1, 0)
    assert len(replies.of(id)) == 1
    assert [receipt.kind for receipt in print_room.ledger.receipts(id)][1:] == [ReceiptKind.DELIVERED]


def test_a_bounce_is_matched_by_its_envelope_id_alone(server, account, mailbox, replies, print_room, sent):
    id, _ = sent
    row = print_room.rows(id)[0]
    server.deliver(account, bounce("<lost@elsewhere.example>", envelope_id=row.id))
    look(print_room, mailbox, replies)
    assert print_room.state(id) is State.RETURNED


def test_a_returned_letter_can_be_sent_again_as_the_same_message(
    server, account, mailbox, replies, print_room, sent, tmp_path
):
    id, message_id = sent
    server.deliver(account, bounce(message_id))
    look(print_room, mailbox, replies)
    dictation = print_room.ledger.get(id)
    assert (dictation.state, dictation.error_code) == (State.RETURNED, "E_BOUNCED")
    assert [row.state for row in print_room.rows(id)] == [OutboxState.FAILED]
    for printed in (tmp_path / "print").iterdir():
        printed.unlink()
    resend(id, print_room.desk, actor="secretaire")
    send(id, print_room.desk)
    assert print_room.state(id) is State.SENT
    assert [row.message_id for row in print_room.rows(id)] == [message_id]
    assert len(list((tmp_path / "print").glob("*.pdf"))) == 1


def test_proof_of_arrival_settles_a_letter_that_was_perhaps_sent(server, account, mailbox, replies, print_room):
    id = print_room.signed_letter()
    desk = replace(print_room.desk, carrier=FolderCarrier(Path("/proc/nowhere")))
    with pytest.raises(TryAgainLater):
        send(id, desk)
    [row] = print_room.rows(id)
    assert print_room.ledger.claim_dispatch(row.id)
    print_room.ledger.settle_dispatch(row.id, OutboxState.UNCERTAIN)
    print_room.ledger.move(id, State.SENDING, State.UNCERTAIN, actor="test")
    server.deliver(account, bounce(row.message_id, action="delivered"))
    look(print_room, mailbox, replies)
    assert print_room.state(id) is State.DELIVERED
    assert print_room.rows(id)[0].state is OutboxState.SENT


def test_proof_that_comes_before_the_letter_is_known_to_be_sent_counts_later(
    server, account, mailbox, replies, print_room
):
    """The report may be quicker than the worker that waits for its 250."""
    id = print_room.signed_letter()
    desk = replace(print_room.desk, carrier=FolderCarrier(Path("/proc/nowhere")))
    with pytest.raises(TryAgainLater):
        send(id, desk)
    [row] = print_room.rows(id)
    print_room.ledger.claim_dispatch(row.id)
    server.deliver(account, notification(row.message_id, disposition="a/b; displayed"))
    assert look(print_room, mailbox, replies).moved == 0
    send(id, print_room.desk)
    assert print_room.state(id) is State.SENT
    assert look(print_room, mailbox, replies) == Polled(0, 0, 1)
    assert print_room.state(id) is State.DELIVERED


@pytest.mark.parametrize("delete", [False, True])
@pytest.mark.parametrize("answer", [bounce, about(mails.NOT_FILED_NEW)])
def test_a_bounce_that_comes_before_the_letter_is_known_to_be_sent_is_not_lost(
    answer, delete, server, account, mailbox, replies, print_room
):
    id = print_room.signed_letter()
    desk = replace(print_room.desk, carrier=FolderCarrier(Path("/proc/nowhere")))
    with pytest.raises(TryAgainLater):
        send(id, desk)
    [row] = print_room.rows(id)
    print_room.ledger.claim_dispatch(row.id)
    server.deliver(account, answer(row.message_id))
    box = replace(mailbox, delete_recorded=delete)
    assert look(print_room, box, replies) == Polled(0, 0, 0)
    assert len(server.flags(account)) == 1
    print_room.ledger.settle_dispatch(row.id, OutboxState.SENT, words="250 Ok")
    assert print_room.ledger.move(id, State.SENDING, State.SENT, actor="test")
    assert look(print_room, box, replies).recorded == 1
    assert print_room.state(id) is State.RETURNED
    assert len(replies.of(id)) == 1


def test_what_is_about_no_letter_waits_for_a_person(server, account, mailbox, replies, print_room, sent):
    id, _ = sent
    server.deliver(account, mails.STRANGER, mails.COMPLAINT, bounce())
    assert look(print_room, mailbox, replies) == Polled(3, 3, 0)
    by_kind = {reply.kind: reply for reply in replies.waiting()}
    stranger, complaint, lost = by_kind[ReceiptKind.ANSWERED], by_kind[None], by_kind[ReceiptKind.RETURNED]
    replies.attach(stranger.id, id, actor="roy")
    replies.dismiss(complaint.id, actor="roy", note="sans objet")
    assert [reply.id for reply in replies.waiting()] == [lost.id]
    assert [reply.id for reply in replies.of(id)] == [stranger.id]
    assert print_room.state(id) is State.SENT
    with pytest.raises(NeedsAPerson) as refused:
        replies.dismiss(complaint.id, actor="roy", note="encore")
    assert refused.value.code == "E_UNKNOWN_REPLY"
    assert print_room.ledger.verify() == []


def test_a_recorded_message_is_deleted_only_when_the_settings_say_so(
    server, account, mailbox, replies, print_room, sent
):
    _, message_id = sent
    server.deliver(account, bounce(message_id, action="delivered"), mails.STRANGER)
    look(print_room, replace(mailbox, delete_recorded=True), replies)
    assert server.flags(account) == []
    assert len(replies.waiting()) == 1


def test_a_letter_without_news_is_listed_after_the_agreed_days(hospital, clock):
    from dictation.store.replies import Replies

    id = hospital.signed_letter()
    send(id, hospital.desk)
    replies = Replies(hospital.ledger)
    assert replies.without_news(7) == []
    clock.wait(8 * 86400)
    assert [dictation.id for dictation in replies.without_news(7)] == [id]
    hospital.ledger.move(id, State.SENT, State.DELIVERED, actor="test")
    assert replies.without_news(7) == []


@pytest.mark.parametrize(
    ("answer", "listed"),
    [(about(mails.ANSWER), False), (about(mails.ABSENT), True), (lambda id: bounce(id, action="delayed"), True)],
)
def test_an_answer_is_news_an_absence_and_a_delay_are_none(
    answer, listed, server, account, mailbox, hospital, print_room, clock
):
    from dictation.store.replies import Replies

    id = hospital.signed_letter()
    send(id, hospital.desk)
    replies = Replies(hospital.ledger)
    server.deliver(account, answer(hospital.rows(id)[0].message_id))
    poll(mailbox, replies, hospital.store)
    clock.wait(8 * 86400)
    assert [dictation.id for dictation in replies.without_news(7)] == ([id] if listed else [])


def test_nobody_waits_for_news_of_a_printed_letter(print_room, replies, sent, clock):
    clock.wait(30 * 86400)
    assert replies.without_news(7) == []


# killed on the way


def poll_in_a_process(arguments: str) -> None:
    given = json.loads(arguments)
    clock = Clock(datetime.fromisoformat(given["now"]))
    hospital = open_hospital(Path(given["home"]), FolderCarrier(Path(given["print"])), clock)
    from dictation.store.replies import Replies

    mailbox = ReplyMailbox(
        "localhost",
        given["port"],
        Path(given["ca"]),
        clock,
        user=given["user"],
        password=PASSWORD,
        delete_recorded=True,
    )
    poll(mailbox, Replies(hospital.ledger), hospital.store)


@pytest.mark.parametrize("point", ["feedback-kept", "feedback-recorded"])
def test_killed_anywhere_each_message_is_recorded_once_and_none_is_lost(
    point, server, account, mailbox, replies, print_room, sent, repository, tmp_path
):
    id, message_id = sent
    server.deliver(account, bounce(message_id, action="delivered"), mails.STRANGER)
    given = {
        "home": str(print_room.home), "print": str(tmp_path / "print"), "port": server.tls_port,
        "ca": str(server.ca_file), "user": account, "now": print_room.clock().isoformat(),
    }  # fmt: skip
    program = "import sys; from tests.send.test_feedback import poll_in_a_process as p; p(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(given)],
        cwd=repository,
        env={**os.environ, "DICTATION_FAILPOINT": point, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(server.flags(account)) == 2  # nothing was deleted before it was recorded, nor has been since
    look(print_room, replace(mailbox, delete_recorded=True), replies)
    assert server.flags(account) == []
    assert len(replies.of(id)) == 1
    assert len(replies.waiting()) == 1
    assert print_room.state(id) is State.DELIVERED
    assert [entry.action for entry in print_room.ledger.journal(id)].count("reply-matched") == 1


# the line


def test_starttls_serves_as_well(server, account, mailbox, replies, print_room):
    server.deliver(account, mails.STRANGER)
    plain_port = replace(mailbox, port=server.port, tls="starttls")
    assert look(print_room, plain_port, replies).recorded == 1


def test_our_certificate_may_be_the_account(server, pki, mailbox, replies, print_room):
    own = replace(mailbox, user="", password="", client_certificate=pki.client_certificate, client_key=pki.client_key)
    server.deliver("hopital", mails.STRANGER)  # the name in the certificate
    assert look(print_room, own, replies).recorded == 1


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_an_access_token_opens_the_mailbox(tls, server, account, mailbox, replies, print_room, sent, tmp_path):
    server.tokens["JETON-1"] = account
    server.deliver(account, mails.READ.replace(mails.OURS.encode(), sent[1].encode()))
    kept = tmp_path / "token"
    kept.write_text("JETON-1\n")
    port = server.tls_port if tls == "implicit" else server.port
    box = replace(mailbox, password="", token=lambda: mailbox_token(kept), tls=tls, port=port)
    assert look(print_room, box, replies) == Polled(1, 0, 0)
    assert print_room.state(sent[0]) is State.DELIVERED
    del server.tokens["JETON-1"]  # a token lives for minutes; the file holds the next one by then
    server.tokens["JETON-2"] = account
    kept.write_text("JETON-2\n")
    assert look(print_room, box, replies) == Polled(0, 0, 0)


@pytest.mark.parametrize("token", ["INCONNU", "JETON-D-UN-AUTRE"])
def test_a_token_that_opens_nothing_here_is_refused_at_once(token, server, mailbox, replies, print_room):
    server.tokens["JETON-D-UN-AUTRE"] = "somebody-else"
    with pytest.raises(NeedsAPerson) as refused:
        look(print_room, replace(mailbox, password="", token=lambda: token), replies)
    assert refused.value.code == "E_MAILBOX_REFUSED"
    assert token not in str(refused.value)


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_a_token_that_is_not_there_yet_is_waited_for(content, mailbox, replies, print_room, tmp_path):
    if content is not None:
        (tmp_path / "token").write_text(content)
    with pytest.raises(TryAgainLater) as waits:
        look(print_room, replace(mailbox, token=lambda: mailbox_token(tmp_path / "token")), replies)
    assert waits.value.code == "E_MAILBOX_CLOSED"


def test_the_settings_name_the_token_and_its_mailbox(server, account, pki, home, tmp_path):
    from dictation.compose import Installation
    from dictation.errors import BadSettings
    from dictation.settings import FeedbackSettings, Settings

    server.tokens["JETON-REGLE"] = account
    (home / "token").write_text("JETON-REGLE")
    asked = FeedbackSettings(
        host="localhost", port=server.tls_port, ca_file=server.ca_file, user=account, oauth_token_file=Path("token")
    )
    assert Installation(Settings(home=home, feedback=asked)).poll_feedback() == Polled(0, 0, 0)
    with pytest.raises(BadSettings):
        Installation(Settings(home=home, feedback=asked.model_copy(update={"user": ""}))).poll_feedback()


@pytest.mark.parametrize("changes", [{"password": "faux"}, {"folder": "Nowhere"}])
def test_a_mailbox_that_is_not_ours_is_said_so(changes, server, mailbox, replies, print_room):
    with pytest.raises(NeedsAPerson) as refused:
        look(print_room, replace(mailbox, **changes), replies)
    assert refused.value.code == "E_MAILBOX_REFUSED"
    assert "lettres-" not in str(refused.value)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_server_of_another_authority_gets_no_password_and_no_token(
    tls, server, mailbox, replies, print_room, tmp_path
):
    other = make_pki(tmp_path / "other", sender="a@b.example", mailboxes=[])
    asked: list[str] = []
    port = server.tls_port if tls == "implicit" else server.port
    box = replace(mailbox, ca_file=other.ca_file, tls=tls, port=port, token=lambda: asked.append("asked") or "JETON")
    with pytest.raises(NeedsAPerson) as refused:
        look(print_room, box, replies)
    assert (refused.value.code, asked) == ("E_TLS", [])


def test_a_mailbox_that_is_away_is_tried_again(mailbox, replies, print_room):
    with pytest.raises(TryAgainLater) as away:
        look(print_room, replace(mailbox, port=9), replies)
    assert away.value.code == "E_MAILBOX_CLOSED"


def test_a_person_cannot_be_made_to_send_what_is_on_its_way(sent, print_room):
    id, _ = sent
    with pytest.raises(NotAllowed):
        resend(id, print_room.desk, actor="roy")
