"""What every test shares. Each folder adds its own real parts (relay, ledger, browser) in its own conftest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.wheel import installed

__all__ = ["installed"]

# Playwright's synchronous API runs inside an event loop; Django would refuse the ORM there though no loop is blocked.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

# Side by side (`make test`), each process computes on the core it has; read before numpy and torch are imported.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# By hand, properties are tried on new examples each time; in continuous integration on the same ones, so that a change
# is judged by what it changed. A counterexample found by hand is kept with @example.
# No deadline in either: the first example of a run loads spaCy.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("by hand", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "by hand")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY
