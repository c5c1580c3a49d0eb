from tests.ledgers import any_home, any_ledger, clock, empty_base, empty_database, home, ledger

__all__ = ["any_home", "any_ledger", "clock", "empty_base", "empty_database", "home", "ledger"]
