"""What a signed letter owes the record: asked for by its state alone, told once, never forgotten."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dictation.compose import Installation
from dictation.domain import codec
from dictation.domain.documents import LetterType
from dictation.domain.filing import RecordEvent
from dictation.domain.people import Ins
from dictation.domain.progress import State
from dictation.domain.visits import News, Visit
from dictation.errors import NeedsAPerson
from dictation.health import checks
from dictation.record import document_of
from dictation.record.filing import Filed
from dictation.settings import AuthorEntry, RecordSettings, SiteEntry
from tests import ledgers

PDF = b"%PDF-1.4 signed"


@pytest.fixture
def hospital(home, record, ledger, clock):
    """An installation joined to the record of the tests, on the tests' clock."""
    settings = home.model_copy(
        update={
            "record": RecordSettings(link="mllp", host="127.0.0.1", port=record.port, timeout_seconds=0.5),
            "authors": (AuthorEntry(rpps="10003456782", last_name="Morel", first_name="Anne"),),
            "sites": (SiteEntry(key="principal", name="Hôpital des Tilleuls"),),
        }
    )
    return Installation(settings, clock)


def signed(hospital, clock, **about) -> str:
    return ledgers.approved(hospital.ledger, clock, hospital.blobs.put(PDF), **about)


def events(record) -> list[str]:
    return [str(message.segment("MSH")[9][0][1]) for message in record.messages]


def test_a_draft_is_never_filed(hospital, record):
    ledgers.drafted(hospital.ledger)
    assert hospital.file_due() == Filed(0, 0, 0)
    assert record.messages == []


def test_a_signed_letter_is_filed_once(hospital, record, clock):
    one = signed(hospital, clock)
    assert hospital.file_due() == Filed(1, 0, 0)
    assert hospital.file_due() == Filed(0, 0, 0)
    assert events(record) == ["T02"]
    assert [row["state"] for row in hospital.filings.of(one)] == ["acknowledged"]


def test_an_objection_to_the_gp_keeps_nothing_from_the_patients_own_record(hospital, record, clock):
    from dictation.domain.exchange import Consent

    signed(hospital, clock, consent=Consent.OBJECTED)
    assert hospital.file_due() == Filed(1, 0, 0)


def test_a_record_that_is_away_is_tried_again_with_the_same_number(hospital, record, clock):
    signed(hospital, clock)
    record.answer = "hang up"
    assert hospital.file_due() == Filed(0, 0, 1)
    assert hospital.file_due() == Filed(0, 0, 0)  # not before a minute has passed
    record.answer = "AA"
    first = hospital.filings.due()
    clock.forward(61)
    [again] = hospital.filings.due()
    assert first == []
    assert hospital.file_due() == Filed(1, 0, 0)
    assert str(record.messages[0].segment("MSH")[10]) == again.id


def test_a_refusal_waits_for_a_person_who_may_ask_again(hospital, record, clock):
    one = signed(hospital, clock)
    record.answer = "AE"
    assert hospital.file_due() == Filed(0, 1, 0)
    clock.forward(7200)
    assert hospital.file_due() == Filed(0, 0, 0)
    assert hospital.filings.backlog()[:2] == (0, 1)
    assert hospital.filings.refused_ids() == [(one, "E_RECORD_REFUSED")]
    record.answer = "AA"
    assert hospital.filings.retry(one, actor="it") == 1
    assert hospital.file_due() == Filed(1, 0, 0)
    assert hospital.filings.backlog()[:2] == (0, 0)


def test_one_refused_document_does_not_hold_up_the_others(hospital, record, clock):
    lost = signed(hospital, clock)
    hospital.blobs.erase(hospital.ledger.get(lost).pdf_sha256)  # both letters had these bytes
    other = ledgers.approved(hospital.ledger, clock, hospital.blobs.put(b"%PDF other"))
    assert hospital.file_due() == Filed(1, 1, 0)
    assert [row["state"] for row in hospital.filings.of(other)] == ["acknowledged"]


def test_a_delivered_letter_is_told_to_the_record(hospital, record, clock):
    one = signed(hospital, clock)
    hospital.file_due()
    for before, after in [
        (State.APPROVED, State.TYPESET),
        (State.TYPESET, State.SENDING),
        (State.SENDING, State.SENT),
        (State.SENT, State.DELIVERED),
    ]:
        if after is State.SENT:
            ledgers.taken(hospital.ledger, one)
        hospital.ledger.move(one, before, after, actor="test")
    hospital.file_due()
    assert events(record) == ["T02", "T04"]


@pytest.mark.parametrize(
    ("kind", "told", "dates"),
    [
        (LetterType.DISCHARGE, {}, ("I", "20261028", "20261102")),
        (LetterType.DISCHARGE, {"admission_date": date(2026, 10, 30)}, ("I", "20261030", "")),
        (LetterType.CONSULTATION, {}, ("O", "", "")),
    ],
)
def test_a_discharge_letter_that_says_no_dates_is_filed_with_those_of_the_stay(
    kind, told, dates, hospital, record, clock
):
    number = "IPP-0001"  # of tests.ledgers.sidecar
    stay = Visit("V-1", number, date(2026, 10, 28), until=date(2026, 11, 2))
    hospital.patients.learn(News(visit=stay))
    id = signed(hospital, clock)
    known = replace(hospital.ledger.get(id).sidecar, letter_type=kind, **told)
    rewrite(id, sidecar=codec.dumps(known))
    assert hospital.file_due() == Filed(1, 0, 0)
    visit = list(map(str, record.messages[0].segment("PV1"))) + [""] * 46
    assert (visit[2], visit[44], visit[45]) == dates


