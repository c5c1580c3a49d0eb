"""What the administration tells: kept once, whoever tells it, and never a message lost by a quick yes."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import replace
from datetime import UTC, date, datetime

import hl7
import pytest
from hl7.client import MLLPClient

from dictation.compose import Installation
from dictation.demo.pki import Authority
from dictation.domain.people import Ins, Patient, Sex
from dictation.domain.visits import News, Visit
from dictation.errors import NeedsAPerson, TryAgainLater
from dictation.record import adt, day_list
from dictation.record.listener import listening, tls_context

PATIENT = Patient(
    "TESTPATIENT",
    "Chloé",
    date(1957, 3, 4),
    Sex.FEMALE,
    Ins("257034711812380", "1.2.250.1.213.1.4.10"),
    "IPP-0042",
    given_names="Chloé Marie-Ange",
    birth_place="47118",
    used_last_name="ÉPREUVE",
    used_first_name="Marie",
)
IDENTITY = (
    "PID|||IPP-0042^^^HOP&1.2.250.1.999.1&ISO^PI~257034711812380^^^ASIP-SANTE-INS-NIR-TEST&1.2.250.1.213.1.4.10&ISO^INS"
    "||TESTPATIENT^Chloé^Chloé Marie-Ange^^^^L~ÉPREUVE^Marie^^^^^D||19570304|F"
    "|||3 rue des Essais^^Agen^^47000^FRA^H~^^^^^^BDL^^47118" + "|" * 21 + "VALI\r"
)


def message(event: str, *segments: str) -> str:
    return f"MSH|^~\\&|GAM|HOP|DICTATION||20261125080000||{event}|42|P|2.5||||||UNICODE UTF-8\r" + "".join(segments)


VISIT = "PV1||I|CHIR||||10003456782^Morel^Anne" + "|" * 12 + "V-7" + "|" * 25 + "20261125\r"
ARRIVAL = message("ADT^A01^ADT_A01", "EVN||20261125\r", IDENTITY, VISIT)
APPOINTMENT = message(
    "SIU^S12^SIU_S12", "SCH|RDV-9||||||||||^^^20261126093000\r", IDENTITY, "AIP|||10003456782^Morel^Anne\r"
)


def test_an_arrival_tells_who_comes_when_and_to_whom():
    assert adt.news(ARRIVAL) == News(PATIENT, Visit("V-7", "IPP-0042", date(2026, 11, 25), "10003456782", "CHIR"))


def test_the_traits_of_an_ins_come_with_it():
    assert adt.news(ARRIVAL).patient.full_ins is not None


@pytest.mark.parametrize("status", ["PROV", "VIDE", "", '""'])
def test_an_ins_of_an_identity_that_is_not_validated_is_not_kept_and_the_identity_is(status):
    patient = adt.news(ARRIVAL.replace("VALI", status)).patient
    assert patient == replace(PATIENT, ins=None)


def test_an_ins_without_its_birth_name_or_birth_place_is_not_quoted():
    assert adt.news(ARRIVAL.replace("^^^^L~", "^^^^~")).patient.ins is None
    assert adt.news(ARRIVAL.replace("BDL^^47118", "BDL^^Agen")).patient.full_ins is None
    assert adt.news(ARRIVAL.replace("^BDL^", "^H^")).patient.full_ins is None


@pytest.mark.parametrize("event", ["A02", "A03", "A06", "A07", "A12", "A13"])
def test_a_transfer_a_discharge_or_a_change_of_class_tells_the_identity_and_the_visit(event):
    told = ARRIVAL.replace("A01", event).replace("|CHIR|", "|ORTHO|")
    visit = Visit("V-7", "IPP-0042", date(2026, 11, 25), "10003456782", "ORTHO", stays=event == "A13")
    assert adt.news(told) == News(PATIENT, visit)


def leaving(event: str, day: str) -> str:
    """The patient of ARRIVAL leaves: PV1-45."""
    visit = VISIT.replace("20261125\r", f"20261125|{day}\r")
    return message(f"ADT^{event}^ADT_A03", "EVN||20261128\r", IDENTITY, visit)


def test_a_discharge_tells_the_day():
    assert adt.news(leaving("A03", "202611281030")).visit.until == date(2026, 11, 28)
    assert adt.news(leaving("A03", '""')).visit.until is None
    undone = adt.news(leaving("A13", "20261128")).visit
    assert (undone.until, undone.stays) == (None, True)


@pytest.mark.parametrize("day", ["20261324", "20261124"])
def test_a_discharge_on_no_day_or_before_the_arrival_is_refused(day):
    with pytest.raises(adt.Unreadable, match="PV1-45"):
        adt.news(leaving("A03", day))


@pytest.mark.parametrize("told", ["", "U", "O", '""'])
def test_a_sex_that_is_not_known_loses_no_identity(told):
    assert adt.news(ARRIVAL.replace("|F|", f"|{told}|")).patient == replace(PATIENT, sex=Sex.UNKNOWN)


def test_an_appointment_is_a_line_of_that_days_list():
    assert adt.news(APPOINTMENT).visit == Visit("RDV-9", "IPP-0042", date(2026, 11, 26), "10003456782")


def test_an_appointment_that_is_not_kept_leaves_the_list():
    assert adt.news(APPOINTMENT.replace("S12", "S15")).visit.cancelled is True


def test_two_numbers_may_become_one_person():
    merged = message("ADT^A40^ADT_A39", IDENTITY, "MRG|IPP-0007^^^HOP&1.2.250.1.999.1&ISO^PI\r")
    assert adt.news(merged).merged_from == "IPP-0007"


@pytest.mark.parametrize("kind", ["ORU^R01", "ADT^A99", "MDM^T02"])
def test_another_kind_of_message_is_not_for_us(kind):
    with pytest.raises(adt.NotForUs):
        adt.news(message(kind, IDENTITY))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("IPP-0042", ""),
        ("19570304", "19571304"),
        ("|F|", "|X|"),
        ("TESTPATIENT", ""),
        ("257034711812380", "257034711812381"),
        ("PID|", "ZZZ|"),
    ],
)
def test_an_identity_that_lacks_something_is_refused_by_field_and_never_by_value(before, after):
    with pytest.raises(adt.Unreadable) as error:
        adt.news(ARRIVAL.replace(before, after))
    assert str(error.value).startswith("PID")
    assert "Chloé" not in str(error.value)


@pytest.fixture
def patients(home, ledger, clock):
    return Installation(home, clock).patients


def test_told_twice_it_is_kept_once_and_the_last_word_counts(patients):
    for text in (ARRIVAL, ARRIVAL, ARRIVAL.replace("Chloé", "Zoé")):
        patients.learn(adt.news(text))
    [(visit, patient)] = patients.expected(date(2026, 11, 25))
    assert (visit.number, patient.first_name) == ("V-7", "Zoé")


def test_the_list_of_a_day_is_of_that_day_and_of_that_author(patients):
    patients.learn(adt.news(ARRIVAL))
    patients.learn(adt.news(APPOINTMENT))
    assert [visit.number for visit, _ in patients.expected(date(2026, 11, 25), "10003456782")] == ["V-7"]
    assert patients.expected(date(2026, 11, 25), "10003456794") == []
    assert patients.expected(date(2026, 11, 27)) == []


def test_a_merged_number_leads_to_the_person_it_became(patients):
    patients.learn(News(PATIENT))
    old = Patient("TESTPATIENT", "Chloe", date(1957, 3, 4), Sex.FEMALE, hospital_number="IPP-0007")
    patients.learn(News(old))
    patients.learn(News(PATIENT, merged_from="IPP-0007"))
    assert patients.find("IPP-0007") == PATIENT
    assert patients.find("IPP-9999") is None


def test_two_numbers_merged_into_each_other_end_nowhere_for_ever(patients):
    other = Patient("TESTPATIENT", "Chloé", date(1957, 3, 4), Sex.FEMALE, hospital_number="IPP-0007")
    patients.learn(News(PATIENT, merged_from="IPP-0007"))
    patients.learn(News(other, merged_from="IPP-0042"))
    assert patients.find("IPP-0042") == other


def listed(patients, day: int) -> list[str]:
    return [visit.number for visit, _ in patients.expected(date(2026, 11, day))]


def test_who_leaves_is_on_that_days_list_until_the_discharge_is_undone(patients):
    patients.learn(adt.news(ARRIVAL))
    patients.learn(adt.news(leaving("A03", "20261128")))
    patients.learn(adt.news(ARRIVAL.replace("A01", "A08")))  # says nothing of the discharge: it stands
    assert (listed(patients, 25), listed(patients, 28)) == (["V-7"], ["V-7"])
    patients.learn(adt.news(leaving("A13", "20261128")))
    assert (listed(patients, 25), listed(patients, 28)) == (["V-7"], [])


def test_a_stay_is_known_by_its_end_and_never_guessed_among_two(patients):
    patients.learn(adt.news(ARRIVAL))
    assert patients.stay("IPP-0042", date(2026, 12, 1)) is None  # nobody said that it is over
    patients.learn(adt.news(leaving("A03", "20261128")))
    found = patients.stay("IPP-0042", date(2026, 12, 1))
    assert (found.on, found.until) == (date(2026, 11, 25), date(2026, 11, 28))
    assert patients.stay("IPP-0042", date(2026, 11, 27)) is None
    assert patients.stay("IPP-0042", date(2027, 2, 1)) is None
    patients.learn(adt.news(leaving("A03", "20261128").replace("V-7", "V-8")))
    assert patients.stay("IPP-0042", date(2026, 12, 1)) is None


def tell(port: int, *texts: str) -> list[hl7.Message]:
    """What an HL7 client of a published library gets back."""
    with MLLPClient("127.0.0.1", port) as client:
        return [hl7.parse(client.send_message(text).decode().strip("\x0b\x1c\r") + "\r") for text in texts]


def clock_now() -> datetime:
    return datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def test_over_the_line_each_message_is_answered_after_it_was_kept(patients):
    with listening("127.0.0.1", 0, patients.learn, clock_now) as port:
        answers = tell(port, ARRIVAL, APPOINTMENT, message("ORU^R01", IDENTITY), ARRIVAL.replace("19570304", ""))
    assert [str(answer.segment("MSA")[1]) for answer in answers] == ["AA", "AA", "AR", "AR"]
    assert {str(answer.segment("MSA")[2]) for answer in answers} == {"42"}
    assert len(patients.expected(date(2026, 11, 25)) + patients.expected(date(2026, 11, 26))) == 2


def tell_over_tls(port: int, context: ssl.SSLContext) -> bytes:
    plain = socket.create_connection(("127.0.0.1", port), timeout=5)
    with plain, context.wrap_socket(plain, server_hostname="localhost") as line:
        line.sendall(b"\x0b" + ARRIVAL.encode() + b"\x1c\r")
        return line.recv(4096)


def test_over_tls_only_who_shows_a_certificate_of_the_authority_may_tell(patients, pki, tmp_path):
    stranger = Authority("Autorité étrangère").identity.write(tmp_path, "stranger")
    tls = tls_context(pki.server_certificate, pki.server_key, pki.ca_file)
    with listening("127.0.0.1", 0, patients.learn, clock_now, tls) as port:
        for shown in (None, stranger):
            theirs = ssl.create_default_context(cafile=pki.ca_file)
            if shown:
                theirs.load_cert_chain(*shown)
            with pytest.raises((ssl.SSLError, ConnectionError)):
                tell_over_tls(port, theirs)
        assert patients.expected(date(2026, 11, 25)) == []
        ours = ssl.create_default_context(cafile=pki.ca_file)
        ours.load_cert_chain(pki.client_certificate, pki.client_key)
        assert b"MSA|AA|42|" in tell_over_tls(port, ours)
    assert [visit.number for visit, _ in patients.expected(date(2026, 11, 25))] == ["V-7"]


def test_what_could_not_be_kept_is_asked_for_again(patients):
    def busy(news: News) -> None:
        raise TryAgainLater("database: OperationalError", code="E_STORE_BUSY")

    with listening("127.0.0.1", 0, busy, clock_now) as port:
        [answer] = tell(port, ARRIVAL)
    assert str(answer.segment("MSA")[1]) == "AE"


def test_a_line_that_breaks_in_the_middle_tells_nothing(patients):
    async def half(port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x0b" + ARRIVAL.encode()[:80])
        writer.close()
        await writer.wait_closed()

    with listening("127.0.0.1", 0, patients.learn, clock_now) as port:
        asyncio.run(half(port))
        assert [str(answer.segment("MSA")[1]) for answer in tell(port, APPOINTMENT)] == ["AA"]
    assert patients.expected(date(2026, 11, 25)) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_spreadsheet_of_the_administration_is_read(encoding):
    text = "IPP;Nom;Prenom;Naissance;Sexe;Date;RPPS\nIPP-0042;TESTPATIENT;Chloé;04/03/1957;f;2026-11-25;10003456782\n"
    [news] = day_list.read(text.encode(encoding))
    assert (news.patient.first_name, news.patient.birth_date) == ("Chloé", date(1957, 3, 4))
    assert news.visit == Visit("IPP-0042/2026-11-25/10003456782", "IPP-0042", date(2026, 11, 25), "10003456782")


def test_a_line_that_cannot_be_read_is_told_by_its_number_and_the_others_are_taken():
    text = "ipp,nom,prenom,naissance,sexe\n1,A,B,1957-03-04,\n2,A,B,hier,F\n3,A,B,1957-03-04,F\n"
    found = list(day_list.read(text.encode()))
    assert [news if isinstance(news, int) else news.patient.hospital_number for news in found] == ["1", 3, "3"]


def test_a_spreadsheet_may_bring_the_traits_of_an_ins():
    columns = "ipp;nom;prenom;naissance;sexe;ins;oid;prenoms;lieu_naissance\n"
    line = "IPP-0042;TESTPATIENT;Chloé;04/03/1957;F;257034711812380;1.2.250.1.213.1.4.10;Chloé Marie-Ange;47118\n"
    [news, unread] = day_list.read((columns + line + line.replace("47118\n", "4711\n")).encode())
    assert news.patient.full_ins is not None
    assert unread == 3


def test_a_file_without_the_columns_is_no_list():
    with pytest.raises(NeedsAPerson) as error:
        list(day_list.read(b"a;b\n1;2\n"))
    assert error.value.code == "E_DAY_LIST"
