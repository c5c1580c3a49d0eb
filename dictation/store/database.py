"""Database: opened, checked and brought up to date before anything else runs.

Refuses (BadSettings) rather than guesses: a newer schema, a damaged file, an empty database beside kept recordings.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from dictation.errors import BadSettings


def prepare_database(state_folder: Path, blobs: Path | None = None) -> None:
    """Create or migrate the tables, one process at a time.

    blobs: the content store, default <state_folder>/blobs; while it holds files, an empty database is refused.
    Raises BadSettings: E_STORE_DAMAGED, E_STORE_NEWER, E_STORE_MISSING.
    """
    blobs = blobs or state_folder / "blobs"
    with _alone(state_folder / "migrate.lock"):
        try:
            _check_whole()
            known = set(connection.introspection.table_names())
            if "dictation" not in known and _holds_files(blobs):
                raise BadSettings(f"{blobs} holds recordings, the database none", code="E_STORE_MISSING")
            _migrate()
        except DatabaseError as error:
            connection.close()
            raise BadSettings(f"database not readable: {type(error).__name__}", code="E_STORE_DAMAGED") from error


def copy_database(target: Path) -> None:
    """A consistent copy of the SQLite database while others read and write; dump.py does the same for PostgreSQL."""
    connection.ensure_connection()
    copy = sqlite3.connect(target)
    try:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, whatever the mode here
    finally:
        copy.close()


def _check_whole() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            if cursor.fetchone() != ("ok",):
                raise BadSettings("SQLite quick_check failed", code="E_STORE_DAMAGED")


def _migrate() -> None:
    executor = MigrationExecutor(connection)
    ours = {name for app, name in executor.loader.graph.nodes if app == "store"}
    applied = {name for app, name in MigrationRecorder(connection).applied_migrations() if app == "store"}
    if applied - ours:
        raise BadSettings(
            f"database made by a newer version: {', '.join(sorted(applied - ours))}", code="E_STORE_NEWER"
        )
    targets = executor.loader.graph.leaf_nodes()
    if executor.migration_plan(targets):
        executor.migrate(targets)


def _holds_files(folder: Path) -> bool:
    return any(path.is_file() for path in folder.rglob("*")) if folder.exists() else False


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold a lock file while migrating: the web and the worker often start at the same second."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
