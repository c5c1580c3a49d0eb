"""What a GP signed or encrypted is opened with our key and kept with its letter, or is for a person; with openssl."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from dictation.demo.pki import Authority, Identity
from dictation.domain.exchange import ReceiptKind
from dictation.send.feedback import _read
from dictation.send.revocation import Revocations
from dictation.send.signer import FAULTS, NO_ANCHORS, NO_LISTS, NOT_ONE, Judge
from dictation.send.smime_reply import BAD_SIGNATURE, NO_KEY, NOT_FOR_US, TOO_DEEP, Opener, Unopened
from tests.send import mails
from tests.send.crl import make_crl
from tests.send.dovecot import PASSWORD, dovecot
from tests.send.peers import GP, OTHER_GP

HEADERS = [
    ("From", GP), ("To", "lettres@hopital.example"), ("Subject", "Re: Courrier de l'hopital"),
    ("In-Reply-To", mails.OURS),
]  # fmt: skip
ANSWER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nMerci, j\xe2\x80\x99ai bien re\xc3\xa7u. \xc3\x89vrard\r\n"


def openssl(*arguments: object, content: bytes) -> bytes:
    return subprocess.run(
        ["openssl", "cms", *map(str, arguments)], input=content, capture_output=True, check=True
    ).stdout


def outer(sealed: bytes) -> bytes:
    """As the GP's program sends it: its own headers before those that openssl wrote."""
    return "".join(f"{name}: {value}\r\n" for name, value in HEADERS).encode() + sealed.replace(b"\r\n", b"\n").replace(
        b"\n", b"\r\n"
    )


@pytest.fixture
def gp(pki) -> list[object]:
    """Arguments that sign as the GP."""
    signer = ["-signer", pki.addressee_certificates / f"{GP}.pem", "-inkey", pki.addressee_keys / f"{GP}.key"]
    return ["-sign", *signer]


@pytest.fixture
def opener(pki) -> Opener:
    return Opener(pki.signing_certificate, pki.signing_key)


def encrypted(pki, content: bytes, cipher: str = "-aes-256-cbc", to: Path | None = None) -> bytes:
    return openssl("-encrypt", "-binary", cipher, to or pki.signing_certificate, content=content)


@pytest.mark.parametrize("cipher", ["-aes-128-cbc", "-aes-256-cbc", "-aes-256-gcm"])
def test_what_was_encrypted_to_us_is_read(pki, opener, cipher):
    reply = _read(outer(encrypted(pki, ANSWER, cipher)), opener)
    assert (reply.kind, reply.text) == (ReceiptKind.ANSWERED, "Merci, j’ai bien reçu. Évrard")
    assert (reply.sender, reply.message_ids) == (GP, (mails.OURS,))


def test_signed_in_clear_signed_opaque_and_signed_inside_encrypted_are_read(pki, opener, gp):
    clear = openssl(*gp, "-binary", content=ANSWER)
    opaque = openssl(*gp, "-binary", "-nodetach", content=ANSWER)
    both = encrypted(pki, openssl(*gp, "-binary", content=ANSWER))
    for sealed in (clear, opaque, both):
        reply = _read(outer(sealed), opener)
        assert (reply.kind, reply.text) == (ReceiptKind.ANSWERED, "Merci, j’ai bien reçu. Évrard")
    assert _read(outer(opaque), Opener()).text  # a signature needs no key of ours


def test_a_report_inside_counts_as_what_it_is(pki, opener):
    report = mails.notification(disposition="automatic-action/MDN-sent-automatically; displayed")
    inside = report.partition(b"MIME-Version: 1.0\r\n")[2]
    assert _read(outer(encrypted(pki, inside)), opener).kind is ReceiptKind.READ


def test_what_stays_closed_says_why_and_keeps_its_letter(pki, opener):
    other = pki.addressee_certificates / f"{OTHER_GP}.pem"
    for given, content, why in (
        (Opener(), encrypted(pki, ANSWER), NO_KEY),
        (opener, encrypted(pki, ANSWER, to=other), NOT_FOR_US),
        (opener, encrypted(pki, ANSWER)[:-400], NOT_FOR_US),
    ):
        reply = _read(outer(content), given)
        assert (reply.kind, reply.words, reply.text) == (None, why, "")
        assert reply.message_ids == (mails.OURS,)


def test_a_changed_word_breaks_the_signature(pki, opener, gp):
    for sealed in (openssl(*gp, "-binary", content=ANSWER), encrypted(pki, openssl(*gp, "-binary", content=ANSWER))):
        assert _read(outer(sealed), opener).kind is ReceiptKind.ANSWERED
    altered = openssl(*gp, "-binary", content=ANSWER).replace(b"bien", b"rien")
    for sealed in (altered, encrypted(pki, altered)):
        reply = _read(outer(sealed), opener)
        assert (reply.kind, reply.words, reply.text) == (None, BAD_SIGNATURE, "")


def test_envelopes_without_end_are_not_followed(pki, opener):
    content = ANSWER
    for _ in range(6):
        content = encrypted(pki, content)
    with pytest.raises(Unopened, match=TOO_DEEP):
        opener.open(outer(content))


def test_a_message_nobody_sealed_is_left_as_it_is(opener):
    content = mails.bounce()
    opened = opener.open(content)
    assert (opened.content is content, opened.signature) == (True, "")


# whose signature it is


