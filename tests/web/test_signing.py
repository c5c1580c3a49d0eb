"""Signing: the page shows bytes, the password signs those bytes, and the letter is those bytes."""

from __future__ import annotations

import hashlib
import io
import re

import numpy as np
import pytest
from PIL import Image

from dictation import proofread
from dictation.domain.exchange import Consent
from dictation.domain.progress import State
from tests.web.hospital import ANIS, MOREL, PASSWORD


def digest_on(page: str) -> str:
    found = re.search(r'name="pdf_sha256" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found.group(1)


def sign(client, one, page, **more):
    return client.post(f"/dictees/{one}/signer", {"pdf_sha256": digest_on(page), "password": PASSWORD} | more)


def test_the_bytes_that_were_seen_are_the_letter(desk, signed_in):
    one, client = desk.proofread(), signed_in("morel")
    page = client.get(f"/dictees/{one}/signature").content.decode()
    before = client.get(f"/dictees/{one}/lettre.pdf").content
    assert hashlib.sha256(before).hexdigest() == digest_on(page)
    assert sign(client, one, page).status_code == 302
    letter = desk.ledger.get(one)
    assert (letter.state, letter.approval.pdf_sha256) == (State.APPROVED, digest_on(page))
    assert client.get(f"/dictees/{one}/lettre.pdf").content == before
    assert desk.typesets == [(one, MOREL.rpps)]


def test_the_pictures_are_of_the_bytes_to_be_signed(desk, signed_in):
    one, client = desk.proofread(), signed_in("morel")
    page = client.get(f"/dictees/{one}/signature").content.decode()
    picture = f"/dictees/{one}/lettre/1.png?pdf="
    assert f"{picture}{digest_on(page)}" in page
    assert client.get(picture + digest_on(page)).content.startswith(b"\x89PNG")
    assert client.get(picture + "0" * 64).status_code == 404


@pytest.mark.usefixtures("real_letter")
def test_the_preview_of_the_desk_is_the_letter_but_for_the_line_of_the_signature(desk, signed_in):
    one = desk.drafted()
    preview = signed_in("roy").get(f"/dictees/{one}/apercu/1.png").content
    desk.ledger.move(one, State.DRAFTED, State.PROOFREAD, actor="roy")
    client = signed_in("morel")
    client.get(f"/dictees/{one}/signature")
    letter = client.get(f"/dictees/{one}/lettre/1.png").content
    rows = np.flatnonzero(((grey(letter) < 60) & (grey(preview) > 180)).any(axis=1))
    assert len(rows)  # the line of the signature is printed in the letter only
    assert rows[-1] - rows[0] < 40  # and nothing else: two lines of 8 points


def grey(png: bytes):
    """A page as (height, width) of 0 for black to 255 for white."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))


def test_a_wrong_password_signs_nothing(desk, signed_in):
    one, client = desk.proofread(), signed_in("morel")
    page = client.get(f"/dictees/{one}/signature").content.decode()
    answer = sign(client, one, page, password="devine")
    assert answer.status_code == 403
    assert "mot de passe incorrect" in answer.content.decode()
    assert desk.state(one) is State.PROOFREAD


def test_a_page_left_open_while_the_text_changed_signs_nothing(desk, signed_in):
    from dataclasses import replace

    one, client = desk.proofread(), signed_in("morel")
    old = client.get(f"/dictees/{one}/signature").content.decode()
    proofread.send_back(desk.ledger, one, "Dose à reprendre", actor="morel")
    draft = desk.ledger.draft(one)
    sections = [replace(section, text=section.text + " Revu.") for section in draft.sections]
    proofread.correct(desk.ledger, one, sections, actor="roy", expected_version=1)
    keys = [doubt.key for doubt in draft.doubts]
    proofread.hand_over(desk.ledger, one, actor="roy", expected_version=2, confirmed=keys)
    answer = sign(client, one, old)
    assert answer.status_code == 409
    assert digest_on(answer.content.decode()) != digest_on(old)  # the page now shows the new letter
    assert desk.state(one) is State.PROOFREAD


def test_after_midnight_the_letter_is_shown_again_with_its_new_date(desk, signed_in):
    one, client = desk.proofread(), signed_in("morel")
    desk.clock.forward(14 * 3600 + 55 * 60)  # 8:00 UTC + 14:55 = 23:55 in Paris
    client = signed_in("morel")
    page = client.get(f"/dictees/{one}/signature").content.decode()
    desk.clock.forward(600)
    assert sign(client, one, page).status_code == 409
    assert sign(client, one, client.get(f"/dictees/{one}/signature").content.decode()).status_code == 302


def test_a_substitute_declares_it(desk, signed_in):
    one, client = desk.proofread(MOREL), signed_in("anis")
    page = client.get(f"/dictees/{one}/signature").content.decode()
    assert "Je signe en remplacement de Dr&nbsp;C.&nbsp;Morel" in page
    assert sign(client, one, page).status_code == 403
    assert desk.state(one) is State.PROOFREAD
    assert sign(client, one, page, substitute="yes").status_code == 302
    assert desk.ledger.get(one).approval.signatory == ANIS.rpps


def test_letters_are_signed_in_a_row(desk, signed_in):
    first, client = desk.proofread(), signed_in("morel")
    second = desk.proofread()
    answer = sign(client, first, client.get(f"/dictees/{first}/signature").content.decode())
    assert answer["Location"] == f"/dictees/{second}/signature"


def test_questions_and_points_nobody_heard_are_shown(desk, signed_in):
    one = desk.drafted()
    proofread.tick(desk.ledger, one, "dose:plan", "asked", actor="roy")
    proofread.tick(desk.ledger, one, "number:psa", "heard", actor="roy")
    proofread.hand_over(desk.ledger, one, actor="roy", expected_version=1, confirmed=["side:history"])
    page = signed_in("morel").get(f"/dictees/{one}/signature").content.decode()
    asked, unheard = page.index("Points à votre avis"), page.index("Points que personne n’a vérifiés")
    assert asked < page.index("Tamsulosine 0,4 mg") < unheard < page.index("hernie inguinale droite")
    assert "2,4 ng/ml" not in page
    assert "Hélène Roy" in page


def test_an_objection_is_said_before_signing(desk, signed_in):
    one = desk.proofread(consent=Consent.OBJECTED)
    assert "s’oppose à l’envoi" in signed_in("morel").get(f"/dictees/{one}/signature").content.decode()


def test_sending_back_wants_a_reason(desk, signed_in):
    one, client = desk.proofread(), signed_in("morel")
    assert client.post(f"/dictees/{one}/renvoyer", {"reason": " "}).status_code == 409
    assert client.post(f"/dictees/{one}/renvoyer", {"reason": "Dose"}).status_code == 302
    assert desk.state(one) is State.DRAFTED


def test_seeing_and_signing_are_journalled(desk, signed_in):
    one, client = desk.proofread(), signed_in("morel")
    sign(client, one, client.get(f"/dictees/{one}/signature").content.decode())
    client.get(f"/dictees/{one}/lettre.pdf")
    assert {("morel", "proof-seen"), ("morel", "approved"), ("morel", "letter-seen")} <= set(desk.actions(one))


@pytest.mark.parametrize("state", ["drafted", "received"])
def test_there_is_no_letter_before_there_is_one(desk, signed_in, state):
    one, client = getattr(desk, state)(), signed_in("morel")
    assert client.get(f"/dictees/{one}/lettre.pdf").status_code == 404
    assert client.get(f"/dictees/{one}/lettre/1.png").status_code == 404


def test_the_letter_on_the_page_is_the_real_one(desk, signed_in, real_letter):
    from dictation.letter import check_pdfa, text_of

    one, client = desk.proofread(), signed_in("morel")
    page = client.get(f"/dictees/{one}/signature").content.decode()
    sign(client, one, page)
    pdf = client.get(f"/dictees/{one}/lettre.pdf").content
    assert check_pdfa(pdf) == []
    text = " ".join(text_of(pdf))
    assert "Tamsulosine" in text
    assert "MOREL" in text
