"""Abbreviations people bring along, what is left to hear, and what the desk remembers of each person."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dictation.domain.desk import Level
from dictation.domain.documents import Doubt, Risk, SectionKind
from dictation.domain.spans import Span
from dictation.web.points import Point, listening, told
from tests.web.hospital import ANIS, DRAFT, MOREL, form_of

LIST = "cdt;Cordialement,\r\nrdv1m\tJe le reverrai dans un mois.\r\n\r\nras = Rien à signaler ; suite.\r\n"


def own(desk, account: str) -> dict[str, str]:
    blocks = desk.ledger.blocks(sites=(), services=(), account=account)
    return {block.abbreviation: block.text for block in blocks if block.level is Level.ACCOUNT}


def test_a_list_of_abbreviations_is_imported_and_imported_again_it_replaces(desk, signed_in):
    client = signed_in("roy")
    form = {"action": "import", "owner": "account:roy", "list": LIST}
    assert "3\u00a0abréviations enregistrées." in client.post("/textes/changer", form, follow=True).content.decode()
    assert own(desk, "roy") == {
        "cdt": "Cordialement,", "rdv1m": "Je le reverrai dans un mois.", "ras": "Rien à signaler ; suite.",
    }  # fmt: skip
    client.post("/textes/changer", form | {"list": "cdt;Bien cordialement,"})
    assert own(desk, "roy")["cdt"] == "Bien cordialement,"
    assert len(own(desk, "roy")) == 3
    page = client.get(f"/dictees/{desk.drafted()}/relecture").content.decode()
    assert 'data-abbreviation="cdt"' in page


@pytest.mark.parametrize("wrong", ["sans séparateur", "cdt;", ";texte", "a;trop court", ""])
def test_a_list_with_a_line_that_is_none_imports_nothing(desk, signed_in, wrong):
    form = {"action": "import", "owner": "account:roy", "list": f"cdt;Cordialement\n{wrong}" if wrong else ""}
    answer = signed_in("roy").post("/textes/changer", form)
    assert answer.status_code == 400
    assert own(desk, "roy") == {}
    assert ("voir ligne 2" in answer.content.decode()) is bool(wrong)


def test_nobody_imports_for_somebody_else(desk, signed_in):
    form = {"action": "import", "owner": "service:Urologie", "list": LIST}
    assert signed_in("morel").post("/textes/changer", form).status_code == 403
    assert desk.ledger.blocks(sites=(), services=["Urologie"], account="") == ()


def point(start: float, end: float, verdict: str = "") -> Point:
    doubt = Doubt(f"k:{start}", "dose", Risk.HIGH, "Dose.", SectionKind.PLAN, "", Span(start, end))
    return Point(doubt, 1, verdict, "", 0, False)


def test_what_is_left_to_hear_is_told_without_counting_sound_twice():
    points = [point(10, 30), point(20, 40), point(60, 68), point(90, 99, "heard")]
    assert listening(points) == pytest.approx(30 + 8 + 2)  # two passages, a second around each
    assert told(points) == "3\u00a0points · 40\u00a0s d’écoute"
    assert told([replace(one, verdict="heard") for one in points]) == ""


def test_the_page_and_each_save_say_what_is_left(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    assert "d’écoute" in client.get(f"/dictees/{one}/relecture").content.decode()
    answer = client.post(f"/dictees/{one}/texte", form_of(DRAFT, 1), headers={"accept": "application/json"}).json()
    assert answer["left"].startswith("3\u00a0points · ")


def test_the_step_back_is_remembered_for_each_author(desk, signed_in):
    client = signed_in("roy")
    client.post("/preferences", {"name": "rewinds", "value": json.dumps({MOREL.rpps: 3})})
    fast, other = desk.drafted(MOREL), desk.drafted(ANIS)
    assert 'data-rewind="3"' in client.get(f"/dictees/{fast}/relecture").content.decode()
    assert 'data-rewind="1.5"' in client.get(f"/dictees/{other}/relecture").content.decode()


def test_whoever_wants_the_next_letter_gets_it_at_once_and_is_remembered(desk, signed_in):
    first, second, client = desk.drafted(), desk.drafted(), signed_in("roy")
    assert " checked> puis" not in client.get(f"/dictees/{first}/relecture").content.decode()
    client.post("/preferences", {"name": "next", "value": "true"})
    assert " checked> puis" in client.get(f"/dictees/{first}/relecture").content.decode()
    asked = client.post(f"/dictees/{first}/texte", form_of(DRAFT, 1, "hand_over") | {"next": "1"})
    assert " checked> puis" in asked.content.decode()  # it is asked about open points, and still goes on afterwards
    answer = form_of(DRAFT, 1, "hand_over:anyway") | {"next": "1", "confirmed": [doubt.key for doubt in DRAFT.doubts]}
    assert client.post(f"/dictees/{first}/texte", answer)["Location"] == f"/dictees/{second}/relecture"
