"""The proofreading page in a real Chromium: an answer used, a pedal learnt, what is left to hear, keys on paper."""

from __future__ import annotations

import io
from typing import Any

import pypdfium2
import pytest

from dictation.domain.documents import SectionKind
from tests.web.browser import settled, until, visitor, wait_sound
from tests.web.hospital import tone
from tests.web.served import ServedDesk, desk, site

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser

OLYMPUS = """(() => {
  const device = new EventTarget();
  Object.assign(device, { vendorId: 0x07b4, productId: 0x0218, opened: true });
  const hid = new EventTarget();
  hid.getDevices = async () => [device];
  Object.defineProperty(navigator, 'hid', { value: hid });
  window.report = (...bytes) => {
    const event = new Event('inputreport');
    event.data = new DataView(new Uint8Array(bytes).buffer);
    device.dispatchEvent(event);
  };
})()"""
PAUSED = "document.getElementById('sound').paused"


def test_an_answer_is_put_behind_its_passage_and_its_words_play_the_answer(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    one = desk.drafted()
    treatment, quote = SectionKind.DISCHARGE_TREATMENT, "Paracétamol 1\u00a0g"
    asked = desk.ledger.ask(one, "Combien de temps\u202f?", actor="roy", quote=quote, section=treatment)
    sound = desk.blobs.put(tone())
    desk.ledger.answer(one, asked.id, "pendant trois mois de suite", actor="morel", sound=sound)
    page = visitor("roy")
    page.goto(f"{site}/dictees/{one}/relecture")
    wait_sound(page)
    page.click(".use-answer")
    settled(page, desk, one, f"{quote} pendant trois mois de suite")
    field = page.locator("textarea[name=text]").nth(desk.section(treatment))
    at = field.input_value().index("trois")
    field.evaluate(f"field => {{ field.focus(); field.setSelectionRange({at + 1}, {at + 1}); }}")
    answer = f"document.querySelector('audio[data-question=\"{asked.id}\"]')"
    assert page.evaluate(f"{answer}.paused")
    page.keyboard.press("Shift+F4")
    until(page, f"!{answer}.paused")
    assert page.evaluate(PAUSED)  # the answer is heard, not the dictation
    page.keyboard.press("Control+z")
    assert "trois mois" not in field.input_value()


def test_an_olympus_pedal_that_speaks_hid_is_learnt_by_pressing_it(desk: ServedDesk, visitor: Any, site: str) -> None:
    one = desk.drafted()
    page = visitor("roy")
    page.add_init_script(OLYMPUS)
    page.goto(f"{site}/dictees/{one}/relecture")
    wait_sound(page)
    until(page, "document.querySelector('#pedal [role=status]').textContent === 'Pédale reliée.'")
    page.evaluate("report(0, 2, 0)")
    assert page.evaluate(PAUSED)  # nobody knows this pedal yet
    page.evaluate("report(0, 0, 0)")
    page.click("summary:has-text('Réglages')")
    page.click("[data-learn=play]")
    page.evaluate("report(0, 4, 0)")
    assert page.inner_text("[data-key=play]") == "pédale reliée"
    page.evaluate("report(0, 0, 0)")
    page.evaluate("report(0, 4, 0)")
    until(page, f"!{PAUSED}")
    page.evaluate("report(0, 0, 0)")
    until(page, PAUSED)
    assert desk.ledger.preferences("roy")["pedal"] == {"play": "hid:7b4:1:4"}


def test_what_is_left_to_hear_goes_down_and_the_keys_are_printed_alone(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    one = desk.drafted()
    page = visitor("roy")
    page.goto(f"{site}/dictees/{one}/relecture")
    wait_sound(page)
    points = len(desk.points)
    assert page.inner_text("#left").startswith(f"{points}\u00a0points · ")
    page.keyboard.press("Alt+Enter")
    until(page, f"document.getElementById('left').textContent.startsWith('{points - 1}\\u00a0points')")
    page.keyboard.press("Control+Shift+Enter")
    assert page.evaluate("document.activeElement.id") == "reason"
    page.keyboard.press("F1")
    page.locator("#keys[open]").wait_for()
    with pypdfium2.PdfDocument(io.BytesIO(page.pdf())) as document:
        printed = "".join(sheet.get_textpage().get_text_range() for sheet in document)
        assert len(document) == 1
    assert "réécouter lentement" in printed
    assert "Paracétamol" not in printed
    assert "Imprimer" not in printed
