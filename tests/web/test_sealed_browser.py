"""What the author is shown is what leaves, byte for byte; afterwards only another letter can say otherwise.

On the whole service: the letter was heard there, is proofread and signed in a real Chromium, and leaves by itself for
the print folder. Read with pypdf, which made nothing of it.
"""

from __future__ import annotations

import hashlib
import io
import re
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from dictation.domain.progress import State
from dictation.web import sheets
from tests.web.browser import forgive, until, visitor, wait_sound
from tests.web.hospital import PASSWORD
from tests.web.served import HEARD, RealLetter, Server, drop, heard_there, wait_for

__all__ = ["visitor"]
pytestmark = pytest.mark.browser

LAST = "textarea[name=text] >> nth=-1"
OURS = "Contrôle clinique le 14 décembre."


@pytest.fixture
def site(service: Server) -> str:
    return service.site


def read(pdf: bytes) -> str:
    """The words of a PDF in reading order, on one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def hand_over(page: Any, site: str, one: str, words: str) -> None:
    """Words are added, and the letter goes to its signatory, the points being passed on knowingly."""
    page.goto(f"{site}/dictees/{one}/relecture")
    wait_sound(page)
    if words:
        page.locator(LAST).focus()
        page.keyboard.press("Control+End")
        page.keyboard.type(f" {words}")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Transmettre quand même").click()
    page.wait_for_url("**/listes/a-relire")


def sign(page: Any, site: str, one: str) -> tuple[str, bytes]:
    """(digest on the page, PDF behind its link) of what was shown; its pictures are those of these bytes."""
    page.goto(f"{site}/listes/a-signer")
    page.click(f"#row-{one}")
    page.wait_for_url(f"**/dictees/{one}/signature")
    until(page, "[...document.querySelectorAll('.sheet img')].every((one) => one.naturalWidth > 500)")
    digest = page.input_value("input[name=pdf_sha256]")
    pdf = page.context.request.get(site + page.get_by_text("Ouvrir le PDF").get_attribute("href")).body()
    assert hashlib.sha256(pdf).hexdigest() == digest
    assert page.inner_text(".digest code") == digest[:16] + "…"
    pictures = page.locator(".sheet img").all()
    assert len(pictures) == len(PdfReader(io.BytesIO(pdf)).pages)
    for number, picture in enumerate(pictures, start=1):
        address = site + picture.get_attribute("src")
        assert f"pdf={digest}" in address
        assert page.context.request.get(address).body() == sheets.sheet(pdf, number)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Signer la lettre").click()
    page.wait_for_url("**/listes/a-signer")
    return digest, pdf


def sent(service: Server, seen: Any, one: str, before: set[Path]) -> tuple[bytes, bytes, Path]:
    """(PDF laid to be printed, PDF inside the message, its file) of the only letter that left since."""
    wait_for(lambda: seen.ledger.get(one).state is State.SENT)
    [laid] = set((service.home / "outbox" / "print").glob("*.pdf")) - before
    message = message_from_bytes(laid.with_suffix(".eml").read_bytes(), policy=policy.default)
    [attached] = [part.get_content() for part in message.walk() if part.get_content_type() == "application/pdf"]
    return laid.read_bytes(), attached, laid


def test_the_pdf_shown_is_the_pdf_sent_and_only_a_letter_that_says_so_replaces_it(
    service: Server, dictated: RealLetter, visitor: Any, site: str
) -> None:
    seen = service.installation()

    def here() -> list[str]:
        return [d.id for d in seen.ledger.list() if d.recording.name.startswith("relue-partout")]

    if not here():  # `dictated` was heard by another process, in a service of its own
        drop(service.home, HEARD, "relue-partout")
        heard_there(service, "relue-partout")
    [one] = here()
    roy, morel = visitor("roy"), visitor("morel")
    late = visitor("roy")  # a second page of hers, left open on the text
    late.goto(f"{site}/dictees/{one}/relecture")
    wait_sound(late)
    hand_over(roy, site, one, OURS)
    twice = visitor.made[1].context.new_page()  # the author left the signing page open in another tab
    twice.goto(f"{site}/dictees/{one}/signature")

    folder = service.home / "outbox" / "print"
    digest, shown = sign(morel, site, one)
    printed, attached, laid = sent(service, seen, one, set())
    assert hashlib.sha256(printed).hexdigest() == hashlib.sha256(attached).hexdigest() == digest
    assert read(printed) == read(attached) == read(shown)
    assert OURS in read(printed)
    assert seen.ledger.get(one).approval.pdf_sha256 == digest

    # nothing changes it: not the page left open, nor the button pressed again, nor the address typed
    late.locator(LAST).press_sequentially(" Un mot de trop.")
    late.wait_for_url("**?histoire=1")
    twice.fill("#password", PASSWORD)
    twice.get_by_role("button", name="Signer la lettre").click()
    twice.get_by_role("heading", level=1).wait_for()
    assert twice.locator("#password").count() == 0
    for address in ("relecture", "signature"):
        morel.goto(f"{site}/dictees/{one}/{address}")
        assert morel.url.endswith("?histoire=1")
        assert morel.locator("textarea[name=text], .sign").count() == 0
    assert "Un mot de trop" not in seen.ledger.draft(one).text()
    kept = morel.context.request.get(f"{site}/dictees/{one}/lettre.pdf").body()
    assert hashlib.sha256(kept).hexdigest() == digest
    assert hashlib.sha256(laid.read_bytes()).hexdigest() == digest
    assert set(folder.glob("*.pdf")) == {laid}

    # a corrected version is another letter, which names the one it replaces
    from dictation.store.tables import DictationRow

    wait_for(lambda: not DictationRow.objects.filter(pk=one, archive_due=True).exists())
    day = seen.ledger.get(one).approval.signed_at.astimezone(ZoneInfo("Europe/Paris")).strftime("%d/%m/%Y")
    roy.goto(f"{site}/envois/{one}/suivi")
    roy.get_by_role("button", name=re.compile("Remplacer la lettre")).click()
    assert seen.ledger.get(one).state is State.SENT  # a reason is asked for first
    roy.fill("#correct-reason", "erreur de date")
    roy.get_by_role("button", name=re.compile("Remplacer la lettre")).click()
    roy.get_by_text("Une version corrigée est commencée").wait_for()
    assert seen.ledger.get(one).state is State.DRAFTED
    hand_over(roy, site, one, "Ou le 15 décembre.")
    again, _ = sign(morel, site, one)
    printed, attached, second = sent(service, seen, one, {laid})
    assert hashlib.sha256(printed).hexdigest() == hashlib.sha256(attached).hexdigest() == again != digest
    assert f"Cette lettre annule et remplace celle signée le {day}." in read(printed)
    assert "Ou le 15 décembre." in read(printed)
    assert hashlib.sha256(laid.read_bytes()).hexdigest() == digest  # the first is what it was
    message = message_from_bytes(second.with_suffix(".eml").read_bytes(), policy=policy.default)
    assert "ANNULE ET REMPLACE" in message.get_body(("plain",)).get_content()
    roy.goto(f"{site}/envois/{one}/suivi")
    replaced = roy.locator("li", has_text="Version 1 remplacée")
    assert "erreur de date" in replaced.inner_text()
    until(roy, "document.readyState === 'complete'")
    forgive(visitor, "409")
