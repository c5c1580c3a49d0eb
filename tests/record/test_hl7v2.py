"""The MDM message, read back by a published HL7 library."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime

import hl7
import pytest

from dictation.domain.filing import RecordEvent
from dictation.domain.people import Addressee
from dictation.record import hl7v2
from tests.record.conftest import PDF

NAMES = hl7v2.Names("DICTATION", "750000010", "DPI", "750000010", "1.2.250.1.999.1")
AT = datetime(2026, 11, 6, 14, 5, tzinfo=UTC)


def read(document, event: RecordEvent) -> hl7.Message:
    return hl7.parse(hl7v2.message(event, document, PDF, control_id="c0ffee", at=AT, names=NAMES))


@pytest.mark.parametrize("event", [RecordEvent.NEW, RecordEvent.STATUS, RecordEvent.REPLACED])
def test_the_record_gets_the_very_bytes_that_were_signed(document, event):
    message = read(document, event)
    assert message.extract_field("OBX", 1, 2) == "ED"
    assert base64.b64decode(message.extract_field("OBX", 1, 5, 1, 5)) == PDF
    assert [message.extract_field("OBX", 1, 5, 1, part) for part in (2, 3, 4)] == ["application", "pdf", "Base64"]


def test_a_withdrawal_names_the_document_by_its_number_alone(document):
    message = read(document, RecordEvent.CANCELLED)
    assert [str(segment[0]) for segment in message] == ["MSH", "EVN", "PID", "PV1", "TXA"]
    assert str(message.segment("MSH")[9]) == "MDM^T11^MDM_T01"
    assert message.extract_field("TXA", 1, 12, 1, 1) == "0123456789ab-2"
    assert message.extract_field("TXA", 1, 19) == "CA"


def test_a_status_change_notification_and_content_has_the_structure_with_the_document(document):
    message = read(document, RecordEvent.STATUS)
    assert [str(segment[0]) for segment in message] == ["MSH", "EVN", "PID", "PV1", "TXA", "OBX"]
    assert str(message.segment("MSH")[9]) == "MDM^T04^MDM_T02"
    assert message.extract_field("TXA", 1, 19) == "AV"


def test_the_header_says_which_event_and_the_same_number_each_time(document):
    message = read(document, RecordEvent.REPLACED)
    assert str(message.segment("MSH")[9]) == "MDM^T10^MDM_T02"
    assert message.extract_field("MSH", 1, 10) == "c0ffee"
    assert message.extract_field("MSH", 1, 7) == "20261106140500+0000"


def test_the_patient_has_both_numbers_and_a_name_with_every_separator_in_it(document):
    message = read(document, RecordEvent.NEW)
    hospital, national = message.segment("PID")[3]
    assert str(hospital) == "IPP-0042^^^750000010&1.2.250.1.999.1&ISO^PI"
    assert str(national) == "257034711812380^^^ASIP-SANTE-INS-NIR-TEST&1.2.250.1.213.1.4.10&ISO^INS"
    names = [[message.extract_field("PID", 1, 5, one, part) for part in (1, 2, 3, 7)] for one in (1, 2)]
    assert [[message.unescape(part) for part in name] for name in names] == [
        ["D’ÉTÉ & FILS|^", "Chloé", "Chloé Marie-Ange", "L"],
        ["D’ÉTÉ & FILS|^", "Marie", "", "D"],
    ]
    assert str(message.segment("PID")[11]) == "^^^^^^BDL^^47118"
    assert (message.extract_field("PID", 1, 7), message.extract_field("PID", 1, 8)) == ("19570304", "F")


def test_an_ins_is_said_to_be_validated(document):
    assert str(read(document, RecordEvent.NEW).segment("PID")[32]) == "VALI"


@pytest.mark.parametrize("trait", ["given_names", "birth_place"])
def test_an_ins_without_all_its_traits_is_not_sent(document, trait):
    known = replace(document, patient=replace(document.patient, **{trait: ""}))
    message = read(known, RecordEvent.NEW)
    assert len(message.segment("PID")) <= 32  # nothing is said of an identity without INS
    numbers = message.segment("PID")[3]
    assert [str(number) for number in numbers] == ["IPP-0042^^^750000010&1.2.250.1.999.1&ISO^PI"]


@pytest.mark.parametrize(("production", "processing"), [(True, "P"), (False, "T")])
def test_a_trial_says_that_it_is_one(document, production, processing):
    names = replace(NAMES, production=production)
    text = hl7v2.message(RecordEvent.NEW, document, PDF, control_id="c0ffee", at=AT, names=names)
    assert hl7.parse(text).extract_field("MSH", 1, 11) == processing


def test_who_gets_the_letter_is_named_in_the_components_of_a_name(document):
    assert str(read(document, RecordEvent.NEW).segment("TXA")[23]) == "^Marchand^Louis^^^Docteur"
    gp = Addressee("Marchand", "Louis", rpps="10101000023")
    told = str(read(replace(document, addressee=gp), RecordEvent.NEW).segment("TXA")[23])
    assert told == "10101000023^Marchand^Louis^^^Docteur^^^&1.2.250.1.71.4.2.1&ISO^L^^^RPPS"
    assert len(read(replace(document, addressee=None), RecordEvent.NEW).segment("TXA")) == 23


def test_the_document_says_its_type_who_signed_when_and_what_it_replaces(document):
    message = read(document, RecordEvent.REPLACED)
    assert message.extract_field("TXA", 1, 2, 1, 1) == "11490-0"
    assert message.extract_field("TXA", 1, 5, 1, 1) == "10003456782"
    assert message.extract_field("TXA", 1, 13, 1, 1) == "0123456789ab-1"
    assert message.extract_field("TXA", 1, 17) == "LA"
    assert message.extract_field("TXA", 1, 22, 1, 1) == "10003456794"
    assert message.extract_field("TXA", 1, 22, 1, 15) == "20261106140200+0000"


def test_a_stay_is_an_inpatient_visit_with_its_two_dates(document):
    message = read(document, RecordEvent.NEW)
    assert message.extract_field("PV1", 1, 2) == "I"
    assert [message.extract_field("PV1", 1, field) for field in (44, 45)] == ["20261102", "20261106"]


@pytest.mark.parametrize(
    ("answer", "yes", "words"),
    [
        ("MSH|^~\\&|DPI||||20261106||ACK|1|P|2.5\rMSA|AA|c0ffee\r", True, ""),
        ("MSH|^~\\&|DPI||||20261106||ACK|1|P|2.5\rMSA|AE|c0ffee|PATIENT INCONNU\r", False, "PATIENT INCONNU"),
        ("MSH|^~\\&|DPI||||20261106||ACK|1|P|2.5\rMSA|AR|c0ffee\rERR|||207\r", False, "ERR|||207"),
    ],
)
def test_an_answer_is_read_as_yes_or_no(answer, yes, words):
    found = hl7v2.acknowledgement(answer)
    assert (found.yes, found.control_id, found.words) == (yes, "c0ffee", words)


@pytest.mark.parametrize("answer", ["", "not HL7", "MSH|^~\\&|DPI\rPID|1\r"])
def test_what_is_no_acknowledgement_is_not_taken_for_one(answer):
    with pytest.raises(ValueError, match="not an HL7 acknowledgement"):
        hl7v2.acknowledgement(answer)


def test_a_hidden_document_says_from_whom_beside_its_content(document):
    hidden = replace(document, hidden_from_patient=True)
    message = read(hidden, RecordEvent.NEW)
    assert message.extract_field("TXA", 1, 18) == "R"
    told = {str(obx[3][0][0]): str(obx[5][0][0]) for obx in message.segments("OBX")[1:]}
    assert told == {"MASQUE_PS": "N", "INVISIBLE_PATIENT": "Y"}
    assert read(document, RecordEvent.NEW).extract_field("TXA", 1, 18) == "U"
    assert len(read(document, RecordEvent.NEW).segments("OBX")) == 1
    assert len(read(hidden, RecordEvent.STATUS).segments("OBX")) == 3
    with pytest.raises(KeyError):
        read(hidden, RecordEvent.CANCELLED).segments("OBX")
