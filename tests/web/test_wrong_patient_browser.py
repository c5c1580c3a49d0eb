"""A letter linked to another patient from the desk, in a real Chromium on the installed program: its points follow."""

from __future__ import annotations

from typing import Any

import pytest

from dictation.domain.progress import State
from tests.web.browser import open_letter, visitor
from tests.web.served import ServedDesk, desk, site

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser

IDENTITY = """[...document.querySelectorAll('.point')].map((p) => p.dataset.key)
    .filter((key) => key.startsWith('identity.'))"""


def test_the_voice_says_another_birth_date_and_the_letter_is_linked_to_whom_it_names(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    one = desk.drafted()
    before = [section.text for section in desk.letter.draft.sections]
    page = open_letter(visitor, site, one)
    [wrong] = [key for key in page.evaluate(IDENTITY) if key.startswith("identity.birth_date")]
    page.locator("textarea[name=text] >> nth=-1").fill("Corrigé à la relecture.")
    page.get_by_role("button", name="Mauvais patient…").click()
    page.get_by_text("La voix dit").wait_for()
    assert "quatorze avril" not in page.inner_text(".compared-identity")  # as it stands in the text
    assert "14 avril 1961" in page.inner_text(".compared-identity").replace("\u00a0", " ")
    if not page.locator("details.fields[open]").count():
        page.click("summary:has-text('Saisir une identité')")
    page.check("input[value=typed]")
    for name, value in (("last_name", "Roux"), ("first_name", "André"), ("birth_date", "1961-04-14")):
        page.fill(f"#{name}", value)
    page.select_option("#sex", "M")
    page.fill("#hospital_number", "IPP0099999")
    page.get_by_role("button", name="Comparer avec la voix").click()
    page.get_by_text("Vous avez choisi").wait_for()
    agreed = page.inner_text(".compared-identity")
    assert all(fact in agreed for fact in ("nom", "prénom", "date de naissance", "sexe"))
    assert desk.ledger.get(one).sidecar.patient.birth_date.day == 24  # nothing is done yet
    page.fill("#reason", "Autre date de naissance")
    page.get_by_role("button", name="Relier la lettre").click()
    page.wait_for_url(f"**/dictees/{one}/relecture")
    assert "IPP0099999" in page.inner_text(".identity")
    assert wrong not in page.evaluate(IDENTITY)
    assert not [key for key in page.evaluate(IDENTITY) if key.startswith("identity.birth_date")]
    texts = page.evaluate("[...document.querySelectorAll('textarea[name=text]')].map((f) => f.value)")
    assert texts == [*before[:-1], "Corrigé à la relecture."]
    # and they stay found anew at the next save
    page.locator("textarea[name=text] >> nth=-1").fill("Corrigé encore.")
    page.keyboard.press("Control+s")
    page.get_by_text("Enregistré à").wait_for()
    keys = [doubt.key for doubt in desk.ledger.draft(one).doubts]
    assert "Corrigé encore." in desk.ledger.draft(one).text()
    assert wrong not in keys
    assert desk.state(one) is State.DRAFTED
