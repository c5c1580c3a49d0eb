"""Worklist: one page of a list, its counts and its search, as quick with a million letters as with ten.

Every list is put together from streams: the rows of one state (and one author), urgent or not, which an index holds in
the very order wanted. Counting stops at COUNTED: nobody needs to know whether 412,000 or 412,300 letters were sent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.db.models import QuerySet

from dictation.domain.progress import Dictation, State
from dictation.store import rows
from dictation.store.tables import DictationRow, SearchWordRow
from dictation.store.transactions import reading

COUNTED = 10_000  # counts stop here and are shown as « 10 000+ »
COMMON = 3_000  # dictations that share a word: beyond, the list is walked in order and the word looked for on the way
_LONGEST = 60  # characters of a search word

Dictations = list[Dictation]


class _Place(NamedTuple):
    """Where a row stands in the list."""

    received_at: datetime
    id: str


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
        limit: int = 100,
        offset: int = 0,
    ) -> Dictations:
        """One page: urgent first, then the longest waiting; or simply the newest first.

        authors: RPPS numbers, None for everybody's. text: each word must begin a word of the names, numbers or file
        name, or the id.
        """
        words = sorted(_words(text), key=len, reverse=True)
        with reading():
            ids, common = _holding(words)
            streams = _streams(states, authors, urgent_only=urgent_only, newest=newest)
            chosen = _chosen(streams, ids, common, newest=newest, wanted=offset + limit)[offset:]
            found = {row.id: row for row in DictationRow.objects.filter(pk__in=chosen)}
        return [rows.dictation(found[pk]) for pk in chosen if pk in found]

    def tally(self, states: Collection[State], *, authors: Collection[str] | None = None) -> int:
        """How many are in these states, COUNTED at most."""
        found = DictationRow.objects.filter(state__in=[state.value for state in states]).order_by()
        if authors is not None:
            found = found.filter(author__in=list(authors))
        with reading():
            return found.values_list("state")[:COUNTED].count()


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
    states: Collection[State], authors: Collection[str] | None, *, urgent_only: bool, newest: bool
) -> Iterator[list[QuerySet[DictationRow]]]:
    """Groups of streams: the rows of one group all come before those of the next."""
    order = ("-received_at", "-id") if newest else ("received_at", "id")

    def streams(urgent: bool) -> list[QuerySet[DictationRow]]:
        return [
            DictationRow.objects.filter(
                state=state.value, urgent=urgent, **({} if author is None else {"author": author})
            ).order_by(*order)
            for state in sorted(states)
            for author in (sorted(authors) if authors is not None else [None])
        ]

    if newest:
        yield streams(True) + ([] if urgent_only else streams(False))
        return
    yield streams(True)
    if not urgent_only:
        yield streams(False)


def _chosen(
    groups: Iterable[list[QuerySet[DictationRow]]],
    ids: set[str] | None,
    common: list[str],
    *,
    newest: bool,
    wanted: int,
) -> list[str]:
    """The ids of the first `wanted` rows of the list, in order."""
    out: list[str] = []
    for streams in groups:
        if len(out) >= wanted:
            break
        places: list[_Place] = []
        for stream in streams:
            if ids is not None:
                stream = stream.filter(pk__in=ids)
            for word in common:
                stream = stream.filter(search__contains=word)
            places += [_Place(*place) for place in stream.values_list("received_at", "id")[: wanted - len(out)]]
        out += [place.id for place in islice(sorted(places, reverse=newest), wanted - len(out))]
    return out


def _words(text: str) -> list[str]:
    return [word[:_LONGEST] for word in re.findall(r"\w+", rows.folded(text))]


def set_search_words(dictation_id: str, search: str) -> None:
    """What a dictation is found by, from its folded names and numbers; call inside the transaction that changes them."""
    SearchWordRow.objects.filter(dictation_id=dictation_id).delete()
    words = sorted({dictation_id, *_words(search)})
    SearchWordRow.objects.bulk_create(SearchWordRow(word=word, dictation_id=dictation_id) for word in words)
