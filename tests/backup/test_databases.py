"""A backup of either kind of database is put back into the same kind, or refused in words that say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from dictation.compose import Installation
from dictation.domain.progress import State
from dictation.errors import SENTENCES, NotAllowed
from dictation.settings import Settings, StoreSettings
from dictation.store.dump import dump, without_password
from tests import ledgers

ADDRESS = "postgresql://dictation:tr%40s%20secret@db.test:5433/lettres?sslmode=require"


@pytest.fixture
def program(tmp_path, monkeypatch):
    """program(name, ends): a command of that name, first on the path, that notes how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def program(name: str, ends: int) -> Path:
        told, script = tmp_path / f"{name}.told", folder / name
        script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" "PGPASSWORD=$PGPASSWORD" > {told}\nexit {ends}\n')
        script.chmod(0o755)
        return told

    return program


def test_it_comes_back_on_every_database_at_hand(any_home, any_ledger, clock, empty_installation, tmp_path_factory):
    parts = Installation(any_home)
    one = ledgers.approved(any_ledger, clock, parts.blobs.put(b"%PDF signed"))
    before = parts.ledger.get(one)
    saved = parts.back_up(tmp_path_factory.mktemp("other-disk"))
    again = Installation(empty_installation)
    again.restore(saved)
    after = again.ledger.get(one)
    assert (after.recording, after.sidecar, after.approval) == (before.recording, before.sidecar, before.approval)
    assert after.state is State.HELD
    assert again.verify() == []
    with pytest.raises(NotAllowed) as refused:
        Installation(empty_installation).restore(saved)
    assert refused.value.code == "E_NOT_EMPTY"


@pytest.mark.parametrize("any_home", ["postgresql"], indirect=True)
def test_postgresql_knows_how_much_came_back(any_home, any_ledger, empty_installation, tmp_path_factory):
    from django.db import connection

    ledgers.drafted(any_ledger)
    saved = Installation(any_home).back_up(tmp_path_factory.mktemp("other-disk"))
    again = Installation(empty_installation)
    again.restore(saved)
    assert len(again.ledger.list()) == 1  # the connection is this database's
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reltuples, relallvisible FROM pg_class WHERE relname IN ('dictation', 'journal')"
        )
        known = {name: (rows, visible) for name, rows, visible in cursor.fetchall()}
    assert set(known) == {"dictation", "journal"}
    assert all(rows > 0 and visible > 0 for rows, visible in known.values()), known


def test_the_password_is_on_no_command_line(program, tmp_path):
    told = program("pg_dump", 0)
    dump(ADDRESS, tmp_path / "dictation.pgdump")
    lines = told.read_text().splitlines()
    assert "--dbname=postgresql://dictation@db.test:5433/lettres?sslmode=require" in lines
    assert "--exclude-schema=dbos" in lines
    assert lines[-1] == "PGPASSWORD=tr@s secret"
    assert not any("secret" in line for line in lines[:-1])
    assert without_password("postgresql:///lettres") == ("postgresql:///lettres", "")


def test_a_copy_that_was_not_made_is_said_with_the_command_that_makes_it(program, tmp_path, monkeypatch):
    program("pg_dump", 1)
    with pytest.raises(NotAllowed) as refused:
        dump(ADDRESS, tmp_path / "dictation.pgdump")
    assert refused.value.code == "E_BACKUP_DATABASE"
    assert "secret" not in str(refused.value)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NotAllowed) as refused:
        dump(ADDRESS, tmp_path / "dictation.pgdump")
    assert "pg_dump --format=custom" in SENTENCES[refused.value.code]


def test_a_backup_is_put_back_into_its_own_kind_of_database(home, ledger, clock, tmp_path_factory, monkeypatch):
    ledgers.drafted(ledger)
    saved = Installation(home).back_up(tmp_path_factory.mktemp("other-disk"))
    monkeypatch.setattr("dictation.store.dump.is_empty", lambda address: True)
    other = Settings(home=tmp_path_factory.mktemp("new"), store=StoreSettings(database=ADDRESS))
    with pytest.raises(NotAllowed) as refused:
        Installation(other).restore(saved)
    assert refused.value.code == "E_BACKUP_OTHER"
    assert not (other.state_folder / "blobs").exists()
