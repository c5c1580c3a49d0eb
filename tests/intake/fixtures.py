"""Fixtures of the bench, for every folder that drops files; they need `empty_database` of tests/ledgers.py."""

from __future__ import annotations

import pytest

from tests.intake.bench import Bench


@pytest.fixture
def make_bench(tmp_path, empty_database):
    """Makes a bench with settings or a probe of the test's own."""
    made = []

    def make(**parts) -> Bench:
        made.append(Bench(tmp_path / f"home{len(made)}", empty_database, **parts))
        return made[-1]

    yield make
    from django.db import connection

    connection.close()


@pytest.fixture
def bench(make_bench) -> Bench:
    return make_bench()
