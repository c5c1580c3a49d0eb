"""The line is encrypted to the right server, by the right hospital, or nothing of the letter crosses it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import warnings
from datetime import timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from dictation.demo.mailbox import HANG_UP, Mailbox, server_tls
from dictation.demo.pki import Authority
from dictation.errors import BadSettings, NeedsAPerson, TryAgainLater
from dictation.send.carrier import Envelope
from tests.send.peers import GP, SENDER, Clock, line_to

CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
MESSAGE = Envelope("<a@hopital.example>", SENDER, GP, b"Message-ID: <a@hopital.example>\r\n\r\nBonjour\r\n")
VERSIONS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}
every_line = pytest.mark.parametrize(
    ("version", "implicit"),
    [(version, implicit) for version in VERSIONS for implicit in (False, True)],
    ids=[f"{version} {mode}" for version in VERSIONS for mode in ("STARTTLS", "at once")],
)


def server(tmp_path, pki, *, version=None, implicit=False, identity=None, demand=True) -> Mailbox:
    """A mail server of one TLS version, with its own certificate or the usual one."""
    certificate, key = identity.write(tmp_path, "serveur") if identity else (pki.server_certificate, pki.server_key)
    context = server_tls(certificate, key, pki.ca_file if demand else None)
    if version:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    return Mailbox(tmp_path / "mailbox", context, implicit=implicit)


def refused_code(line) -> str:
    """Send, expect a refusal at once or by the third hang-up, and give its code."""
    for _ in range(3):
        try:
            line.deliver(MESSAGE, lambda: True)
        except TryAgainLater as error:
            last = error
        except NeedsAPerson as error:
            return error.code
        else:
            raise AssertionError("the message went through")
    raise last


@every_line
def test_the_right_hospital_and_the_right_server_reach_each_other(tmp_path, pki, version, implicit):
    with server(tmp_path, pki, version=version, implicit=implicit) as box:
        words = line_to(box, pki, Clock()).deliver(MESSAGE, lambda: True)
        [eml] = box.letters()
    assert words.startswith("250 ")
    assert eml.read_bytes() == MESSAGE.content
    assert '"client": "hopital"' in eml.with_suffix(".json").read_text()


@pytest.mark.parametrize("who", ["nobody", "a stranger", "an expired hospital"])
@every_line
def test_a_server_that_refuses_our_certificate_raises_the_alarm_instead_of_endless_tries(
    tmp_path, pki, version, implicit, who
):
    now = Clock()
    if who == "nobody":
        ours = {"client_certificate": None, "client_key": None}
    else:
        issuer = Authority("Inconnue") if who == "a stranger" else pki.servers
        identity = (
            issuer.issue(
                "hopital", uses=[CLIENT], not_before=now() - timedelta(days=9), not_after=now() - timedelta(days=1)
            )
            if who == "an expired hospital"
            else issuer.issue("hopital", uses=[CLIENT])
        )
        certificate, key = identity.write(tmp_path, "client")
        ours = {"client_certificate": certificate, "client_key": key}
        now.wait(-5 * 86400 if who == "an expired hospital" else 0)  # our own clock is slow: the check here passes
    with server(tmp_path, pki, version=version, implicit=implicit) as box:
        assert refused_code(line_to(box, pki, now, **ours)) == "E_TLS"
        assert "mail" not in box.seen
        assert box.letters() == []


@pytest.mark.parametrize("fault", ["expired", "another host", "unknown authority"])
@every_line
def test_a_server_we_cannot_trust_gets_no_byte_of_a_message(tmp_path, pki, version, implicit, fault):
    past = Clock()() - timedelta(days=9)
    identity = {
        "expired": lambda: pki.servers.issue(
            "x", uses=[SERVER], hosts=["localhost"], not_before=past, not_after=past + timedelta(days=1)
        ),
        "another host": lambda: pki.servers.issue("x", uses=[SERVER], hosts=["relais.example"]),
        "unknown authority": lambda: Authority("Inconnue").issue("x", uses=[SERVER], hosts=["localhost"]),
    }[fault]()
    claims = []
    with server(tmp_path, pki, version=version, implicit=implicit, identity=identity, demand=False) as box:
        with pytest.raises(NeedsAPerson) as refused:
            line_to(box, pki, Clock()).deliver(MESSAGE, lambda: claims.append(1) or True)
        assert "mail" not in box.seen
    assert refused.value.code == "E_TLS"
    assert claims == []


def test_a_server_too_old_for_tls_1_2_gets_nothing(tmp_path, pki):
    context = server_tls(pki.server_certificate, pki.server_key, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with Mailbox(tmp_path / "mailbox", context) as box:
        assert refused_code(line_to(box, pki, Clock())) == "E_TLS"
        assert "mail" not in box.seen


@contextlib.contextmanager
def weak_server(pki, *suites):
    """openssl's own server, TLS at once: it says why it ends a handshake, as mail servers do."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shown = ["-cert", pki.server_certificate, "-key", pki.server_key]
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", *shown, *suites]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        while b"ACCEPT" not in server.stdout.readline():
            assert server.poll() is None
        yield port
    finally:
        server.kill()
        server.communicate()