@pytest.fixture
def judging(pki) -> Opener:
    return Opener(pki.signing_certificate, pki.signing_key, Judge(lambda: datetime.now(UTC), pki.addressee_ca_file))


def signed_by(identity: Identity, folder: Path, *more: object) -> bytes:
    certificate, key = identity.write(folder, "signer")
    return openssl("-sign", "-binary", "-signer", certificate, "-inkey", key, *more, content=ANSWER)


def a_gp(authority: Authority, **other) -> Identity:
    return authority.issue(
        "medecin", **{"uses": [ExtendedKeyUsageOID.EMAIL_PROTECTION], "mailboxes": [GP.upper()]} | other
    )


@pytest.mark.parametrize("shape", ["clear", "opaque", "encrypted"])
def test_the_signature_of_the_sender_is_said_to_be_his(shape, pki, judging, gp):
    sealed = openssl(*gp, "-binary", *(["-nodetach"] if shape == "opaque" else []), content=ANSWER)
    reply = _read(outer(encrypted(pki, sealed) if shape == "encrypted" else sealed), judging)
    assert reply.kind is ReceiptKind.ANSWERED
    assert reply.words == f"signature vérifiée\u00a0: {GP} – Re: Courrier de l'hopital"


def test_an_intermediate_authority_that_comes_along_is_followed(pki, judging, tmp_path):
    between = Authority("Autorité intermédiaire")
    pki.people.cross_sign(between).write(tmp_path, "between")
    sealed = signed_by(a_gp(between), tmp_path, "-certfile", tmp_path / "between.pem")
    assert _read(outer(sealed), judging).words.startswith("signature vérifiée")


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("chain", {"of": "a stranger"}),
        ("mailbox", {"mailboxes": [OTHER_GP]}),
        ("use", {"uses": [ExtendedKeyUsageOID.CLIENT_AUTH]}),
        ("date", {"not_before": datetime(2024, 1, 1, tzinfo=UTC), "not_after": datetime(2025, 1, 1, tzinfo=UTC)}),
    ],
)
def test_a_signature_that_is_not_the_sender_s_is_read_and_said_to_prove_nothing(why, change, pki, judging, tmp_path):
    change = dict(change)
    authority = Authority("Autorité étrangère") if change.pop("of", "") else pki.people
    reply = _read(outer(signed_by(a_gp(authority, **change), tmp_path)), judging)
    assert (reply.kind, reply.text) == (ReceiptKind.ANSWERED, "Merci, j’ai bien reçu. Évrard")
    assert reply.words.startswith(f"signature non vérifiée\u00a0: {FAULTS[why]} – Re")


def test_a_signature_whose_certificate_was_withdrawn_proves_nothing(pki, tmp_path):
    identity = a_gp(pki.people)
    listed = make_crl(pki.people, tmp_path, identity.certificate, issued=datetime.now(UTC))
    judge = Judge(lambda: datetime.now(UTC), pki.addressee_ca_file, Revocations(listed))
    sealed = outer(signed_by(identity, tmp_path))
    assert FAULTS["revoked"] in _read(sealed, Opener(judge=judge)).words
    listed.write_bytes(b"-----BEGIN X509 CRL-----\nnot a list\n-----END X509 CRL-----\n")
    assert NO_LISTS in _read(sealed, Opener(judge=judge)).words


def test_without_anchors_or_with_two_signers_nobody_is_believed(pki, judging, gp, tmp_path):
    once = openssl(*gp, "-binary", content=ANSWER)
    assert NO_ANCHORS in _read(outer(once), Opener()).words
    other = ["-signer", pki.addressee_certificates / f"{OTHER_GP}.pem"]
    other += ["-inkey", pki.addressee_keys / f"{OTHER_GP}.key"]
    assert NOT_ONE in _read(outer(openssl(*gp, *other, "-binary", content=ANSWER)), judging).words


def test_a_stranger_s_signature_inside_the_sender_s_is_the_one_that_counts(pki, judging, gp, tmp_path):
    stranger = signed_by(a_gp(Authority("Autorité étrangère")), tmp_path, "-nodetach")
    both = openssl(*gp, "-binary", "-nodetach", content=stranger)
    assert FAULTS["chain"] in _read(outer(both), judging).words


def test_out_of_a_real_mailbox_it_is_attached_to_its_letter(print_room, pki, clock, opener):
    from dictation.send.feedback import poll
    from dictation.send.mailbox_reader import ReplyMailbox
    from dictation.send.send import send
    from dictation.store.replies import Replies

    id, replies = print_room.signed_letter(), Replies(print_room.ledger)
    send(id, print_room.desk)
    about = outer(encrypted(pki, ANSWER)).replace(mails.OURS.encode(), print_room.rows(id)[0].message_id.encode())
    with dovecot(pki) as server:
        server.deliver("lettres-smime", about, about.replace(b"Re: Courrier", b"Bis: Courrier"))
        box = ReplyMailbox("localhost", server.tls_port, server.ca_file, clock, user="lettres-smime", password=PASSWORD)
        poll(box, replies, print_room.store, opener)
    first, second = replies.of(id)
    assert [one.text for one in (first, second)] == ["Merci, j’ai bien reçu. Évrard"] * 2
    assert replies.waiting() == []
    kept = print_room.store.get(first.message_sha256)
    assert b"application/pkcs7-mime" in kept  # what came, not what we made of it
    assert "Évrard".encode() not in kept
