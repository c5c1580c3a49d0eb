"""The chain of the journal: what one digest vouches for."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from dictation.domain.journal import FIRST, JournalEntry, broken_links

AT = datetime(2026, 11, 2, 8, 30, 15, 250_000, tzinfo=UTC)


def entry(serial: int, previous: str, **about) -> JournalEntry:
    values = {"dictation_id": "a1b2c3d4e5f6", "actor": "anne", "action": "opened", "details": {"page": "desk"}, **about}
    draft = JournalEntry(serial=serial, at=AT, previous_hash=previous, hash="", **values)
    return replace(draft, hash=draft.computed_hash())


@pytest.fixture
def chain():
    found = [entry(1, FIRST)]
    for serial in range(2, 6):
        found.append(entry(serial, found[-1].hash))
    return found


def test_a_chain_as_written_is_whole(chain):
    assert list(broken_links(chain)) == []
    assert list(broken_links([])) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", AT + timedelta(microseconds=1)),
        ("dictation_id", "000000000000"),
        ("actor", "paul"),
        ("action", "approved"),
        ("details", {"page": "Desk"}),
    ],
)
def test_each_field_is_vouched_for(chain, field, value):
    chain[2] = replace(chain[2], **{field: value})
    assert list(broken_links(chain)) == ["Journal\u00a0: la ligne 3 a été modifiée."]


def test_no_field_was_forgotten():
    vouched = {"serial", "at", "dictation_id", "actor", "action", "details", "previous_hash"}
    assert {field.name for field in fields(JournalEntry)} == vouched | {"hash"}


def test_lines_taken_out_or_moved_are_noticed(chain):
    assert any("avant la ligne 3" in line for line in broken_links(chain[:1] + chain[2:]))
    assert list(broken_links([chain[1], chain[0], *chain[2:]]))


def test_the_same_moment_in_another_time_zone_has_the_same_digest(chain):
    moved = replace(chain[0], at=AT.astimezone(timezone(timedelta(hours=1))))
    assert moved.computed_hash() == chain[0].hash
