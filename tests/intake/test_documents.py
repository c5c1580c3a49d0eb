"""A document received about the patient, laid beside the recording, is kept with it and never lost."""

from __future__ import annotations

import pytest

from tests.intake.bench import sidecar, sound

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
