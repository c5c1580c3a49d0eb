"""An author answers a question by voice on the signing page, in a real Chromium; the shipped checkpoint hears them."""

from __future__ import annotations

from typing import Any

import pytest

from dictation.domain.progress import State
from tests.web.browser import until, visitor
from tests.web.served import CASES, ServedDesk, desk, site

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser


def test_what_is_said_stands_in_the_field_and_is_sent_by_the_author(desk: ServedDesk, visitor: Any, site: str) -> None:
    one = desk.drafted()
    desk.ledger.move(one, State.DRAFTED, State.PROOFREAD, actor="roy")
    desk.ledger.ask(one, "Quel côté\u202f?", actor="roy")
    page = visitor("morel", permissions=["microphone"])
    page.goto(f"{site}/dictees/{one}/signature")
    page.click(".speak")
    page.get_by_text("Arrêter").wait_for()
    page.wait_for_timeout(4000)  # the microphone hears a sample dictation from its beginning
    page.click(".speak")
    until(page, "document.querySelector('[name=answer]').value !== ''")
    heard = page.input_value("[name=answer]")
    said = next(CASES.glob("03-*/spoken.txt")).read_text(encoding="utf-8").casefold().split()[:15]
    assert sum(word in heard.casefold() for word in said) >= 3, heard
    page.get_by_role("button", name="Répondre", exact=True).click()
    page.get_by_text("(dicté)").wait_for()
    [question] = desk.ledger.questions(one)
    assert question.answer == heard
    assert len(desk.blobs.get(question.answer_sound)) > 3 * 32_000  # three seconds of it at least
