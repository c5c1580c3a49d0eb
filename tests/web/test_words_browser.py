"""A selected word goes into the vocabulary, and a correction to the day's other letters, in a real Chromium."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.web.browser import open_letter, settled, until, visitor
from tests.web.served import ServedDesk, desk, site

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser

FIRST = "textarea[name=text] >> nth=0"
SAYS = "document.querySelector('#word .told').textContent"


def heard(desk: ServedDesk, words: str) -> str:
    """A letter whose first section was recognised as these words."""
    sections = list(desk.letter.draft.sections)
    sections[0] = replace(sections[0], text=words)
    return desk.drafted(draft=replace(desk.letter.draft, sections=tuple(sections)))


def test_a_selected_word_is_explained_then_added_by_the_key_alone(desk: ServedDesk, visitor: Any, site: str) -> None:
    one = heard(desk, "Bilan avant ouréthroscopie ce jour.")
    page = open_letter(visitor, site, one)
    page.locator(FIRST).fill("Bilan avant urétéroscopie ce jour, à gauche.")
    page.evaluate("document.activeElement.setSelectionRange(12, 25)")
    page.keyboard.press("Control+Shift+L")  # typed a moment ago: stored before the server is asked
    until(page, f"{SAYS} !== ''")
    assert page.inner_text("#word .about") == "urétéroscopie"
    assert "entendu ouréthroscopie" in page.inner_text("#word")
    assert "Aucune lettre n’est changée" in page.inner_text("#word")
    known = desk.server.home / "vocabulary.txt"
    assert not known.exists() or "urétéroscopie" not in known.read_text(encoding="utf-8")
    page.keyboard.press("Enter")
    until(page, f"/est ajouté au vocabulaire du service Urologie/.test({SAYS})")
    assert "[Urologie]\nurétéroscopie\n" in known.read_text(encoding="utf-8")
    assert page.locator("#word .adds:disabled").count() == 2
    assert [e.action for e in desk.ledger.journal(one) if e.action == "word-added"] == ["word-added"]
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.selectionStart") == 12
    page.evaluate("document.activeElement.setSelectionRange(37, 43)")
    page.click("#word-open")
    until(page, f"/un côté/.test({SAYS})")
    assert page.locator("#word .adds:disabled").count() == 2
    assert page.input_value(FIRST) == "Bilan avant urétéroscopie ce jour, à gauche."


def test_a_correction_made_here_is_put_in_another_letter_of_the_day_by_a_click(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    other = heard(desk, "Ouréthroscopie prévue ensuite.")
    one = heard(desk, "Bilan avant ouréthroscopie ce jour.")
    page = open_letter(visitor, site, one)
    page.locator(FIRST).fill("Bilan avant urétéroscopie ce jour.")
    page.click("#elsewhere")
    page.wait_for_url("**/ailleurs")
    item = page.locator(".compared li")
    assert "Ouréthroscopie" in item.inner_text()
    assert "Ouréthroscopie prévue" in desk.ledger.draft(other).text()
    item.get_by_role("button", name="Corriger ici").click()
    page.get_by_text("Corrigé dans l’autre lettre").wait_for()
    assert "Urétéroscopie prévue" in desk.ledger.draft(other).text()
    page.get_by_role("link", name="Revenir à la lettre").click()
    page.wait_for_url(f"**/dictees/{one}/relecture")
    assert page.input_value(FIRST) == "Bilan avant urétéroscopie ce jour."
    page.locator(FIRST).fill("Bilan avant urétéroscopie.")
    settled(page, desk, one, "Bilan avant urétéroscopie.")
