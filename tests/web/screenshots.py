"""Screenshots of every screen: `make screenshots` writes docs/screenshots/.

A hospital of the sample cases (sample_hospital.py) in a temporary home, photographed at three sizes, the main screens
also in the dark theme. SCREENS="desk-phone figures-desktop" takes those alone.
"""

from __future__ import annotations

import io
import os
import socket
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.web.sample_hospital import PASSWORD, hospital

SCREENS = Path(__file__).parents[2] / "docs" / "screenshots"
SIZES = {"desktop": (1440, 900), "tablet": (834, 1112), "phone": (390, 844)}
LARGEST = 150_000  # bytes of a file


@dataclass(frozen=True)
class Screen:
    """`then`: JavaScript run before the picture; `dark`: taken in the dark theme too, at the desktop's size."""

    name: str
    account: str
    route: str
    then: str = ""
    dark: bool = False


def screens(ids: dict[str, str]) -> list[Screen]:
    desk = f"/dictees/{ids['01']}/relecture"
    settings = (
        "const s = document.querySelector('details.settings'); s.open = true;"
        "s.scrollIntoView({ block: 'center', behavior: 'instant' })"
    )
    ask = "document.getElementById('ask-open').click()"
    points = "document.querySelector('.point.here .listen')?.focus(); document.querySelector('.points').scrollTop = 0"
    find = (
        "document.getElementById('find-open').click();"
        "for (const [id, value] of [['find-what', 'de '], ['find-with', 'd’une ']]) {"
        "const field = document.getElementById(id); field.value = value; field.dispatchEvent(new Event('input')); }"
        "document.getElementById('find-every').click()"
    )
    word = (
        "for (const field of document.querySelectorAll('textarea[name=text]')) {"
        "const found = / ([a-z]{9,}) /.exec(field.value); if (!found) continue;"
        "field.focus(); field.setSelectionRange(found.index + 1, found.index + 1 + found[1].length); break; }"
        "setTimeout(() => document.getElementById('word-open').click(), 100)"
    )
    wrong = "document.querySelector('[value=wrong]').click()"
    return [
        Screen("worklist", "roy", "/listes/toutes", dark=True),
        Screen("desk", "roy", desk, dark=True),
        Screen("points", "roy", desk, f"{points}; document.getElementById('points').scrollIntoView()"),
        Screen("question", "roy", desk, ask),
        Screen("find", "roy", desk, find, dark=True),
        Screen("wrong-patient", "roy", desk, wrong),
        Screen("settings", "roy", desk, settings),
        Screen("keys", "roy", desk, "document.getElementById('keys').showModal()"),
        Screen("shortcuts", "roy", "/touches"),
        Screen("word", "roy", desk, word),
        Screen("my-account", "roy", "/compte"),
        Screen("passed-on", "roy", desk, "document.getElementById('hand-over').click()"),
        Screen("revisions", "roy", f"/dictees/{ids['02']}/versions"),
        Screen("signing", "chirurgien", f"/dictees/{ids['02']}/signature", dark=True),
        Screen("questions", "roy", "/listes/questions"),
        Screen("sendings", "roy", "/envois", dark=True),
        Screen("follow-up", "roy", f"/envois/{ids['sent 05']}/suivi"),
        Screen("proof", "roy", f"/envois/{ids['sent 05']}/preuve"),
        Screen("learning", "roy", "/textes/appris"),
        Screen("texts", "roy", "/textes"),
        Screen("figures", "roy", "/chiffres", dark=True),
        Screen("health", "admin", "/sante"),
        Screen("accounts", "admin", "/comptes"),
        Screen("dictaphone", "chirurgien", "/dictaphone/", dark=True),
    ]


def take(site: str, ids: dict[str, str]) -> None:
    from playwright.sync_api import sync_playwright

    wanted = os.environ.get("SCREENS", "").split()
    with sync_playwright() as playwright:
        flags = [
            "--no-sandbox",
            "--headless=new",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            "--lang=fr-FR",
        ]
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=flags
        )
        for account in dict.fromkeys(screen.account for screen in screens(ids)):
            context = browser.new_context(locale="fr-FR")
            page = context.new_page()
            page.goto(f"{site}/connexion")
            page.fill("#account", account)
            page.fill("#password", PASSWORD)
            page.click("button.primary")
            for screen in (one for one in screens(ids) if one.account == account):
                for size, theme in [(size, "light") for size in SIZES] + [("desktop", "dark")] * screen.dark:
                    name = f"{screen.name}-{size}" + ("-dark" if theme == "dark" else "")
                    if wanted and name not in wanted:
                        continue
                    width, height = SIZES[size]
                    page.set_viewport_size({"width": width, "height": height})
                    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                    photograph(page, site, screen, SCREENS / f"{name}.png")
        browser.close()


def photograph(page: Any, site: str, screen: Screen, path: Path) -> None:
    page.goto(site + screen.route)
    page.wait_for_load_state()
    if screen.then:
        page.wait_for_timeout(300)
        page.evaluate(f"(() => {{ {screen.then} }})()")
        page.wait_for_load_state()
    page.wait_for_timeout(900)  # pictures of pages and sound are drawn
    keep(page.screenshot(), path)


def keep(picture: bytes, path: Path) -> None:
    """A screen has few colours: a palette makes the file a third of its size."""
    from PIL import Image

    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    assert path.stat().st_size <= LARGEST, f"{path.name}: {path.stat().st_size} bytes"


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
