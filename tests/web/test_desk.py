"""The proofreading page without scripts, and the answers its script gets."""

from __future__ import annotations

import re

import pytest

from dictation.domain.documents import SectionKind
from dictation.domain.progress import State
from tests.web.hospital import DRAFT, form_of

JSON = {"accept": "application/json"}


def test_the_page_shows_text_points_and_notes(desk, signed_in):
    one = desk.drafted()
    page = signed_in("roy").get(f"/dictees/{one}/relecture").content.decode()
    for section in DRAFT.sections:
        assert section.text in page
    for doubt in DRAFT.doubts:
        assert doubt.reason in page
    assert page.index("Dose à vérifier") < page.index("Nombre entendu")  # most dangerous first
    assert "joindre l’ordonnance" in page


def test_opening_is_journalled(desk, signed_in):
    one = desk.drafted()
    signed_in("roy").get(f"/dictees/{one}/relecture")
    assert ("roy", "opened") in desk.actions(one)


def test_no_patient_is_named_in_an_address_or_a_title(desk, signed_in):
    one = desk.drafted(name="Introuvable")
    answer = signed_in("roy").get(f"/dictees/{one}/relecture")
    page = answer.content.decode()
    assert "ntrouvable" not in page[page.index("<title>") : page.index("</title>")].lower()
    assert "ntrouvable" not in answer.request["PATH_INFO"].lower()


def test_what_was_dictated_is_shown_as_written_and_never_run(desk, signed_in):
    from dataclasses import replace

    evil = "</textarea><script>alert(1)</script>{{ 7*7 }}"
    draft = replace(DRAFT, sections=(replace(DRAFT.sections[0], text=evil),))
    one = desk.drafted(draft=draft)
    page = signed_in("roy").get(f"/dictees/{one}/relecture").content.decode()
    assert "<script>alert" not in page
    assert "&lt;/textarea&gt;&lt;script&gt;" in page
    assert "{{ 7*7 }}" in page


def test_a_first_line_break_survives_the_text_area(desk, signed_in):
    page = signed_in("roy").get(f"/dictees/{desk.drafted()}/relecture").content.decode()
    assert ">\nJ’ai vu" in page  # browsers drop the line break right after the tag: ours is that one


def test_saving_without_scripts_comes_back_to_the_page(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    answer = client.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, plan="Repos."), follow=True)
    assert "Texte enregistré." in answer.content.decode()
    assert "Repos." in desk.ledger.draft(one).text()


def test_saving_by_script_answers_the_new_version(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    told = client.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, plan="Repos."), headers=JSON).json()
    assert (told["version"], told["waiting"]) == (2, 3)
    assert {p["key"]: p["changed"] for p in told["points"]}["dose:plan"] is True  # its words are gone from the text


def test_a_tick_keeps_the_words_typed_before_it(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    client.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, "tick:heard:side:history", reason="Énurésie."))
    assert desk.ledger.ticks(one) == {"side:history": "heard"}
    assert "Énurésie." in desk.ledger.draft(one).text()


def test_two_people_on_one_letter_lose_nothing(desk, signed_in):
    one, roy, morel = desk.drafted(), signed_in("roy"), signed_in("morel")
    roy.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, plan="Repos."))
    answer = morel.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, plan="Sport."))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Repos." in page
    assert "Sport." in page
    assert "Repos." in desk.ledger.draft(one).text()
    chosen = morel.post(f"/dictees/{one}/texte", form_of(DRAFT, 2, plan="Sport puis repos."))
    assert chosen.status_code == 302
    assert "Sport puis repos." in desk.ledger.draft(one).text()


def test_a_conflict_tells_the_script_by_code(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    client.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, plan="Repos."))
    answer = client.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, plan="Sport."), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "E_CONFLICT")


