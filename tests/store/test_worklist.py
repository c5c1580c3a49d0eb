"""A page of the worklist is the same whichever way the database is asked for it, on SQLite and on PostgreSQL."""

from __future__ import annotations

import importlib
import itertools
import random
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from dictation.domain.documents import Priority
from dictation.domain.progress import Standing, State, Tally
from tests.ledgers import recording, sidecar

AUTHORS = ("10003456782", "10009876543", "10001112223")
NAMES = ("Martin", "Martinez", "Évrard", "Le Goff", "Saint-Martin", "Nguyen", "de La Tour")
EVERY = frozenset(State)
WORKED_ON = frozenset({State.RECEIVED, State.TRANSCRIBED, State.HELD})


@pytest.fixture
def letters(any_ledger, clock):
    """Forty dictations of three authors in several states, some of them received at the same moment."""
    dice = random.Random(5)
    for number in range(40):
        about = sidecar(name=dice.choice(NAMES), priority=Priority.URGENT if dice.random() < 0.3 else Priority.NORMAL)
        one, _ = any_ledger.register(recording(f"visite-{number:02d}.wav"), replace(about, author=dice.choice(AUTHORS)))
        if dice.random() < 0.6:
            any_ledger.move(one, State.RECEIVED, State.TRANSCRIBED, actor="test")
            if dice.random() < 0.5:
                any_ledger.move(one, State.TRANSCRIBED, State.HELD, actor="test")
        clock.forward(dice.choice([0, 60]))
    return any_ledger


def is_asked_for(one, *, states, authors, text, urgent_only, since_before, **_):
    from dictation.store import rows

    words = re.findall(r"\w+", rows.folded(text))
    found = [one.id, *re.findall(r"\w+", rows.search_text(one.recording.name, one.sidecar))]
    urgent = one.sidecar.priority is Priority.URGENT
    standing = [
        each
        for each in since_before or []
        if (each.state, each.urgent) == (one.state, urgent)
        and one.state_since < each.before
        and each.concerns(one.sidecar.author)
    ]
    return (
        one.state in states
        and (authors is None or one.sidecar.author in authors)
        and (urgent or not urgent_only)
        and all(any(each.startswith(word) for each in found) for word in words)
        and (since_before is None or bool(standing))
    )


def in_order(found, *, newest):
    if newest:
        return sorted(found, key=lambda one: (one.received_at, one.id), reverse=True)
    return sorted(found, key=lambda one: (one.sidecar.priority is not Priority.URGENT, one.received_at, one.id))


@pytest.mark.parametrize("common", [0, 8, 2_000], ids=["walked", "some are common", "looked up"])
def test_every_way_gives_the_same_page(letters, clock, monkeypatch, common):
    monkeypatch.setattr("dictation.store.worklist.COMMON", common)
    everything = letters.page(EVERY, limit=1000)
    assert len(everything) == 40
    lately = [
        Standing(state, urgent, clock() - timedelta(minutes=5)) for state in WORKED_ON for urgent in (True, False)
    ]
    first = frozenset(AUTHORS[:1])  # of a service with another limit
    apart = [replace(one, but=first) for one in lately]
    apart += [replace(one, before=clock() - timedelta(minutes=12), authors=first) for one in lately if not one.urgent]
    every_question = itertools.product(
        (EVERY, WORKED_ON, {State.HELD}),
        (None, AUTHORS[:2], frozenset()),
        ("", "martin", "evrard camille", "visite tour", "saint-martin 0001", "rien"),
        (False, True),
        (False, True),
        (None, lately, apart),
    )
    shown = 0
    for states, authors, text, urgent_only, newest, since_before in random.Random(3).sample([*every_question], 110):
        about = {
            "states": states,
            "authors": authors,
            "text": text,
            "urgent_only": urgent_only,
            "newest": newest,
            "since_before": since_before,
        }
        wanted = in_order([one for one in everything if is_asked_for(one, **about)], newest=newest)
        got = letters.page(**about, limit=4, offset=2)
        assert [one.id for one in got] == [one.id for one in wanted[2:6]], about
        shown += len(got)
        if not text and not urgent_only:
            counted = Tally(frozenset(states), since_before=None if since_before is None else tuple(since_before))
            assert letters.tallies([counted], authors=authors) == [len(wanted)], about
    assert shown > 40


def test_what_was_settled_by_post_is_left_out_or_alone(any_ledger, monkeypatch):
    from dictation.store.tables import DictationRow

    settled, waiting = (any_ledger.register(recording(), sidecar())[0] for _ in range(2))
    DictationRow.objects.filter(pk=settled).update(settled_at=any_ledger.clock())
    for common in (0, 2_000):
        monkeypatch.setattr("dictation.store.worklist.COMMON", common)
        for text in ("", "evrard"):
            for wanted, only in ((True, [settled]), (False, [waiting])):
                got = any_ledger.page(EVERY, text=text, settled=wanted)
                assert [one.id for one in got] == only


def test_one_author_after_the_other_in_more_streams_than_one_statement_takes(letters, monkeypatch):
    whole = [one.id for one in letters.page(EVERY, authors=AUTHORS, newest=True, limit=1000)]
    monkeypatch.setattr("dictation.store.conditions.AT_ONCE", 7)
    assert [one.id for one in letters.page(EVERY, authors=AUTHORS, newest=True, limit=1000)] == whole
    assert [one.id for one in letters.page(EVERY, authors=AUTHORS, newest=True, limit=5, offset=9)] == whole[9:14]


