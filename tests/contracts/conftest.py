"""The real ledger, on every database at hand: SQLite, and PostgreSQL when DICTATION_TEST_POSTGRESQL names a server."""

import pytest

from tests.ledgers import any_home, any_ledger, clock, empty_base, empty_database, home

__all__ = ["any_home", "any_ledger", "clock", "empty_base", "empty_database", "home", "ledger"]


@pytest.fixture
def ledger(any_ledger):
    return any_ledger
