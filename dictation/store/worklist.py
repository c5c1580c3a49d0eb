"""Worklist: one page of a list, its counts and its search, as quick with a million letters as with ten.

Every list is put together from streams: the rows of one state (and author), urgent or not, which an index holds in
the very order wanted. A search for words that few hold looks at each of those dictations, in an index; words that many
hold are looked for while the list is walked. Counting stops at COUNTED: nobody needs to know whether 412,000 or
412,300 letters were sent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet

from dictation.domain.postal import SETTLEABLE
from dictation.domain.progress import Dictation, Standing, State, Tally
from dictation.store import conditions, rows
from dictation.store.conditions import Where, all_of, among, any_of, asked, not_among
from dictation.store.tables import DictationRow, JournalRow, SearchWordRow
from dictation.store.transactions import reading

COUNTED = 10_000  # counts stop here and are shown as « 10 000+ »
_TABLE, _WORDS = DictationRow._meta.db_table, SearchWordRow._meta.db_table
_BEGINS = "word >= %s AND word <= %s"
COMMON = 2_000  # dictations that share a word: beyond, the list is walked in order and the word looked for on the way
_APART = 3  # times as many, before the rows of a few authors are walked: they lie apart, each is a page of its own
_LONGEST = 60  # characters of a search word

Dictations = list[Dictation]
Stream = QuerySet[DictationRow]


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
                chosen = _looked_up(rare[0], all_of(also), newest=newest, offset=offset, limit=limit)
            else:
                groups = _streams(states, authors, urgent_only=urgent_only, newest=newest, since_before=since_before)
                wanted = ([all_of([stream, *also]) for stream in group] for group in groups)
                chosen = _chosen(wanted, newest=newest, offset=offset, limit=limit)
            found = {row.id: row for row in DictationRow.objects.filter(pk__in=chosen)}
        return [rows.dictation(found[pk]) for pk in chosen if pk in found]

    def urgent_ids(self, states: Collection[State], *, authors: Collection[str] | None, limit: int) -> list[str]:
        """The ids of the urgent ones, the newest first: page() without its letters."""
        with reading():
            groups = _streams(states, authors, urgent_only=True, newest=True, since_before=None)
            return _chosen(groups, newest=True, offset=0, limit=limit)

    def tallies(self, wanted: Sequence[Tally], *, authors: Collection[str] | None = None) -> list[int]:
        """How many dictations each of these counts, COUNTED at most; asked in one statement."""
        whose = among("author", authors) if authors is not None else Where("")
        questions = []
        for number, one in enumerate(wanted):
            also = whose & _settled_or_not(one.settled)
            if one.since_before is None:
                which = all_of([among("state", [state.value for state in one.states]), also])
                questions.append(Where(f"SELECT {number}, {_counted(which.sql)}", which.values))
                continue
            standing = [each for each in one.since_before if each.state in one.states]
            if authors is not None:
                standing = [each for each in standing if any(map(each.concerns, authors))]
            questions += [Where(f"SELECT {number}, {part.sql}", part.values) for part in _standing(standing, also)]
        found = [0] * len(wanted)
        with reading():
            for number, count in asked(questions, ""):
                found[number] = min(found[number] + int(count), COUNTED)
        return found

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
    words = list(dict.fromkeys(words))
    some = f"(SELECT count(*) FROM (SELECT 1 FROM {_WORDS} WHERE {_BEGINS} LIMIT {most + 1}) AS counted)"
    found = asked([Where(f"SELECT {n}, {some}", _beginning(word)) for n, word in enumerate(words)], "")
    held = {words[number]: int(count) for number, count in found}
    rare = sorted((word for word in words if held[word] <= most), key=held.__getitem__)
    return rare, [word for word in words if word not in rare]


def _counted(condition: str) -> str:
    return f"(SELECT count(*) FROM (SELECT 1 FROM {_TABLE} WHERE {condition} LIMIT {COUNTED}) AS counted)"


def _standing(several: Iterable[Standing], also: Where) -> list[Where]:
    """Counts of what has stood too long: those that differ by their state, hour and moment alone are one question.

    A question each costs PostgreSQL more to plan than to answer.
    """
    alike: dict[Where, list[Standing]] = {}
    for one in several:
        settled = _settled_or_not(False if one.state in SETTLEABLE else None)
        alike.setdefault(_of(one) & settled & also, []).append(one)
    long = Where("state = asked.column1 AND urgent = asked.column2 AND state_since < asked.column3")
    out = []
    for more, each in alike.items():
        rows = ", ".join(["(%s, %s, %s)"] * len(each))
        sql = f"{_counted((long & more).sql)} FROM (VALUES {rows}) AS asked"
        values = (value for one in each for value in (one.state.value, one.urgent, _moment(one.before)))
        out.append(Where(sql, (*more.values, *values)))
    return out


def _asked_for(
    states: Collection[State],
    authors: Collection[str] | None,
    urgent_only: bool,
    since_before: Collection[Standing] | None,
) -> Where:
    """What _streams takes apart, as one condition on a row."""
    said = [among("state", [state.value for state in states])]
    if authors is not None:
        said.append(among("author", authors))
    if urgent_only:
        said.append(Where("urgent = %s", (True,)))
    if since_before is not None:
        said.append(any_of([all_of([_standing_long(one), _of(one)]) for one in since_before]))
    return all_of(said)


def _looked_up(word: str, also: Where, *, newest: bool, offset: int, limit: int) -> list[str]:
    """The ids of one page of those that hold a rare word: each is looked at, in an index that holds all it takes.

    Both are told so. SQLite takes the index of the primary key otherwise, and reads the wide row behind each;
    PostgreSQL reads every letter of a few authors, a quarter of the table, rather than look at three thousand.
    """
    order = "received_at DESC, id DESC" if newest else "urgent DESC, received_at, id"
    holding = f"SELECT dictation_id FROM {_WORDS} WHERE {_BEGINS}"
    if connection.vendor == "sqlite":
        each = f"{_TABLE} INDEXED BY worklist_of_found WHERE id IN ({holding}) AND {also.sql}"
    else:
        one = f"SELECT id, urgent, received_at FROM {_TABLE} WHERE id = dictation_id AND {also.sql} OFFSET 0"
        each = f"({holding} GROUP BY dictation_id) AS held CROSS JOIN LATERAL ({one}) AS one"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {each} ORDER BY {order} LIMIT {limit} OFFSET {offset}",
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
) -> Iterator[list[Where]]:
    """Groups of streams: the rows of one group all come before those of the next."""
    owners = [None] if authors is None else sorted(authors)

    def streams(urgent: bool) -> list[Where]:
        if since_before is None:
            found = [Where("state = %s AND urgent = %s", (state.value, urgent)) for state in sorted(states)]
            return [all_of([one, _by(owner)]) for one in found for owner in owners]
        wanted = [one for one in since_before if one.state in states and one.urgent is urgent]
        if authors is None:
            return [all_of([_standing_long(one), _of(one)]) for one in wanted]
        # all authors at once: what stands long is in no order yet, so a stream each would only be more to plan
        return [
            all_of([_standing_long(one), among("author", whose)])
            for one in wanted
            if (whose := sorted(filter(one.concerns, authors)))
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


def _by(author: str | None) -> Where:
    return Where("") if author is None else Where("author = %s", (author,))


def _standing_long(one: Standing) -> Where:
    """Standing there since before the moment, and not settled; asked only where it may be: an index holds the rest."""
    values = (one.state.value, one.urgent, _moment(one.before))
    long = Where("state = %s AND urgent = %s AND state_since < %s", values)
    return long & _settled_or_not(False) if one.state in SETTLEABLE else long


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _of(one: Standing) -> Where:
    """Whose it may be."""
    if one.authors is not None:
        return among("author", one.authors)
    return not_among("author", one.but) if one.but else Where("")


def _settled_or_not(settled: bool | None) -> Where:
    return Where("" if settled is None else f"settled_at IS {'NOT ' if settled else ''}NULL")


def _beginning(word: str) -> tuple[str, str]:
    """The values of _BEGINS: letters and digits of a folded word."""
    return word, word + "z" * 20


def _has(word: str) -> Where:
    """One of the row's words begins so."""
    own = f"SELECT 1 FROM {_WORDS} WHERE dictation_id = {_TABLE}.id AND {_BEGINS} LIMIT 1 OFFSET 0"
    return Where(f"EXISTS ({own})", _beginning(word))


def _holds(word: str) -> Where:
    """The same for a common word: its letters are looked for first in the row's own text, which is being walked.

    Said so that PostgreSQL walks: it would guess how few rows are LIKE it, and read the whole table or all its words.
    """
    found = "instr" if connection.vendor == "sqlite" else "strpos"
    return Where(f"{found}(search, %s) > 0", (word,)) & _has(word)


def _chosen(groups: Iterable[list[Where]], *, newest: bool, offset: int, limit: int) -> list[str]:
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
            Where(f"SELECT * FROM (SELECT received_at, id FROM {_TABLE} WHERE {one.sql} {each}) AS q{n}", one.values)
            for n, one in enumerate(streams)
        ]
        found = asked(questions, f"{order} LIMIT {left}")
        if len(questions) > conditions.AT_ONCE:
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
