"""The message of the trusted mail space: to members only, one patient, the signed bytes twice, in its thread."""

from __future__ import annotations

import base64
import io
import smtplib
import socket
import threading
import zipfile
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from dictation.compose import Installation
from dictation.domain.exchange import OutboxState
from dictation.domain.people import Addressee
from dictation.domain.progress import State
from dictation.errors import BadSettings, NeedsAPerson, NotAllowed, TryAgainLater
from dictation.send.carrier import Envelope
from dictation.send.cda import write_cda
from dictation.send.check_message import check_message
from dictation.send.document import describe
from dictation.send.folder import FolderCarrier
from dictation.send.mssante import trusted_domains
from dictation.send.pack import replaced
from dictation.send.send import send
from dictation.send.smtp import _address, _authorise, token_in
from dictation.settings import SendSettings, Settings
from tests.send.peers import (
    GP,
    OTHER_GP,
    PATIENT,
    PDF,
    SENDER,
    SITE,
    SURGEON,
    letter_parcel,
    line_to,
    mssante_carrier,
    open_hospital,
    stationery,
)


class Listener:
    """The other end of one SMTP line: answers as told, and keeps what it was told."""

    def __init__(self, answers: list[str]) -> None:
        self.heard: list[str] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, args=(answers,), daemon=True)
        self.thread.start()

    def _serve(self, answers: list[str]) -> None:
        line, _ = self.server.accept()
        with line, line.makefile("rw", newline="\r\n") as talk:
            for answer in answers:
                talk.write(answer + "\r\n")
                talk.flush()
                self.heard.append(talk.readline().strip())

    def __enter__(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.server.getsockname()[1], "hopital.example", timeout=10)

    def __exit__(self, *_: object) -> None:
        self.thread.join(timeout=10)
        self.server.close()


class Directory:
    """Who is who in the hospital of these tests."""

    def author(self, rpps):
        return SURGEON if rpps == "10100000017" else None

    def site(self, key):
        return SITE


@pytest.fixture
def carrier(relay, pki, clock):
    return mssante_carrier(line_to(relay, pki, clock), clock)


@pytest.fixture
def ward(tmp_path, carrier, clock):
    """A hospital that sends by MSSanté."""
    home = tmp_path / "home"
    home.mkdir()
    hospital = open_hospital(home, carrier, clock)
    return replace(hospital, desk=replace(hospital.desk, people=Directory()))


def opened(content: bytes):
    return message_from_bytes(content, policy=policy.default)


def refused(carrier, clock, **changes) -> str:
    with pytest.raises(NeedsAPerson) as error:
        carrier.seal(letter_parcel(clock, **changes), stationery())
    assert "estpatient" not in str(error.value)
    assert "durand" not in str(error.value)
    return error.value.code


def test_the_headers_are_those_of_the_profile(carrier, clock):
    content = carrier.seal(letter_parcel(clock), stationery())
    message = opened(content)
    assert message["Subject"] == "XDM/1.0/DDM+CR opératoire TESTPATIENT ZEPHIRINE 28/03/1979"
    assert (message["X-MSS-CODECDA"], message["X-MSS-INS"], message["X-MSS-NIL"]) == ("34874-8", "O", "DEV000000")
    assert message["Disposition-Notification-To"] == SENDER
    assert message["From"].addresses[0].display_name == SITE.name
    names = [part.get_filename() for part in message.iter_attachments()]
    assert names == ["IHE_XDM.zip", "20261109_CR opératoire_TESTPATIENT_ZEPHIRINE.pdf"]
    assert b"filename*=utf-8''20261109_CR%20op%C3%A9ratoire_TESTPATIENT_ZEPHIRINE.pdf" in content
    assert all(len(line) <= 78 for line in content.split(b"\r\n") if line.startswith((b"Subject", b" ")))


def test_a_letter_leaves_the_ledger_and_reaches_the_operator_with_a_wish_for_reports(ward, relay):
    id = ward.signed_letter()
    send(id, ward.desk)
    [eml] = relay.letters()
    [row] = ward.rows(id)
    assert (row.state, row.carrier) == (OutboxState.SENT, "mssante")
    message = opened(eml.read_bytes())
    assert message["Message-ID"] == row.message_id
    assert message.get_payload()[2].get_content() == PDF
    assert {fault.rule for fault in check_message(eml.read_bytes(), production=False)} == {"cda.pcp-id"}


