from __future__ import annotations

import pytest

from tests.ledgers import empty_base  # noqa: F401
from tests.send.peers import clock, home, hospital, pki, print_room, relay, tables  # noqa: F401
from tests.send.postfix import SIZE_LIMIT, postfix


@pytest.fixture(scope="session")
def postfix_server(pki):  # noqa: F811
    with postfix(pki, SIZE_LIMIT) as server:
        yield server