def test_a_word_is_not_found_by_its_middle_however_common(letters, monkeypatch):
    for common in (0, 2_000):
        monkeypatch.setattr("dictation.store.worklist.COMMON", common)
        assert letters.page(EVERY, text="artin") == []
        assert letters.page(EVERY, text="vis_te") == []


def test_a_search_that_finds_hundreds_reads_the_narrow_index_alone(home):
    from django.db import connection

    by = "SELECT id FROM dictation INDEXED BY worklist_of_found WHERE id IN (SELECT dictation_id FROM search_word"
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN QUERY PLAN {by} WHERE word >= 'a' AND word <= 'az') AND state IN ('sent', 'held') AND settled_at"
            " IS NULL AND author IN ('1') AND urgent = 1 AND state_since < '2026' ORDER BY received_at DESC, id DESC"
        )
        plan = " ".join(str(line[-1]) for line in cursor.fetchall())
    assert "COVERING INDEX worklist_of_found" in plan
    assert "COVERING INDEX search_by_word" in plan


@pytest.mark.parametrize("any_home", ["postgresql"], indirect=True)
def test_postgresql_looks_at_each_letter_a_word_finds_whatever_it_believes(letters):
    """With a million letters it would rather read all those of fifteen authors: here no other way is so cheap."""
    from django.db import connection

    asked = []

    def note(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        letters.page(EVERY, authors=AUTHORS, text="evrard", newest=True)
    [(sql, params)] = [(sql, params) for sql, params in asked if sql.startswith("SELECT id FROM")]
    with connection.cursor() as cursor:
        for other in ("nestloop", "seqscan"):
            cursor.execute(f"SET enable_{other} = off")
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Nested Loop" in plan
    assert re.search(r"Index Cond: .*id.* = .*dictation_id", plan), plan


def test_whatever_a_person_may_see_an_index_holds_it(letters, clock):
    """The questions themselves, explained: no list, count or letter of a few authors reads the whole table."""
    from django.db import connection

    asked = []

    def note(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    late = [Standing(State.HELD, False, clock(), but=frozenset(AUTHORS[2:]))]
    late += [Standing(State.HELD, False, clock() - timedelta(minutes=9), authors=frozenset(AUTHORS[2:]))]
    with connection.execute_wrapper(note):
        letters.page({State.HELD}, authors=AUTHORS)
        letters.page(EVERY, authors=AUTHORS, newest=True)
        letters.page({State.HELD}, authors=AUTHORS, since_before=late)
        several = [Tally(WORKED_ON), Tally(frozenset({State.HELD}), since_before=tuple(late))]
        letters.tallies(several, authors=AUTHORS)
        letters.tallies(several)
        letters.urgent_ids({State.HELD}, authors=AUTHORS, limit=50)
        [one] = letters.page(EVERY, limit=1)
        letters.get(one.id, authors=AUTHORS)
    plans, here = [], "QUERY PLAN" if connection.vendor == "sqlite" else ""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # forty rows are read faster than any index
            cursor.execute("SET enable_seqscan = off")
        for sql, params in asked:
            if sql.startswith("SELECT") and "dictation" in sql:
                cursor.execute(f"EXPLAIN {here} {sql}", params)
                plans.append("\n".join(str(line[-1]) for line in cursor.fetchall()))
    assert len(plans) > 9
    for plan in plans:
        assert re.search("INDEX|Index", plan), plan
        assert not re.search(r"Seq Scan on dictation|SCAN dictation\b", plan), plan


def test_what_was_kept_with_ligatures_is_found_after_the_migration(any_ledger):
    from django.apps import apps

    from dictation.store.tables import DictationRow, SearchWordRow

    one, _ = any_ledger.register(recording(), sidecar(name="LEBŒUF"))
    DictationRow.objects.filter(pk=one).update(search="lebœuf camille")  # as it was written before
    SearchWordRow.objects.filter(dictation_id=one, word="leboeuf").update(word="lebœuf")
    assert not any_ledger.page(EVERY, text="leboeuf")
    migration = importlib.import_module("dictation.store.migrations.0020_ligatures")
    migration.open_ligatures(apps, None)
    assert [found.id for found in any_ledger.page(EVERY, text="leboeuf")] == [one]
    assert [found.id for found in any_ledger.list(text="leboeuf")] == [one]


def test_the_tables_are_what_the_migrations_make(home):
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None)
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(graph=loader.graph)
    assert "store" not in changes


def test_a_bar_that_begins_is_told_at_once_and_the_page_asks_for_its_other_moves_itself(any_ledger):
    one, _ = any_ledger.register(recording(), sidecar())
    told = [any_ledger.latest()]
    for share in (0.0, 0.2, 0.4):
        any_ledger.progress(one, share, None)
        told.append(any_ledger.latest())
    assert told[0] == told[1] != told[2] == told[3]
    any_ledger.move(one, State.RECEIVED, State.TRANSCRIBED, actor="test")
    assert any_ledger.latest() != told[3]