def test_an_author_the_settings_do_not_know_stops_the_letter_before_the_row_is_written(ward, relay, carrier):
    id = ward.signed_letter()
    with pytest.raises(NeedsAPerson) as error:
        send(id, replace(ward.desk, people=type("Nobody", (Directory,), {"author": lambda self, rpps: None})()))
    assert error.value.code == "E_MSSANTE_INCOMPLETE"
    assert (ward.rows(id), relay.seen, ward.state(id)) == ([], [], State.TYPESET)


@pytest.mark.parametrize(
    "changes",
    [
        {"author": None},
        {"signatory": None},
        {"letter_type": None},
        {"begun_on": None},
        {"signed_at": None},
        {"site": replace(SITE, finess="")},
        {"site": replace(SITE, facility_code="SA99")},
        {"author": replace(SURGEON, specialty_code="SM12")},
        {"author": replace(SURGEON, rpps="123")},
        {"patient": replace(PATIENT, birth_place=""), "site": replace(SITE, hospital_numbers_oid="")},
    ],
    ids=lambda changes: " ".join(changes),
)
def test_what_the_profile_demands_and_nobody_knows_is_asked_of_a_person(carrier, clock, changes):
    assert refused(carrier, clock, **changes) == "E_MSSANTE_INCOMPLETE"


def test_an_ins_without_all_its_traits_is_not_quoted(carrier, clock):
    content = carrier.seal(letter_parcel(clock, patient=replace(PATIENT, birth_place="")), stationery())
    assert opened(content)["X-MSS-INS"] == "N"
    assert PATIENT.ins.value.encode() not in content


def test_a_test_identity_never_leaves_in_production_nor_a_real_one_in_a_trial(carrier, clock):
    assert refused(replace(carrier, production=True), clock) == "E_TEST_IDENTITY"
    real = replace(PATIENT, ins=replace(PATIENT.ins, oid="1.2.250.1.213.1.4.8"))
    assert refused(carrier, clock, patient=real) == "E_TEST_IDENTITY"


def test_only_members_of_the_space_are_written_to(tmp_path, carrier, clock, relay):
    listed = tmp_path / "domains.txt"
    listed.write_text("# membres\nautre.example\n")
    assert refused(replace(carrier, domains_file=listed), clock) == "E_DOMAIN_NOT_TRUSTED"
    listed.write_text("Medecin.example\n")
    assert replace(carrier, domains_file=listed).seal(letter_parcel(clock), stationery())
    assert refused(replace(carrier, domains_file=listed), clock, mailbox="gp@faux.medecin.example") == (
        "E_DOMAIN_NOT_TRUSTED"
    )


def test_a_domain_taken_off_the_list_meanwhile_stops_the_letter(tmp_path, ward, relay, carrier, monkeypatch):
    listed = tmp_path / "domains.txt"
    listed.write_text("medecin.example\n")
    desk = replace(ward.desk, carrier=replace(carrier, domains_file=listed))
    id = ward.signed_letter()
    relay.fail("mail", "451 later")
    with pytest.raises(TryAgainLater):
        send(id, desk)
    listed.write_text("autre.example\n")
    relay.seen.clear()
    with pytest.raises(NeedsAPerson) as error:
        send(id, desk)
    assert (error.value.code, relay.seen, ward.state(id)) == ("E_DOMAIN_NOT_TRUSTED", [], State.RETURNED)


def test_the_operators_list_is_read_as_it_is_published(tmp_path):
    path = tmp_path / "liste.xml"
    path.write_text(
        '<?xml version="1.0"?><l xmlns="https://listeblanche.mssante.fr/schema"><Domaine><Nom>A.mssante.fr</Nom>'
        "</Domaine><Domaine><Nom>b.example</Nom></Domaine><Autre><Nom>c.example</Nom></Autre></l>"
    )
    assert trusted_domains(path) == {"a.mssante.fr", "b.example"}
    for content in ("", "<l", "<l/>"):
        path.write_text(content)
        with pytest.raises(BadSettings):
            trusted_domains(path)


def test_a_message_larger_than_the_operator_takes_is_refused_before_any_line(carrier, clock, relay):
    assert refused(replace(carrier, max_bytes=20_000), clock) == "E_MESSAGE_TOO_BIG"
    assert relay.seen == []