def rewrite(id: str, **columns: str) -> None:
    from dictation.store.tables import DictationRow

    DictationRow.objects.filter(pk=id).update(**columns)


@pytest.mark.parametrize(("hours", "ok"), [(3, True), (5, False)])
def test_documents_the_record_does_not_acknowledge_for_hours_are_an_alarm(hours, ok, hospital, record):
    now = datetime.now(UTC)
    hospital = Installation(hospital.settings, lambda: now - timedelta(hours=hours))
    signed(hospital, hospital.clock)
    record.answer = "hang up"
    assert hospital.file_due() == Filed(0, 0, 1)
    [found] = [one for one in checks(hospital) if one.name == "dossier patient"]
    assert found.ok is ok
    assert ok or "1 documents attendent le dossier patient depuis 5 h" in found.text


def test_a_document_the_record_refuses_is_an_alarm_at_once(hospital, record, clock):
    signed(hospital, clock)
    record.answer = "AE"
    hospital.file_due()
    [found] = [one for one in checks(hospital) if one.name == "dossier patient"]
    assert (found.ok, "dictation record retry ID" in found.text) == (False, True)


def test_a_patient_without_a_number_that_may_be_quoted_is_not_filed(hospital, record, clock):
    one = hospital.ledger.get(signed(hospital, clock))
    author, site = hospital.settings.author("10003456782"), hospital.settings.site("principal")
    traits = {"given_names": "Camille Rose", "birth_place": "75112"}
    ins = replace(one.sidecar.patient, hospital_number=None, ins=Ins("257034711812380", "1.2.250.1.213.1.4.10"))

    def filed_of(patient):
        dictation = replace(one, sidecar=replace(one.sidecar, patient=patient))
        return document_of(dictation, author, author, site, hospital.ledger.grounds(one)).patient

    assert filed_of(replace(ins, **traits)).full_ins is not None
    with pytest.raises(NeedsAPerson) as error:
        filed_of(ins)
    assert error.value.code == "E_PATIENT_MISSING"


def test_a_corrected_letter_takes_the_place_of_the_one_before(hospital, record, clock):
    one, ledger = signed(hospital, clock), hospital.ledger
    hospital.file_due()
    ledger.move(one, State.APPROVED, State.TYPESET, actor="test")
    ledger.move(one, State.TYPESET, State.SENDING, actor="test")
    ledgers.taken(ledger, one)
    ledger.move(one, State.SENDING, State.SENT, actor="test")
    ledger.archive_written(one, State.SENT)
    hospital.corrections.begin(one, actor="roy", reason="erreur de côté")
    assert hospital.file_due() == Filed(0, 0, 0)  # a correction nobody signed is no document
    ledger.move(one, State.DRAFTED, State.PROOFREAD, actor="roy")
    corrected = hospital.blobs.put(b"%PDF-1.4 corrected")
    again = ledgers.approval(clock, ledger.get(one).draft_version, corrected)
    ledger.move(one, State.PROOFREAD, State.APPROVED, actor="surgeon", approval=again)
    assert hospital.file_due() == Filed(1, 0, 0)
    assert events(record) == ["T02", "T10"]
    first, second = (message.segment("TXA") for message in record.messages)
    assert (str(second[12]), str(second[13])) == (f"{one}-2", str(first[12]))
    assert base64.b64decode(record.messages[1].extract_field("OBX", 1, 5, 1, 5)) == b"%PDF-1.4 corrected"


def test_a_letter_cancelled_after_filing_is_withdrawn(hospital, record, clock):
    one = signed(hospital, clock)
    hospital.file_due()
    hospital.ledger.move(one, State.APPROVED, State.CANCELLED, actor="secretary", note="doublon")
    hospital.file_due()
    assert events(record) == ["T02", "T11"]


def test_a_letter_cancelled_before_filing_was_never_there(hospital, record, clock):
    one = signed(hospital, clock)
    hospital.ledger.move(one, State.APPROVED, State.CANCELLED, actor="secretary", note="doublon")
    assert hospital.file_due() == Filed(0, 0, 0)
    assert record.messages == []


def test_a_crash_after_delivery_delivers_again_under_the_same_number(hospital, record, clock, monkeypatch):
    signed(hospital, clock)
    with monkeypatch.context() as crash:
        crash.setattr("dictation.record.filing.failpoint", lambda name: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            hospital.file_due()
    assert hospital.file_due() == Filed(1, 0, 0)
    numbers = {str(message.segment("MSH")[10]) for message in record.messages}
    documents = {str(message.segment("TXA")[12]) for message in record.messages}
    assert (len(record.messages), len(numbers), len(documents)) == (2, 1, 1)


def test_the_journal_says_what_the_record_took(hospital, record, clock):
    one = signed(hospital, clock)
    hospital.file_due()
    lines = [line for line in hospital.ledger.journal(one) if line.action == "record-acknowledged"]
    assert [line.details["event"] for line in lines] == [RecordEvent.NEW.value]
    assert hospital.ledger.verify() == []


def test_a_document_hidden_after_filing_is_told_to_the_record_again_under_another_number(hospital, record, clock):
    one = signed(hospital, clock)
    assert hospital.file_due() == Filed(1, 0, 0)
    hospital.ledger.hide(one, from_patient=True, from_professionals=False, actor="roy")
    assert hospital.file_due() == Filed(1, 0, 0)
    assert events(record) == ["T02", "T02"]
    first, second = record.messages
    assert str(first.segment("MSH")[10]) != str(second.segment("MSH")[10])
    assert str(first.segment("TXA")[12]) == str(second.segment("TXA")[12])
    assert len(second.segments("OBX")) == 3
