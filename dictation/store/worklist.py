"""Worklist: one page of a list, its counts and its search, as quick with a million letters as with ten.

Every list is put together from streams: the rows of one state (and author), urgent or not, which an index holds in
the very order wanted. A search for words that few hold looks at each of those dictations, in an index; words that many
hold are looked for while the list is walked. Counting stops at COUNTED: nobody needs to know whether 412,000 or
412,300 letters were sent.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet

from dictation.domain.postal import SETTLEABLE
from dictation.domain.progress import Dictation, Standing, State
from dictation.store import rows
from dictation.store.tables import DictationRow, JournalRow, SearchWordRow
from dictation.store.transactions import reading

COUNTED = 10_000  # counts stop here and are shown as « 10 000+ »
_TABLE, _WORDS = DictationRow._meta.db_table, SearchWordRow._meta.db_table
_BEGINS = "word >= %s AND word <= %s"
_AT_ONCE = 400  # questions in one statement: SQLite takes 500
COMMON = 2_000  # dictations that share a word: beyond, the list is walked in order and the word looked for on the way
_APART = 3  # times as many, before the rows of a few authors are walked: they lie apart, each is a page of its own
_LONGEST = 60  # characters of a search word

Dictations = list[Dictation]
Stream = QuerySet[DictationRow]


@dataclass(frozen=True, slots=True)
class _Where:
    """A condition in SQL with its values. By hand where there are many: the ORM takes a millisecond to say each."""

    sql: str
    values: tuple[Any, ...] = ()

    def __and__(self, other: _Where) -> _Where:
        return _Where(f"{self.sql} AND {other.sql}", (*self.values, *other.values))


class Worklist:
    """The part of the Ledger that lists letters to people."""

    def page(
        self,
        states: Collection[State],
        *,
        authors: Collection[str] | None = None,
        text: str = "",
        urgent_only: bool = False,
        newest: bool = False,
        since_before: Collection[Standing] | None = None,
        settled: bool | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Dictations:
        """One page: urgent first, then the longest waiting; or simply the newest first.

        authors: RPPS numbers, None for everybody's. since_before: only what has stood in its state since before a
        moment, as one of these says; what none says, or was settled by post, is left out. text: each word must
        begin a word of the names, numbers or file name, or the id. settled: only those settled by post, or the others.
        """
        with reading():
            rare, common = _by_rarity(_words(text), COMMON if authors is None else COMMON * _APART)
            also = [_settled_or_not(settled), *(_holds(word) for word in common)]
            if rare:
                also += [_asked_for(states, authors, urgent_only, since_before), *map(_has, rare[1:])]
                chosen = _looked_up(rare[0], _all(also), newest=newest, offset=offset, limit=limit)
            else:
                groups = _streams(states, authors, urgent_only=urgent_only, newest=newest, since_before=since_before)
                wanted = ([_all([stream, *also]) for stream in group] for group in groups)
                chosen = _chosen(wanted, newest=newest, offset=offset, limit=limit)
            found = {row.id: row for row in DictationRow.objects.filter(pk__in=chosen)}
        return [rows.dictation(found[pk]) for pk in chosen if pk in found]

    def tally(
        self,
        states: Collection[State],
        *,
        authors: Collection[str] | None = None,
        since_before: Collection[Standing] | None = None,
        settled: bool | None = None,
    ) -> int:
        """How many are in these states (and have been since before a moment), COUNTED at most."""
        whose = _among("author", authors) if authors is not None else _Where("")
        also = [whose, _settled_or_not(settled)]
        groups = [_all([_among("state", [state.value for state in states]), *also])]
        if since_before is not None:  # one group after the other: an index holds each, none holds them all
            groups = [
                _all([_standing_long(one), _of(one), *also])
                for one in since_before
                if one.state in states and (authors is None or any(map(one.concerns, authors)))
            ]
        some = [f"SELECT 1 FROM {_TABLE} WHERE {one.sql} LIMIT {COUNTED}" for one in groups]
        counts = [
            _Where(f"SELECT * FROM (SELECT count(*) FROM ({part}) AS counted) AS q{n}", one.values)
            for n, (part, one) in enumerate(zip(some, groups, strict=True))
        ]
        with reading():
            return min(sum(int(number) for (number,) in _asked(counts, "")), COUNTED)

    def latest(self) -> tuple[int, int]:
        """What changes when a list does: the journal's last number, and how many recordings show a bar.

        A bar's first move is no line of the journal. Those after it are no change here: a page with a bar asks by
        itself.
        """
        begun = DictationRow.objects.filter(state=State.RECEIVED.value, progress__gt=0)
        with reading():
            return int(JournalRow.objects.aggregate(last=Max("serial"))["last"] or 0), begun.count()


def _settled(found: Stream, settled: bool | None) -> Stream:
    return found if settled is None else found.filter(settled_at__isnull=not settled)


def _by_rarity(words: list[str], most: int) -> tuple[list[str], list[str]]:
    """The words that `most` dictations or fewer hold, rarest first; and the others."""
    held = {}
    with connection.cursor() as cursor:
        for word in words:
            some = f"SELECT 1 FROM {_WORDS} WHERE {_BEGINS} LIMIT {most + 1}"
            cursor.execute(f"SELECT count(*) FROM ({some}) AS counted", _beginning(word))
            held[word] = int(cursor.fetchone()[0])
    rare = sorted((word for word in held if held[word] <= most), key=held.__getitem__)
    return rare, [word for word in held if word not in rare]


def _asked_for(
    states: Collection[State],
    authors: Collection[str] | None,
    urgent_only: bool,
    since_before: Collection[Standing] | None,
) -> _Where:
    """What _streams takes apart, as one condition on a row."""
    said = [_among("state", [state.value for state in states])]
    if authors is not None:
        said.append(_among("author", authors))
    if urgent_only:
        said.append(_Where("urgent = %s", (True,)))
    if since_before is not None:
        said.append(_any([_all([_standing_long(one), _of(one)]) for one in since_before]))
    return _all(said)


def _looked_up(word: str, also: _Where, *, newest: bool, offset: int, limit: int) -> list[str]:
    """The ids of one page of those that hold a rare word: each is looked at, in an index that holds all it takes."""
    order = "received_at DESC, id DESC" if newest else "urgent DESC, received_at, id"
    # SQLite takes the index of the primary key otherwise, and reads the wide row behind each
    by = "INDEXED BY worklist_of_found" if connection.vendor == "sqlite" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {_TABLE} {by} WHERE id IN (SELECT dictation_id FROM {_WORDS} WHERE {_BEGINS})"
            f" AND {also.sql} ORDER BY {order} LIMIT {limit} OFFSET {offset}",
            (*_beginning(word), *also.values),
        )
        return [found for (found,) in cursor.fetchall()]


def _streams(
    states: Collection[State],
    authors: Collection[str] | None,
    *,
    urgent_only: bool,
    newest: bool,
    since_before: Collection[Standing] | None,
) -> Iterator[list[_Where]]:
    """Groups of streams: the rows of one group all come before those of the next."""
    owners = [None] if authors is None else sorted(authors)

    def streams(urgent: bool) -> list[_Where]:
        if since_before is None:
            found = [_Where("state = %s AND urgent = %s", (state.value, urgent)) for state in sorted(states)]
            return [_all([one, _by(owner)]) for one in found for owner in owners]
        wanted = [one for one in since_before if one.state in states and one.urgent is urgent]
        if authors is None:
            return [_all([_standing_long(one), _of(one)]) for one in wanted]
        # all authors at once: what stands long is in no order yet, so a stream each would only be more to plan
        return [
            _all([_standing_long(one), _among("author", among)])
            for one in wanted
            if (among := sorted(filter(one.concerns, authors)))
        ]

    if newest and since_before is None and not urgent_only and set(states) == set(State):
        yield [_by(owner) for owner in owners]
        return
    if newest:
        yield streams(True) + ([] if urgent_only else streams(False))
        return
    yield streams(True)
    if not urgent_only:
        yield streams(False)


def _by(author: str | None) -> _Where:
    return _Where("") if author is None else _Where("author = %s", (author,))


def _standing_long(one: Standing) -> _Where:
    """Standing there since before the moment, and not settled; asked only where it may be: an index holds the rest."""
    since = connection.ops.adapt_datetimefield_value(one.before)
    long = _Where("state = %s AND urgent = %s AND state_since < %s", (one.state.value, one.urgent, since))
    return long & _settled_or_not(False) if one.state in SETTLEABLE else long


def _of(one: Standing) -> _Where:
    """Whose it may be."""
    if one.authors is not None:
        return _among("author", one.authors)
    return _not_among("author", one.but) if one.but else _Where("")


def _settled_or_not(settled: bool | None) -> _Where:
    return _Where("" if settled is None else f"settled_at IS {'NOT ' if settled else ''}NULL")


def _among(column: str, values: Collection[str]) -> _Where:
    return _Where(f"{column} IN ({', '.join(['%s'] * len(values))})" if values else "1 = 0", tuple(values))


def _not_among(column: str, values: Collection[str]) -> _Where:
    return _Where(f"{column} NOT IN ({', '.join(['%s'] * len(values))})", tuple(values))


def _beginning(word: str) -> tuple[str, str]:
    """The values of _BEGINS: letters and digits of a folded word."""
    return word, word + "z" * 20


def _has(word: str) -> _Where:
    """One of the row's words begins so."""
    own = f"SELECT 1 FROM {_WORDS} WHERE dictation_id = {_TABLE}.id AND {_BEGINS} LIMIT 1 OFFSET 0"
    return _Where(f"EXISTS ({own})", _beginning(word))