def test_a_message_that_breaks_a_rule_is_never_kept(carrier, clock):
    assert refused(carrier, clock, pdf=b"<html>") == "E_MESSAGE_INVALID"


def test_a_corrected_letter_names_the_one_it_replaces(ward, relay, clock, monkeypatch):
    id = ward.signed_letter()
    send(id, ward.desk)
    [first] = ward.rows(id)
    read = ward.ledger.get
    corrected = replace(read(id), letter_version=2, state=State.TYPESET)
    monkeypatch.setattr(ward.ledger, "get", lambda key: corrected)
    clock.wait(60)
    parcels = []
    seal = type(ward.desk.carrier).seal
    monkeypatch.setattr(
        type(ward.desk.carrier), "seal", lambda self, parcel, paper: parcels.append(parcel) or seal(self, parcel, paper)
    )
    with pytest.raises(NotAllowed):  # the ledger itself does not know of the correction
        send(id, ward.desk)
    [parcel] = parcels
    assert (parcel.replaces.letter_version, parcel.replaces.message_id) == (1, first.message_id)
    message = opened(ward.store.get(ward.rows(id)[1].message_sha256))
    assert message["In-Reply-To"] == message["References"] == first.message_id
    assert "ANNULE ET REMPLACE" in message.get_body(("plain",)).get_content()


def test_somebody_who_never_had_the_first_letter_is_not_told_to_drop_it(ward, relay, monkeypatch):
    id = ward.signed_letter()
    send(id, ward.desk)
    assert replaced(2, GP, ward.rows(id)) is not None
    assert replaced(2, OTHER_GP, ward.rows(id)) is None
    assert replaced(1, GP, ward.rows(id)) is None


def test_a_third_version_belongs_to_the_thread_of_the_first(ward, relay):
    id = ward.signed_letter()
    send(id, ward.desk)
    [first] = ward.rows(id)
    second = replace(first, letter_version=2, message_id="<second@hopital.example>")
    elsewhere = replace(first, letter_version=2, message_id="<elsewhere@hopital.example>", mailbox=OTHER_GP)
    found = replaced(3, GP, [second, elsewhere, first])
    assert (found.letter_version, found.message_id, found.before) == (2, second.message_id, (first.message_id,))
    assert found.thread == f"{first.message_id} {second.message_id}"


def test_a_colleague_who_is_not_the_gp_is_no_treating_doctor_in_the_document(carrier, clock):
    colleague = Addressee("Durand", "Camille", mailbox=GP, general_practitioner=False)
    text = write_cda(describe(letter_parcel(clock, addressee=colleague), production=False))
    assert b"PCP" not in text
    assert b"<intendedRecipient><telecom" in text  # an identifier that is not known is left out, as the profile asks


def test_our_own_certificate_is_checked_before_the_line_opens(carrier, clock, relay):
    content = carrier.seal(letter_parcel(clock), stationery())
    clock.wait(timedelta(days=400).total_seconds())
    with pytest.raises(NeedsAPerson) as error:
        carrier.carry(Envelope(letter_parcel(clock).message_id, SENDER, GP, content), lambda: True)
    assert (error.value.code, relay.seen) == ("E_OWN_CERTIFICATE", [])


def test_a_token_is_read_anew_each_time_and_a_missing_one_is_no_refusal(tmp_path):
    path = tmp_path / "token"
    with pytest.raises(TryAgainLater):
        token_in(path)
    path.write_text("abc\n")
    assert token_in(path) == "abc"
    path.write_text("def\n")
    assert token_in(path) == "def"


def test_reports_are_asked_for_by_the_name_of_the_letter():
    listener = Listener(["220 x", "250-x\r\n250-SIZE 999\r\n250 DSN", "250 ok", "250 ok", "221 bye"])
    with listener as line:
        line.ehlo()
        _address(line, Envelope("<a+b=c@hopital.example>", SENDER, GP, b"x"), notify=True)
        line.close()
    _, mail, rcpt = listener.heard[:3]
    assert mail == f"mail FROM:<{SENDER}> size=1 RET=HDRS ENVID=a+2Bb+3Dc@hopital.example".replace("size", "SIZE")
    assert rcpt == f"rcpt TO:<{GP}> NOTIFY=SUCCESS,FAILURE,DELAY"


