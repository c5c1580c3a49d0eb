"""Dump: a PostgreSQL database into one file and back, by its own tools.

An address and a file in; the file written, or the database filled. Runs pg_dump and pg_restore, which must be of the
server's version or newer. The password goes by the environment: a command line is read by everybody on the machine.
The workflow engine's schema stays out: it is made again.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from dictation.errors import NotAllowed, TryAgainLater

ENGINE_SCHEMA = "dbos"


def dump(address: str, file: Path) -> None:
    """A consistent copy while others read and write. NotAllowed (E_BACKUP_DATABASE): no pg_dump, or it refuses."""
    arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--exclude-schema={ENGINE_SCHEMA}"]
    _run("pg_dump", address, [*arguments, f"--file={file}"])


def load(address: str, file: Path) -> None:
    """Fill an empty database, all of it or nothing. NotAllowed (E_BACKUP_DATABASE)."""
    import psycopg

    arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run("pg_restore", address, [*arguments, str(file)])
    # pg_restore brings no statistics, and marks no page as read by all: until the server gets round to both, it would
    # read tables where an index holds the answer. All is there by now, whatever becomes of this.
    with suppress(psycopg.Error), psycopg.connect(address, autocommit=True, connect_timeout=10) as server:
        server.execute("VACUUM ANALYZE")


def is_empty(address: str) -> bool:
    """Whether nothing was ever put there. TryAgainLater when the server does not answer."""
    import psycopg

    try:
        with psycopg.connect(address, connect_timeout=10) as server:
            found = server.execute(
                "SELECT 1 FROM information_schema.tables"
                " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') LIMIT 1"
            )
            return found.fetchone() is None
    except psycopg.Error as error:
        raise TryAgainLater("no answer of the database server", code="E_STORE_BUSY") from error


def without_password(address: str) -> tuple[str, str]:
    """(address that may be seen, password)"""
    parts = urlsplit(address)
    if parts.password is None:
        return address, ""
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=user.partition(":")[0] + at + host)), unquote(parts.password)


def _run(program: str, address: str, arguments: list[str]) -> None:
    shown, password = without_password(address)
    env = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    try:
        done = subprocess.run(
            [program, f"--dbname={shown}", "--no-password", *arguments], env=env, capture_output=True, check=False
        )
    except OSError as error:
        raise NotAllowed(f"{program} cannot be run: {type(error).__name__}", code="E_BACKUP_DATABASE") from error
    if done.returncode != 0:  # its words may quote a row: only that it refused is told
        raise NotAllowed(f"{program} ended with {done.returncode}", code="E_BACKUP_DATABASE")
