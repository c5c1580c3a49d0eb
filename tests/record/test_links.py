"""Every way into the record: a yes is a yes, a no is a no, silence is neither."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fhir.resources.R4B.bundle import Bundle

from dictation.domain.filing import Filing, RecordEvent
from dictation.domain.people import Sex
from dictation.errors import BadSettings, NeedsAPerson, TryAgainLater
from dictation.record import fhir, hl7v2
from dictation.record.fhir import bundle
from dictation.record.folder import FolderLink
from dictation.record.https import FhirLink
from dictation.record.mllp import MllpLink
from tests.record.conftest import PDF

FILING = Filing("c0ffeec0ffee0001", "0123456789ab", 2, RecordEvent.REPLACED)
NAMES = hl7v2.Names(facility="750000010")


def clock() -> datetime:
    return datetime(2026, 11, 6, 14, 5, tzinfo=UTC)


def mllp(record) -> MllpLink:
    return MllpLink("127.0.0.1", record.port, NAMES, clock, timeout_seconds=0.5)


def test_the_interface_takes_the_document_and_says_so(record, document):
    assert mllp(record).deliver(FILING, document, PDF) == "AA"
    [message] = record.messages
    assert base64.b64decode(message.extract_field("OBX", 1, 5, 1, 5)) == PDF
    assert message.extract_field("MSH", 1, 10) == FILING.id


@pytest.mark.parametrize("answer", ["AE", "AR"])
def test_a_plain_no_needs_a_person(record, document, answer):
    record.answer = answer
    with pytest.raises(NeedsAPerson) as error:
        mllp(record).deliver(FILING, document, PDF)
    assert error.value.code == "E_RECORD_REFUSED"


@pytest.mark.parametrize("answer", ["silence", "hang up", "other", "noise"])
def test_no_answer_to_this_message_is_tried_again(record, document, answer):
    record.answer = answer
    with pytest.raises(TryAgainLater) as error:
        mllp(record).deliver(FILING, document, PDF)
    assert error.value.code == "E_RECORD_SILENT"


def test_an_interface_that_is_not_there_is_tried_again(document):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        link = MllpLink("127.0.0.1", taken.getsockname()[1], NAMES, clock, timeout_seconds=0.5)
        with pytest.raises(TryAgainLater):
            link.deliver(FILING, document, PDF)


def test_over_tls_the_interface_must_be_who_the_anchors_vouch_for(secured, document, pki):
    record, stranger = secured
    keys = {"client_certificate": pki.client_certificate, "client_key": pki.client_key}
    link = MllpLink("localhost", record.port, NAMES, clock, pki.ca_file, **keys)
    assert link.deliver(FILING, document, PDF) == "AA"
    with pytest.raises(NeedsAPerson) as error:
        replace(link, ca_file=stranger).deliver(FILING, document, PDF)
    assert error.value.code == "E_TLS"
    assert len(record.messages) == 1


def test_no_error_carries_the_patient(record, document):
    record.answer = "AE"
    with pytest.raises(NeedsAPerson) as error:
        mllp(record).deliver(FILING, document, PDF)
    assert "ÉTÉ" not in str(error.value)


def test_the_fhir_server_gets_a_bundle_that_the_standard_accepts(fhir_server, document):
    words = FhirLink(fhir_server.address, "urn:oid:1.2.250.1.999.1", token="jeton").deliver(FILING, document, PDF)
    assert words == "200 OK"
    assert fhir_server.headers[0]["Authorization"] == "Bearer jeton"
    found = Bundle.model_validate(fhir_server.bundles[0])
    resources = {entry.resource.get_resource_type(): entry.resource for entry in found.entry}
    assert base64.b64decode(resources["Binary"].model_dump()["data"]) == PDF
    reference = resources["DocumentReference"]
    assert reference.type.coding[0].code == "11490-0"
    attachment = fhir_server.bundles[0]["entry"][-1]["resource"]["content"][0]["attachment"]
    assert base64.b64decode(attachment["hash"]) == hashlib.sha1(PDF).digest()  # FHIR R4: SHA-1, base64
    assert attachment["size"] == len(PDF)
    assert reference.relatesTo[0].target.identifier.value == "0123456789ab-1"


def test_every_reference_inside_the_bundle_leads_to_one_of_its_entries(document):
    bundle = fhir.bundle(RecordEvent.NEW, document, PDF, number_system="urn:test")
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    text = json.dumps([entry["resource"] for entry in bundle["entry"]])
    named = [part for part in text.split('"') if part.startswith("urn:uuid:")]
    assert named
    assert set(named) <= set(urls)


def test_the_same_document_makes_the_same_bundle(document):
    first, second = (fhir.bundle(RecordEvent.NEW, document, PDF, number_system="urn:test") for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("sex", "gender"), [(Sex.MALE, "male"), (Sex.FEMALE, "female"), (Sex.UNKNOWN, "unknown")])
def test_the_fhir_server_is_told_the_sex_or_that_it_is_not_known(document, sex, gender):
    made = fhir.bundle(
        RecordEvent.NEW, replace(document, patient=replace(document.patient, sex=sex)), PDF, number_system="urn:test"
    )
    [patient] = [e["resource"] for e in made["entry"] if e["resource"]["resourceType"] == "Patient"]
    assert patient["gender"] == gender


def test_a_withdrawn_document_is_marked_as_such(document):
    bundle = fhir.bundle(RecordEvent.CANCELLED, document, PDF, number_system="urn:test")
    [reference] = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "DocumentReference"]
    assert reference["status"] == "entered-in-error"


@pytest.mark.parametrize(
    ("status", "error"), [(422, NeedsAPerson), (401, NeedsAPerson), (503, TryAgainLater), (429, TryAgainLater)]
)
def test_each_answer_of_the_fhir_server_means_one_thing(fhir_server, document, status, error):
    fhir_server.status = status
    with pytest.raises(error):
        FhirLink(fhir_server.address, "urn:test").deliver(FILING, document, PDF)


def test_a_fhir_server_elsewhere_is_spoken_to_over_tls_or_not_at_all(document):
    with pytest.raises(BadSettings):
        FhirLink("http://record.hospital.test/fhir", "urn:test").deliver(FILING, document, PDF)


def test_the_folder_holds_one_file_however_often_it_is_delivered(document, tmp_path):
    link = FolderLink(tmp_path, NAMES, clock)
    words = [link.deliver(FILING, document, PDF) for _ in range(2)]
    assert words == ["0123456789ab-2-T10.hl7"] * 2
    [file] = tmp_path.iterdir()
    assert file.read_text(encoding="utf-8").startswith("MSH|")


def test_a_hidden_document_is_labelled_for_the_fhir_server(document):
    def labels(**hidden: bool) -> list[str]:
        made = bundle(RecordEvent.NEW, replace(document, **hidden), PDF, number_system="urn:oid:1.2.3")
        [reference] = [e["resource"] for e in made["entry"] if e["resource"]["resourceType"] == "DocumentReference"]
        Bundle.model_validate(made)
        return [label["coding"][0]["code"] for label in reference.get("securityLabel", [])]

    assert labels() == []
    assert labels(hidden_from_professionals=True) == ["R", "MASQUE_PS"]
    assert labels(hidden_from_patient=True, hidden_from_professionals=True) == ["R", "MASQUE_PS", "INVISIBLE_PATIENT"]
