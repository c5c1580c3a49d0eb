"""Screenshots of every screen, from the sample cases: `make screenshots` writes docs/screenshots/.

A hospital in a temporary home: the seven cases of tests/cases with their real sound; their words come from spoken.txt,
spread evenly over the sound, so that no model has to run. States, holders and questions are staged to show each once.
"""

from __future__ import annotations

import io
import json
import socket
import tempfile
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

CASES = Path(__file__).parents[1] / "cases"
SCREENS = Path(__file__).parents[2] / "docs" / "screenshots"
PASSWORD = "quatre mots plutôt longs"
SIZES = {"desktop": (1440, 900), "tablet": (834, 1112), "phone": (390, 844)}
UNSURE = {"cinq": 0.4, "droite": 0.5, "gauche": 0.5, "quatre": 0.55}  # as a recogniser doubts figures and sides
NOW = datetime(2026, 11, 25, 9, 40, tzinfo=UTC)


class Shown:
    """The moment the pages show: the same every time they are taken."""

    now = NOW - timedelta(hours=30)

    def __call__(self) -> datetime:
        return self.now


def hospital(home: Path) -> tuple[Any, dict[str, str]]:
    """An installation with the sample letters in every state; (ledger, {name: dictation id})."""
    from dictation import django_settings, proofread
    from dictation.dictaphone import Dictaphone
    from dictation.disk import ContentStore
    from dictation.domain import codec
    from dictation.domain.documents import Recording
    from dictation.domain.people import Author, Site
    from dictation.domain.progress import State
    from dictation.draft import write
    from dictation.intake.sidecar import read_sidecar
    from dictation.letter import typeset
    from dictation.settings import read_settings
    from dictation.structure import structure
    from dictation.web.parts import WebParts, install
    from tests.structure.spoken import transcript_of
    from transcribe.audio import decode, encode_wav

    settings = read_settings(home)
    django_settings.setup(settings)
    from dictation.send.postal import PostRoom
    from dictation.store.accounts import Role, save_account
    from dictation.store.corrections import Corrections
    from dictation.store.devices import Devices
    from dictation.store.directory import Directory
    from dictation.store.ledger import Ledger
    from dictation.store.postal import PostalBook
    from dictation.store.replies import Replies
    from dictation.store.suggestions import Suggestions

    clock = Shown()
    ledger, blobs = Ledger(clock), ContentStore(home / ".state" / "blobs")
    known = json.loads((CASES / "authors.json").read_text(encoding="utf-8"))
    authors = [Author(**{key: value for key, value in entry.items() if key != "folder"}) for entry in known]
    site = Site(
        "principal",
        "Centre hospitalier de démonstration",
        ("1 avenue de la République", "62300 Lens"),
        "03 00 00 00 00",
    )
    people = {author.rpps: author for author in authors}
    sounds: dict[str, bytes] = {}
    ids: dict[str, str] = {}
    for folder in sorted(path for path in CASES.iterdir() if path.is_dir()):
        audio = decode(next(folder.glob("audio.*")))
        sidecar = read_sidecar((folder / "sidecar.json").read_bytes(), people.get)
        sound = encode_wav(audio.samples)
        sha256 = blobs.put(sound)
        one, _ = ledger.register(Recording(sha256, folder.name + ".wav", len(sound), audio.duration), sidecar)
        sounds[one], ids[folder.name[:2]] = sound, one
        clock.now += timedelta(hours=3)
        if folder.name[:2] == "07":
            ledger.progress(one, 0.63, 40.0)
            continue
        transcript = spread(
            transcript_of((folder / "spoken.txt").read_text(encoding="utf-8"), unsure=UNSURE), audio.duration
        )
        report = structure(transcript)
        keep = {"transcript_sha256": blobs.put(transcript.to_json().encode())}
        ledger.move(one, State.RECEIVED, State.TRANSCRIBED, actor="transcribe", **keep)
        ledger.move(
            one,
            State.TRANSCRIBED,
            State.STRUCTURED,
            actor="structure",
            report_sha256=blobs.put(codec.dumps(report).encode()),
        )
        ledger.save_draft(one, write(report, sidecar, None, transcript), actor="draft", expected_version=0)
        ledger.move(one, State.STRUCTURED, State.DRAFTED, actor="draft")

    def printed(dictation: Any, draft: Any, *, signatory: str, printed_on: date, unread: bool = False) -> bytes:
        sidecar = dictation.sidecar
        return typeset(
            draft, sidecar, people[sidecar.author], site, signatory=people.get(signatory), letter_id=dictation.id,
            printed_on=printed_on, templates=settings.templates_folder / "letter", unread=unread,
        ).pdf  # fmt: skip

    def nothing(*_: Any, **__: Any) -> None:
        return None

    first = ledger.get(ids["02"]).sidecar
    install(
        WebParts(
            ledger=ledger, blobs=blobs, typeset=printed, playable_wav=lambda d: sounds[d.id],
            playback_folder=home / ".state" / "playback", settings=settings.web, clock=clock, retry=nothing,
            confirm_sent=nothing, resend=nothing, authors=tuple(authors),
            replies=Replies(ledger), corrections=Corrections(ledger),
            post_room=PostRoom(ledger, PostalBook(ledger), blobs, nothing, home / "outbox" / "print", 168.0),
            suggestions=Suggestions(clock), learn=nothing, hear=nothing,
            directory=Directory(clock), proof_pdf=nothing, devices=Devices(clock), expected=lambda *_: [first.patient],
            dictaphone=Dictaphone(home / ".state" / "dictaphone", home / "inbox"),
        )
    )  # fmt: skip
    save_account("roy", PASSWORD, Role.SECRETARY, first_name="Hélène", last_name="Roy")
    save_account("diaz", PASSWORD, Role.SECRETARY, first_name="Inès", last_name="Diaz")
    save_account("admin", PASSWORD, Role.ADMINISTRATOR, first_name="Alix", last_name="Petit")
    save_account(
        "chirurgien", PASSWORD, Role.AUTHOR, rpps=first.author, first_name="", last_name=people[first.author].last_name
    )
    clock.now = NOW
    # the letter to sign was corrected first: a figure, and words nobody said
    to_sign = ids["02"]
    draft = ledger.draft(to_sign)
    from dataclasses import replace

    sections = list(draft.sections)
    sections[-1] = replace(sections[-1], text=sections[-1].text.rstrip() + " Contrôle radiographique le 12 avril.")
    proofread.correct(ledger, to_sign, sections, actor="roy", expected_version=draft.version)
    point = next((doubt for doubt in draft.doubts if doubt.span), None)
    ledger.ask(
        to_sign,
        "Contrôle à six semaines ou à six mois\u202f?",
        actor="roy",
        quote=point.quote if point else "",
        span=point.span if point else None,
    )
    ledger.move(to_sign, State.DRAFTED, State.PROOFREAD, actor="roy")
    proofread.hold(ledger, ids["03"], "Quel côté\u202f?", actor="roy")
    ledger.take_lock(ids["04"], "diaz")
    return ledger, ids


