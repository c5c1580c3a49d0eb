"""Dictating on a phone, in a real Chromium whose microphone hears a sample dictation.

What the service then makes of it: test_arrival_browser.py. Cut lines and killed servers: test_recorder_cuts_browser.py.
"""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from dictation.domain.people import Patient, Sex
from dictation.web.parts import parts
from tests.web import qr_reader
from tests.web.browser import forgive, until, visitor
from tests.web.dictating import (
    CLOCK,
    HELD,
    KEPT,
    PHONE,
    READY,
    dictate,
    enrolled,
    expect,
    identify,
    inbox,
    local,
    open_page,
    recording,
    tape,
)  # fmt: skip
from tests.web.served import ServedDesk, desk, site

__all__ = ["desk", "inbox", "site", "visitor"]
pytestmark = pytest.mark.browser

# What this browser keeps: its two plain stores, and every value of its records, bytes as Latin-1 letters so that text
# and sound can be looked for in them. With the page's own key, what the sealed ones hold.
KEEPING = """new Promise((told) => { const asked = indexedDB.open('dictaphone'); asked.onsuccess = async () => {
    const letters = (bytes) => Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('');
    const values = (one) => one instanceof ArrayBuffer || ArrayBuffer.isView(one) ? [letters(one)]
        : one instanceof Object ? Object.entries(one).flat().flatMap(values) : [String(one)];
    const store = (name) => asked.result.transaction(name).objectStore(name);
    const all = (name) => new Promise((done) => { const found = store(name).getAll();
        found.onsuccess = () => done(found.result); });
    const [[key], takes, pieces] = [await all('keys'), await all('takes'), await all('pieces')];
    const open = ({ sealed: { iv, data } }) => crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, data);
    told({
        kept: values([{ ...localStorage }, { ...sessionStorage }, takes, pieces]),
        take: new TextDecoder().decode(await open(takes[0])),
        sound: await Promise.all(pieces.map(async (one) => letters(await open(one)))),
        key: [key.extractable, await crypto.subtle.exportKey('raw', key).then(() => 'read', (error) => error.name)],
    }); }; })"""


def test_dictated_listened_to_taken_up_from_there_and_sent(
    desk: ServedDesk, visitor: Any, site: str, inbox: Path, tmp_path: Path
) -> None:
    expect(Patient("Lefort", "Anne", date(1964, 5, 2), Sex.FEMALE, None, "IPP-0042"))
    page = open_page(visitor, site)
    page.select_option("#patient", label="Lefort Anne, 02/05/1964, IPP IPP-0042")
    page.select_option("#letter_type", "operation")
    dictate(page, 5)
    before = tape(page)
    assert before >= 5
    until(page, f"/tout est à l’hôpital/.test({HELD})")
    page.click("#listen")  # its pieces are gone from here: they come back
    until(page, "Number(document.getElementById('place').value) < 2")
    page.evaluate(
        "(() => { const f = document.getElementById('place'); f.dispatchEvent(new Event('input')); f.value = 2; })()"
    )
    page.wait_for_timeout(100)
    assert page.input_value("#place") == "2"
    page.click("#from-here")
    page.wait_for_selector("#pause:visible")
    until(page, f"({CLOCK}) >= 4")
    page.click("#pause")
    page.wait_for_selector("#end:visible")
    kept = tape(page)
    assert 4 <= kept < before + 2
    page.screenshot(path=str(tmp_path / "dictaphone.png"))
    page.click("#end")
    page.get_by_text("Dictée reçue à l’hôpital").wait_for()
    seconds, sidecar = recording(inbox)
    assert seconds == pytest.approx(kept, abs=0.1)
    assert sidecar["patient"]["hospital_number"] == "IPP-0042"
    assert sidecar["letter_type"] == "operation"
    assert local(page) == [0, 0]
    assert parts().dictaphone.begun() == []


