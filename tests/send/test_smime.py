"""Signed, then encrypted: the GP reads the letter and sees it whole; nobody else reads it, nobody changes it unseen."""

from __future__ import annotations

import base64
import random
import subprocess
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from dictation.demo.mailbox import NotReadable, open_letter
from dictation.demo.pki import Authority
from dictation.domain.parcel import Replaced
from dictation.errors import NeedsAPerson
from dictation.send.carrier import Envelope
from tests.send.peers import (
    GP,
    MARKER,
    OTHER_GP,
    PDF,
    SENDER,
    Clock,
    Wire,
    letter_parcel,
    line_to,
    opened,
    smime_carrier,
    stationery,
)

MAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION


@pytest.fixture
def carrier(relay, pki, clock):
    return smime_carrier(line_to(relay, pki, clock), pki, clock)


@pytest.fixture
def sealed(carrier, clock) -> bytes:
    return carrier.seal(letter_parcel(clock), stationery())


def test_the_gp_opens_it_with_openssl(tmp_path, sealed, pki):
    (tmp_path / "m.eml").write_bytes(sealed)
    letter = opened(tmp_path / "m.eml", pki)
    assert letter.pdf == PDF
    assert letter.subject == "Courrier de l’hôpital"
    assert "0123456789ab-1" in letter.text


def test_a_receipt_is_asked_for_where_a_mail_program_looks(sealed):
    outer = message_from_bytes(sealed, policy=policy.default)
    assert outer["Disposition-Notification-To"] == SENDER


def test_a_corrected_letter_says_so_inside_and_stands_in_its_thread_outside(tmp_path, carrier, clock, pki):
    path = tmp_path / "m.eml"
    path.write_bytes(
        carrier.seal(letter_parcel(clock, letter_version=2, replaces=Replaced(1, "<a@b.example>")), stationery())
    )
    outer = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert outer["In-Reply-To"] == outer["References"] == "<a@b.example>"
    assert "ANNULE ET REMPLACE" in opened(path, pki).text


