"""The whole way through the desk in a real Chromium: listen, correct, tick, hand over, see the PDF, sign."""

from __future__ import annotations

import pytest

from dictation import proofread
from dictation.domain.progress import State
from tests.web.browser import now_at, settled, until, visitor, wait_sound
from tests.web.hospital import DRAFT, PASSWORD

__all__ = ["visitor"]

pytestmark = pytest.mark.browser


def test_from_the_list_to_the_signature(desk, visitor, site, real_letter):
    one = desk.drafted()
    page = visitor("roy")
    page.click(f"#row-{one}")
    page.wait_for_url(f"**/dictees/{one}/relecture")

    # listen
    wait_sound(page)
    page.keyboard.press("F4")
    until(page, "document.getElementById('sound').currentTime > 0.3")
    page.keyboard.press("F4")
    until(page, "document.getElementById('sound').paused")

    # correct a section: saved by itself
    field = page.locator("textarea[name=text]").nth(4)
    field.fill("Tamsulosine 0,4 mg une fois par jour au coucher.")
    settled(page, desk, one, "au coucher")

    # answer the points, one by mouse and two by keyboard
    page.locator('.point[data-key="number:psa"] .verdict[data-verdict="corrected"]').click()
    page.locator('.point.done[data-key="number:psa"]').wait_for()
    page.keyboard.press("Alt+ArrowDown")
    page.locator('.point.here[data-key="dose:plan"]').wait_for()
    page.keyboard.press("Alt+Enter")
    page.locator('.point.here[data-key="side:history"]').wait_for()
    page.keyboard.press("Alt+Enter")
    until(page, "document.getElementById('waiting').textContent === '3/3'")
    assert desk.ledger.ticks(one) == {"number:psa": "corrected", "dose:plan": "heard", "side:history": "heard"}

    page.click("#hand-over")
    page.wait_for_url("**/listes/a-relire")
    assert "Lettre transmise à la signature." in page.inner_text("[role=status]")
    assert desk.state(one) is State.PROOFREAD

    # the surgeon
    surgeon = visitor("morel")
    surgeon.click(f"#row-{one}")
    surgeon.wait_for_url(f"**/dictees/{one}/signature")
    until(surgeon, "document.querySelector('.sheet img').naturalWidth > 500")
    shown = surgeon.input_value("input[name=pdf_sha256]")
    surgeon.fill("#password", PASSWORD)
    surgeon.click("text=Signer la lettre")
    surgeon.wait_for_url("**/listes/a-signer")

    letter = desk.ledger.get(one)
    assert letter.state is State.APPROVED
    assert letter.approval.pdf_sha256 == shown
    assert letter.approval.text_sha256 == proofread.text_digest(desk.ledger.draft(one))
    from dictation.letter import text_of

    assert "au coucher" in " ".join(" ".join(text_of(desk.blobs.get(shown))).split())


def test_seeking_lands_where_it_was_asked(desk, visitor, site):
    one = desk.drafted()
    page = visitor("roy")
    page.goto(f"{site}/dictees/{one}/relecture")
    wait_sound(page)
    page.evaluate("document.getElementById('sound').currentTime = 20")
    until(page, "!document.getElementById('sound').seeking")
    assert now_at(page) == pytest.approx(20, abs=0.1)
    page.focus("textarea[name=text]")
    page.keyboard.press("F7")
    assert now_at(page) == pytest.approx(17, abs=0.1)
    page.keyboard.press("F8")
    assert now_at(page) == pytest.approx(20, abs=0.1)
    page.keyboard.press("F3")
    assert page.evaluate("document.getElementById('sound').playbackRate") == 1.25
    assert page.input_value("textarea[name=text]") == DRAFT.sections[0].text  # no key wrote anything


def test_pause_steps_back_a_second_and_a_half(desk, visitor, site):
    one = desk.drafted()
    page = visitor("roy")
    page.goto(f"{site}/dictees/{one}/relecture")
    wait_sound(page)
    page.evaluate("document.getElementById('sound').currentTime = 10")
    page.keyboard.press("F4")
    until(page, "document.getElementById('sound').currentTime > 10.2")
    pause = """(() => {
        const sound = document.getElementById('sound'), was = sound.currentTime;
        document.getElementById('play').click();
        return was - sound.currentTime;
    })()"""
    assert page.evaluate(pause) == pytest.approx(1.5, abs=0.1)
    assert page.evaluate("document.getElementById('sound').paused")