WEAK = [
    ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"),  # not authenticated as it is encrypted (CBC)
    ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384"),
    ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM8"),  # a tag of 8 bytes
    ("-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256"),
]


@pytest.mark.parametrize("suites", WEAK, ids=[f"{version[1:]} {suite}" for version, _, suite in WEAK])
def test_a_server_that_offers_only_a_weak_suite_is_a_setting_to_repair(pki, suites):
    with weak_server(pki, *suites) as port:
        line = line_to(Mailbox(None, None, port=port, implicit=True), pki, Clock())
        with pytest.raises(NeedsAPerson) as refused:
            line.deliver(MESSAGE, lambda: True)
    assert refused.value.code == "E_TLS"
    assert "HANDSHAKE_FAILURE" in str(refused.value)


@pytest.mark.parametrize("suite", ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"])
def test_the_suites_of_the_profile_are_taken(tmp_path, pki, suite):
    context = server_tls(pki.server_certificate, pki.server_key, pki.ca_file)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suite)
    with Mailbox(tmp_path / "mailbox", context) as box:
        assert line_to(box, pki, Clock()).deliver(MESSAGE, lambda: True).startswith("250 ")


def test_every_suite_we_offer_makes_a_key_for_each_line_and_authenticates(relay, pki):
    offered = line_to(relay, pki, Clock())._context().get_ciphers()
    assert {cipher["protocol"] for cipher in offered} == {"TLSv1.2", "TLSv1.3"}
    assert all(cipher["aead"] for cipher in offered)
    assert all(cipher["kea"] in {"kx-ecdhe", "kx-any"} for cipher in offered)


def test_a_server_that_no_longer_offers_starttls_gets_nothing(tmp_path, pki):
    with Mailbox(tmp_path / "mailbox", tls=None) as box:
        with pytest.raises(NeedsAPerson) as refused:
            line_to(box, pki, Clock()).deliver(MESSAGE, lambda: True)
        assert refused.value.code == "E_TLS"
        assert "mail" not in box.seen


@pytest.mark.parametrize("answer", [HANG_UP, "421 4.7.0 certificate required"])
def test_three_hang_ups_in_a_row_right_after_tls_are_an_alarm(relay, pki, answer):
    line = line_to(relay, pki, Clock())
    relay.fail("tls-ehlo", answer, times=3)
    for error in (TryAgainLater, TryAgainLater, NeedsAPerson):
        with pytest.raises(error) as refused:
            line.deliver(MESSAGE, lambda: True)
        assert refused.value.code == "E_TLS"


def test_one_good_line_ends_the_count_of_hang_ups(relay, pki):
    line = line_to(relay, pki, Clock())
    for _ in range(3):
        relay.fail("tls-ehlo", HANG_UP, times=2)
        for _ in range(2):
            with pytest.raises(TryAgainLater):
                line.deliver(MESSAGE, lambda: True)
        line.deliver(MESSAGE, lambda: True)
    assert len(relay.letters()) == 3


@pytest.mark.parametrize("fault", ["expired", "not valid yet", "for a server", "another key", "unreadable"])
def test_our_own_bad_certificate_is_named_before_any_line_opens(tmp_path, relay, pki, fault):
    now = Clock()
    good = pki.servers.issue("hopital", uses=[SERVER if fault == "for a server" else CLIENT])
    certificate, key = good.write(tmp_path, "client")
    if fault == "another key":
        key.write_bytes(pki.client_key.read_bytes())
    if fault == "unreadable":
        certificate.write_bytes(b"not a certificate")
    now.wait({"expired": 400 * 86400, "not valid yet": -9 * 86400}.get(fault, 0))
    with pytest.raises(NeedsAPerson) as refused:
        line_to(relay, pki, now, client_certificate=certificate, client_key=key).deliver(MESSAGE, lambda: True)
    assert refused.value.code == "E_OWN_CERTIFICATE"
    assert relay.seen == []


def test_a_file_of_trust_anchors_that_is_none_is_a_wrong_setting(tmp_path, relay, pki):
    (tmp_path / "ca.pem").write_text("rien")
    for path in (tmp_path / "ca.pem", tmp_path / "absent.pem"):
        with pytest.raises(BadSettings, match=r"send\.ca_file"):
            line_to(relay, pki, Clock(), ca_file=path).deliver(MESSAGE, lambda: True)
    assert relay.seen == []