def spread(transcript: Any, seconds: float) -> Any:
    """The same words, over the whole length of the sound."""
    from dataclasses import replace

    factor = seconds / max(transcript.duration, 0.1)
    words = tuple(replace(w, start=w.start * factor, end=w.end * factor) for w in transcript.words)
    return replace(transcript, words=words, duration=seconds, speech=((0.0, seconds),), flags=())


def take(site: str, ids: dict[str, str]) -> None:
    import os

    from playwright.sync_api import sync_playwright

    screens = [
        ("worklist", "roy", "/listes/toutes"),
        ("desk", "roy", f"/dictees/{ids['01']}/relecture"),
        ("signing", "chirurgien", f"/dictees/{ids['02']}/signature"),
        ("questions", "roy", "/listes/questions"),
        ("sendings", "roy", "/envois"),
        ("figures", "roy", "/chiffres"),
        ("health", "admin", "/sante"),
        ("dictaphone", "chirurgien", "/dictaphone/"),
    ]
    wanted = os.environ.get("SCREENS", "").split()
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--headless=new", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=flags
        )
        for size, (width, height) in SIZES.items():
            for name, account, route in screens:
                if wanted and f"{name}-{size}" not in wanted:
                    continue
                context = browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR")
                page = context.new_page()
                page.goto(f"{site}/connexion")
                page.fill("#account", account)
                page.fill("#password", PASSWORD)
                page.click("button.primary")
                page.goto(site + route)
                page.wait_for_timeout(1500)  # pictures of pages and sound are drawn
                keep(page.screenshot(), SCREENS / f"{name}-{size}.png")
                context.close()
        browser.close()


def keep(picture: bytes, path: Path) -> None:
    """A screen has few colours: a palette makes the file a third of its size."""
    from PIL import Image

    Image.open(io.BytesIO(picture)).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="screens-") as folder:
        _, ids = hospital(Path(folder))
        import uvicorn

        from dictation.web.asgi import application

        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        take(f"http://127.0.0.1:{listening.getsockname()[1]}", ids)
        server.should_exit = True
        server.force_exit = True
        thread.join(timeout=10)
        listening.close()


if __name__ == "__main__":
    main()
