"""The worklist in a real Chromium: many tabs of it, many rows in it, and every key of it still at work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.web.browser import until, visitor, wait_sound
from tests.web.served import ServedDesk, desk, site

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser

ROWS = "document.querySelectorAll('.worklist tbody tr').length"
FOCUSED = "document.activeElement.id"
SEEN = """(() => { const { top, bottom } = document.activeElement.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight; })()"""


def others(one: str, count: int) -> list[str]:
    """So many more letters like this one, each of a minute earlier; the longest waiting first."""
    from dictation.store.tables import DictationRow

    row = DictationRow.objects.get(pk=one)
    at, numbers = row.received_at, range(count, 0, -1)
    made = []
    for n in numbers:
        row.pk, row.sha256, row.received_at = f"{n:012x}", f"{n:064x}", at - timedelta(minutes=n)
        row.state_since = row.received_at
        made.append(DictationRow(**{field.attname: getattr(row, field.attname) for field in row._meta.fields}))
    DictationRow.objects.bulk_create(made)
    return [row.pk for row in made]


def test_three_hundred_rows_are_one_page_walked_by_keyboard(desk: ServedDesk, visitor: Any, site: str) -> None:
    """How soon they are painted: benchmarks/rows.py."""
    last = desk.drafted()
    [first, *_] = others(last, 299)
    page = visitor("roy")
    assert page.evaluate(ROWS) == 50
    page.click("text=300\u00a0lignes par page")
    page.wait_for_url("**/listes/a-relire?lignes=300")
    until(page, f"{ROWS} === 300")
    assert page.locator(".pager").count() == 0
    assert page.inner_text("#tab-a-relire .count") == "300"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(FOCUSED) == f"row-{first}"
    for _ in range(299):
        page.keyboard.press("ArrowDown")
    assert page.evaluate(FOCUSED) == f"row-{last}"
    until(page, SEEN)
    # a colleague takes that one, another letter arrives: the list renews itself, and stays where it was
    page.evaluate("window.same = document.getElementById('list')")
    desk.ledger.take_lock(last, "diaz")
    desk.drafted()
    until(page, "/relit depuis/.test(document.getElementById('list').textContent)")
    assert page.evaluate("window.same === document.getElementById('list')")
    assert page.evaluate(ROWS) == 300
    assert page.evaluate(FOCUSED) == f"row-{last}"
    assert page.evaluate(SEEN)
    page.keyboard.press("/")
    assert page.evaluate(FOCUSED) == "q"
    page.keyboard.press("Tab")
    page.locator(f"#row-{last}").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dictees/{last}/relecture")


def test_eight_tabs_are_open_and_the_eighth_still_loads_whatever_they_show(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    """A browser opens six connections to a host: streams that stay open would use them up."""
    one = desk.drafted()
    first = visitor("roy")
    until(first, "/En direct/.test(document.getElementById('live').textContent)")
    tabs = [first]
    for _ in range(7):
        tab = first.context.new_page()
        tab.goto(f"{site}/listes/a-relire")
        tab.locator(f"#row-{one}").wait_for()
        until(tab, "document.getElementById('live').textContent.trim() !== ''")
        tabs.append(tab)
    for tab in tabs[1:]:  # and as many letters with their sound
        tab.goto(f"{site}/dictees/{one}/relecture")
        wait_sound(tab)
    two = desk.drafted()  # the first tab still hears of what happens
    first.locator(f"#row-{two}").wait_for()
    first.keyboard.press("ArrowDown")
    assert first.evaluate(FOCUSED) == f"row-{one}"