def test_a_section_can_be_added(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    body = form_of(DRAFT, 1, "add") | {"add": "conclusion"}
    page = client.post(f"/dictees/{one}/texte", body, follow=True).content.decode()
    assert 'name="kind" value="conclusion"' in page
    body = form_of(DRAFT, 1)
    body["kind"].append("conclusion")
    body["title"].append("Conclusion")
    body["text"].append("Hypertrophie bénigne.")
    client.post(f"/dictees/{one}/texte", body)
    assert desk.ledger.draft(one).sections[-1].kind is SectionKind.CONCLUSION


@pytest.mark.parametrize(
    "spoil",
    [
        {"version": "x"},
        {"kind": ["opening"]},
        {"kind": ["nonsense"] * 5},
        {"text": []},
        {"action": "erase"},
        {"text": ["a" * 300_000] * 5},
    ],
)
def test_a_mangled_form_changes_nothing(desk, signed_in, spoil):
    one = desk.drafted()
    answer = signed_in("roy").post(f"/dictees/{one}/texte", form_of(DRAFT, 1) | spoil)
    assert answer.status_code == 400
    assert len(desk.ledger.revisions(one)) == 1


def test_handing_over_asks_once_about_open_points(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    answer = client.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, "hand_over", plan="Repos."))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "3\u00a0points ne sont pas vérifiés, dont 2 à risque élevé" in page
    asked = re.findall(r'name="confirmed" value="([^"]+)"', page)
    assert asked == ["dose:plan", "side:history", "number:psa"]
    assert desk.state(one) is State.DRAFTED
    assert "Repos." in page  # the text was saved first
    body = form_of(DRAFT, 2, "hand_over:anyway", plan="Repos.") | {"confirmed": asked}
    assert client.post(f"/dictees/{one}/texte", body).status_code == 302
    assert desk.state(one) is State.PROOFREAD


@pytest.mark.parametrize(
    ("answered", "words"),
    [
        (["number:psa"], "2\u00a0points à risque élevé ne sont pas vérifiés"),
        (["number:psa", "dose:plan"], "1\u00a0point à risque élevé n’est pas vérifié"),
        (["side:history"], "2\u00a0points ne sont pas vérifiés, dont 1 à risque élevé"),
        (["side:history", "dose:plan"], "1\u00a0point n’est pas vérifié"),
    ],
)
def test_the_question_says_how_many_points_are_open(desk, signed_in, answered, words):
    one, client = desk.drafted(), signed_in("roy")
    for key in answered:
        desk.ledger.tick(one, key, "heard", actor="roy")
    answer = client.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, "hand_over"))
    assert f'<h2 id="ask-title">{words}</h2>' in answer.content.decode()
    assert desk.state(one) is State.DRAFTED


def test_after_handing_over_the_next_letter_is_offered(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    following = desk.drafted()
    body = form_of(DRAFT, 1, "hand_over:anyway") | {"confirmed": ["dose:plan", "side:history", "number:psa"]}
    page = client.post(f"/dictees/{one}/texte", body, follow=True).content.decode()
    assert f"/dictees/{following}/relecture" in page


def test_holding_from_the_desk_saves_first_and_needs_a_reason(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    assert client.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, "hold")).status_code == 409
    client.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, "hold", plan="Repos.") | {"reason": "Quel côté\u202f?"})
    assert desk.state(one) is State.HELD
    assert "Repos." in desk.ledger.draft(one).text()
    page = client.get(f"/dictees/{one}").content.decode()
    assert "Quel côté\u202f?" in page


def test_the_reason_of_the_signatory_is_shown_to_the_secretary(desk, signed_in):
    from dictation import proofread

    one = desk.proofread()
    proofread.send_back(desk.ledger, one, "Vérifier la dose du soir", actor="morel")
    assert "Vérifier la dose du soir" in signed_in("roy").get(f"/dictees/{one}/relecture").content.decode()


def test_a_letter_that_left_the_desk_shows_its_story_instead(desk, signed_in):
    one = desk.proofread()
    answer = signed_in("roy").get(f"/dictees/{one}/relecture", follow=True)
    assert answer.status_code == 200
    assert "Relue, transmise à la signature" in answer.content.decode()
    late = signed_in("roy").post(f"/dictees/{one}/texte", form_of(DRAFT, 1, plan="Sport."), headers=JSON)
    assert (late.status_code, late.json()["code"]) == (409, "E_WRONG_STATE")


def test_the_preview_is_an_unsigned_proof_and_leaves_nothing_to_sign(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    assert client.get(f"/dictees/{one}/apercu?partie=1").status_code == 200
    assert client.get(f"/dictees/{one}/apercu/1.png").content.startswith(b"\x89PNG")
    assert client.get(f"/dictees/{one}/apercu/9.png").status_code == 404
    assert desk.typesets == [(one, "")]
    assert desk.ledger.get(one).pdf_sha256 == ""
