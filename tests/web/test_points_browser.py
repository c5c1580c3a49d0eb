"""Points that come and go with a correction, and sound found far into a recording, in a real Chromium."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dictation.domain import codec
from dictation.domain.documents import Draft, Report
from dictation.draft import recheck
from dictation.structure import reread
from dictation.web.parts import install, parts
from tests.web.browser import now_at, settled, until, visitor, wait_sound
from tests.web.hospital import tone
from transcribe.transcript import Transcript

__all__ = ["visitor"]
pytestmark = pytest.mark.browser


def test_a_point_that_a_correction_brings_is_shown_at_once_and_goes_with_it(desk: Any, visitor: Any, site: str) -> None:
    def found_anew(dictation_id: str, edited: Draft) -> Draft:
        dictation = desk.ledger.get(dictation_id)
        transcript = Transcript.from_json(desk.blobs.get(dictation.transcript_sha256).decode())
        report = codec.loads(Report, desk.blobs.get(dictation.report_sha256))
        report = reread(edited.sections, report, dictation.sidecar)
        return recheck(desk.ledger.draft(dictation_id, 1), edited, report, dictation.sidecar, transcript)

    install(replace(parts(), recheck=found_anew))
    one = desk.spoken()
    page = visitor("roy")
    page.goto(f"{site}/dictees/{one}/relecture")
    wait_sound(page)
    new = '.point[data-key^="dose.range"]'
    assert page.locator(new).count() == 0
    field = page.locator("textarea[name=text]").nth(2)
    before = field.input_value()
    field.fill(before.replace("amlodipine 5 mg", "amlodipine 50 mg"))
    settled(page, desk, one, "50 mg")
    page.locator(new).wait_for()
    assert "50 mg" in page.locator(new).inner_text()
    total = page.locator("#waiting").get_attribute("data-total")
    assert page.inner_text("#waiting") == f"0/{total}"
    page.locator(new).get_by_text("Corrigé").click()  # it can be answered like the others
    until(page, f"document.querySelector('{new}').dataset.verdict === 'corrected'")
    assert page.inner_text("#waiting") == f"1/{total}"
    field.fill(before)
    page.locator(new).wait_for(state="detached")


def test_a_place_far_into_the_recording_is_where_the_sound_goes_on(desk: Any, visitor: Any, site: str) -> None:
    long = tone(200)
    install(replace(parts(), playable_wav=lambda dictation: long))
    one = desk.spoken()
    page = visitor("roy")
    parts_asked: list[int] = []
    page.on("response", lambda answer: answer.url.endswith("/son") and parts_asked.append(answer.status))
    page.goto(f"{site}/dictees/{one}/relecture")
    wait_sound(page)
    page.evaluate("document.getElementById('sound').currentTime = 150")
    until(page, "!document.getElementById('sound').seeking")
    assert now_at(page) == pytest.approx(150, abs=0.3)
    page.keyboard.press("F4")
    until(page, "document.getElementById('sound').currentTime > 150.2")
    page.keyboard.press("F4")
    assert 206 in parts_asked
