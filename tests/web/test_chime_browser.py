"""An urgent letter arrives while the list is open, in a real Chromium: said in words, heard unless muted."""

from __future__ import annotations

from typing import Any

import pytest

from dictation.domain.documents import Priority
from tests.web.browser import until, visitor
from tests.web.hospital import ANIS, BRUN
from tests.web.served import ServedDesk, desk, site

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser

# Counts the notes that are really started; they sound all the same.
COUNTED = """window.notes = 0; window.loudest = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { window.notes += 1; return start.apply(this, at); };"""
SAID = "document.getElementById('arrived').textContent"
NOTES = "window.notes"


def open_list(visitor: Any, site: str, account: str = "roy", tab: str = "a-relire") -> Any:
    page = visitor(account)
    page.context.add_init_script(COUNTED)
    page.goto(f"{site}/listes/{tab}")
    until(page, "document.getElementById('chime').hidden === false")
    page.wait_for_timeout(1500)  # the first renewal is over: what is there is known
    return page


def test_an_urgent_letter_is_announced_and_heard_once_somebody_touched_the_page(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    desk.drafted(priority=Priority.URGENT)
    page = open_list(visitor, site, tab="toutes")
    assert page.evaluate(SAID) == ""  # it was there before
    desk.drafted(priority=Priority.URGENT, author=ANIS)
    until(page, f"{SAID} === 'Une lettre urgente est arrivée.'")
    assert page.get_by_role("status").filter(has_text="Une lettre urgente").is_visible()
    assert page.evaluate(NOTES) == 0  # nobody is known to sit there
    page.keyboard.press("ArrowDown")
    one = desk.drafted()  # not urgent
    page.locator(f"#row-{one}").wait_for()
    assert page.evaluate(NOTES) == 0
    desk.drafted(priority=Priority.URGENT)
    until(page, f"{NOTES} === 2")
    assert "ROUX" not in page.inner_text("#arrived")


def test_muted_stays_muted_for_this_person_on_every_computer_and_words_are_still_said(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    page = open_list(visitor, site)
    assert "activé" in page.inner_text("#chime")
    page.click("#chime")
    assert "coupé" in page.inner_text("#chime")
    until(page, f"{NOTES} === 0")
    page = open_list(visitor, site)  # another browser
    assert page.get_attribute("#chime", "aria-pressed") == "false"
    assert desk.ledger.preferences("roy")["chime"] is False
    page.keyboard.press("ArrowDown")
    desk.drafted(priority=Priority.URGENT)
    until(page, f"{SAID} !== ''")
    assert page.evaluate(NOTES) == 0
    page.click("#chime")
    until(page, f"{NOTES} === 2")  # one hears what it is
    other = open_list(visitor, site, "diaz")
    assert other.get_attribute("#chime", "aria-pressed") == "true"


def test_only_what_waits_for_this_person_is_announced(desk: ServedDesk, visitor: Any, site: str) -> None:
    page = open_list(visitor, site, "morel", "a-signer")
    page.keyboard.press("ArrowDown")
    desk.drafted(priority=Priority.URGENT)  # to be proofread first
    other = desk.drafted(BRUN, priority=Priority.URGENT)
    from dictation.domain.progress import State

    desk.ledger.move(other, State.DRAFTED, State.PROOFREAD, actor="roy")  # of another service
    page.wait_for_timeout(6000)
    assert page.evaluate(SAID) == ""
    own = desk.drafted(priority=Priority.URGENT)
    desk.ledger.move(own, State.DRAFTED, State.PROOFREAD, actor="roy")
    until(page, f"{SAID} !== ''")