def test_listening_to_a_point_plays_its_passage_and_shows_its_words(desk, visitor, site):
    one = desk.drafted()
    page = visitor("roy")
    page.goto(f"{site}/dictees/{one}/relecture")
    wait_sound(page)
    page.locator('.point[data-key="side:history"] .listen').click()
    until(page, "document.getElementById('sound').currentTime > 7")
    until(page, "document.getElementById('sound').paused")
    assert 9.0 <= now_at(page) <= 10.5
    selected = "(() => { const f = document.activeElement; return f.value.slice(f.selectionStart, f.selectionEnd); })()"
    assert page.evaluate(selected) == "hernie inguinale droite"


def test_typing_is_saved_and_undo_still_works(desk, visitor, site):
    one = desk.drafted()
    page = visitor("roy")
    page.goto(f"{site}/dictees/{one}/relecture")
    field = page.locator("textarea[name=text]").nth(1)
    field.click()
    page.keyboard.press("End")
    page.keyboard.type(" Pas de fièvre.")
    settled(page, desk, one, "Pas de fièvre.")
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert "Pas de fièvre." not in field.input_value()


def test_the_text_survives_an_idle_lock(desk, visitor, site):
    one = desk.drafted()
    page = visitor("roy")
    page.goto(f"{site}/dictees/{one}/relecture")
    desk.clock.forward(3600)
    field = page.locator("textarea[name=text]").nth(1)
    field.fill("Douleur lombaire.")
    page.locator("#lock[open]").wait_for()
    page.fill("#lock-password", PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#lock:not([open])").wait_for(state="attached")
    settled(page, desk, one, "Douleur lombaire.")
    assert field.input_value() == "Douleur lombaire."
    made = visitor.made[-1]  # Chromium reports each 401 that brought the lock: one, or two on a busy machine
    made.complaints = [words for words in made.complaints if "401" not in words]


def test_two_secretaries_see_both_texts(desk, visitor, site):
    one = desk.drafted()
    first, second = visitor("roy"), visitor("roy")
    for page in (first, second):
        page.goto(f"{site}/dictees/{one}/relecture")
    first.locator("textarea[name=text]").nth(4).fill("Repos.")
    settled(first, desk, one, "Repos.")
    second.locator("textarea[name=text]").nth(4).fill("Sport.")
    second.locator("#conflict[open]").wait_for()
    second.click("text=Comparer les deux textes")
    second.locator(".pair.differs").wait_for()
    assert second.locator(".pair.differs").count() == 1
    assert "Repos." in second.inner_text(".pair.differs .letter-text")
    second.click("text=Enregistrer le texte de gauche")
    second.wait_for_url("**/relecture")
    assert "Sport." in desk.ledger.draft(one).text()


def test_without_scripts_the_desk_still_works(desk, visitor, site):
    one = desk.drafted()
    page = visitor("roy", java_script_enabled=False)
    page.goto(f"{site}/dictees/{one}/relecture")
    page.locator("textarea[name=text]").nth(4).fill("Repos.")
    page.locator('.point[data-key="dose:plan"] .verdict[data-verdict="heard"]').click()
    assert desk.ledger.ticks(one) == {"dose:plan": "heard"}
    assert "Repos." in desk.ledger.draft(one).text()
    page.click("#hand-over")
    page.locator(".ask").wait_for()
    assert page.inner_text("#ask-title") == "2\u00a0points ne sont pas vérifiés, dont 1 à risque élevé"
    page.click("text=Transmettre quand même")
    page.wait_for_url("**/listes/a-relire")
    assert desk.state(one) is State.PROOFREAD


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (900, 1000), (720, 450), (390, 844)])
def test_no_page_scrolls_sideways(desk, visitor, site, width, height):
    """720 wide is 1440 at 200 % zoom (WCAG 1.4.4)."""
    one, two, doubtful = desk.drafted(), desk.proofread(), desk.uncertain()[0]
    visits = {
        "roy": ["/listes/toutes", f"/dictees/{one}/relecture", "/envois", f"/dictees/{doubtful}"],
        "morel": [f"/dictees/{two}/signature"],
        "admin": ["/sante"],
    }
    for account, routes in visits.items():
        page = visitor(account, width=width, height=height)
        for route in routes:
            page.goto(site + route)
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, (account, route)


def test_a_letter_is_handed_over_by_keyboard_alone(desk, visitor, site):
    one = desk.drafted()
    page = visitor("roy")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dictees/{one}/relecture")
    wait_sound(page)
    for _ in DRAFT.doubts:
        page.keyboard.press("Alt+ArrowDown")
        done = page.locator(".point.done").count()
        page.keyboard.press("Alt+Enter")
        until(page, f"document.querySelectorAll('.point.done').length > {done}")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/listes/a-relire")
    assert desk.state(one) is State.PROOFREAD