def test_the_older_openssl_smime_command_reads_it_too(tmp_path, sealed, pki):
    (tmp_path / "m.eml").write_bytes(sealed)
    key, certificate = pki.addressee_keys / f"{GP}.key", pki.addressee_certificates / f"{GP}.pem"
    inner = subprocess.run(
        ["openssl", "smime", "-decrypt", "-in", tmp_path / "m.eml", "-inkey", key, "-recip", certificate],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    done = subprocess.run(
        ["openssl", "smime", "-verify", "-CAfile", pki.addressee_ca_file], input=inner, capture_output=True, check=True
    )
    assert base64.b64encode(PDF)[:60] in done.stdout


def test_the_hospital_can_read_its_own_sent_copy(tmp_path, sealed, pki):
    (tmp_path / "m.eml").write_bytes(sealed)
    letter = open_letter(tmp_path / "m.eml", pki.signing_key, pki.signing_certificate, pki.addressee_ca_file)
    assert letter.pdf == PDF


def test_another_gp_cannot_read_it(tmp_path, sealed, pki):
    (tmp_path / "m.eml").write_bytes(sealed)
    with pytest.raises(NotReadable):
        opened(tmp_path / "m.eml", pki, OTHER_GP)


def test_the_gp_refuses_a_letter_signed_by_a_stranger(tmp_path, relay, pki, clock):
    stranger = Authority("Inconnue").issue("hopital", uses=[MAIL], mailboxes=[SENDER])
    certificate, key = stranger.write(tmp_path, "signature")
    forger = smime_carrier(line_to(relay, pki, clock), pki, clock, signing_certificate=certificate, signing_key=key)
    (tmp_path / "m.eml").write_bytes(forger.seal(letter_parcel(clock), stationery()))
    with pytest.raises(NotReadable):
        opened(tmp_path / "m.eml", pki)


def test_every_flipped_bit_is_noticed_by_the_gp(tmp_path, sealed, pki):
    headers, _, body = sealed.partition(b"\r\n\r\n")
    der = bytearray(base64.b64decode(body))
    dice = random.Random(7)  # the places, not the outcome, are random; the same in every run
    beyond_the_headers = len(der) // 8  # below: mostly the hospital's recipient info, which the GP does not use
    for _ in range(25):
        place, bit = dice.randrange(beyond_the_headers, len(der)), 1 << dice.randrange(8)
        der[place] ^= bit
        (tmp_path / "m.eml").write_bytes(headers + b"\r\n\r\n" + base64.encodebytes(bytes(der)))
        der[place] ^= bit
        with pytest.raises(NotReadable):
            opened(tmp_path / "m.eml", pki)
    (tmp_path / "m.eml").write_bytes(headers + b"\r\n\r\n" + base64.encodebytes(bytes(der)))
    assert opened(tmp_path / "m.eml", pki).pdf == PDF  # unflipped, it opens: the flips were the reason


def test_nothing_of_the_letter_is_in_clear_neither_on_the_wire_nor_for_the_relay(relay, pki, clock, carrier):
    wire = Wire(relay.port)
    through = replace(carrier, relay=line_to(relay, pki, clock, port=wire.port))
    parcel = letter_parcel(clock)
    content = through.seal(parcel, stationery())
    through.carry(Envelope(parcel.message_id, SENDER, GP, content), lambda: True)
    wire.close()
    assert b"STARTTLS" in wire.bytes.upper()  # the capture is real, and sees what comes before TLS
    assert len(wire.bytes) > len(content)
    for clear in (MARKER, base64.b64encode(PDF)[:40], b"MAIL FROM", GP.encode(), b"lettre.pdf"):
        assert clear.lower() not in bytes(wire.bytes).lower()
    headers, _, body = relay.letters()[0].read_bytes().partition(b"\r\n\r\n")
    for clear in (MARKER, base64.b64encode(PDF)[:40], b"lettre.pdf", b"salutations"):
        assert clear not in headers + base64.b64decode(body)


def test_every_line_is_short_ascii_that_any_relay_lets_through(sealed):
    lines = sealed.split(b"\r\n")
    assert max(map(len, lines)) <= 120  # RFC 5322: 998; the longest is a header that must not fold
    assert max(len(line) for line in lines[lines.index(b"") :]) <= 76
    assert sealed.isascii()
    assert b"\n" not in b"".join(lines)


UNUSABLE = {
    "expired": {"not_before": -9, "not_after": -1},
    "not valid yet": {"not_before": 1, "not_after": 9},
    "of another mailbox": {"mailboxes": [OTHER_GP]},
    "without mailbox": {"mailboxes": []},
    "without keyEncipherment": {"encipher": False},
    "made for servers": {"uses": [ExtendedKeyUsageOID.SERVER_AUTH]},
    "with an EC key": {"key": "ec"},
    "with a short RSA key": {"key": 1024},
    "of an unknown authority": {"issuer": "Inconnue"},
}


@pytest.mark.parametrize("fault", [*UNUSABLE, "absent", "unreadable", "issued by a person"])
def test_a_letter_is_not_sealed_to_a_certificate_that(tmp_path, carrier, pki, clock, fault):
    changes = dict(UNUSABLE.get(fault, {}))
    issuer = Authority(changes.pop("issuer")) if "issuer" in changes else pki.people
    for name in ("not_before", "not_after"):
        if name in changes:
            changes[name] = clock() + timedelta(days=changes[name])
    bits = changes.pop("key", None)
    key = ec.generate_private_key(ec.SECP256R1()) if bits == "ec" else None
    key = rsa.generate_private_key(65537, bits) if bits == 1024 else key
    folder = tmp_path / "certificates"
    given = {"uses": [MAIL], "mailboxes": [GP], "key": key, **changes}
    identity = issuer.issue("medecin", **given)
    if fault == "issued by a person":  # a GP's own certificate must not be able to vouch for another one
        minor = Authority("Mineure")
        person = pki.people.issue("medecin", uses=[MAIL], mailboxes=[OTHER_GP], key=minor.identity.key)
        minor.identity = person
        identity = minor.issue("medecin", uses=[MAIL], mailboxes=[GP])
    path, _ = identity.write(folder, GP)
    if fault == "issued by a person":
        path.write_bytes(path.read_bytes() + person.write(tmp_path, "person")[0].read_bytes())
    if fault == "absent":
        path.unlink()
    if fault == "unreadable":
        path.write_bytes(b"-----BEGIN CERTIFICATE-----\nrien\n-----END CERTIFICATE-----\n")
    with pytest.raises(NeedsAPerson) as refused:
        replace(carrier, addressee_certificates=folder).seal(letter_parcel(clock), stationery())
    assert refused.value.code == "E_CERTIFICATE"
    assert "durand" not in str(refused.value)


def test_a_good_certificate_is_found_whatever_the_case_of_the_mailbox(carrier, clock):
    assert carrier.seal(letter_parcel(clock, mailbox=GP.upper()), stationery())


def test_an_intermediate_authority_beside_the_certificate_is_followed(tmp_path, carrier, pki, clock):
    middle = Authority("Intermédiaire")
    issued = pki.people.cross_sign(middle)
    path, _ = middle.issue("medecin", uses=[MAIL], mailboxes=[GP]).write(tmp_path / "c", GP)
    alone = replace(carrier, addressee_certificates=tmp_path / "c")
    with pytest.raises(NeedsAPerson):
        alone.seal(letter_parcel(clock), stationery())
    path.write_bytes(path.read_bytes() + issued.write(tmp_path, "middle")[0].read_bytes())
    assert alone.seal(letter_parcel(clock), stationery())


@pytest.mark.parametrize("fault", ["expired", "of another mailbox", "of another key"])
def test_our_own_signing_certificate_is_checked_before_anything_is_signed(tmp_path, carrier, pki, clock, fault):
    mailboxes = ["autre@hopital.example"] if fault == "of another mailbox" else [SENDER]
    certificate, key = pki.people.issue("hopital", uses=[MAIL], mailboxes=mailboxes).write(tmp_path, "signature")
    now = Clock(clock() + timedelta(days=400)) if fault == "expired" else clock
    key = pki.signing_key if fault == "of another key" else key
    with pytest.raises(NeedsAPerson) as refused:
        replace(carrier, signing_certificate=certificate, signing_key=key, clock=now).seal(
            letter_parcel(clock), stationery()
        )
    assert refused.value.code == "E_OWN_CERTIFICATE"
