"""The pages as the server asks for them: what is kept between two requests, on the real PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import psycopg
import pytest

from dictation import django_settings
from dictation.settings import Settings, StoreSettings
from tests.ledgers import empty_base, new_base
from tests.postgresql import server

__all__ = ["empty_base"]


@pytest.fixture
def base(tmp_path, empty_base, monkeypatch) -> Iterator[str]:
    """The name of a PostgreSQL database with its tables, which the pages read; no thread is kept yet."""
    from django.db import connection, connections

    from dictation.web import asgi

    name = new_base(f"CREATE DATABASE {{name}} TEMPLATE {empty_base}")
    django_settings.setup(Settings(home=tmp_path, store=StoreSettings(database=f"{server()}/{name}")))
    kept: list = []
    monkeypatch.setattr(asgi, "_waiting", kept)
    yield name
    for thread in kept:
        thread.submit(connections.close_all).result()
        thread.shutdown()
    connection.close()


async def page() -> int:
    """The status of a page that looks its session up, asked as uvicorn does."""
    from dictation.web import asgi
    from dictation.web.asgi import application

    told: list[int] = []
    headers = [(b"host", b"localhost"), (b"cookie", b"session=nobodyknowsthissession0123456789")]
    scope = {
        "type": "http", "method": "GET", "path": "/listes/toutes", "query_string": b"", "headers": headers,
        "http_version": "1.1", "scheme": "http", "server": ("localhost", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    came = asyncio.Event()

    async def receive():
        if not came.is_set():
            came.set()
            return {"type": "http.request", "body": b""}
        return await asyncio.Event().wait()  # the browser stays

    async def send(message):
        if message["type"] == "http.response.start":
            told.append(message["status"])

    await application(scope, receive, send)
    until = time.monotonic() + 5
    while not asgi._waiting and time.monotonic() < until:  # the thread says itself that it is done
        await asyncio.sleep(0)
    return told[0]


def serving(base: str) -> set[int]:
    """The processes of PostgreSQL that serve the pages."""
    with psycopg.connect(f"{server()}/postgres") as outside:
        found = outside.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [base])
        return {pid for (pid,) in found}


def test_the_next_page_is_served_by_the_same_connection(base):
    from django.db import connection

    connection.close()  # the fixture's own
    seen = []
    for _ in range(3):
        assert asyncio.run(page()) == 302  # nobody is signed in
        seen.append(serving(base))
    assert len(seen[0]) == 1
    assert seen[0] == seen[1] == seen[2]


def test_a_connection_that_broke_meanwhile_is_replaced(base):
    assert asyncio.run(page()) == 302
    before = serving(base)
    with psycopg.connect(f"{server()}/postgres", autocommit=True) as outside:
        for pid in before:  # as when the server is started again
            outside.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert asyncio.run(page()) == 302
    assert not serving(base) & before


def test_no_more_connections_are_kept_than_were_agreed(base, monkeypatch):
    from django.db import connection

    from dictation.web import asgi

    connection.close()
    monkeypatch.setattr(asgi, "KEPT", 2)

    async def many():
        return await asyncio.gather(*(page() for _ in range(6)))

    assert asyncio.run(many()) == [302] * 6
    for thread in asgi._waiting:
        thread.submit(int).result()
    assert len(asgi._waiting) == 2
    until = time.monotonic() + 20
    while len(serving(base)) > 2:  # a process of PostgreSQL ends when it learns that its client left
        assert time.monotonic() < until
