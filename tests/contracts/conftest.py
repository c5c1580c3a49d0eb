"""The real ledger, on both databases: SQLite and PostgreSQL."""

import pytest

from tests.ledgers import any_home, any_ledger, clock, empty_base, empty_database, home

__all__ = ["any_home", "any_ledger", "clock", "converted_models", "empty_base", "empty_database", "home", "ledger"]


@pytest.fixture
def ledger(any_ledger):
    return any_ledger


@pytest.fixture(scope="session")
def converted_models(tmp_path_factory):
    """Where the shipped checkpoint is converted to, once for all the tests here."""
    return tmp_path_factory.mktemp("converted")
