"""The desk under a secretary's hands, in a real Chromium: nothing typed is lost, and the keyboard is enough."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from dictation.domain.desk import Level, TextBlock
from dictation.domain.progress import State
from tests.web.browser import forgive, open_letter, settled, until, visitor, wait_sound
from tests.web.hospital import PASSWORD
from tests.web.served import ServedDesk, Server, desk, site

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser

CARET = "(() => { const f = document.activeElement; return [f.id, f.selectionStart, f.selectionEnd]; })()"
DONE = "document.querySelectorAll('.point.done').length"
LAST = "textarea[name=text] >> nth=-1"


def test_marks_lie_exactly_under_the_words_at_every_width_and_zoom(desk: ServedDesk, visitor: Any, site: str) -> None:
    one = desk.drafted()
    page = open_letter(visitor, site, one)
    long = "Été à Fécamp, l’œdème régresse. Anticonstitutionnellement" + "x" * 90 + "\n\n• 2,4 ng/ml  \n"
    page.locator("textarea[name=text]").nth(1).fill(long)
    page.locator("textarea[name=text]").nth(2).fill("Un mot\u00a0: 5\u00a0mg\u202f!\n" * 7)
    screen = page.context.new_cdp_session(page)
    both = """[...document.querySelectorAll('.editor')].map((e) =>
        [e.querySelector('.mirror').scrollHeight, e.querySelector('textarea').scrollHeight])"""
    for width in (1440, 1100, 900, 600, 390):
        for zoom in (1, 1.5, 2):  # what zooming does to a page: fewer CSS pixels, each of more dots
            size = {"width": round(width / zoom), "height": 900, "deviceScaleFactor": zoom, "mobile": False}
            screen.send("Emulation.setDeviceMetricsOverride", size)
            heights = page.evaluate(both)
            assert len(heights) == len(desk.letter.draft.sections)
            for mirror, text in heights:
                assert abs(mirror - text) <= 1, (width, zoom)
    assert page.evaluate("devicePixelRatio") == 2
    assert page.locator(".m-point").count() >= 2
    settled(page, desk, one, "Fécamp")


def test_an_abbreviation_becomes_its_text_and_undo_takes_it_back(desk: ServedDesk, visitor: Any, site: str) -> None:
    desk.ledger.save_block(TextBlock(0, Level.ACCOUNT, "roy", "Examen normal", "Abdomen souple.", "exn"), actor="roy")
    one = desk.drafted()
    page = open_letter(visitor, site, one)
    field = page.locator("textarea[name=text]").nth(1)
    field.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" exn ")
    assert field.input_value().endswith("Abdomen souple. ")
    page.keyboard.press("Control+z")
    assert field.input_value().endswith(" exn ")
    page.select_option("#blocks", label="Examen normal (exn)")
    settled(page, desk, one, "Abdomen souple.")
    page.keyboard.type(" Pas de fièvre.")
    settled(page, desk, one, "Pas de fièvre.")  # saved, and undo is still the browser's own
    page.keyboard.press("Control+z")
    assert "Pas de fièvre." not in field.input_value()


def test_what_is_typed_is_stored_whether_typing_goes_on_or_stops(desk: ServedDesk, visitor: Any, site: str) -> None:
    one = desk.drafted()
    page = open_letter(visitor, site, one)
    page.locator(LAST).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Repos trois jours")
    for _ in range(600):  # never a pause long enough to be called one
        page.keyboard.type(" oui", delay=20)
        if "Repos trois jours" in desk.ledger.draft(one).text():
            break
    else:
        pytest.fail("not saved while typing went on")
    page.keyboard.type(" Sport dans deux mois")
    settled(page, desk, one, "Sport dans deux mois")


def test_a_cut_network_and_a_killed_server_lose_nothing(
    desk: ServedDesk, server: Server, visitor: Any, site: str
) -> None:
    one = desk.drafted()
    page = open_letter(visitor, site, one)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    before = len(desk.ledger.revisions(one))
    page.context.set_offline(True)
    page.locator(LAST).fill("Repos strict.")
    page.locator("#saved.failed").wait_for()
    failed = """(() => { const s = getComputedStyle(document.getElementById('saved'));
        return s.backgroundColor + s.color; })()"""
    red = page.evaluate(failed)
    assert "Non enregistré" in page.inner_text("#saved")
    for word in (" Pas", " de", " sport."):  # each waits for more than one save that fails
        page.locator(LAST).press_sequentially(word)
        page.wait_for_timeout(1100)
    assert "Repos strict." not in desk.ledger.draft(one).text()
    page.context.set_offline(False)
    settled(page, desk, one, "Repos strict. Pas de sport.")
    assert len(desk.ledger.revisions(one)) == before + 1  # one save tried again, not each of them
    assert page.evaluate(failed) != red

    page.locator(LAST).press_sequentially(" Contrôle à")
    server.stop(signal.SIGKILL)
    try:
        page.locator(LAST).press_sequentially(" un mois.")
        page.locator("#saved.failed").wait_for()
        page.close(run_before_unload=True)  # the browser asks first, and stays
        until(page, "document.getElementById('saved').classList.contains('failed')")
        assert asked == ["beforeunload"]
    finally:
        server.start()
    settled(page, desk, one, "Repos strict. Pas de sport. Contrôle à un mois.")
    page.reload()
    assert asked == ["beforeunload"]  # nothing to lose: nothing is asked
    assert page.locator(LAST).input_value() == "Repos strict. Pas de sport. Contrôle à un mois."
    forgive(
        visitor, "ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE"
    )


def test_two_secretaries_on_one_letter_lose_nothing(desk: ServedDesk, visitor: Any, site: str) -> None:
    one = desk.drafted()
    roy = open_letter(visitor, site, one)
    roy.locator(LAST).fill("Repos au lit.")
    settled(roy, desk, one, "Repos au lit.")
    diaz = open_letter(visitor, site, one, "diaz")
    count = len(desk.letter.draft.sections)
    assert diaz.locator("textarea[readonly]").count() == count
    assert "Hélène Roy relit cette lettre depuis" in diaz.inner_text("#held")
    diaz.click("text=Prendre la main")
    diaz.locator("#held[hidden]").wait_for(state="attached")
    assert diaz.locator("textarea[readonly]").count() == 0
    assert diaz.locator(LAST).input_value() == "Repos au lit."
    diaz.locator(LAST).fill("Sport permis.")
    settled(diaz, desk, one, "Sport permis.")
    # the first page does not know yet
    answers: list[int] = []
    roy.on("response", lambda answer: answer.url.endswith("/texte") and answers.append(answer.status))
    roy.locator(LAST).fill("Repos strict.")
    roy.locator("#conflict[open]").wait_for()
    assert 409 in answers
    assert "Sport permis." in desk.ledger.draft(one).text()  # nothing was overwritten
    roy.click("text=Comparer les deux textes")
    pair = roy.locator(".pair.differs")
    pair.wait_for()
    assert pair.count() == 1  # a section of several lines is the same on both sides
    assert "Sport permis." in pair.locator(".letter-text").inner_text()
    assert pair.locator("textarea").input_value() == "Repos strict."
    roy.click("text=Enregistrer le texte de gauche")
    roy.wait_for_url("**/relecture")
    assert "Repos strict." in desk.ledger.draft(one).text()
    written = {text for version, *_ in desk.ledger.revisions(one) for text in [desk.ledger.draft(one, version).text()]}
    assert any("Sport permis." in text for text in written)  # and the other's words are kept as a version
    forgive(visitor, "409")


def test_a_letter_handed_over_while_it_is_being_saved_meets_no_version_of_its_own(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    page = open_letter(visitor, site, desk.drafted())
    held: list[Any] = []

    def answer_later(route: Any) -> None:
        """The text is stored; the page does not know yet."""
        held.append((route, route.fetch()))

    page.route("**/texte", answer_later, times=1)
    page.locator(LAST).fill("Contrôle le [à compléter].")
    until(page, "document.getElementById('saved').classList.contains('saving')")
    while not held:
        page.wait_for_timeout(50)
    page.keyboard.press("Control+Enter")
    [(route, answer)] = held
    route.fulfill(response=answer)
    page.locator(".ask").wait_for()  # not « modifiée entre-temps »
    assert "1\u00a0endroit reste à compléter" in page.inner_text("#ask-title")
    forgive(visitor, "409")


KEPT = """Promise.all([indexedDB.databases(), caches.keys()]).then(([bases, shells]) =>
    [bases.length, shells.length, localStorage.length, sessionStorage.length])"""


def test_a_page_left_alone_locks_over_its_text_and_goes_on_at_the_same_caret(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    one = desk.drafted()
    page = open_letter(visitor, site, one)
    page.locator("textarea[name=text]").nth(1).click()
    page.keyboard.press("Home")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    desk.leave_alone("roy")
    page.keyboard.type("zz")
    where = page.evaluate(CARET)
    page.locator("#lock[open]").wait_for()
    assert "zz" not in desk.ledger.draft(one).text()
    page.fill("#lock-password", PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#lock:not([open])").wait_for(state="attached")
    assert page.evaluate(CARET) == where
    settled(page, desk, one, "zz")
    forgive(visitor, "401")  # Chromium reports each 401 that brought the lock
    page.goto(f"{site}/listes/a-relire")
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/connexion*")
    assert page.evaluate(KEPT) == [0, 0, 0, 0]  # nothing of anybody stays in a shared browser


def test_without_scripts_the_desk_still_works(desk: ServedDesk, visitor: Any, site: str) -> None:
    one = desk.drafted()
    page = visitor("roy", java_script_enabled=False)
    page.goto(f"{site}/dictees/{one}/relecture")
    page.locator(LAST).fill("Repos.")
    page.locator(f'.point[data-key="{desk.points[1]}"] .verdict[data-verdict="heard"]').click()
    assert desk.ledger.ticks(one) == {desk.points[1]: "heard"}
    assert "Repos." in desk.ledger.draft(one).text()
    page.click("#hand-over")
    page.locator(".ask").wait_for()
    assert page.inner_text("#ask-title").startswith(f"{len(desk.points) - 1}\u00a0points ne sont pas vérifiés, dont ")
    page.click("text=Transmettre quand même")
    page.wait_for_url("**/listes/a-relire")
    assert desk.state(one) is State.PROOFREAD


def tab_to(page: Any, element_id: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == element_id:
            return
    pytest.fail(f"{element_id} is not reached by Tab")


def test_the_whole_way_of_a_letter_by_keyboard_alone(desk: ServedDesk, visitor: Any, site: str) -> None:
    one = desk.drafted()
    page = visitor()
    page.goto(f"{site}/connexion")
    if page.evaluate("document.activeElement.id") != "account":
        tab_to(page, "account")
    page.keyboard.type("roy")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/listes/**")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.id") == f"row-{one}"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dictees/{one}/relecture")
    wait_sound(page)
    page.keyboard.press("F4")
    until(page, "document.getElementById('sound').currentTime > 0.2")
    page.keyboard.press("F4")
    for done in range(1, len(desk.points) - 1):  # all but two are heard and right
        if page.locator(".point.here").count() == 0:
            page.keyboard.press("Alt+ArrowDown")
        page.keyboard.press("Alt+Enter")
        until(page, f"{DONE} === {done}")
    page.keyboard.press("Control+End")
    page.keyboard.type(" Contrôle à un mois.")
    settled(page, desk, one, "Contrôle à un mois.")
    # what is still open is asked about once, by name, and passed on knowingly
    page.keyboard.press("Control+Enter")
    page.locator(".ask").wait_for()
    assert page.inner_text("#ask-title").startswith("2\u00a0points ne sont pas vérifiés")
    assert desk.state(one) is State.DRAFTED
    until(page, "document.activeElement.id === 'ask-back'")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/listes/a-relire")
    assert desk.state(one) is State.PROOFREAD
    surgeon = visitor("morel")
    surgeon.keyboard.press("Control+Enter")  # « la suivante »
    surgeon.wait_for_url(f"**/dictees/{one}/signature")
    tab_to(surgeon, "password")
    surgeon.keyboard.type(PASSWORD)
    surgeon.keyboard.press("Enter")
    surgeon.wait_for_url("**/listes/a-signer")
    assert desk.state(one) is State.APPROVED
    forgive(visitor, "409")  # Chromium reports the 409 that asks
