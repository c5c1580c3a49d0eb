"""A document received about the patient, laid beside the recording, is kept with it and never lost."""

from __future__ import annotations

import hashlib
import json

import pytest

from dictation.domain.progress import State
from tests.intake.bench import PATIENT, sidecar, sound
from tests.intake.test_crash import killed_at

SCAN = b"%PDF-1.4\n a scanned letter, fictitious\n%%EOF\n"


def attached(bench, row) -> list[tuple[str, bytes]]:
    return [(each.name, bench.blobs.get(each.sha256)) for each in row.attachments]


@pytest.mark.parametrize("with_sidecar", [True, False])
def test_a_pdf_of_the_same_name_is_taken_with_the_recording(bench, with_sidecar):
    bench.drop("fontaine/a.pdf", SCAN)
    if with_sidecar:
        bench.drop("fontaine/a.json", sidecar())
    bench.drop("fontaine/a.wav", sound())
    bench.settle()
    assert attached(bench, bench.row("received")) == [("fontaine/a.pdf", SCAN)]
    assert bench.left() == []


def test_several_documents_keep_their_order(bench):
    for number in (1, 2):
        bench.drop(f"fontaine/a-{number}.pdf", SCAN + bytes([48 + number]))
    bench.drop("fontaine/a.wav", sound())
    bench.settle()
    names = [name for name, _ in attached(bench, bench.row("received"))]
    assert sorted(names) == ["fontaine/a-1.pdf", "fontaine/a-2.pdf"]
    assert bench.left() == []


def test_a_document_belongs_to_its_own_recording_alone(bench):
    bench.drop("fontaine/a.wav", sound(1))
    bench.drop("fontaine/b.wav", sound(2))
    bench.drop("fontaine/b.pdf", SCAN)
    bench.settle()
    kept = {row.recording.name: len(row.attachments) for row in bench.rows()}
    assert kept == {"fontaine/a.wav": 0, "fontaine/b.wav": 1}


def test_a_document_two_recordings_could_claim_goes_to_neither(bench):
    bench.drop("fontaine/a.wav", sound(1))
    bench.drop("fontaine/a.mp3", sound(2))
    bench.drop("fontaine/a.pdf", SCAN)
    bench.settle()
    assert [row.attachments for row in bench.rows() if row.state.value == "received"] == [(), ()]


def test_what_is_no_pdf_goes_aside_and_the_dictation_does_not_wait_for_it(bench):
    bench.drop("fontaine/a.pdf", b"a photograph, perhaps")
    bench.drop("fontaine/a.wav", sound())
    bench.settle()
    assert bench.row("received").attachments == ()
    refused = bench.row("quarantined")
    assert (refused.error_code, refused.recording.name) == ("E_DOCUMENT", "fontaine/a.pdf")


def test_a_document_that_comes_after_its_recording_is_told_so(bench):
    bench.drop("fontaine/a.json", sidecar())
    bench.drop("fontaine/a.wav", sound())
    bench.settle()
    bench.drop("fontaine/a.pdf", SCAN)
    bench.settle()
    refused = bench.row("quarantined")
    assert refused.error_code == "E_DOCUMENT_LATE"
    assert bench.row("received").id in refused.error_detail


def test_a_document_alone_waits_for_its_recording_and_is_refused_in_time(bench):
    bench.drop("fontaine/a.pdf", SCAN)
    bench.settle()
    assert bench.rows() == []
    bench.scan(after=3600)
    assert bench.row("quarantined").error_code == "E_DOCUMENT_ALONE"


def test_a_document_still_being_copied_is_waited_for(bench):
    path = bench.drop("fontaine/a.pdf", SCAN[:10])
    bench.drop("fontaine/a.wav", sound())
    bench.scan(after=4)
    path.write_bytes(SCAN)
    bench.scan(after=4)
    assert bench.rows() == []
    bench.settle()
    assert attached(bench, bench.row("received")) == [("fontaine/a.pdf", SCAN)]


# by the patient's number


def about(number: str) -> bytes:
    """A recording's sidecar that says this IPP."""
    return sidecar(patient=PATIENT | {"hospital_number": number})


def index(number: str) -> bytes:
    """A document's own sidecar."""
    return json.dumps({"version": 1, "hospital_number": number}).encode()


def dictated(bench, name: str, number: str, seed: int = 1) -> None:
    bench.drop(f"{name}.json", about(number))
    bench.drop(f"{name}.wav", sound(seed))


@pytest.mark.parametrize(
    "dropped",
    [
        {"scan-0042.pdf": SCAN, "scan-0042.pdf.json": index("IPP0020114")},
        {"Scan 42.PDF": SCAN, "scan 42.pdf.json": index(" ipp0020114 ")},
        {"IPP0020114.pdf": SCAN},
        {"ipp0020114_courrier du Dr Petit.pdf": SCAN},
    ],
)
def test_a_document_that_says_the_patient_goes_with_the_patient_s_recording(dropped, bench):
    dictated(bench, "DS_0001", "IPP0020114")
    dictated(bench, "DS_0002", "IPP0999999", seed=2)
    for name, data in dropped.items():
        bench.drop(name, data)
    bench.settle()
    kept = {row.sidecar.patient.hospital_number: [data for _, data in attached(bench, row)] for row in bench.rows()}
    assert kept == {"IPP0020114": [SCAN], "IPP0999999": []}
    assert bench.left() == []


@pytest.mark.parametrize("name", ["IPP00201145.pdf", "IPP0020114-3.pdf", "courrier IPP0020114.pdf", "IPP.pdf"])
def test_a_name_that_is_not_quite_the_number_is_not_taken_for_it(name, bench):
    dictated(bench, "DS_0001", "IPP0020114")
    bench.drop(name, SCAN)
    bench.settle()
    assert bench.row("received").attachments == ()
    assert bench.left() == [name]


