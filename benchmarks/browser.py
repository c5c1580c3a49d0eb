"""The pages served by a process of their own, and a secretary signed in to them in Chromium."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

if TYPE_CHECKING:
    from playwright.sync_api import Page

REPOSITORY = Path(__file__).resolve().parent.parent
FLAGS = ["--no-sandbox", "--headless=new", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of this installation's pages, as long as they are wanted."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "dictation", "--home", str(home), "serve"], cwd=REPOSITORY,
        env=os.environ | {"DICTATION_WEB__PORT": str(port)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        site = f"http://127.0.0.1:{port}"
        _wait_for(site)
        yield site
    finally:
        server.terminate()
        server.wait(timeout=60)


def _wait_for(site: str, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            urlopen(f"{site}/vie", timeout=5).close()
            return
        except (URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("the pages do not answer")


@contextmanager
def signed_in(site: str) -> Iterator[tuple[Page, str]]:
    """The worklist of « roy » at this address, and the browser's name and version; closed behind."""
    from playwright.sync_api import sync_playwright

    from tests.web.sample_hospital import PASSWORD

    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{site}/connexion")
        page.fill("#account", "roy")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/listes/**")
        yield page, f"Chromium {browser.version}"
        browser.close()
