"""A visitor of the site in a real Chromium, and how its tests wait."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.hospital import PASSWORD, Desk

PATIENCE = 60_000  # milliseconds: the machine that runs the tests may be busy


class Visitor:
    """A browser with a profile of its own, that notes what went wrong and whatever it asked of other hosts."""

    def __init__(self, browser: Any, site: str, width: int = 1440, height: int = 900, **options: Any) -> None:
        self.site = site
        # Less motion, as a user may ask for: a page still gliding would move from under a click aimed at it.
        options = {"reduced_motion": "reduce", **options}
        self.context = browser.new_context(viewport={"width": width, "height": height}, **options)
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda r: r.url.startswith(site) or self.outside.append(r.url))

    def _heard(self, message: Any) -> None:
        # 409 is how the server asks about open points; Chromium reports it as a failed load.
        if message.type in {"error", "warning"} and "409" not in message.text:
            self.complaints.append(message.text)

    def sign_in(self, account: str) -> Any:
        self.page.goto(f"{self.site}/connexion")
        self.page.fill("#account", account)
        self.page.fill("#password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(re.compile("/listes/|/sante"))
        return self.page


@pytest.fixture
def visitor(chromium: Any, site: str) -> Iterator[Any]:
    """visitor(account) opens a browser signed in; at the end nobody may have complained nor looked outside."""
    made: list[Visitor] = []

    def visit(account: str = "", **options: Any) -> Any:
        made.append(Visitor(chromium, site, **options))
        return made[-1].sign_in(account) if account else made[-1].page

    visit.made = made  # type: ignore[attr-defined]
    yield visit
    try:
        complaints = [words for one in made for words in one.complaints]
        assert not complaints, complaints
        outside = [address for one in made for address in one.outside]
        assert not outside, outside
    finally:
        for one in made:
            one.context.close()


def until(page: Any, expression: str) -> None:
    """Wait until a JavaScript expression is true; Playwright's wait_for_function needs the eval our policy refuses."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not true_there(page, expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(20)


def true_there(page: Any, expression: str) -> bool:
    """False also while the page is going to another one, where what the expression names is not there yet."""
    from playwright.sync_api import Error

    try:
        return bool(page.evaluate(expression))
    except Error as error:
        if "null (reading" in error.message or "context was destroyed" in error.message:
            return False
        raise


def settled(page: Any, desk: Desk, dictation_id: str, words: str) -> None:
    """Wait until the page says that everything is saved, and check that the store has the words."""
    until(page, "/Enregistré à/.test(document.getElementById('saved').textContent)")
    assert words in desk.ledger.draft(dictation_id).text()


def open_letter(visitor: Any, site: str, dictation_id: str, account: str = "roy", **options: Any) -> Any:
    """The proofreading page of a letter, its sound ready."""
    page = visitor(account, **options)
    page.goto(f"{site}/dictees/{dictation_id}/relecture")
    wait_sound(page)
    return page


def forgive(visitor: Any, *expected: str) -> None:
    """Chromium reports each failed load: those this test made happen."""
    for made in visitor.made:
        made.complaints = [words for words in made.complaints if not any(word in words for word in expected)]


def now_at(page: Any) -> float:
    return float(page.evaluate("document.getElementById('sound').currentTime"))


def wait_sound(page: Any) -> None:
    until(page, "document.getElementById('sound').readyState >= 1")
