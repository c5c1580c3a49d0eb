from tests.ledgers import (  # noqa: F401
    any_home,
    any_ledger,
    clock,
    empty_base,
    empty_database,
    empty_installation,
    home,
    ledger,
)
