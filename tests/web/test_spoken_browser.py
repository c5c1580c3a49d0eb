"""An author answers a question by voice on the signing page, in a real Chromium."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dictation.web.parts import install, parts
from tests.web.browser import until, visitor

__all__ = ["visitor"]
pytestmark = pytest.mark.browser


def test_what_is_said_stands_in_the_field_and_is_sent_by_the_author(desk: Any, visitor: Any, site: str) -> None:
    heard: list[int] = []
    install(replace(parts(), hear=lambda sound: heard.append(len(sound)) or "Le côté droit."))
    one = desk.proofread()
    desk.ledger.ask(one, "Quel côté\u202f?", actor="roy")
    page = visitor("morel", permissions=["microphone"])
    page.goto(f"{site}/dictees/{one}/signature")
    page.click(".speak")
    page.get_by_text("Arrêter").wait_for()
    page.wait_for_timeout(1500)
    page.click(".speak")
    until(page, "document.querySelector('[name=answer]').value !== ''")
    assert page.input_value("[name=answer]") == "Le côté droit."
    assert heard[0] > 16_000  # half a second or more of the microphone
    page.get_by_role("button", name="Répondre", exact=True).click()
    page.get_by_text("(dicté)").wait_for()
    [question] = desk.ledger.questions(one)
    assert question.answer == "Le côté droit."
    assert desk.blobs.has(question.answer_sound)
