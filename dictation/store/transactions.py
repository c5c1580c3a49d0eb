"""One transaction, one error: a database that is busy or away means « try again later », never a crash.

Connections belong to their thread; one that broke (PostgreSQL restarted) is dropped, and the next call opens another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, connection, transaction

from dictation.errors import TryAgainLater


@contextmanager
def writing() -> Iterator[None]:
    """All of the writes inside, or none. SQLite: takes the write lock at once (BEGIN IMMEDIATE)."""
    with reading(), transaction.atomic():
        yield


@contextmanager
def reading() -> Iterator[None]:
    """Reads without a transaction. Raises TryAgainLater (E_STORE_BUSY) when the database does not answer."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        raise TryAgainLater(f"database: {type(error).__name__}", code="E_STORE_BUSY") from error
