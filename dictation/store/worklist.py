"""Worklist: one page of a list, its counts and its search, as quick with a million letters as with ten.

Every list is put together from streams: the rows of one state (and one author), urgent or not, which an index holds in
the very order wanted. Counting stops at COUNTED: nobody needs to know whether 412,000 or 412,300 letters were sent.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Q, QuerySet

from dictation.domain.postal import SETTLEABLE
from dictation.domain.progress import Dictation, State
from dictation.store import rows
from dictation.store.tables import DictationRow, JournalRow, SearchWordRow
from dictation.store.transactions import reading

COUNTED = 10_000  # counts stop here and are shown as « 10 000+ »
_TABLE = DictationRow._meta.db_table
_AT_ONCE = 400  # questions in one statement: SQLite takes 500
COMMON = 1_000  # dictations that share a word: beyond, the list is walked in order and the word looked for on the way
_LONGEST = 60  # characters of a search word

Dictations = list[Dictation]
Moments = Mapping[tuple[State, bool], datetime]
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
        since_before: Moments | None = None,
        settled: bool | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Dictations:
        """One page: urgent first, then the longest waiting; or simply the newest first.

        authors: RPPS numbers, None for everybody's. since_before: only what has stood in its state since before that
        moment, by (state, urgent); what is not named there, or was settled by post, is left out. text: each word must
        begin a word of the names, numbers or file name, or the id. settled: only those settled by post, or the others.
        """
        words = sorted(_words(text), key=len, reverse=True)
        with reading():
            ids, common = _holding(words)
            if ids is not None:
                few = _few(ids, states, authors, urgent_only=urgent_only, since_before=since_before)
                few = _settled(few, settled)
                chosen = _sorted(few, common, newest=newest)[offset : offset + limit]
            else:
                groups = _streams(states, authors, urgent_only=urgent_only, newest=newest, since_before=since_before)
                also = [_settled_or_not(settled), *(_holds(word) for word in common)]
                wanted = ([_all([stream, *also]) for stream in group] for group in groups)
                chosen = _chosen(wanted, newest=newest, offset=offset, limit=limit)
            found = {row.id: row for row in DictationRow.objects.filter(pk__in=chosen)}
        return [rows.dictation(found[pk]) for pk in chosen if pk in found]

    def tally(
        self,
        states: Collection[State],
        *,
        authors: Collection[str] | None = None,
        since_before: Moments | None = None,
        settled: bool | None = None,
    ) -> int:
        """How many are in these states (and have been since before a moment), COUNTED at most."""
        whose = _among("author", authors) if authors is not None else _Where("")
        also = [whose, _settled_or_not(settled)]
        groups = [_all([_among("state", [state.value for state in states]), *also])]
        if since_before is not None:  # one group after the other: an index holds each, none holds them all
            groups = [
                _all([_standing_long(state, urgent, moment), *also])
                for (state, urgent), moment in since_before.items()
                if state in states
            ]
        counts = [
            _Where(
                f"SELECT count(*) AS n FROM (SELECT 1 FROM {_TABLE} WHERE {one.sql} LIMIT {COUNTED}) AS some",
                one.values,
            )
            for one in groups
        ]
        with reading():
            return min(sum(int(number) for (number,) in _asked(counts, "")), COUNTED)

    def latest(self) -> int:
        """The number of the last line of the journal: it grows with every change, so a page knows when to ask again."""
        with reading():
            return int(JournalRow.objects.aggregate(last=Max("serial"))["last"] or 0)


def _settled(found: Stream, settled: bool | None) -> Stream:
    return found if settled is None else found.filter(settled_at__isnull=not settled)


def _holding(words: list[str]) -> tuple[set[str] | None, list[str]]:
    """The ids that hold the rarer words, None when every word is common; and the common ones, still to look for."""
    ids: set[str] | None = None
    common: list[str] = []
    for word in words:
        beginning = SearchWordRow.objects.filter(word__gte=word, word__lte=word + "z" * 20)
        found = set(beginning.values_list("dictation_id", flat=True)[: COMMON + 1])
        if len(found) > COMMON:
            common.append(word)
        else:
            ids = found if ids is None else ids & found
    return ids, common


def _streams(
    states: Collection[State],
    authors: Collection[str] | None,
    *,
    urgent_only: bool,
    newest: bool,
    since_before: Moments | None,
) -> Iterator[list[_Where]]:
    """Groups of streams: the rows of one group all come before those of the next."""
    owners = [_Where("")] if authors is None else [_Where("author = %s", (author,)) for author in sorted(authors)]

    def streams(urgent: bool) -> list[_Where]:
        if since_before is None:
            found = [_Where("state = %s AND urgent = %s", (state.value, urgent)) for state in sorted(states)]
        else:
            wanted = [state for state in sorted(states) if (state, urgent) in since_before]
            found = [_standing_long(state, urgent, since_before[state, urgent]) for state in wanted]
        return [_all([one, owner]) for one in found for owner in owners]

    if newest:
        yield streams(True) + ([] if urgent_only else streams(False))
        return
    yield streams(True)
    if not urgent_only:
        yield streams(False)


def _standing_long(state: State, urgent: bool, moment: datetime) -> _Where:
    """Standing there since before the moment, and not settled; asked only where it may be: an index holds the rest."""
    since = connection.ops.adapt_datetimefield_value(moment)
    long = _Where("state = %s AND urgent = %s AND state_since < %s", (state.value, urgent, since))
    return long & _settled_or_not(False) if state in SETTLEABLE else long


def _settled_or_not(settled: bool | None) -> _Where:
    return _Where("" if settled is None else f"settled_at IS {'NOT ' if settled else ''}NULL")


def _among(column: str, values: Collection[str]) -> _Where:
    return _Where(f"{column} IN ({', '.join(['%s'] * len(values))})" if values else "1 = 0", tuple(values))


def _holds(word: str) -> _Where:
    """Letters and digits of a folded word somewhere in the row's search text."""
    return _Where("search LIKE %s ESCAPE '!'", (f"%{word.replace('_', '!_')}%",))


