"""The real site on a real ledger, with a short real WAV and the real letter; nothing is stood in for but the voice."""

from __future__ import annotations

import io
import os
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dictation.disk import ContentStore
from dictation.domain.documents import Draft
from dictation.domain.progress import Dictation
from dictation.send import confirm_sent, resend
from dictation.send.folder import FolderCarrier
from dictation.send.message import Stationery
from dictation.send.send import Desk as WayOut
from dictation.settings import Settings
from tests.ledgers import Clock, clock, empty_database, home, ledger
from tests.web.hospital import ANIS, BRUN, MOREL, SITE, Desk, make_accounts, tone
from tests.web.served import dictated, server, service

__all__ = ["clock", "dictated", "empty_database", "home", "ledger", "server", "service"]

CASES = Path(__file__).parents[1] / "cases"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def wav() -> bytes:
    return tone()


@pytest.fixture(scope="session")
def blank_page() -> bytes:
    """A PDF of one empty A4 page."""
    import pypdfium2

    out = io.BytesIO()
    with pypdfium2.PdfDocument.new() as document:
        document.new_page(595, 842).close()
        document.save(out)
    return out.getvalue()


@pytest.fixture
def real_letter() -> None:
    """Ask for it by name: the desk then prints real letters, a second each, instead of empty pages."""


@pytest.fixture
def desk(
    home: Settings, ledger: Any, clock: Clock, tmp_path: Path, wav: bytes, blank_page: bytes, request: Any
) -> Iterator[Desk]:
    from django.core.cache import cache

    from dictation.dictaphone import Dictaphone
    from dictation.domain.check import Check
    from dictation.domain.people import Patient, Sex
    from dictation.letter import proof_page
    from dictation.letter.typography import doctor
    from dictation.send.postal import PostRoom
    from dictation.send.proof import prove
    from dictation.send.proof_sheet import sheet
    from dictation.store.corrections import Corrections
    from dictation.store.devices import Devices
    from dictation.store.directory import Directory
    from dictation.store.postal import PostalBook
    from dictation.store.replies import Replies
    from dictation.store.suggestions import Suggestions
    from dictation.web.parts import WebParts, install

    made = Desk(ledger, ContentStore(tmp_path / "blobs"), clock, wav, [], [])
    authors = {author.rpps: author for author in (MOREL, ANIS, BRUN)}

    real = "real_letter" in request.fixturenames

    def typeset(dictation: Dictation, draft: Draft, *, signatory: str, printed_on: date, unread: bool = False) -> bytes:
        made.typesets.append((dictation.id, signatory))
        if not real:  # a page of its own each time: two renderings of one letter are never the same bytes
            return blank_page + f"\n%{dictation.id} {signatory} {printed_on} {len(made.typesets)}\n".encode()
        from dictation.letter import typeset as print_letter

        assert dictation.sidecar is not None
        author = authors[dictation.sidecar.author]
        return print_letter(
            draft, dictation.sidecar, author, SITE, signatory=authors.get(signatory), letter_id=dictation.id,
            printed_on=printed_on, templates=home.templates_folder / "letter", unread=unread,
        ).pdf  # fmt: skip

    def proof_pdf(dictation_id: str) -> bytes:
        proof = prove(
            dictation_id, ledger, replaced=Corrections(ledger).of(dictation_id),
            replies=Replies(ledger).of(dictation_id), now=clock(),
        )  # fmt: skip
        names = {rpps: doctor(author) for rpps, author in authors.items()}
        return proof_page(sheet(proof, names), SITE, templates=home.templates_folder / "letter")

    stationery = Stationery("secretariat@hopital.test", home.templates_folder)
    way_out = WayOut(ledger, made.blobs, FolderCarrier(tmp_path / "print"), stationery, clock)
    install(
        WebParts(
            ledger=ledger,
            blobs=made.blobs,
            typeset=typeset,
            playable_wav=lambda dictation: wav,
            playback_folder=tmp_path / "playback",
            settings=home.web,
            clock=clock,
            confirm_sent=lambda dictation_id, actor: confirm_sent(dictation_id, way_out, actor=actor),
            resend=lambda dictation_id, actor: resend(dictation_id, way_out, actor=actor, quiet_seconds=0),
            replies=Replies(ledger),
            corrections=Corrections(ledger),
            post_room=PostRoom(
                ledger, PostalBook(ledger), made.blobs, lambda dictation, letter: blank_page, tmp_path / "print", 24.0
            ),
            directory=Directory(clock),
            proof_pdf=proof_pdf,
            hear=lambda sound: "Le côté droit.",
            suggestions=Suggestions(clock),
            learn=made.learn,
            reads_vocabulary=lambda: True,
            dictaphone=Dictaphone(tmp_path / "dictaphone", tmp_path / "inbox"),
            devices=Devices(clock),
            expected=lambda day, rpps: [Patient("Lefort", "Anne", date(1964, 5, 2), Sex.FEMALE, None, "IPP-0042")],
            authors=tuple(authors.values()),
            retry=lambda dictation_id, account: made.retried.append((dictation_id, account)),
            checks=lambda: [Check("Modèle", True, "présent"), Check("Certificat", False, "expire dans 12\u00a0jours")],
        )
    )
    make_accounts(tuple(authors.values()))
    cache.clear()
    yield made
    cache.clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """WeasyPrint 70 leaves its colour profile to the garbage collector to close."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.filterwarnings(r"ignore:unclosed file .*sRGB2014\.icc:ResourceWarning"))


SignedIn = Callable[..., Any]


@pytest.fixture
def signed_in(desk: Desk) -> SignedIn:
    """A client of the site with a session begun; `signed_in("")` is nobody. test_accounts.py uses the form itself."""
    from django.contrib.auth.models import User
    from django.test import Client

    from dictation.web.accounts import SEEN, SINCE

    def sign_in(account: str, **options: Any) -> Client:
        client = Client(headers={"host": "localhost"}, **options)
        if account:
            client.force_login(User.objects.get(username=account))
            session = client.session
            session[SEEN] = session[SINCE] = desk.clock().isoformat()
            session.save()
        return client

    return sign_in


@pytest.fixture
def site(desk: Desk) -> Iterator[str]:
    """The address of the site, served by uvicorn as in production, on loopback."""
    import uvicorn

    from dictation.web.asgi import application

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
    listening.close()


@pytest.fixture(scope="session")
def said_into_the_microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's microphone hears, over and over: a sample dictation, as 16-bit mono WAV at 16 kHz."""
    from transcribe.audio import decode, encode_wav

    path = tmp_path_factory.mktemp("microphone") / "said.wav"
    path.write_bytes(encode_wav(decode(next(CASES.glob("03-*/audio.*"))).samples))
    return path


@pytest.fixture(scope="session")
def chromium(said_into_the_microphone: Path) -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright; one browser for all tests, a fresh profile for each page."""
    from playwright.sync_api import sync_playwright

    arguments = [
        "--no-sandbox",
        "--headless=new",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--autoplay-policy=no-user-gesture-required",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={said_into_the_microphone}",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()
