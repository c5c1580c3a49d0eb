"""A phone that dictates: the dictaphone page in a browser, its microphone, and what the browser keeps."""

from __future__ import annotations

import json
import shutil
import wave
from pathlib import Path
from typing import Any

import pytest

from dictation.domain.people import Patient
from dictation.domain.visits import News, Visit
from dictation.web.parts import parts, today
from tests.web.browser import until
from tests.web.hospital import MOREL
from tests.web.served import ServedDesk, Server

PHONE = {"width": 390, "height": 844}
HELD = "document.getElementById('state').textContent"
CLOCK = "document.getElementById('clock').textContent.split(':').reduce((all, part) => 60 * all + Number(part), 0)"
TAPE = "Number(document.getElementById('place').max)"  # seconds on the tape
READY = "document.documentElement.dataset.ready === '1'"

# The page and what it records with are kept for when there is no network.
KEPT = """caches.open('dictaphone-shell').then((shell) => Promise.all(
    ['/dictaphone/', document.getElementById('recorder').dataset.worklet].map((one) => shell.match(one))
)).then((found) => found.every(Boolean))"""

LOCAL = """new Promise((told) => { const asked = indexedDB.open('dictaphone'); asked.onsuccess = async () => {
    const all = (name) => new Promise((done) => { const found = asked.result.transaction(name).objectStore(name)
        .getAll(); found.onsuccess = () => done(found.result); });
    const [takes, pieces] = [await all('takes'), await all('pieces')];
    told([takes.length, pieces.filter((piece) => piece.sealed).length]); asked.result.close(); }; })"""


@pytest.fixture
def inbox(desk: ServedDesk, server: Server) -> Path:
    """Where dictations arrive in the hospital whose pages are served; nothing has arrived yet, not even in part."""
    for folder in (server.home / "inbox", parts().dictaphone.folder):
        shutil.rmtree(folder, ignore_errors=True)
    return server.home / "inbox"


def expect(patient: Patient) -> None:
    """This patient has an appointment with Dr Morel today."""
    from dictation.store.patients import Patients

    number = patient.hospital_number or ""
    Patients(parts().clock).learn(News(patient, Visit(f"visit-{number}", number, today(), MOREL.rpps)))


def open_page(visitor: Any, site: str, account: str = "morel", **options: Any) -> Any:
    """The dictaphone of somebody signed in."""
    page = visitor(account, permissions=["microphone"], **PHONE, **options)
    page.goto(f"{site}/dictaphone/")
    until(page, READY)
    return page


def enrolled(visitor: Any, site: str, link: str) -> Any:
    """The dictaphone of a phone that opens its link."""
    page = visitor("", permissions=["microphone"], **PHONE)
    page.goto(f"{site}/dictaphone/appareil/{link}")
    page.click("text=Préparer cet appareil >> nth=-1")
    until(page, READY)
    return page


def dictate(page: Any, seconds: float) -> None:
    """So many seconds more, then a pause."""
    start = length(page)
    page.click("#record")
    page.wait_for_selector("#pause:visible")
    until(page, f"({CLOCK}) >= {start + seconds}")
    page.click("#pause")
    page.wait_for_selector("#record:visible")


def identify(page: Any, last_name: str, first_name: str, birth_date: str, sex: str, number: str) -> None:
    """Say who the patient is, somebody who is on no list."""
    page.fill("#last_name", last_name)
    page.fill("#first_name", first_name)
    page.fill("#birth_date", birth_date)
    page.select_option("#sex", sex)
    page.fill("#hospital_number", number)


def length(page: Any) -> float:
    return float(page.evaluate(CLOCK))


def tape(page: Any) -> float:
    return float(page.evaluate(TAPE))


def local(page: Any) -> list[int]:
    """How many takes, and how many pieces with their sound, lie in this browser."""
    return page.evaluate(LOCAL)  # type: ignore[no-any-return]


def recording(inbox: Path) -> tuple[float, dict[str, Any]]:
    """Seconds of sound of the one recording in the inbox, and its sidecar."""
    [path] = inbox.glob("*.wav")
    with wave.open(str(path)) as file:
        seconds = file.getnframes() / file.getframerate()
    return seconds, json.loads(path.with_suffix(".json").read_text())
