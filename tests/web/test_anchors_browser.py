"""Words of the text and the sound behind them, through every kind of edit, in a real Chromium."""

from __future__ import annotations

import pytest

from tests.web.browser import now_at, settled, until, visitor, wait_sound
from tests.web.hospital import DRAFT

__all__ = ["visitor"]
pytestmark = pytest.mark.browser


def place(word: str, section: int = 2) -> str:
    """JavaScript: put the caret inside a word of a section."""
    return f"""(() => {{ const f = document.querySelectorAll('textarea[name=text]')[{section}];
        f.focus(); const at = f.value.indexOf({word!r}) + 1; f.setSelectionRange(at, at); }})()"""


def sounds_at(word: str) -> float:
    """Where a word of DRAFT was said."""
    words = " ".join(section.text for section in DRAFT.sections).split()
    return words.index(word) * 24.0 / len(words)


def test_kept_words_sound_where_they_were_said_after_every_kind_of_edit(desk, visitor, site):
    one = desk.spoken()
    page = visitor("roy")
    page.goto(f"{site}/dictees/{one}/relecture")
    wait_sound(page)
    assert page.evaluate("document.getElementById('waves').width") > 100  # the picture of the sound was drawn
    field = page.locator("textarea[name=text]").nth(2)

    def hear(word: str) -> None:
        page.evaluate(place(word))
        page.keyboard.press("Alt+Enter")
        until(page, "!document.getElementById('sound').seeking")
        page.evaluate("document.getElementById('sound').pause()")
        assert now_at(page) == pytest.approx(max(0, sounds_at(word) - 0.6), abs=0.3), word

    # typed, between saves: the page shifts its anchors itself
    page.evaluate(place("Hypertension"))
    page.keyboard.press("Home")
    page.keyboard.type("Très bon état. ")
    hear("amlodipine")
    # deleted, pasted and moved, after a save: the server finds them again
    moved = "Cure de hernie inguinale droite en 2012. Hypertension traitée par amlodipine 5 mg, bien tolérée, le matin."
    field.fill(moved)
    settled(page, desk, one, "bien tolérée")
    for word in ("hernie", "inguinale", "amlodipine", "matin."):
        hear(word)
    # heard while it plays: the word is lit, and nothing is written into the text
    page.evaluate("document.getElementById('sound').currentTime = 0")
    page.keyboard.press("F4")
    until(page, "document.querySelector('.m-lit') !== null")
    page.keyboard.press("F4")
    assert field.input_value() == moved
    # undo is the browser's own
    page.evaluate(place("matin", 2))
    page.keyboard.press("End")
    page.keyboard.type("!")
    page.keyboard.press("Control+z")
    assert field.input_value() == moved
