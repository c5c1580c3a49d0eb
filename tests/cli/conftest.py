from tests.ledgers import clock, empty_database, home, ledger  # noqa: F401
