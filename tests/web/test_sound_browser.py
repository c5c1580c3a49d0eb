"""The sound behind the text, in a real Chromium on a real letter: keys, pedals, words, points, far places."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.browser import now_at, open_letter, settled, until, visitor, wait_sound
from tests.web.served import CASES, ServedDesk, desk, site, wait_for
from transcribe.audio import decode, encode_wav

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser

LEAD = 0.6  # seconds heard before a word or a passage begins
FAR = 150.0  # seconds

# Notes where the sound is sent, where it was when it paused, and how often it began.
WATCH = """(() => {
  const sound = document.getElementById('sound');
  Object.assign(window, { sought: [], pausedAt: null, begun: 0 });
  sound.addEventListener('seeking', () => window.sought.push(sound.currentTime));
  sound.addEventListener('play', () => { window.begun += 1; });
  const pause = sound.pause.bind(sound);
  sound.pause = () => { window.pausedAt = sound.currentTime; pause(); };
})()"""
PAUSED = "document.getElementById('sound').paused"
VALUES = "[...document.querySelectorAll('textarea[name=text]')].map((field) => field.value)"


def far_recording() -> tuple[bytes, float]:
    """Two sample dictations one after the other: three minutes."""
    import numpy as np

    both = np.concatenate([decode(next(CASES.glob(f"{case}-*/audio.*"))).samples for case in ("05", "03")])
    return encode_wav(both), len(both) / 16_000


def lands(page: Any, seconds: float) -> bool:
    page.evaluate(f"document.getElementById('sound').currentTime = {seconds}")
    until(page, "!document.getElementById('sound').seeking")
    return abs(now_at(page) - seconds) < 0.3


def test_a_place_far_into_the_recording_is_reached_and_only_because_parts_are_served(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    sound, seconds = far_recording()
    one = desk.drafted(sound=sound, seconds=seconds)
    page = visitor("roy")
    asked: list[int] = []
    page.on("response", lambda answer: answer.url.endswith("/son") and asked.append(answer.status))
    page.goto(f"{site}/dictees/{one}/relecture")
    wait_sound(page)
    assert lands(page, FAR)
    assert 206 in asked
    page.keyboard.press("F4")
    until(page, f"document.getElementById('sound').currentTime > {FAR + 0.2}")
    page.keyboard.press("F4")
    # the same page, were its server to send recordings whole
    whole = page.context.request.get(f"{site}/dictees/{one}/son").body()
    page.route("**/son", lambda route: route.fulfill(status=200, content_type="audio/wav", body=whole))
    page.reload()
    wait_sound(page)
    assert not lands(page, FAR)


def test_keys_move_the_sound_from_inside_the_text_and_write_nothing(desk: ServedDesk, visitor: Any, site: str) -> None:
    page = open_letter(visitor, site, desk.drafted())
    before = page.evaluate(VALUES)
    page.evaluate(WATCH)
    for wanted in (f"!{PAUSED}", PAUSED):  # the button is a key like the others
        page.click("#play")
        until(page, wanted)
    page.locator("textarea[name=text]").nth(1).click()
    assert lands(page, 20)
    page.keyboard.press("F7")
    assert now_at(page) == pytest.approx(17, abs=0.1)
    page.keyboard.press("F8")
    assert now_at(page) == pytest.approx(20, abs=0.1)
    sound = "document.getElementById('sound')"
    for key, rate in (("F3", 1.25), ("F3", 1.5), ("F2", 1.25), ("F2", 1.0), ("F2", 0.75), ("F3", 1.0)):
        page.keyboard.press(key)
        assert page.evaluate(f"[{sound}.playbackRate, {sound}.preservesPitch]") == [rate, True]
    page.keyboard.press("F4")
    until(page, f"{sound}.currentTime > 20.2")
    page.keyboard.press("F4")
    until(page, f"{PAUSED} && !{sound}.seeking")
    assert page.evaluate("window.pausedAt") - now_at(page) == pytest.approx(1.5, abs=0.1)
    for key in ("Control+Space", "Control+Space", "Shift+F7", "Shift+F4", "Control+ArrowDown", "Alt+ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.press("F1")
    assert "réécouter lentement" in page.inner_text("#keys[open]")
    page.keyboard.press("F1")
    assert page.evaluate(VALUES) == before
    assert page.evaluate(f"{sound}.pause(), document.activeElement.tagName") == "TEXTAREA"


PEDAL = """(() => {
  const device = new EventTarget();
  Object.assign(device, { vendorId: 0x0911, productId: 0x091a, opened: true });
  const hid = new EventTarget();
  hid.getDevices = async () => [device];
  Object.defineProperty(navigator, 'hid', { value: hid });
  window.press = (byte) => {
    const event = new Event('inputreport');
    event.data = new DataView(new Uint8Array([byte, 0]).buffer);
    device.dispatchEvent(event);
  };
  window.unplug = () => { const event = new Event('disconnect'); event.device = device; hid.dispatchEvent(event); };
})()"""


def test_pedals_play_while_pressed_whether_they_speak_hid_or_send_keys(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    one = desk.drafted()
    page = visitor("roy")
    page.add_init_script(PEDAL)
    page.goto(f"{site}/dictees/{one}/relecture")
    wait_sound(page)
    page.evaluate(WATCH)
    until(page, "document.querySelector('#pedal [role=status]').textContent === 'Pédale reliée.'")
    page.evaluate("document.getElementById('sound').currentTime = 5")
    page.evaluate("press(2)")
    until(page, "document.getElementById('sound').currentTime > 5.3")
    page.evaluate("for (let i = 0; i < 20; i += 1) press(2)")  # held: the device says so again and again
    until(page, "document.getElementById('sound').currentTime > 5.6")
    assert page.evaluate("window.begun") == 1
    page.evaluate("press(0)")
    until(page, f"{PAUSED} && !document.getElementById('sound').seeking")
    assert page.evaluate("window.pausedAt") - now_at(page) == pytest.approx(1.5, abs=0.1)
    page.evaluate("press(1)")
    page.evaluate("press(0)")
    assert now_at(page) == pytest.approx(page.evaluate("window.pausedAt") - 4.5, abs=0.1)
    page.evaluate("press(2)")
    until(page, f"!{PAUSED}")
    page.evaluate("unplug()")
    until(page, PAUSED)
    assert "débranchée" in page.text_content("#pedal [role=status]")
    # learnt by pressing
    page.click("summary:has-text('Réglages')")
    page.click("[data-learn=play]")
    page.keyboard.press("a")  # a key that writes is never taken
    page.keyboard.press("F10")
    assert page.inner_text("[data-key=play]") == "F10"
    page.focus("textarea[name=text]")
    page.keyboard.down("F10")
    until(page, f"!{PAUSED}")
    page.keyboard.up("F10")
    until(page, PAUSED)
    wait_for(lambda: desk.ledger.preferences("roy").get("pedal") == {"play": "F10"})


def test_each_point_is_visited_with_its_sound_and_its_words_selected(desk: ServedDesk, visitor: Any, site: str) -> None:
    one = desk.drafted()
    page = open_letter(visitor, site, one)
    page.evaluate(WATCH)
    assert page.locator(".point.here").get_attribute("data-key") == desk.points[0]  # chosen as the page opens
    seen = []
    for _ in desk.points:
        page.evaluate("window.sought.length = 0")
        page.keyboard.press("Alt+ArrowDown")
        here = page.locator(".point.here")
        seen.append(here.get_attribute("data-key"))
        start = here.get_attribute("data-start")
        if start is not None:
            until(page, f"window.sought.length > 0 && !{PAUSED}")
            assert page.evaluate("window.sought[0]") == pytest.approx(max(0, float(start) - LEAD), abs=0.1)
            page.evaluate("document.getElementById('sound').pause()")
        quote = here.get_attribute("data-quote")
        selected = "document.activeElement.value?.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)"  # noqa: E501
        assert not quote or page.evaluate(selected) == quote
    assert seen == [*desk.points[1:], desk.points[0]]  # round the list, each once
    page.keyboard.press("Alt+Enter")
    until(page, "document.querySelectorAll('.point.done').length === 1")
    assert desk.ledger.ticks(one) == {desk.points[0]: "heard"}
    assert page.locator(".point.here").get_attribute("data-key") == desk.points[1]  # and on to the next
    # listened to by its button, it stops where the passage ends
    passages = [doubt for doubt in desk.letter.draft.doubts if doubt.span]
    short = min(passages, key=lambda doubt: doubt.span.end - doubt.span.start)
    page.evaluate("document.getElementById('sound').pause()")
    page.locator(f'.point[data-key="{short.key}"] .listen').first.click()
    until(page, f"document.getElementById('sound').currentTime > {short.span.start}")
    until(page, PAUSED)
    assert short.span.end <= now_at(page) <= short.span.end + 1.5


def test_a_point_that_a_correction_brings_is_shown_at_once_and_goes_with_it(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    one = desk.drafted()
    page = open_letter(visitor, site, one)
    new = '.point[data-key^="dose.range"]'
    assert page.locator(new).count() == 0
    field = page.locator("textarea[name=text]").nth(desk.section("discharge_treatment"))
    before = field.input_value()
    field.fill(before.replace("Paracétamol 1\u00a0g", "Paracétamol 10\u00a0g"))
    settled(page, desk, one, "10\u00a0g")
    page.locator(new).wait_for()
    assert "10\u00a0g" in page.locator(new).inner_text()
    total = page.locator("#waiting").get_attribute("data-total")
    assert page.inner_text("#waiting") == f"0/{total}"
    page.locator(new).get_by_text("Corrigé").click()  # it can be answered like the others
    until(page, f"document.querySelector('{new}').dataset.verdict === 'corrected'")
    assert page.inner_text("#waiting") == f"1/{total}"
    assert "corrected" in desk.ledger.ticks(one).values()
    field.fill(before)
    page.locator(new).wait_for(state="detached")