def test_a_server_that_cannot_report_is_not_asked_to():
    listener = Listener(["220 x", "250 x", "250 ok", "250 ok", "221 bye"])
    with listener as line:
        line.ehlo()
        _address(line, Envelope("<a@hopital.example>", SENDER, GP, b"x"), notify=True)
        line.close()
    assert listener.heard[1:3] == [f"mail FROM:<{SENDER}>", f"rcpt TO:<{GP}>"]


def test_the_token_of_a_person_opens_his_mailbox():
    listener = Listener(["220 x", "250-x\r\n250 AUTH XOAUTH2", "235 ok", "221 bye"])
    with listener as line:
        line.ehlo()
        _authorise(line, "dr@hopital.example", "JETON")
        line.close()
    verb, mechanism, secret = listener.heard[1].split()
    assert (verb, mechanism) == ("AUTH", "XOAUTH2")
    assert base64.b64decode(secret) == b"user=dr@hopital.example\x01auth=Bearer JETON\x01\x01"


def test_a_refused_token_is_answered_as_the_mechanism_wants_it():
    trouble = base64.b64encode(b'{"status":"401"}').decode()
    listener = Listener(["220 x", "250-x\r\n250 AUTH XOAUTH2", f"334 {trouble}", "535 5.7.8 no", "221 bye"])
    with listener as line:
        line.ehlo()
        with pytest.raises(smtplib.SMTPAuthenticationError):
            _authorise(line, "dr@hopital.example", "PERIME")
        line.close()
    assert listener.heard[2] == ""


def test_one_addressee_gets_paper_where_the_others_get_mail(ward, tmp_path, relay, monkeypatch):
    id = ward.signed_letter()
    read = ward.ledger.get

    def on_paper(key):
        found = read(key)
        return replace(
            found, sidecar=replace(found.sidecar, addressee=replace(found.sidecar.addressee, carrier="folder"))
        )

    monkeypatch.setattr(ward.ledger, "get", on_paper)
    with pytest.raises(NeedsAPerson) as error:
        send(id, ward.desk)
    assert (error.value.code, ward.rows(id), ward.state(id)) == ("E_CARRIER_MISSING", [], State.TYPESET)
    send(id, replace(ward.desk, others=(FolderCarrier(tmp_path / "print"),)))
    [pdf] = (tmp_path / "print").glob("*.pdf")
    assert pdf.read_bytes() == PDF
    assert (ward.rows(id)[0].carrier, relay.seen) == ("folder", [])


def test_the_settings_make_the_carrier_and_production_insists_on_the_list(tmp_path, pki):
    given = {
        "carrier": "mssante",
        "host": "localhost",
        "sender": SENDER,
        "ca_file": pki.ca_file,
        "client_certificate": pki.client_certificate,
        "client_key": pki.client_key,
        "source_oid": "1.2.250.1.999.1",
        "oauth_token_file": tmp_path / "token",
    }
    made = Installation(Settings(home=tmp_path, send=SendSettings(**given))).carrier
    assert (made.name, made.relay.notify, made.production, made.max_bytes) == ("mssante", True, False, 10_000_000)
    (tmp_path / "token").write_text("abc")
    assert made.relay.token() == "abc"
    for wrong in ({"production": True}, {"source_oid": ""}, {"host": ""}, {"ca_file": None}):
        with pytest.raises(BadSettings):
            _ = Installation(Settings(home=tmp_path, send=SendSettings(**(given | wrong)))).carrier
    with pytest.raises(ValueError, match="source_oid"):
        SendSettings(source_oid="not an OID")


def test_hidden_from_the_patient_while_the_line_was_down_leaves_with_the_mark(ward, relay):
    """The message sealed first said nothing of it; no server was ever offered that one."""
    id = ward.signed_letter()
    relay.fail("mail", "421 4.3.2 closing")
    with pytest.raises(TryAgainLater):
        send(id, ward.desk)
    ward.ledger.hide(id, from_patient=True, from_professionals=False, actor="roy")
    send(id, ward.desk)
    [eml] = relay.letters()
    archive = opened(eml.read_bytes()).get_payload()[1].get_content()
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        assert b"INVISIBLE_PATIENT" in files.read("IHE_XDM/SUBSET01/METADATA.XML")
