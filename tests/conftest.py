"""What every test shares. Each folder adds its own real parts (relay, ledger, browser) in its own conftest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Playwright's synchronous API runs inside an event loop; Django would refuse the ORM there though no loop is blocked.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY
