"""Benchmark: how long the worklist takes to answer with a million letters in the database.

    .venv/bin/python -m benchmarks.worklist [--rows 1000000] [--asks 20] [--home DIR] [--database ADDRESS] [--keep]

Makes fictitious rows in bulk in a temporary home (or in an empty database that is given; with --home, or in a database
that it filled before, what is there is asked again), then asks the real page through Django's test client, signed in
as a secretary of all services, as one of three services and as a surgeon, and prints the median and the 95th percentile
of every kind of question: by the clock, and in CPU time of this process and of the server's process that answers it,
when it runs on this machine (another program on the machine does not count in it). With --keep the table is kept in
benchmarks/results/<day>-worklist-<database>.md. Writes nothing else; the rows' recordings do not exist.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import os
import random
import sqlite3
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
# Shares of a database a few years old: nearly everything is archived, a few hundred letters are being worked on.
ACTIVE = {"received": 40, "drafted": 400, "held": 30, "proofread": 250, "approved": 20, "typeset": 10, "stuck": 8}
BATCH = 20_000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--asks", type=int, default=20, help="times each question is asked")
    options.add_argument("--database", default="", help="postgresql://...: an empty database; default SQLite")
    options.add_argument("--home", type=Path, help="kept, and asked again without filling it when it is full")
    options.add_argument("--keep", action="store_true", help="keep the table in benchmarks/results/")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="worklist-") as folder:
        lines = measure(chosen.home or Path(folder), chosen.rows, chosen.asks, chosen.database)
    if chosen.keep:
        keep(lines, chosen.rows, chosen.asks)


def measure(home: Path, count: int, asks: int, address: str) -> list[tuple[str, str, list[float], list[float]]]:
    """(who, question, milliseconds by the clock, milliseconds of CPU) of every question, and of all of them."""
    from dictation import django_settings
    from dictation.settings import Settings, StoreSettings

    settings = Settings(home=home, store=StoreSettings(database=address))
    django_settings.setup(settings)
    from dictation.domain.people import Author
    from dictation.store.tables import DictationRow

    authors = [Author(f"1{i:010d}", f"Auteur{i}", "Camille", service=f"Service {i % 12}") for i in range(60)]
    began, there = time.perf_counter(), DictationRow.objects.count()
    if there not in {0, count}:
        raise SystemExit(f"{there} letters are there already, {count} were asked for")
    if not there:
        fill(count, authors)
        print(f"{count} letters written in {time.perf_counter() - began:.0f} s")
        close_filling()
    clients = signed_in(settings, authors)
    questions = [
        ("secretary", "à relire", "/listes/a-relire"),
        ("secretary", "à signer", "/listes/a-signer"),
        ("secretary", "envoyées", "/listes/envoyees"),
        ("secretary", "en retard", "/listes/en-retard"),
        ("secretary", "toutes", "/listes/toutes"),
        ("secretary", "toutes, page 21", "/listes/toutes?debut=2000"),
        ("secretary", "one service", "/listes/toutes?service=Service+3"),
        ("secretary", "one author", f"/listes/toutes?auteur={authors[5].rpps}"),
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
    dice = random.Random(7)
    print(f"{'who':<10} {'question':<24} {'median':>8} {'95th pct':>9} {'CPU':>8} {'95th pct':>9}")
    everything: list[float] = []
    busy: list[float] = []
    lines = []
    for who, what, route in questions:
        took, cpu = [], []
        for _ in range(asks):
            asked = route.format(name=family(dice), number=f"{dice.randrange(count):07d}")
            began, before = time.perf_counter(), worked()
            answer = clients[who].get(asked)
            took.append(1000 * (time.perf_counter() - began))
            cpu.append(1000 * (worked() - before))
            assert answer.status_code == 200, (asked, answer.status_code)
        everything += took
        busy += cpu
        lines.append((who, what, took, cpu))
        print(f"{who:<10} {what:<24} {times(took)} {times(cpu)}", flush=True)
    lines.append(("everything", "", everything, busy))
    print(f"{'everything':<35} {times(everything)} {times(busy)}")
    return lines


def keep(lines: list[tuple[str, str, list[float], list[float]]], count: int, asks: int) -> None:
    """The table as a dated file."""
    from django.db import connection

    version = connection.pg_version if connection.vendor == "postgresql" else sqlite3.sqlite_version
    load, now = os.getloadavg(), datetime.now(UTC)
    text = (
        f"# The worklist with {count:,} letters: {connection.vendor}\n\n{now:%Y-%m-%d %H:%M} UTC, {connection.vendor} "
        f"{version}, {os.cpu_count()} cores (load average {load[0]:.1f}, {load[1]:.1f} over five minutes), {asks} asks "
        "of each question. Milliseconds; CPU is this process’s and that of the database’s process that serves it.\n\n"
        "| who | question | median | 95th pct | CPU | 95th pct |\n|---|---|---|---|---|---|\n"
    )
    for who, what, took, cpu in lines:
        cells = [statistics.median(took), percentile(took), statistics.median(cpu), percentile(cpu)]
        text += f"| {who} | {what} | {' | '.join(f'{cell:.0f}' for cell in cells)} |\n"
    results = Path(__file__).parent / "results"
    (results / f"{now:%Y-%m-%d}-worklist-{connection.vendor}.md").write_text(text, encoding="utf-8")


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


SYLLABLES = [c + v for c in "bcdfglmnprstvz" for v in ("a", "e", "i", "o", "u", "an", "on", "ou")]


def family(dice: random.Random) -> str:
    """A fictitious name; some are common, most are rare."""
    return "".join(dice.choice(SYLLABLES[: dice.choice([8, 30, 112])]) for _ in range(dice.choice([2, 2, 3])))


def fill(count: int, authors: list[Any]) -> None:
    """`count` letters of these authors, in bulk."""
    from django.db import connection, transaction

    from dictation.domain import codec
    from dictation.domain.documents import Approval
    from dictation.store.tables import DictationRow, SearchWordRow

    dice = random.Random(1)
    approval = codec.dumps(Approval(1, "a" * 64, "b" * 64, authors[0].rpps, NOW))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for pragma in ("cache_size = -2000000", "synchronous = OFF"):
                cursor.execute(f"PRAGMA {pragma}")
    indexes = [(table, index) for table in (DictationRow, SearchWordRow) for index in table._meta.indexes]
    with connection.schema_editor() as editor:  # made at the end: each would be met at random
        for table, index in indexes:
            editor.remove_index(table, index)
    states = [state for state, number in ACTIVE.items() for _ in range(number)]
    for start in range(0, count, BATCH):
        letters, words = [], []
        for i in range(start, min(count, start + BATCH)):
            state = (
                states[i]
                if i < len(states)
                else dice.choices(["sent", "delivered", "archived", "cancelled"], [2, 8, 89, 1])[0]
            )
            at = NOW - (timedelta(minutes=13 * i) if i < len(states) else timedelta(seconds=120 * i))
            pk, name = f"{i * 7919 % 16**12:012x}", family(dice)
            search = f"dictee-{i}.wav {name} camille ipp {i:07d}"
            author = authors[i % 60]
            letters.append(DictationRow(
                id=pk, state=state, name=f"dictee-{i}.wav", sha256=f"{i:064x}", author=author.rpps, urgent=i % 25 == 0,
                sidecar=sidecar(author.rpps, name.title(), f"{i:07d}"), search=search, received_at=at, state_since=at,
                duration=180.0, draft_version=1, points=5, points_open=i % 6, approval=approval,
                resume_state="drafted" if state in {"held", "stuck"} else "",
            ))  # fmt: skip
            words += [(word, pk) for word in {pk, "dictee", str(i), "wav", name, "camille", "ipp", f"{i:07d}"}]
        with transaction.atomic():
            DictationRow.objects.bulk_create(letters)
            write_words(words)
        print(f"\r{start + len(letters)}", end="", flush=True)
    print()
    with connection.schema_editor() as editor:
        for table, index in indexes:
            editor.add_index(table, index)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def close_filling() -> None:
    """A connection as the service has it: what was set for filling is forgotten."""
    from django.db import connection

    connection.close()


def write_words(pairs: list[tuple[str, str]]) -> None:
    """(word, dictation) pairs, past the ORM: there are eight for each letter."""
    from django.db import connection

    from dictation.store.tables import SearchWordRow

    table, columns = SearchWordRow._meta.db_table, "word, dictation_id"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for pair in pairs:
                    copy.write_row(pair)
        else:
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES (%s, %s)", sorted(pairs))


def sidecar(rpps: str, last_name: str, number: str) -> str:
    """As the store keeps it; one is made, the others are it with other words: a million take a while."""
    text = a_sidecar()
    for word, other in (("RPPS", rpps), ("NOM", last_name), ("NUMERO", number)):
        text = text.replace(word, other)
    return text


@functools.cache
def a_sidecar() -> str:
    from datetime import date

    from dictation.domain import codec
    from dictation.domain.documents import LetterType, Sidecar
    from dictation.domain.people import Addressee, Patient, Sex

    patient = Patient("NOM", "Camille", date(1950, 1, 1), Sex.FEMALE, hospital_number="NUMERO")
    return codec.dumps(Sidecar("RPPS", patient, Addressee("Marchand", mailbox="m@gp.test"), LetterType.CONSULTATION))


def signed_in(settings: Any, authors: list[Any]) -> dict[str, Any]:
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
    install(WebParts(**common | {"clock": lambda: NOW, "authors": tuple(authors), "overdue": limits}))
    by: dict[str, Any] = {"at": NOW, "actor": "benchmark"}
    save_account("secretaire", "quatre mots assez longs", Role.SECRETARY, **by)
    services = [f"Service {number}" for number in (2, 5, 9)]  # 15 authors of 60
    save_account("service", "quatre mots assez longs", Role.SECRETARY, services=services, **by)
    save_account("chirurgien", "quatre mots assez longs", Role.AUTHOR, rpps=authors[3].rpps, **by)
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
