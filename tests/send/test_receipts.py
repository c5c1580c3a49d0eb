"""What a message says about a letter is read as its standard means it; what nobody can read is left to a person."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dictation.domain.exchange import ReceiptKind
from dictation.send.receipts import MAX_TEXT, MAX_WORDS, read_reply
from tests.send import mails
from tests.send.mails import OURS, bounce, mail, notification


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("failed", ReceiptKind.RETURNED),
        ("delayed", ReceiptKind.DELAYED),
        ("delivered", ReceiptKind.DELIVERED),
        ("relayed", ReceiptKind.ACCEPTED),
        ("expanded", ReceiptKind.ACCEPTED),
        ("Failed (no such user)", ReceiptKind.RETURNED),
        ("lost", None),
    ],
)
def test_a_delivery_report_says_what_became_of_the_message(action, kind):
    reply = read_reply(bounce(action=action))
    assert reply.kind is kind
    assert reply.message_ids == (OURS,)


def test_a_delivery_report_keeps_the_servers_own_words():
    reply = read_reply(bounce(envelope_id="0123456789ab+2B1"))
    assert reply.words == "failed 5.1.1 smtp; 550 5.1.1 mailbox unknown"
    assert reply.envelope_id == "0123456789ab+1"


def test_of_two_recipients_in_a_report_the_worst_counts():
    last = b"--b1\r\nContent-Type: text/rfc822"
    second = b"Final-Recipient: rfc822; x@y\r\nAction: failed\r\n\r\n"
    both = bounce(action="delivered").replace(last, second + last)
    assert read_reply(both).kind is ReceiptKind.RETURNED


@pytest.mark.parametrize(
    ("message", "kind", "words"),
    [
        (mails.READ, ReceiptKind.READ, "displayed"),
        (mails.FILED, ReceiptKind.INTEGRATED, "processed"),
        (mails.NOT_FILED_NEW, ReceiptKind.NOT_INTEGRATED, "processed/error 902^Identifiant de patient inconnu"),
        (mails.NOT_FILED_OLD, ReceiptKind.NOT_INTEGRATED, "processed/Error: 902^Identifiant de patient inconnu"),
        (notification(disposition="a/b; deleted"), ReceiptKind.NOT_INTEGRATED, "deleted"),
        (notification(disposition="a/b; dispatched"), ReceiptKind.DELIVERED, "dispatched"),
        (notification(disposition="a/b; denied"), ReceiptKind.DELIVERED, "denied"),
        (notification(disposition="a/b; failed"), ReceiptKind.NOT_INTEGRATED, "failed"),
        (notification(disposition="a/b; displayed/warning"), ReceiptKind.READ, "displayed/warning"),
        (notification(disposition="a/b; displayed/error"), ReceiptKind.NOT_INTEGRATED, "displayed/error"),
        (notification(disposition="a/b; processed", subject=mails.KO_SUBJECT), ReceiptKind.NOT_INTEGRATED, "processed"),
        (notification(disposition="nonsense"), None, "nonsense"),
    ],
)
def test_a_disposition_notification_says_what_the_addressees_program_did(message, kind, words):
    reply = read_reply(message)
    assert (reply.kind, reply.words, reply.message_ids) == (kind, words, (OURS,))


def test_the_failure_to_file_is_seen_in_an_encoded_subject_too():
    encoded = "=?iso-8859-1?q?=5BKO_Int=E9gration_syst=E8me_!=5D=5B902=5D?="
    assert read_reply(notification(disposition="a; processed", subject=encoded)).kind is ReceiptKind.NOT_INTEGRATED


def test_an_error_written_in_latin_1_or_utf_8_without_a_declaration_is_read():
    raw = mails.NOT_FILED_NEW.replace(b"inconnu", "inconnu é".encode())
    assert read_reply(raw).words.endswith("inconnu é")
    assert read_reply(mails.NOT_FILED_NEW.replace(b"inconnu", b"inconnu \xe9")).kind is ReceiptKind.NOT_INTEGRATED


@pytest.mark.parametrize(
    "headers",
    [
        f"From: a@b\nSubject: x\nIn-Reply-To: {OURS}\nAuto-Submitted: auto-generated",
        f"From: a@b\nSubject: Absence\nIn-Reply-To: {OURS}",
        f"From: a@b\nSubject: Absent du bureau : Courrier\nReferences: {OURS}",
        f"From: a@b\nSubject: x\nReferences: {OURS}\nPrecedence: auto_reply",
    ],
)
def test_an_automatic_answer_is_no_answer(headers):
    reply = read_reply(mail(headers, "Je suis absent."))
    assert (reply.kind, reply.message_ids) == (ReceiptKind.ABSENT, (OURS,))


def test_a_gps_answer_is_kept_as_he_wrote_it_and_about_the_nearest_letter():
    reply = read_reply(mails.ANSWER)
    assert reply.kind is ReceiptKind.ANSWERED
    assert reply.text == "Merci. Faut-il arrêter l’anticoagulant avant ?"
    assert reply.message_ids[0] == OURS
    assert len(reply.message_ids) == 2


def test_an_answer_in_html_alone_is_read_without_its_scripts():
    page = "<style>p{}</style><p>Bien re&ccedil;u.</p><script>alert(1)</script><div>Merci</div>"
    reply = read_reply(mail("From: a@b\nSubject: Re\nContent-Type: text/html", page))
    assert reply.text.split() == ["Bien", "reçu.", "Merci"]


def test_no_auto_submitted_is_a_person():
    assert read_reply(mail("From: a@b\nSubject: Re\nAuto-Submitted: no", "Oui")).kind is ReceiptKind.ANSWERED


def test_a_server_that_complains_in_its_own_way_is_for_a_person():
    assert read_reply(mails.COMPLAINT).kind is None


@pytest.mark.parametrize(
    "headers",
    [
        "From: MAILER-DAEMON@vieux.example\nSubject: Courrier\nAuto-Submitted: auto-replied",
        "From: postmaster@vieux.example\nSubject: x\nX-Autoreply: yes",
        "From: non@op.example\nSubject: Undeliverable: Courrier\nAuto-Submitted: auto-replied",
        "From: non@op.example\nSubject: =?utf-8?q?=C3=89chec_de_la_remise?= : Courrier\nPrecedence: auto_reply",
        "From: x@op.example\nSubject: Mail delivery failed: returning message to sender\nAuto-Submitted: auto-replied",
        "Subject: Courrier\nAuto-Submitted: auto-replied",
    ],
)
def test_a_bounce_that_calls_itself_automatic_is_no_absence(headers):
    reply = read_reply(mail(f"{headers}\nIn-Reply-To: {OURS}", "Le message n'a pas pu être remis."))
    assert (reply.kind, reply.message_ids) == (None, (OURS,))


@pytest.mark.parametrize("accent", ["é", "e\u0301", "e"])
def test_a_failure_to_file_may_come_as_a_plain_message(accent):
    subject = f"[KO Int{accent}gration syst{accent}me !][902] XDM/1.0/DDM+CR"
    reply = read_reply(mail(f"From: a@b\nSubject: {subject}\nIn-Reply-To: {OURS}\nAuto-Submitted: auto-replied", "x"))
    assert (reply.kind, reply.message_ids) == (ReceiptKind.NOT_INTEGRATED, (OURS,))
    answered = read_reply(mail(f"From: a@b\nSubject: Re: {subject}\nIn-Reply-To: {OURS}", "Je m'en occupe."))
    assert answered.kind is ReceiptKind.ANSWERED


def test_a_report_that_somebody_forwards_is_not_a_report():
    forwarded = mail(
        'From: a@b\nSubject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="o"',
        "--o\nContent-Type: text/plain\n\nVoyez.\n\n--o\nContent-Type: message/rfc822\n\n"
        + bounce().decode().replace("\r\n", "\n")
        + "\n--o--",
    )
    assert read_reply(forwarded).kind is ReceiptKind.ANSWERED


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_message_breaks_the_reader(data):
    whole = data.draw(st.sampled_from([bounce(), mails.NOT_FILED_OLD, mails.ANSWER, mails.ABSENT, b""]))
    start, length = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 80))
    junk = data.draw(st.binary(max_size=60))
    reply = read_reply(whole[:start] + junk + whole[start + length :])
    assert len(reply.words) <= MAX_WORDS
    assert len(reply.text) <= MAX_TEXT
    assert "\n" not in reply.subject
