"""Worklist: one page of a list, its counts and its search, as quick with a million letters as with ten.

Every list is put together from streams: the rows of one state (and one author), urgent or not, which an index holds in
the very order wanted. Counting stops at COUNTED: nobody needs to know whether 412,000 or 412,300 letters were sent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.db.models import Max, Q, QuerySet

from dictation.domain.postal import SETTLEABLE
from dictation.domain.progress import Dictation, State
from dictation.store import rows
from dictation.store.tables import DictationRow, JournalRow, SearchWordRow
from dictation.store.transactions import reading

COUNTED = 10_000  # counts stop here and are shown as « 10 000+ »
COMMON = 3_000  # dictations that share a word: beyond, the list is walked in order and the word looked for on the way
_LONGEST = 60  # characters of a search word

Dictations = list[Dictation]
Moments = Mapping[tuple[State, bool], datetime]
Stream = QuerySet[DictationRow]


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
                streams = _streams(states, authors, urgent_only=urgent_only, newest=newest, since_before=since_before)
                wanted = ([_settled(stream, settled) for stream in group] for group in streams)
                chosen = _chosen(wanted, common, newest=newest, wanted=offset + limit)[offset:]
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
        wanted = [state.value for state in states]
        found = _settled(DictationRow.objects.order_by(), settled)
        if authors is not None:
            found = found.filter(author__in=list(authors))
        groups = [found.filter(state__in=wanted)]
        if since_before is not None:  # one group after the other: an index holds each, none holds them all
            groups = [
                found.filter(_late(state, moment), urgent__in=[urgent])
                for (state, urgent), moment in since_before.items()
                if state.value in wanted
            ]
        with reading():
            number = sum(group.values_list("state")[:COUNTED].count() for group in groups)
        return min(number, COUNTED)

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
) -> Iterator[list[Stream]]:
    """Groups of streams: the rows of one group all come before those of the next."""
    order = ("-received_at", "-id") if newest else ("received_at", "id")

    def stream(state: State, author: str | None, urgent: bool) -> Stream:
        found = DictationRow.objects.filter(
            state=state.value, urgent__in=[urgent]
        )  # « = false » becomes NOT, which no index serves
        if author is not None:
            found = found.filter(author=author)
        if since_before is not None:
            found = found.filter(_late(state, since_before[state, urgent]))
        return found.order_by(*order)

    def streams(urgent: bool) -> list[Stream]:
        wanted = [state for state in sorted(states) if since_before is None or (state, urgent) in since_before]
        owners: list[str | None] = [None] if authors is None else [*sorted(authors)]
        return [stream(state, author, urgent) for state in wanted for author in owners]

    if newest:
        yield streams(True) + ([] if urgent_only else streams(False))
        return
    yield streams(True)
    if not urgent_only:
        yield streams(False)


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


def _chosen(groups: Iterable[list[Stream]], common: list[str], *, newest: bool, wanted: int) -> list[str]:
    """The ids of the first `wanted` rows of the list, in order."""
    out: list[str] = []
    for streams in groups:
        if len(out) >= wanted:
            break
        places: list[_Place] = []
        for stream in streams:
            for word in common:
                stream = stream.filter(search__contains=word)
            places += [_Place(*place) for place in stream.values_list("received_at", "id")[: wanted - len(out)]]
        out += [place.id for place in islice(sorted(places, reverse=newest), wanted - len(out))]
    return out


def _words(text: str) -> list[str]:
    return [word[:_LONGEST] for word in re.findall(r"\w+", rows.folded(text))]


def set_search_words(dictation_id: str, search: str) -> None:
    """What a dictation is found by, from its folded names and numbers; inside the transaction that changes them."""
    SearchWordRow.objects.filter(dictation_id=dictation_id).delete()
    words = sorted({dictation_id, *_words(search)})
    SearchWordRow.objects.bulk_create(SearchWordRow(word=word, dictation_id=dictation_id) for word in words)
