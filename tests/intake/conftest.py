"""A whole intake, with the real ledger on a SQLite file of its own."""

from tests.intake.fixtures import bench, make_bench
from tests.ledgers import empty_database

__all__ = ["bench", "empty_database", "make_bench"]
