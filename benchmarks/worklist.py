"""Benchmark: how long the worklist takes to answer with a million letters in the database: `make bench-worklist`.

    .venv/bin/python -m benchmarks.worklist [--home DIR] [--only DATABASE] [--rows 1000000] [--asks 40] [--keep]

On SQLite, then on Debian's PostgreSQL as installed: makes fictitious rows in bulk (million.py), then asks the real
page through Django's test client, signed in as a secretary of all services, as one of three services and as a surgeon.
Prints the median and the 95th percentile of every kind of question: by the clock, and in CPU time of this process and
of the server's process that answers it (another program on the machine does not count in that). Between two pages the
connections are treated as the service does. With --home what was written is kept there and asked again the next time;
without, it is thrown away. With --keep the table is kept in benchmarks/results/<day>-worklist.md. Writes nothing else.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import multiprocessing
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.million import AUTHORS, NOW, family, fill

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
Line = tuple[str, str, list[float], list[float]]  # who, question, milliseconds by the clock, milliseconds of CPU


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--asks", type=int, default=40, help="times each question is asked")
    options.add_argument("--only", choices=DATABASES, help="one of the two databases")
    options.add_argument("--home", type=Path, help="kept, and asked again without filling it when it is full")
    options.add_argument("--keep", action="store_true", help="keep the table in benchmarks/results/")
    chosen = options.parse_args()
    measured = {}
    with tempfile.TemporaryDirectory(prefix="worklist-") as folder:
        home = (chosen.home or Path(folder)).absolute()
        for database in [chosen.only] if chosen.only else DATABASES:
            with base(home, database) as address:  # each in a process of its own: settings are read once
                spawn = multiprocessing.get_context("spawn")
                with ProcessPoolExecutor(1, mp_context=spawn) as apart:
                    measured[database] = apart.submit(measure, home / database, chosen.rows, chosen.asks, address)
    if chosen.keep:
        keep({database: found.result() for database, found in measured.items()}, chosen.rows, chosen.asks)
    for found in measured.values():
        found.result()  # raises what went wrong there


@contextmanager
def base(home: Path, database: str) -> Iterator[str]:
    """The address of an empty database or of the one that is kept here; "" for SQLite."""
    (home / database).mkdir(parents=True, exist_ok=True)
    if database == "sqlite":
        yield ""
        return
    import psycopg

    from tests.postgresql import started

    (home / "server").mkdir(exist_ok=True)
    address, stop = started(home / "server")
    try:
        with psycopg.connect(f"{address}/postgres", autocommit=True) as outside:
            if not outside.execute("SELECT 1 FROM pg_database WHERE datname = 'letters'").fetchone():
                outside.execute("CREATE DATABASE letters")
        yield f"{address}/letters"
    finally:
        stop("fast")


def measure(home: Path, count: int, asks: int, address: str) -> tuple[str, list[Line]]:
    """The database's version; every question's figures, and those of all of them."""
    from dictation import django_settings
    from dictation.settings import Settings, StoreSettings

    settings = Settings(home=home, store=StoreSettings(database=address))
    django_settings.setup(settings)
    from django.db import connection

    from dictation.store.tables import DictationRow

    began, there = time.perf_counter(), DictationRow.objects.count()
    if there not in {0, count}:
        raise SystemExit(f"{there} letters are there already, {count} were asked for")
    if not there:
        fill(count)
        print(f"{count} letters written in {time.perf_counter() - began:.0f} s")
    clients = signed_in(settings)
    version = "SQLite " + sqlite3.sqlite_version
    if connection.vendor == "postgresql":
        version = f"PostgreSQL {connection.pg_version // 10_000}.{connection.pg_version % 10_000}"
    load = os.getloadavg()
    print(f"{version}; load average {load[0]:.1f}, {load[1]:.1f} over five minutes")
    print(f"{'who':<10} {'question':<24} {'median':>8} {'95th pct':>9} {'CPU':>8} {'95th pct':>9}")
    gc.collect()
    gc.freeze()  # as service.py does
    dice = random.Random(7)
    lines: list[Line] = []
    for who, what, route in QUESTIONS:
        took, cpu = [], []
        for _ in range(asks):
            asked = route.format(name=family(dice), number=f"{dice.randrange(count):07d}")
            between_two_pages()
            began, before = time.perf_counter(), worked()
            answer = clients[who].get(asked)
            took.append(1000 * (time.perf_counter() - began))
            cpu.append(1000 * (worked() - before))
            assert answer.status_code == 200, (asked, answer.status_code)
        lines.append((who, what, took, cpu))
        print(f"{who:<10} {what:<24} {times(took)} {times(cpu)}", flush=True)
    everything = [[each for line in lines for each in line[column]] for column in (2, 3)]
    lines.append(("everything", "", everything[0], everything[1]))
    print(f"{'everything':<35} {times(everything[0])} {times(everything[1])}")
    load = os.getloadavg()
    return f"{version} ({datetime.now(UTC):%H:%M} UTC, load average {load[0]:.1f}, {load[1]:.1f})", lines


QUESTIONS = [
    ("secretary", "à relire", "/listes/a-relire"),
    ("secretary", "à signer", "/listes/a-signer"),
    ("secretary", "envoyées", "/listes/envoyees"),
    ("secretary", "en retard", "/listes/en-retard"),
    ("secretary", "toutes", "/listes/toutes"),
    ("secretary", "toutes, page 21", "/listes/toutes?debut=2000"),
    ("secretary", "one service", "/listes/toutes?service=Service+3"),
    ("secretary", "one author", f"/listes/toutes?auteur={AUTHORS[5].rpps}"),
    ("secretary", "search: a rare name", "/listes/toutes?q=zazaza"),
    ("secretary", "search: a family name", "/listes/toutes?q={name}"),
    ("secretary", "search: two names", "/listes/toutes?q=camille+{name}"),
    ("secretary", "search in « à relire »", "/listes/a-relire?q={name}"),
    ("secretary", "search: two letters", "/listes/toutes?q=ba"),
    ("secretary", "search: number", "/listes/toutes?q={number}"),
    ("3 services", "à relire", "/listes/a-relire"),
    ("3 services", "en retard", "/listes/en-retard"),
    ("3 services", "toutes", "/listes/toutes"),
    ("3 services", "search: a family name", "/listes/toutes?q={name}"),
    ("surgeon", "à signer", "/listes/a-signer"),
    ("surgeon", "toutes", "/listes/toutes"),
    ("surgeon", "search: a family name", "/listes/toutes?q={name}"),
]


def between_two_pages() -> None:
    """What the service does when a request comes, and the test client leaves out: SQLite is opened for each page."""
    from django.db import close_old_connections, connection

    close_old_connections()
    if connection.vendor == "postgresql":
        connection.ensure_connection()  # a connection too old is replaced here, so that its process can be named


def keep(measured: dict[str, tuple[str, list[Line]]], count: int, asks: int) -> None:
    """The table as a dated file."""
    now = datetime.now(UTC)
    columns = " | ".join(f"{DATABASES[name]} median | 95th pct | CPU | 95th pct" for name in measured)
    asked_of = ", ".join(version for version, _ in measured.values())
    text = (
        f"# The worklist with {count:,} letters\n\n{now:%Y-%m-%d}, {asked_of}; {os.cpu_count()} cores, {asks} asks of "
        "each question. Milliseconds; CPU is this process’s and that of the database’s process that serves it.\n\n"
        f"| who | question | {columns} |\n"
        f"|---|---|{'---|' * 4 * len(measured)}\n"
    )
    for together in zip(*(lines for _, lines in measured.values()), strict=True):
        cells = [
            figure
            for _, _, took, cpu in together
            for figure in (statistics.median(took), percentile(took), statistics.median(cpu), percentile(cpu))
        ]
        text += f"| {together[0][0]} | {together[0][1]} | {' | '.join(f'{cell:.0f}' for cell in cells)} |\n"
    (Path(__file__).parent / "results" / f"{now:%Y-%m-%d}-worklist.md").write_text(text, encoding="utf-8")


def worked() -> float:
    """Seconds of CPU of this process, and of the PostgreSQL process that serves its connection."""
    from django.db import connection

    own = time.process_time()
    if connection.vendor != "postgresql":
        return own
    schedule = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return own + int(schedule.read_text().split()[0]) / 1e9


def times(took: list[float]) -> str:
    """Median and 95th percentile."""
    return f"{statistics.median(took):>5.0f} ms {percentile(took):>6.0f} ms"


def percentile(took: list[float], share: float = 0.95) -> float:
    return sorted(took)[min(len(took) - 1, int(share * len(took)))]


def signed_in(settings: Any) -> dict[str, Any]:
    """A client for a secretary and one for a surgeon; the pages get only what the worklist needs."""
    from django.contrib.auth.models import User
    from django.test import Client

    from dictation.settings import OverdueSettings
    from dictation.store.accounts import Role, save_account
    from dictation.store.ledger import Ledger
    from dictation.web.accounts import SEEN, SINCE
    from dictation.web.parts import WebParts, install

    def nothing(*_: Any, **__: Any) -> Any:
        raise AssertionError("the worklist does not use this")

    missing = dataclasses.MISSING
    needed = [part.name for part in dataclasses.fields(WebParts) if part.default is part.default_factory is missing]
    common: dict[str, Any] = dict.fromkeys(needed, nothing)
    common |= {"ledger": Ledger(lambda: NOW), "playback_folder": settings.home, "settings": settings.web}
    limits = OverdueSettings(
        services={"Service 3": {"proofread_hours": 48, "sign_hours": 12}}
    )  # as some hospitals will
    install(WebParts(**common | {"clock": lambda: NOW, "authors": tuple(AUTHORS), "overdue": limits}))
    by: dict[str, Any] = {"at": NOW, "actor": "benchmark"}
    save_account("secretaire", "quatre mots assez longs", Role.SECRETARY, **by)
    services = [f"Service {number}" for number in (2, 5, 9)]  # 15 authors of 60
    save_account("service", "quatre mots assez longs", Role.SECRETARY, services=services, **by)
    save_account("chirurgien", "quatre mots assez longs", Role.AUTHOR, rpps=AUTHORS[3].rpps, **by)
    out = {}
    for who, account in (("secretary", "secretaire"), ("3 services", "service"), ("surgeon", "chirurgien")):
        client = Client(headers={"host": "localhost"})
        client.force_login(User.objects.get(username=account))
        session = client.session
        session[SEEN] = session[SINCE] = NOW.isoformat()
        session.save()
        client.get("/listes/a-relire")  # templates compiled, connection opened
        out[who] = client
    return out


if __name__ == "__main__":
    main()
