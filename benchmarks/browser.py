"""A secretary's page in Chromium, signed in, for the benchmarks that measure what the browser does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

FLAGS = ["--no-sandbox", "--headless=new", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


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
