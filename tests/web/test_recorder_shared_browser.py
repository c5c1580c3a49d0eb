"""A dictaphone in a browser that several doctors use: what stays in it, whose it is, and what leaving does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dictation.web.parts import parts
from tests.web.browser import forgive, until, visitor
from tests.web.dictating import HELD, READY, dictate, identify, inbox, local, open_page, recording, tape
from tests.web.hospital import ANIS, MOREL, PASSWORD
from tests.web.served import ServedDesk, desk, site

__all__ = ["desk", "inbox", "site", "visitor"]
pytestmark = pytest.mark.browser

# Every word that a browser keeps anywhere, but cookies: a page of the site may ask.
EVERYTHING = """(async () => {
    const words = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
    for (const name of await caches.keys()) {
        const shell = await caches.open(name);
        for (const asked of await shell.keys()) words.push(asked.url, await (await shell.match(asked)).text());
    }
    for (const { name } of await indexedDB.databases()) {
        const base = await new Promise((told) => { const asked = indexedDB.open(name);
            asked.onsuccess = () => told(asked.result); });
        for (const store of base.objectStoreNames) {
            const found = await new Promise((told) => { const asked = base.transaction(store).objectStore(store)
                .getAll(); asked.onsuccess = () => told(asked.result); });
            words.push(`${store}: ${found.length}`);
        }
        base.close();
    }
    return words; })()"""


def sign_in(page: Any, site: str, account: str) -> None:
    page.goto(f"{site}/connexion")
    page.fill("#account", account)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/listes/**")


def sign_out(page: Any) -> None:
    page.get_by_role("button", name="Se déconnecter").click()


def dictaphone(page: Any, site: str) -> None:
    page.goto(f"{site}/dictaphone/")
    until(page, READY)


def test_nothing_of_a_patient_stays_after_leaving_and_nobody_leaves_without_their_dictation(
    desk: ServedDesk, visitor: Any, site: str, inbox: Path
) -> None:
    page = open_page(visitor, site)
    page.on("dialog", lambda dialog: dialog.accept())
    identify(page, "Zylberstein", "Paul", "1978-03-04", "M", "IPP-9")
    dictate(page, 3)
    until(page, f"/tout est à l’hôpital/.test({HELD})")  # but nobody has ended it
    page.goto(f"{site}/listes/a-signer")
    sign_out(page)
    page.get_by_text("n’est pas encore à l’hôpital").wait_for()
    assert page.input_value("#last_name") == "Zylberstein"
    dictate(page, 1)
    assert page.is_hidden("#told")
    sign_out(page)  # from the page itself, which stays as it is
    page.get_by_text("n’est pas encore à l’hôpital").wait_for()
    page.click("#end")
    page.get_by_text("Dictée reçue à l’hôpital").wait_for()
    dictate(page, 2)
    page.click("#discard")  # another one, thrown away
    page.wait_for_selector("#tape", state="hidden")
    sign_out(page)
    page.wait_for_url("**/connexion*")
    found = page.evaluate(EVERYTHING)
    assert "takes: 0" in found
    assert "pieces: 0" in found
    assert any("dictaphone" in words for words in found)  # the page itself is kept, for when there is no network
    for word in ("Zylberstein", "1978-03-04", "IPP-9"):
        assert not [words for words in found if word in words]
    assert recording(inbox)[1]["author"] == MOREL.rpps
    assert parts().dictaphone.begun() == []


def test_what_one_author_left_unsent_is_neither_shown_to_the_next_nor_sent_as_theirs(
    desk: ServedDesk, visitor: Any, site: str, inbox: Path
) -> None:
    page = open_page(visitor, site)
    page.context.route("**/morceaux/*", lambda route: route.abort("connectionreset"))
    identify(page, "Zylberstein", "Paul", "1978-03-04", "M", "IPP-9")
    dictate(page, 4)
    hers = tape(page)
    assert local(page)[1] >= 2
    desk.leave_alone("morel")  # and went away without a word
    page.context.unroute("**/morceaux/*")
    page.goto(f"{site}/dictaphone/")
    page.wait_for_url("**/connexion?next=**")
    sign_in(page, site, "anis")
    dictaphone(page, site)
    assert page.is_hidden("#tape")
    assert page.input_value("#last_name") == ""
    identify(page, "Roux", "Léa", "1990-01-02", "F", "IPP-10")
    dictate(page, 2)
    page.click("#end")
    page.get_by_text("Dictée reçue à l’hôpital").wait_for()
    assert recording(inbox)[1]["author"] == ANIS.rpps
    for path in inbox.iterdir():
        path.unlink()
    assert local(page)[0] == 1  # the other one is not theirs to send or to lose
    sign_out(page)
    page.wait_for_url("**/connexion*")
    sign_in(page, site, "morel")
    dictaphone(page, site)
    assert tape(page) == hers
    assert page.input_value("#last_name") == "Zylberstein"
    page.click("#end")
    page.get_by_text("Dictée reçue à l’hôpital").wait_for()
    seconds, sidecar = recording(inbox)
    assert seconds == pytest.approx(hers, abs=0.1)
    assert sidecar["author"] == MOREL.rpps
    assert local(page) == [0, 0]
    forgive(visitor, "ERR_CONNECTION_RESET", "401")


def test_two_tabs_never_write_over_each_other(desk: ServedDesk, visitor: Any, site: str, inbox: Path) -> None:
    page = open_page(visitor, site)
    identify(page, "Petit", "Paul", "1978-03-04", "M", "IPP-9")
    dictate(page, 3)
    kept = tape(page)
    other = page.context.new_page()
    other.goto(f"{site}/dictaphone/")
    other.get_by_text("déjà ouvert dans un autre onglet").wait_for()
    for button in ("#record", "#tape", "#pause"):
        assert other.is_hidden(button)
    page.close()
    until(other, READY)
    assert other.is_hidden("#told")
    assert tape(other) == kept
    other.click("#end")
    other.get_by_text("Dictée reçue à l’hôpital").wait_for()
    assert recording(inbox)[0] == pytest.approx(kept, abs=0.1)


def test_a_session_that_ends_while_dictating_is_begun_again_in_another_tab(
    desk: ServedDesk, visitor: Any, site: str, inbox: Path
) -> None:
    page = open_page(visitor, site)
    identify(page, "Petit", "Paul", "1978-03-04", "M", "IPP-9")
    dictate(page, 3)
    until(page, f"/tout est à l’hôpital/.test({HELD})")
    desk.leave_alone("morel")
    dictate(page, 3)
    page.get_by_text("reconnectez-vous dans un autre onglet").wait_for()
    kept = tape(page)
    assert kept >= 6
    other = page.context.new_page()
    sign_in(other, site, "morel")
    other.close()
    page.click("#end")
    page.get_by_text("Dictée reçue à l’hôpital").wait_for()
    assert recording(inbox)[0] == pytest.approx(kept, abs=0.1)
    assert local(page) == [0, 0]
    forgive(visitor, "401", "403")
