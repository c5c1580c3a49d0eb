"""The real database of an installation."""

from tests.ledgers import clock, empty_database, home, ledger

__all__ = ["clock", "empty_database", "home", "ledger"]
