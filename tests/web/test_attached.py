"""Documents that lay beside the recording: named on the pages, handed out as they came, each opening journalled."""

from __future__ import annotations

SCAN = b"%PDF-1.4 a scanned letter"


def test_the_desk_and_the_case_name_the_document_and_lead_to_it(desk, signed_in):
    one, client = desk.with_document(), signed_in("roy")
    for page in (f"/dictees/{one}/relecture", f"/dictees/{one}?histoire=1"):
        text = client.get(page).content.decode()
        assert "Documents joints" in text
        assert f"/dictees/{one}/documents/1" in text
        assert "courrier-1.pdf" in text


def test_it_comes_as_it_was_received_and_is_never_shown_inside_a_page(desk, signed_in):
    one, client = desk.with_document(), signed_in("roy")
    answer = client.get(f"/dictees/{one}/documents/1")
    assert answer.content == SCAN
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "courrier" not in answer["Content-Disposition"]  # the name may hold a patient's
    opened = [line for line in desk.ledger.journal(one) if line.action == "document-opened"]
    assert [line.actor for line in opened] == ["roy"]


def test_what_is_not_there_is_not_found(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    assert "Documents joints" not in client.get(f"/dictees/{one}/relecture").content.decode()
    for number in (0, 1, 99):
        assert client.get(f"/dictees/{one}/documents/{number}").status_code == 404