def _holds(word: str) -> _Where:
    """The same for a common word: its letters are looked for first in the row's own text, which is being walked.

    Said so that PostgreSQL walks: it would guess how few rows are LIKE it, and read the whole table or all its words.
    """
    found = "instr" if connection.vendor == "sqlite" else "strpos"
    return _Where(f"{found}(search, %s) > 0", (word,)) & _has(word)


def _all(conditions: list[_Where]) -> _Where:
    said = [condition for condition in conditions if condition.sql]
    return functools.reduce(operator.and_, said) if said else _Where("1 = 1")


def _any(conditions: list[_Where]) -> _Where:
    values = tuple(value for one in conditions for value in one.values)
    return _Where(f"({' OR '.join(one.sql for one in conditions)})" if conditions else "1 = 0", values)


def _asked(questions: list[_Where], behind: str) -> list[tuple[Any, ...]]:
    """The rows of several questions, as one statement; `behind`: how they are to be ordered and cut."""
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(questions), _AT_ONCE):
            some = questions[start : start + _AT_ONCE]
            together = " UNION ALL ".join(one.sql for one in some)
            cursor.execute(f"{together} {behind}", [value for one in some for value in one.values])
            found += cursor.fetchall()
    return found


def _chosen(groups: Iterable[list[_Where]], *, newest: bool, offset: int, limit: int) -> list[str]:
    """The ids of the rows offset to offset + limit of the list, in order.

    Both databases merge the streams as they go and read no row further. PostgreSQL does when each is ordered and
    limited; with a LIMIT on each, SQLite would run through all of them first.
    """
    down = " DESC" if newest else ""
    order = f"ORDER BY received_at{down}, id{down}"
    wanted = offset + limit
    places: list[str] = []
    for streams in groups:
        left = wanted - len(places)
        if left <= 0 or not streams:
            continue
        each = f"{order} LIMIT {left}" if connection.vendor == "postgresql" else order
        questions = [
            _Where(f"SELECT * FROM (SELECT received_at, id FROM {_TABLE} WHERE {one.sql} {each}) AS q{n}", one.values)
            for n, one in enumerate(streams)
        ]
        found = _asked(questions, f"{order} LIMIT {left}")
        if len(questions) > _AT_ONCE:
            found.sort(reverse=newest)
        places += [place for _, place in found[:left]]
    return places[offset:]


def _words(text: str) -> list[str]:
    return [word[:_LONGEST] for word in re.findall(r"\w+", rows.folded(text))]


def set_search_words(dictation_id: str, search: str) -> None:
    """What a dictation is found by, from its folded names and numbers; inside the transaction that changes them."""
    SearchWordRow.objects.filter(dictation_id=dictation_id).delete()
    words = sorted({dictation_id, *_words(search)})
    SearchWordRow.objects.bulk_create(SearchWordRow(word=word, dictation_id=dictation_id) for word in words)