def test_a_short_number_is_no_name(bench):
    dictated(bench, "DS_0001", "12")
    bench.drop("12_a.pdf", SCAN)
    bench.settle()
    assert bench.row("received").attachments == ()


def test_with_two_recordings_of_one_patient_the_document_waits_for_a_person(bench):
    dictated(bench, "DS_0001", "IPP0020114")
    dictated(bench, "DS_0002", "IPP0020114", seed=2)
    bench.drop("scan.pdf", SCAN)
    bench.drop("scan.pdf.json", index("IPP0020114"))
    bench.settle()
    assert [row.attachments for row in bench.rows() if row.state is State.RECEIVED] == [(), ()]
    refused = bench.row("quarantined")
    assert (refused.error_code, refused.recording.name) == ("E_DOCUMENT_AMBIGUOUS", "scan.pdf")
    assert bench.refused_files() == ["scan.pdf", "scan.pdf.json"]
    assert "plusieurs enregistrements portent l’IPP" in bench.reason()


@pytest.mark.parametrize("name", ["DS_0001.pdf", "DS_0001-1.pdf"])
def test_a_document_about_another_patient_is_never_attached_by_its_name(name, bench):
    dictated(bench, "DS_0001", "IPP0020114")
    bench.drop(name, SCAN)
    bench.drop(f"{name}.json", index("IPP0999999"))
    bench.settle()
    assert bench.row("received").attachments == ()
    refused = bench.row("quarantined")
    assert (refused.error_code, refused.recording.name) == ("E_DOCUMENT_PATIENT", name)
    assert "un autre IPP" in bench.reason()
    assert not bench.blobs.has(hashlib.sha256(SCAN).hexdigest())


def test_nor_when_the_recording_s_sidecar_is_replaced_at_the_last_moment(bench, monkeypatch):
    """Whose it is was read before the recording was; what the ledger is told decides."""
    dictated(bench, "DS_0001", "IPP0020114")
    bench.drop("scan.pdf", SCAN)
    bench.drop("scan.pdf.json", index("IPP0020114"))
    bench.scan()
    author = bench.intake.admission._author_of

    def replaced(folder):
        bench.drop("DS_0001.json", about("IPP0999999"))
        return author(folder)

    monkeypatch.setattr(bench.intake.admission, "_author_of", replaced)
    bench.scan(after=5)
    row = bench.row("received")
    assert (row.sidecar.patient.hospital_number, row.attachments) == ("IPP0999999", ())


def test_a_document_with_a_number_is_not_given_to_a_recording_that_says_none(bench):
    bench.drop("fontaine/a.wav", sound())
    bench.drop("fontaine/a.pdf", SCAN)
    bench.drop("fontaine/a.pdf.json", index("IPP0020114"))
    bench.settle()
    bench.settle()
    assert bench.row("received").attachments == ()
    assert bench.row("quarantined").error_code == "E_DOCUMENT_LATE"
    assert bench.refused_files() == ["a.pdf", "a.pdf.json"]


def test_a_document_waits_for_the_recording_of_its_patient(bench):
    bench.drop("scan.pdf", SCAN)
    bench.drop("scan.pdf.json", index("IPP0020114"))
    bench.settle()
    report = bench.scan(after=600)
    assert report.waiting == {"E_DOCUMENT_ALONE": 1}
    dictated(bench, "DS_0001", "IPP0020114")
    bench.settle()
    assert attached(bench, bench.row("received")) == [("scan.pdf", SCAN)]
    assert bench.left() == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "E_SIDECAR_UNREADABLE"),
        (b"{}", "E_SIDECAR_INVALID"),
        (b'{"hospital_number": 7}', "E_SIDECAR_INVALID"),
        (b'{"hospital_number": " "}', "E_SIDECAR_INVALID"),
        (b'{"hospital_number": "IPP0020114", "ipp": "x"}', "E_SIDECAR_INVALID"),
    ],
)
def test_a_document_whose_sidecar_is_wrong_goes_aside_with_it(data, code, bench):
    dictated(bench, "DS_0001", "IPP0020114")
    bench.drop("DS_0001.pdf", SCAN)
    bench.drop("DS_0001.pdf.json", data)
    bench.settle()
    assert bench.row("received").attachments == ()
    assert bench.row("quarantined").error_code == code
    assert bench.refused_files() == ["DS_0001.pdf", "DS_0001.pdf.json"]


def test_a_document_of_another_folder_is_not_looked_for(bench):
    dictated(bench, "fontaine/DS_0001", "IPP0020114")
    bench.drop("équipe/mercier/IPP0020114.pdf", SCAN)
    bench.settle()
    assert bench.row("received").attachments == ()


@pytest.mark.parametrize(
    "point",
    ["claim-copied:2", "claim-stored:2", "intake-noted", "intake-registered", "intake-marked"]
    + [f"intake-away:{number}" for number in (1, 2, 3, 4)]
    + ["intake-sidecar-removed", "intake-removed"],
)
def test_a_document_found_by_its_patient_is_kept_once_wherever_intake_is_killed(point, bench):
    dictated(bench, "DS_0001", "IPP0020114")
    bench.drop("scan.pdf", SCAN)
    bench.drop("scan.pdf.json", index("IPP0020114"))
    bench.scan()
    bench.now += 5
    killed_at(point, bench.intake.scan)
    bench.restart()
    bench.settle()
    bench.settle()
    assert len(bench.rows()) == 1
    assert attached(bench, bench.row("received")) == [("scan.pdf", SCAN)]
    assert bench.left() == []
