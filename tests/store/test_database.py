"""The database at start: whole, ours, of this version, or a refusal that says why."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from dictation import django_settings
from dictation.disk import ContentStore
from dictation.errors import BadSettings, TryAgainLater
from dictation.settings import Settings, StoreSettings, WebSettings, read_settings
from tests.ledgers import recording, sidecar


def _value(pragma: str) -> object:
    from django.db import connection

    with connection.cursor() as cursor:
        return cursor.execute(f"PRAGMA {pragma}").fetchone()[0]


def test_sqlite_writes_through_to_the_disk_and_uses_wal_only_where_it_is_safe(home):
    import sqlite3

    safe = sqlite3.sqlite_version_info >= (3, 51, 3)
    assert _value("journal_mode") == ("wal" if safe else "truncate")
    assert _value("synchronous") == 3  # EXTRA


def test_a_database_of_a_newer_version_is_refused(home):
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder(connection).record_applied("store", "9999_from_the_future")
    with pytest.raises(BadSettings) as refused:
        django_settings.setup(home)
    assert refused.value.code == "E_STORE_NEWER"


def test_a_lost_database_is_not_replaced_by_an_empty_one(tmp_path, empty_database):
    ContentStore(tmp_path / ".state" / "blobs").put(b"a kept recording")
    with pytest.raises(BadSettings) as refused:
        django_settings.setup(read_settings(tmp_path))
    assert refused.value.code == "E_STORE_MISSING"


def test_a_damaged_database_is_refused_and_left_alone(home):
    from django.db import connection

    connection.close()
    file = home.state_folder / "dictation.sqlite3"
    damaged = b"not a database" * 1000
    file.write_bytes(damaged)
    with pytest.raises(BadSettings) as refused:
        django_settings.setup(home)
    assert refused.value.code == "E_STORE_DAMAGED"
    assert file.read_bytes() == damaged


def test_two_processes_that_start_together_make_one_database(tmp_path):
    program = (
        "import sys; from dictation.settings import read_settings; from dictation.django_settings import setup;"
        "setup(read_settings(sys.argv[1])); from django.conf import settings; print(settings.SECRET_KEY)"
    )
    starts = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    keys = [process.communicate()[0] for process in starts]
    assert [process.returncode for process in starts] == [0, 0]
    assert keys[0] == keys[1]


def test_the_key_that_signs_sessions_is_readable_by_this_account_only(tmp_path):
    before = os.umask(0)
    try:
        key = django_settings.secret_key(read_settings(tmp_path))
    finally:
        os.umask(before)
    file = tmp_path / ".state" / "secret_key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(key) >= 50
    assert django_settings.secret_key(read_settings(tmp_path)) == key


def test_a_postgresql_address_becomes_djangos_words():
    address = "postgresql://scribe:p%40ss@db.hospital.test:5433/dictation?sslmode=verify-full"
    options = django_settings.database(Settings(store=StoreSettings(database=address)))
    assert (options["HOST"], options["PORT"], options["NAME"]) == ("db.hospital.test", "5433", "dictation")
    assert (options["USER"], options["PASSWORD"]) == ("scribe", "p@ss")
    assert options["OPTIONS"] == {"sslmode": "verify-full"}


@pytest.mark.parametrize("address", ["mysql://host/base", "postgresql://host", "dictation.sqlite3"])
def test_an_address_that_makes_no_sense_is_refused(address):
    with pytest.raises(BadSettings):
        django_settings.database(Settings(store=StoreSettings(database=address)))


@pytest.mark.parametrize("https", [False, True])
def test_cookies_are_tied_to_the_host_behind_https(tmp_path, https):
    values = django_settings.values(Settings(home=tmp_path, web=WebSettings(https=https)))
    assert values["SESSION_COOKIE_SECURE"] is values["CSRF_COOKIE_SECURE"] is https
    assert values["SESSION_COOKIE_NAME"].startswith("__Host-") is https
    assert values["SESSION_COOKIE_HTTPONLY"] is True


def test_a_database_that_does_not_answer_means_try_again_later(ledger, home):
    from django.db import connection

    ledger.counts()
    connection.cursor().execute("PRAGMA busy_timeout = 1")
    import sqlite3

    other = sqlite3.connect(home.state_folder / "dictation.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(TryAgainLater) as refused:
            ledger.register(recording(), sidecar())
    finally:
        other.rollback()
        other.close()
    assert refused.value.code == "E_STORE_BUSY"
    assert ledger.register(recording(), sidecar())[1]
