"""A person's keys, chosen by pressing them, in a real Chromium: kept with the account, worked with elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.browser import forgive, open_letter, until, visitor
from tests.web.served import ServedDesk, desk, site
from tests.web.test_desk_browser import LAST

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser

TOLD = "document.getElementById('told').textContent"
PAUSED = "document.getElementById('sound').paused"
KEY = "kbd[data-name=play]"


def test_a_key_is_changed_by_pressing_it_and_followed_by_its_owner_to_another_computer(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    one = desk.drafted()
    page = open_letter(visitor, site, one)
    page.keyboard.press("F1")
    page.get_by_role("link", name="Changer ces touches…").press("Enter")
    page.wait_for_url("**/touches")
    change = page.get_by_role("button", name="Changer la touche pour lecture, pause (recule un peu)", exact=True)
    change.focus()
    page.keyboard.press("Enter")
    until(page, f"/appuyez sur la nouvelle touche/.test({TOLD})")
    page.keyboard.press("F9")  # taken: says by what, and still waits for another
    until(page, f"/F9 est déjà la touche de «.aperçu de la lettre.»/.test({TOLD})")
    page.keyboard.press("Control+c")
    until(page, f"/copier, coller/.test({TOLD})")
    page.keyboard.press("Space")  # neither a key nor a click on the button that has the focus
    until(page, f"/Espace sert à écrire/.test({TOLD})")
    assert page.inner_text(KEY) == "F4"
    page.keyboard.press("Control+Shift+S")
    until(page, f"{TOLD}.startsWith('Ctrl\u00a0Maj\u00a0S\u00a0: lecture')")
    assert page.inner_text(KEY) == "Ctrl\u00a0Maj\u00a0S"
    assert page.locator(".learning").count() == 0
    page.keyboard.press("Enter")  # again, and left by Tab: the keyboard is never trapped
    page.locator(".learning").wait_for()
    page.keyboard.press("Tab")
    assert "Retirer" in page.evaluate("document.activeElement.textContent")
    assert page.locator(".learning").count() == 0

    desk.leave_alone("roy")  # an hour later
    page.get_by_role("button", name="Retirer la touche pour moins vite", exact=True).press("Enter")
    until(page, f"/session est terminée/.test({TOLD})")
    forgive(visitor, "401")

    elsewhere = open_letter(visitor, site, one)  # a browser of its own, signed in by the same person
    for _ in range(2):
        assert elsewhere.get_attribute("#play", "aria-keyshortcuts") == "Control+Shift+S Control+Space"
        assert elsewhere.inner_text("#play kbd") == "Ctrl\u00a0Maj\u00a0S"
        field = elsewhere.locator(LAST)
        field.click()
        before = field.input_value()
        elsewhere.keyboard.press("F4")  # is nothing any more
        assert elsewhere.evaluate(PAUSED)
        elsewhere.keyboard.press("Control+Shift+S")
        until(elsewhere, "document.getElementById('sound').currentTime > 0.2")
        elsewhere.keyboard.press("Control+Shift+S")
        until(elsewhere, PAUSED)
        assert field.input_value() == before
        elsewhere.keyboard.press("F8")  # the others are where they were
        until(elsewhere, "document.getElementById('sound').currentTime > 2.5")
        elsewhere.reload()
        until(elsewhere, "document.getElementById('sound').readyState >= 1")