def test_the_network_goes_and_comes_back_and_the_page_is_reloaded_meanwhile(
    desk: ServedDesk, visitor: Any, site: str, inbox: Path
) -> None:
    page = open_page(visitor, site)
    until(page, "navigator.serviceWorker.controller !== null")
    until(page, KEPT)
    identify(page, "Petit", "Paul", "1978-03-04", "M", "IPP-7")
    page.context.set_offline(True)
    dictate(page, 5)
    before = tape(page)
    takes, pieces = local(page)
    assert takes == 1
    assert pieces >= 2
    found = page.evaluate(KEEPING)
    kept = "\n".join(found["kept"])
    assert "Petit" in found["take"]  # it is there, under the key,
    assert found["key"] == [False, "InvalidAccessError"]  # which no script can read out
    for typed in ("Petit", "1978-03-04", "IPP-7"):
        assert typed not in kept
    assert len(found["sound"]) == pieces
    for sound in found["sound"]:
        said = max((sound[at : at + 32] for at in range(0, len(sound), 32)), key=lambda part: len(set(part)))
        assert len(set(said)) > 8  # not silence
        assert said not in kept
    page.reload()  # without the network
    until(page, READY)
    assert tape(page) == before
    page.click("#end")  # nothing typed is lost either
    page.get_by_text("Pas de réseau").wait_for()
    assert not list(inbox.glob("*"))
    page.context.set_offline(False)
    page.get_by_text("Dictée reçue à l’hôpital").wait_for()
    seconds, sidecar = recording(inbox)
    assert seconds == pytest.approx(before, abs=0.1)
    assert sidecar["patient"]["last_name"] == "Petit"
    assert local(page) == [0, 0]
    forgive(visitor, "ERR_INTERNET_DISCONNECTED")


def test_a_page_not_kept_yet_says_so_rather_than_blame_the_microphone(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    page = open_page(visitor, site)
    page.context.set_offline(True)
    # Chromium loads worklets past the network it pretends has gone: what it throws without one is thrown here.
    page.evaluate(
        """window.load = AudioWorklet.prototype.addModule, AudioWorklet.prototype.addModule = () =>
        Promise.reject(new DOMException('Unable to load a worklet’s module.', 'AbortError')), 0"""
    )
    page.click("#record")
    page.get_by_text("pas encore gardée sur cet appareil").wait_for()
    assert page.is_visible("#record")
    page.context.set_offline(False)
    page.evaluate("AudioWorklet.prototype.addModule = window.load, 0")
    dictate(page, 2)
    forgive(visitor, "ERR_INTERNET_DISCONNECTED", "ERR_FAILED")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_code_on_the_screen_is_the_link_and_enrols_a_phone(
    desk: ServedDesk, visitor: Any, site: str, width: int, theme: Any
) -> None:
    page = visitor("morel", width=width, color_scheme=theme)
    page.goto(f"{site}/dictaphone/appareils")
    page.fill("#label", "téléphone du bloc")
    page.keyboard.press("Enter")
    code = page.get_by_role("img", name="Code QR du lien")
    box = code.bounding_box()
    assert box["width"] >= 200
    assert abs(box["width"] - box["height"]) < 1
    link = page.inner_text("#link")
    assert qr_reader.text_of(page.locator("svg.qr").screenshot()) == link
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page.evaluate(axe)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then((r) => r.violations)")
    assert [fault["id"] for fault in found if fault["impact"] in {"serious", "critical"}] == []
    phone = visitor("", **PHONE)
    phone.goto(link)
    phone.click("text=Préparer cet appareil >> nth=-1")
    phone.wait_for_url(re.compile("/dictaphone/$"))


def test_a_revoked_phone_empties_itself(desk: ServedDesk, visitor: Any, site: str) -> None:
    link = parts().devices.invite("morel", "téléphone", actor="admin")
    page = enrolled(visitor, site, link)
    until(page, KEPT)
    page.context.set_offline(True)
    dictate(page, 3)
    assert local(page)[0] == 1
    parts().devices.revoke(parts().devices.list()[0].id, actor="admin")
    page.context.set_offline(False)
    page.get_by_text("Cet appareil a été vidé").wait_for()
    assert local(page) == [0, 0]
    forgive(visitor, "ERR_INTERNET_DISCONNECTED", "410")
