"""Benchmark: how soon a list of 300 letters is on the screen: `make bench-rows`.

    .venv/bin/python -m benchmarks.rows [--asks 20]

The pages are served by a process of their own from a database of 300 letters to proofread. A secretary's list of 50 is
opened in Chromium and « 300 lignes par page » is clicked; the browser itself says when it first painted the answer,
counted from the click. Prints a table, keeps it in benchmarks/results/<day>-rows.md, and ends with 1 when 95 % of the
pages are not painted within a second.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.browser import served, signed_in
from benchmarks.typing import REPOSITORY, letter_in, percentile, processor

ROWS = 300
MOST = 1000.0  # milliseconds
PAINTED = "performance.getEntriesByName('first-contentful-paint').map((one) => one.startTime)"
THERE = "document.querySelectorAll('.worklist tbody tr').length"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--asks", type=int, default=20, help="times the long list is opened")
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="rows-") as folder:
        home = Path(folder)
        one, _, _ = letter_in(home)
        multiply(one, ROWS - 1)
        with served(home) as site:
            painted, browser = opened(site, chosen.asks)
    told = table(painted, browser)
    print(told)
    day = datetime.now(UTC)
    (REPOSITORY / "benchmarks" / "results" / f"{day:%Y-%m-%d}-rows.md").write_text(told, encoding="utf-8")
    return 0 if percentile(painted, 0.95) < MOST else 1


def multiply(one: str, count: int) -> None:
    """So many more letters like this one, each of a minute earlier."""
    from dictation.store.tables import DictationRow

    row = DictationRow.objects.get(pk=one)
    at, made = row.received_at, []
    for n in range(1, count + 1):
        row.pk, row.sha256, row.received_at = f"{n:012x}", f"{n:064x}", at - timedelta(minutes=n)
        row.state_since = row.received_at
        made.append(DictationRow(**{field.attname: getattr(row, field.attname) for field in row._meta.fields}))
    DictationRow.objects.bulk_create(made)


def opened(site: str, asks: int) -> tuple[list[float], str]:
    """Milliseconds from the click to the first painting, and the browser."""
    painted: list[float] = []
    with signed_in(site) as (page, told):
        for _ in range(asks + 1):
            page.goto(f"{site}/listes/a-relire")
            page.click("text=300\u00a0lignes par page")
            page.wait_for_url("**/listes/a-relire?lignes=300")
            while not (when := page.evaluate(PAINTED)):
                page.wait_for_timeout(20)
            assert page.evaluate(THERE) == ROWS
            painted.append(float(when[0]))
    return painted[1:], told  # the first one made the templates and the caches


def table(painted: list[float], browser: str) -> str:
    now, load = datetime.now(UTC), os.getloadavg()
    lines = [
        f"# A list of {ROWS} letters",
        "",
        f"{now:%Y-%m-%d %H:%M} UTC, {browser} (headless), {processor()}, {os.cpu_count()} cores shared with other "
        f"programs (load average {load[0]:.1f}, {load[1]:.1f} over five minutes). Opened {len(painted)} times.",
        "",
        "| milliseconds | median | 95th percentile | slowest |",
        "|---|---|---|---|",
        f"| **from the click to the first painting, by the clock** | {row(painted)} |",
        "",
        f"The aim is {MOST:.0f} ms at the 95th percentile.",
        "",
    ]
    return "\n".join(lines)


def row(times: list[float]) -> str:
    cells: list[Any] = [statistics.median(times), percentile(times, 0.95), max(times)]
    return " | ".join(f"{cell:.0f}" for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