def _all(conditions: list[_Where]) -> _Where:
    said = [condition for condition in conditions if condition.sql]
    return functools.reduce(operator.and_, said) if said else _Where("1 = 1")


def _asked(questions: list[_Where], behind: str) -> list[tuple[Any, ...]]:
    """The rows of several questions, as one statement; `behind`: how they are to be ordered and cut."""
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(questions), _AT_ONCE):
            some = questions[start : start + _AT_ONCE]
            together = " UNION ALL ".join(f"SELECT * FROM ({one.sql}) AS q{n}" for n, one in enumerate(some))
            cursor.execute(f"{together} {behind}", [value for one in some for value in one.values])
            found += cursor.fetchall()
    return found


def _few(
    ids: set[str],
    states: Collection[State],
    authors: Collection[str] | None,
    *,
    urgent_only: bool,
    since_before: Moments | None,
) -> Stream:
    """A search that found few enough to look at each."""
    found = DictationRow.objects.filter(pk__in=ids, state__in=[state.value for state in states])
    if authors is not None:
        found = found.filter(author__in=list(authors))
    if urgent_only:
        found = found.filter(urgent=True)
    return found if since_before is None else found.filter(_standing(since_before))


def _sorted(few: Stream, common: list[str], *, newest: bool) -> list[str]:
    for word in common:
        few = few.filter(search__contains=word)
    order = ("-received_at", "-id") if newest else ("-urgent", "received_at", "id")
    return list(few.order_by(*order).values_list("id", flat=True))


def _standing(since_before: Moments) -> Q:
    late = Q(pk__in=[])
    for (state, urgent), moment in since_before.items():
        late |= _late(state, moment) & Q(urgent=urgent)
    return late


def _late(state: State, moment: datetime) -> Q:
    """Standing there since before the moment, and not settled; asked only where it may be: an index holds the rest."""
    late = Q(state=state.value, state_since__lt=moment)
    return late & Q(settled_at__isnull=True) if state in SETTLEABLE else late


def _chosen(groups: Iterable[list[_Where]], *, newest: bool, offset: int, limit: int) -> list[str]:
    """The ids of the rows offset to offset + limit of the list, in order."""
    down = " DESC" if newest else ""
    order = f"ORDER BY received_at{down}, id{down}"
    wanted = offset + limit
    places: list[str] = []
    for streams in groups:
        left = wanted - len(places)
        if left <= 0 or not streams:
            continue
        some = f"{order} LIMIT {left}"
        questions = [
            _Where(f"SELECT received_at, id FROM {_TABLE} WHERE {one.sql} {some}", one.values) for one in streams
        ]
        found = _asked(questions, some)
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
