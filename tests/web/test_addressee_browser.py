"""A secretary finds an address without touching the mouse."""

from __future__ import annotations

import pytest

from tests.web.browser import visitor
from tests.web.served import desk, site
from tests.web.test_addressee import load

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser


def test_search_compare_and_choose_by_keyboard_alone(desk, visitor, site, tmp_path):
    load(desk.clock, tmp_path)
    one = desk.drafted()
    page = visitor("roy")
    page.goto(f"{site}/dictees/{one}/destinataire?nom=personne")
    assert page.evaluate("document.activeElement.id") == "nom"
    page.keyboard.press("Control+a")
    page.keyboard.type("marchant louis")  # as it was heard
    page.keyboard.press("Enter")
    page.wait_for_url("**nom=marchant**")
    assert page.evaluate("document.activeElement.name") == "entry"
    assert page.locator("input[name=entry]:checked").count() == 0
    page.keyboard.press("Enter")  # nothing is chosen: the browser asks, nothing is posted
    assert "nom=marchant" in page.url
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("input[name=entry]:checked")
    assert "LENS" in chosen.locator("xpath=ancestor::li").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dictees/{one}/relecture")
    assert "Destinataire choisi" in page.inner_text("[role=status]")
    assert desk.ledger.get(one).sidecar.addressee.mailbox == "louis.marchand@medecin.test"
