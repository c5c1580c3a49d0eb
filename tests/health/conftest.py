"""The real database of an installation."""

from tests.ledgers import empty_database, home

__all__ = ["empty_database", "home"]
