"""The journal: nobody changes it quietly."""

from __future__ import annotations

import pytest

from tests.ledgers import approved, recording, sidecar


def _sql(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def written(ledger, clock):
    """A journal with a life in it; its triggers removed, as somebody with the file in hands could do."""
    approved(ledger, clock)
    return ledger


@pytest.fixture
def unguarded(written):
    for verb in ("update", "delete"):
        _sql(f"DROP TRIGGER journal_no_{verb}")
    return written


@pytest.mark.parametrize("statement", ["UPDATE journal SET actor = 'nobody'", "DELETE FROM journal"])
def test_the_database_refuses_to_change_a_line(written, statement):
    from django.db import DatabaseError

    with pytest.raises(DatabaseError, match="append-only"):
        _sql(statement)
    assert written.verify() == []


def test_the_database_refuses_to_change_a_saved_draft(written):
    from django.db import DatabaseError

    with pytest.raises(DatabaseError, match="append-only"):
        _sql("UPDATE revision SET draft = '{}'")


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("UPDATE journal SET actor = 'nobody' WHERE serial = 3", "ligne 3 a été modifiée"),
        ("UPDATE journal SET at = '2020-01-01 00:00:00' WHERE serial = 2", "ligne 2 a été modifiée"),
        ("UPDATE journal SET details = '{}' WHERE serial = 7", "ligne 7 a été modifiée"),
        ("DELETE FROM journal WHERE serial = 4", "avant la ligne 5"),
        ("DELETE FROM journal WHERE serial >= 6", "la fin ne correspond pas"),
        ("DELETE FROM journal", "la fin ne correspond pas"),
        ("UPDATE journal_head SET serial = 6", "la fin ne correspond pas"),
    ],
)
def test_whoever_goes_round_the_database_is_found_out(unguarded, statement, line):
    _sql(statement)
    problems = unguarded.verify()
    assert any(line in problem for problem in problems), problems


def test_a_line_rewritten_with_a_fresh_digest_breaks_the_next_one(unguarded):
    from dataclasses import replace

    from dictation.store import journal

    third = list(journal.entries())[2]
    forged = replace(third, actor="nobody")
    _sql(f"UPDATE journal SET actor = 'nobody', hash = '{forged.computed_hash()}' WHERE serial = 3")
    assert unguarded.verify() == ["Journal\u00a0: la ligne 4 ne suit pas la ligne 3."]


def test_a_change_that_fails_leaves_no_line(ledger):
    from dictation.domain.progress import State
    from dictation.errors import NotAllowed

    dictation_id, _ = ledger.register(recording(), sidecar())
    with pytest.raises(NotAllowed):
        ledger.move(dictation_id, State.RECEIVED, State.HELD, actor="cli", resume_state=State.APPROVED)
    assert [entry.action for entry in ledger.journal(dictation_id)] == ["received"]
