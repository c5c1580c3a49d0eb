"""A certificate its authority has withdrawn is not written to, not signed with, not shown; lists come from openssl."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from dictation.compose import Installation
from dictation.demo.mailbox import open_letter
from dictation.demo.pki import Authority
from dictation.domain.exchange import OutboxState
from dictation.domain.progress import State
from dictation.errors import BadSettings, NeedsAPerson, TryAgainLater
from dictation.health import checks
from dictation.send.carrier import Envelope
from dictation.send.certificates import own_identity, read_chain
from dictation.send.revocation import Revocations
from dictation.send.send import resend, send
from dictation.settings import SendSettings, Settings
from tests.send.crl import make_crl
from tests.send.peers import GP, SENDER, letter_parcel, line_to, smime_carrier, stationery


@pytest.fixture
def gp(pki):
    return read_chain(pki.addressee_certificates / f"{GP}.pem")[0]


@pytest.fixture
def ours(pki):
    return read_chain(pki.signing_certificate)[0]


@pytest.fixture
def carrier(relay, pki, clock):
    return smime_carrier(line_to(relay, pki, clock), pki, clock)


def refused(call, code: str) -> str:
    with pytest.raises(NeedsAPerson) as error:
        call()
    assert error.value.code == code
    return str(error.value)


def test_a_gp_whose_certificate_was_withdrawn_is_not_written_to(tmp_path, carrier, pki, gp, clock):
    other = pki.people.issue("autre", uses=[], mailboxes=["autre@medecin.example"]).certificate
    harmless = make_crl(pki.people, tmp_path, other, issued=clock(), named="a.crl")
    replace(carrier, revocations=Revocations(harmless)).seal(letter_parcel(clock), stationery())
    withdrawn = make_crl(pki.people, tmp_path, gp, issued=clock(), named="b.crl")
    strict = replace(carrier, revocations=Revocations(withdrawn))
    told = refused(lambda: strict.seal(letter_parcel(clock), stationery()), "E_CERTIFICATE")
    assert "revoked on" in told
    assert GP not in told


def test_a_letter_that_waited_is_looked_at_again_before_the_line_opens(tmp_path, carrier, pki, gp, clock, relay):
    content, parcel = carrier.seal(letter_parcel(clock), stationery()), letter_parcel(clock)
    strict = replace(carrier, revocations=Revocations(make_crl(pki.people, tmp_path, gp, issued=clock())))
    envelope = Envelope(parcel.message_id, SENDER, GP, content)
    refused(lambda: strict.carry(envelope, lambda: True), "E_CERTIFICATE")
    assert relay.letters() == []


def test_our_own_certificates_are_looked_up_too(tmp_path, carrier, pki, ours, clock, relay):
    signing = Revocations(make_crl(pki.people, tmp_path, ours, issued=clock(), named="a.crl"))
    strict = replace(carrier, revocations=signing)
    refused(lambda: strict.seal(letter_parcel(clock), stationery()), "E_OWN_CERTIFICATE")
    client = read_chain(pki.client_certificate)[0]
    line = Revocations(make_crl(pki.servers, tmp_path, client, issued=clock(), named="b.crl"))
    parcel = letter_parcel(clock)
    envelope = Envelope(parcel.message_id, SENDER, GP, carrier.seal(parcel, stationery()))
    through = replace(carrier, relay=replace(carrier.relay, revocations=line))
    refused(lambda: through.carry(envelope, lambda: True), "E_OWN_CERTIFICATE")
    assert relay.letters() == []


def test_a_revoked_addressee_sends_the_letter_back_to_a_person(tmp_path, hospital, pki, gp, clock):
    lists = Revocations(make_crl(pki.people, tmp_path, gp, issued=clock()))
    id = hospital.signed_letter()
    desk = replace(hospital.desk, carrier=replace(hospital.desk.carrier, revocations=lists))
    refused(lambda: send(id, desk), "E_CERTIFICATE")
    assert hospital.state(id) is State.TYPESET
    assert [row for row in hospital.rows(id) if row.state is OutboxState.SENT] == []


def test_sent_again_a_letter_is_sealed_with_the_certificate_the_gp_has_now(tmp_path, hospital, pki, gp, relay, clock):
    """Sealed to the old key and never offered: with these bytes the GP could not open it, nor would it ever leave."""
    id = hospital.signed_letter()
    relay.fail("rcpt", "450 4.2.0 not now")
    with pytest.raises(TryAgainLater):
        send(id, hospital.desk)
    [before] = hospital.rows(id)
    lists = Revocations(make_crl(pki.people, tmp_path, gp, issued=clock()))
    theirs = tmp_path / "certificates"
    theirs.mkdir()
    shutil.copy(pki.addressee_certificates / f"{GP}.pem", theirs)
    carrier = replace(hospital.desk.carrier, revocations=lists, addressee_certificates=theirs)
    desk = replace(hospital.desk, carrier=carrier)
    refused(lambda: send(id, desk), "E_CERTIFICATE")
    assert hospital.state(id) is State.RETURNED

    new = pki.people.issue("gp", uses=[ExtendedKeyUsageOID.EMAIL_PROTECTION], mailboxes=[GP])
    certificate, key = new.write(theirs, GP)
    resend(id, desk, actor="secretaire")
    send(id, desk)
    [eml] = relay.letters()
    assert open_letter(eml, key, certificate, pki.addressee_ca_file).message_id == before.message_id
    assert [row.state for row in hospital.rows(id)] == [OutboxState.SENT]


def test_a_list_past_its_date_still_withdraws(tmp_path, carrier, pki, gp, clock):
    """The last one known is kept: an authority that stops publishing does not make a stolen key good again."""
    old = Revocations(make_crl(pki.people, tmp_path, gp, issued=clock() - timedelta(days=30)))
    [(name, due)] = old.stale(clock())
    assert "messageries" in name
    assert due < clock()
    strict = replace(carrier, revocations=old)
    refused(lambda: strict.seal(letter_parcel(clock), stationery()), "E_CERTIFICATE")


def test_a_newer_list_beside_the_old_one_ends_the_warning(tmp_path, pki, clock):
    make_crl(pki.people, tmp_path, issued=clock() - timedelta(days=30), named="old.crl")
    make_crl(pki.people, tmp_path, issued=clock(), named="new.crl")
    assert Revocations(tmp_path).stale(clock()) == []
    assert len(Revocations(tmp_path).lists()) == 2


def test_pem_der_and_several_in_one_file_are_read(tmp_path, pki, clock):
    one = make_crl(pki.people, tmp_path, issued=clock(), named="a.crl")
    two = make_crl(pki.servers, tmp_path, issued=clock(), named="b.crl")
    both, der = tmp_path / "both.pem", tmp_path / "a.der"
    both.write_bytes(b"# two of them\n" + one.read_bytes() + two.read_bytes())
    subprocess.run(["openssl", "crl", "-in", one, "-outform", "DER", "-out", der], check=True)
    assert len(Revocations(both).lists()) == 2
    assert Revocations(der).lists()[0].issuer == Revocations(one).lists()[0].issuer
    for content in (b"", b"not a list", both.read_bytes()[:300]):
        broken = tmp_path / "broken.crl"
        broken.write_bytes(content)
        with pytest.raises(BadSettings):
            Revocations(broken).lists()
    with pytest.raises(BadSettings):
        Revocations(tmp_path / "absent.crl").lists()


def test_a_list_that_its_authority_did_not_sign_is_no_list(tmp_path, carrier, pki, clock):
    """Whoever can put a file there must not be able to stop the mail, nor to hide a withdrawal."""
    of_the_same_name = Authority("Autorité de démonstration : messageries")
    forged = make_crl(of_the_same_name, tmp_path, issued=clock())
    with pytest.raises(BadSettings):
        replace(carrier, revocations=Revocations(forged)).seal(letter_parcel(clock), stationery())


def test_an_authority_between_may_be_withdrawn(tmp_path, carrier, pki, clock):
    between = Authority("Autorité intermédiaire", now=clock())
    link = pki.people.cross_sign(between).certificate
    leaf = between.issue("x", uses=[], mailboxes=[SENDER])
    lists = Revocations(make_crl(pki.people, tmp_path, link, issued=clock()))
    assert "revoked" in lists.chain_fault([leaf.certificate, link], read_chain(pki.addressee_ca_file))
    assert lists.chain_fault([leaf.certificate], read_chain(pki.addressee_ca_file)) == ""


def test_the_check_says_what_is_missing_and_what_is_old(tmp_path, pki):
    now = datetime.now(UTC).replace(microsecond=0)

    def point(path) -> tuple[bool, str]:
        given = SendSettings(ca_file=pki.ca_file, addressee_ca_file=pki.addressee_ca_file, revocations=path)
        found = checks(Installation(Settings(home=tmp_path / "home", send=given)))
        [one] = [check for check in found if check.name == "révocations"]
        return one.ok, one.text

    assert point(None) == (True, "aucune liste réglée\u00a0: un certificat révoqué ne serait pas reconnu")
    lists = tmp_path / "crl"
    make_crl(pki.people, lists, issued=now - timedelta(days=30), named="people.crl")
    ok, text = point(lists)
    assert (ok, "périmée" in text, "sert encore" in text) == (False, True, True)
    make_crl(pki.people, lists, issued=now, named="people2.crl")
    ok, text = point(lists)
    assert (ok, "serveurs" in text) == (False, True)  # of that authority there is none
    make_crl(pki.servers, lists, issued=now, named="servers.crl")
    assert point(lists) == (True, "3 listes à jour")


def test_without_lists_nobody_is_asked(pki, clock):
    own_identity(pki.signing_certificate, pki.signing_key, clock(), mailbox=SENDER)
