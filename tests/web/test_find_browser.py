"""Find and replace at the desk, in a real Chromium: counted, replaced where it was asked for, undone by Ctrl+Z."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.browser import open_letter, settled, until, visitor
from tests.web.served import ServedDesk, desk, site

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser

TEXTS = "[...document.querySelectorAll('textarea[name=text]')].map((field) => field.value)"
TOLD = "document.getElementById('find-told').textContent"


def letter(desk: ServedDesk, visitor: Any, site: str) -> tuple[str, Any]:
    """A letter whose first two sections say « Kardegic » three times, once in capitals."""
    one = desk.drafted()
    page = open_letter(visitor, site, one)
    page.locator("textarea[name=text]").nth(0).fill("Arrêt du kardegic. Reprise du Kardegic\u00a0: oui.")
    page.locator("textarea[name=text]").nth(1).fill("Sous KARDEGIC depuis l’an dernier (a+b).")
    settled(page, desk, one, "KARDEGIC")
    return one, page


def test_the_key_opens_on_the_selected_words_and_counts_them_across_sections(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    _, page = letter(desk, visitor, site)
    page.locator("textarea[name=text]").nth(0).click()
    page.evaluate("document.activeElement.setSelectionRange(9, 17)")
    before = page.evaluate(TEXTS)
    page.keyboard.press("Control+h")
    assert page.input_value("#find-what") == "kardegic"
    assert page.evaluate(TOLD) == "1 sur 3, dans 2\u00a0rubriques."
    assert page.evaluate("[...document.querySelectorAll('.m-found')].map((m) => m.textContent)") == [
        "kardegic", "Kardegic", "KARDEGIC",
    ]  # fmt: skip
    page.keyboard.press("Enter")
    assert page.evaluate(TOLD).startswith("2 sur 3")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    assert page.evaluate(TOLD).startswith("3 sur 3")
    page.check("#find-case")
    assert page.evaluate(TOLD) == "1\u00a0fois dans la lettre."
    page.fill("#find-what", "l'an dernier (A+b)")  # a straight apostrophe, and signs that mean something to patterns
    assert page.evaluate(TOLD) == "Absent de cette lettre."
    assert page.locator("#find-one").is_disabled()
    page.uncheck("#find-case")
    assert page.evaluate(TOLD) == "1\u00a0fois dans la lettre."
    page.keyboard.press("Escape")
    assert page.locator("#find[open]").count() == 0
    assert (
        page.evaluate("""(() => { const f = document.activeElement;
        return f.value.slice(f.selectionStart, f.selectionEnd); })()""")
        == "l’an dernier (a+b)"
    )
    assert page.locator(".m-found").count() == 0
    assert page.evaluate(TEXTS) == before  # looking changes nothing


def test_one_is_replaced_at_a_time_saved_and_undone(desk: ServedDesk, visitor: Any, site: str) -> None:
    one, page = letter(desk, visitor, site)
    page.click("#find-open")
    page.fill("#find-what", "Kardegic")
    page.fill("#find-with", "Kardégic")
    page.click("#find-one")
    assert page.evaluate(TEXTS)[0] == "Arrêt du Kardégic. Reprise du Kardegic\u00a0: oui."
    assert page.evaluate(TOLD) == "1 sur 2, dans 2\u00a0rubriques."
    assert page.evaluate("document.querySelector('.m-here').textContent") == "Kardegic"
    page.click("#find-one")
    settled(page, desk, one, "Reprise du Kardégic")
    assert "Sous KARDEGIC" in desk.ledger.draft(one).text()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    assert page.evaluate(TEXTS)[0] == "Arrêt du Kardégic. Reprise du Kardegic\u00a0: oui."
    page.keyboard.press("Control+z")
    assert page.evaluate(TEXTS)[0] == "Arrêt du kardegic. Reprise du Kardegic\u00a0: oui."


def test_replacing_everything_shows_where_first_and_a_section_only_when_asked(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    one, page = letter(desk, visitor, site)
    before = page.evaluate(TEXTS)
    page.keyboard.press("Control+h")
    page.fill("#find-what", "kardegic")
    page.fill("#find-with", "Kardégic")
    page.click("#find-every")
    assert page.evaluate(TEXTS) == before  # shown, not done
    assert page.locator("#find-list > li > .count").all_inner_texts() == ["2", "1"]
    assert page.locator("#find-list li li").nth(2).inner_text() == "Sous KARDEGIC Kardégic depuis l’an dernier (a+b)."
    assert page.inner_text("#find-everywhere") == "Remplacer partout (3\u00a0fois)"
    assert page.locator("#find-grave").is_hidden()
    page.locator("#find-list button").nth(0).click()
    assert page.evaluate(TEXTS)[:2] == ["Arrêt du Kardégic. Reprise du Kardégic\u00a0: oui.", before[1]]
    assert page.locator("#find-list > li > .count").all_inner_texts() == ["1"]
    page.click("#find-everywhere")
    settled(page, desk, one, "Sous Kardégic depuis")
    assert page.locator("#find-all").is_hidden()
    page.fill("#find-what", "droite")
    page.locator("textarea[name=text]").nth(1).fill("Hanche droite.")
    page.fill("#find-with", "gauche")
    page.click("#find-every")
    assert page.locator("#find-grave").is_visible()


def test_a_colleague_s_letter_is_searched_and_not_changed(desk: ServedDesk, visitor: Any, site: str) -> None:
    one = desk.drafted()
    desk.ledger.take_lock(one, "diaz")
    page = open_letter(visitor, site, one)
    word = desk.letter.draft.sections[0].text.split()[0]
    page.keyboard.press("Control+h")
    page.fill("#find-what", word)
    until(page, f"{TOLD} !== ''")
    assert page.locator("#find-one").is_disabled()
    assert page.locator("#find-every").is_disabled()
    assert page.locator("#find-next").is_enabled()
