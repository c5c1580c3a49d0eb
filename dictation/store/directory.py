"""Directory: the national extractions, each taken in whole beside the one before, which serves until the last line.

An import writes a new generation in short transactions, compares it with the one in use in SQL, then becomes the one in
use in a single step: nobody is ever shown half of it, and no sending waits for it. What it no longer has is remembered:
a letter signed for a mailbox that is gone needs a person.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Protocol

from django.db import connection
from django.db.models import Q

from dictation.domain.directory import DirectoryState, Entry, Found, folded, sound_of
from dictation.errors import NeedsAPerson, NotAllowed
from dictation.store import journal
from dictation.store.tables import DirectoryImportRow, DirectoryRow, GoneMailboxRow
from dictation.store.transactions import reading, writing

CHUNK = 5_000  # rows in one transaction
SHRINKS_AT_MOST = 0.2  # an extraction that would lose more is one that was cut short
MAX_CANDIDATES = 20_000
CACHE_KIB = 96 * 1024
MSSANTE = "mssante"
_COLUMNS = "generation, entry_key, fingerprint, mailbox, kind, rpps, surname, sound, shown"
_SHOWN = ("title", "last_name", "first_name", "profession", "specialty", "organisation", "street", "postcode", "town")
FoundEntries = list[Found]
States = list[DirectoryState]


class Extraction(Protocol):
    """What an import is made from; dictation.send.directory opens it."""

    source: str
    extracted_at: datetime
    sha256: str
    entries: Iterator[Entry]
    lines: int
    unread: int


@dataclass(frozen=True)
class Directory:
    """Who practises where."""

    clock: Callable[[], datetime]

    def take(self, extraction: Extraction, *, actor: str, force: bool = False) -> DirectoryState:
        """Make this extraction the one in use. NotAllowed: E_DIRECTORY_OLDER, E_DIRECTORY_SHRUNK, unless forced.

        Anything that goes wrong leaves the directory as it was; the same extraction again changes nothing.
        """
        before = _in_use(extraction.source)
        if before and before.sha256 == extraction.sha256:
            return _state(before)
        if before and extraction.extracted_at < before.extracted_at and not force:
            raise NotAllowed(f"extracted {extraction.extracted_at:%Y-%m-%d}", code="E_DIRECTORY_OLDER")
        with _roomy():
            return self._take(extraction, before, actor, force=force)

    def _take(
        self, extraction: Extraction, before: DirectoryImportRow | None, actor: str, *, force: bool
    ) -> DirectoryState:
        self._clear(extraction.source, keep=before)
        with writing():
            new = DirectoryImportRow.objects.create(
                source=extraction.source,
                extracted_at=extraction.extracted_at,
                imported_at=self.clock(),
                sha256=extraction.sha256,
            )
        self._fill(new.pk, extraction.entries)
        new.lines, new.unread = extraction.lines, extraction.unread
        new.added, new.changed, new.removed = _difference(before.pk if before else 0, new.pk)
        held = new.added + new.changed  # of a first import; otherwise what was there before
        if before and new.removed > SHRINKS_AT_MOST * max(1, before.lines) and not force:
            raise NotAllowed(f"{new.removed} of {before.lines} entries would go", code="E_DIRECTORY_SHRUNK")
        if not before and not held:
            raise NeedsAPerson("an extraction without entries", code="E_DIRECTORY_FORMAT")
        with writing():
            if before and extraction.source == MSSANTE:
                self._remember_gone(before.pk, new.pk)
            new.complete = True
            new.save()
            figures = {"added": new.added, "changed": new.changed, "removed": new.removed, "lines": new.lines}
            journal.append(self.clock(), actor, "directory-imported", "", {"sha256": new.sha256, **figures})
        self._clear(extraction.source, keep=new)
        return _state(new)

    def search(self, name: str, *, town: str = "", limit: int = 50) -> FoundEntries:
        """Everybody whose name is written or sounds so, best first; `town`: part of its name, or of its postcode."""
        words = folded(name).split()
        generations = [row.pk for row in _all_in_use()]
        if not words or not generations:
            return []
        near = Q(pk__in=[])
        for word in {*words, " ".join(words)}:
            near |= Q(surname__gte=word, surname__lt=word + "\uffff") | Q(sound=sound_of(word))
        with reading():
            rows = DirectoryRow.objects.filter(near, generation__in=generations)[:MAX_CANDIDATES]
            found = [_entry(row) for row in rows]
        ranked = sorted(
            ((rank, entry) for entry in found if _lives(entry, folded(town)) and (rank := _rank(entry, words)) < 9),
            key=lambda pair: (pair[0], not pair[1].mailbox, pair[1].last_name, pair[1].first_name, pair[1].key),
        )
        people: dict[str, set[str]] = defaultdict(set)
        for _, entry in ranked:
            people[folded(f"{entry.last_name} {entry.first_name}")].add(entry.rpps or entry.key)
        return [
            Found(entry, len(people[folded(f"{entry.last_name} {entry.first_name}")]) - 1)
            for _, entry in ranked[:limit]
        ]

    def entry(self, key: str) -> Entry | None:
        """The line of this key in the extractions in use."""
        with reading():
            generations = [row.pk for row in _all_in_use()]
            row = DirectoryRow.objects.filter(generation__in=generations, entry_key=key).first()
        return _entry(row) if row else None

    def states(self) -> States:
        """The extractions in use."""
        with reading():
            return [_state(row) for row in _all_in_use()]

    def _fill(self, generation: int, entries: Iterable[Entry]) -> None:
        statement = f"INSERT INTO directory ({_COLUMNS}) VALUES ({', '.join(['%s'] * 9)}) ON CONFLICT DO NOTHING"
        lines = (_line(generation, entry) for entry in entries)
        while chunk := list(islice(lines, CHUNK)):
            with writing(), connection.cursor() as cursor:
                cursor.executemany(statement, chunk)

    def _remember_gone(self, before: int, now: int) -> None:
        """Mailboxes the new generation no longer has; those that are back are forgotten."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO gone_mailbox (mailbox, rpps, gone_at) SELECT mailbox, MIN(rpps), %s FROM directory o"
                " WHERE generation = %s AND NOT EXISTS (SELECT 1 FROM directory n WHERE n.generation = %s AND"
                " n.mailbox = o.mailbox) GROUP BY mailbox ON CONFLICT DO NOTHING",
                [self.clock(), before, now],
            )
            cursor.execute(
                "DELETE FROM gone_mailbox WHERE EXISTS (SELECT 1 FROM directory n WHERE n.generation = %s AND"
                " n.mailbox = gone_mailbox.mailbox)",
                [now],
            )

    def _clear(self, source: str, *, keep: DirectoryImportRow | None) -> None:
        """Forget generations that are not in use: older ones, and what an interrupted import left."""
        with reading():
            others = DirectoryImportRow.objects.filter(source=source).exclude(pk=keep.pk if keep else 0)
            unused = list(others.values_list("pk", flat=True))
        for generation in unused:
            while True:
                with writing(), connection.cursor() as cursor:
                    cursor.execute(
                        "DELETE FROM directory WHERE id IN (SELECT id FROM directory WHERE generation = %s LIMIT %s)",
                        [generation, CHUNK * 4],
                    )
                    if not cursor.rowcount:
                        DirectoryImportRow.objects.filter(pk=generation).delete()
                        break


@contextmanager
def _roomy() -> Iterator[None]:
    """Room in memory for the indexes: in SQLite's usual 2 MB each row of an import reads and writes its pages anew."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA cache_size").fetchone()[0]
        cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA cache_size = {before}")


def mailbox_code(mailbox: str, rpps: str, required: bool) -> str:
    """What the directory says against a mailbox now: an error code, or nothing."""
    mailbox = mailbox.lower()
    if not mailbox or mailbox.endswith("@patient.mssante.fr"):  # patients are in no directory
        return ""
    row = _in_use(MSSANTE)
    if row is None:
        return "E_DIRECTORY_MISSING" if required else ""
    found = list(DirectoryRow.objects.filter(generation=row.pk, mailbox=mailbox).values_list("rpps", flat=True))
    if not found:
        if GoneMailboxRow.objects.filter(pk=mailbox).exists():
            return "E_MAILBOX_GONE"
        return "E_MAILBOX_UNKNOWN" if required else ""
    if rpps and all(found) and rpps not in found:
        return "E_MAILBOX_CHANGED"
    return ""


def _in_use(source: str) -> DirectoryImportRow | None:
    return DirectoryImportRow.objects.filter(source=source, complete=True).order_by("-pk").first()


def _all_in_use() -> list[DirectoryImportRow]:
    return [row for source in (MSSANTE, "practitioners") if (row := _in_use(source))]


def _difference(before: int, now: int) -> tuple[int, int, int]:
    """(added, changed, removed) between two generations."""
    absent = "SELECT COUNT(*) FROM directory a WHERE a.generation = %s AND NOT EXISTS (SELECT 1 FROM directory b"
    absent += " WHERE b.generation = %s AND b.entry_key = a.entry_key)"
    changed = "SELECT COUNT(*) FROM directory a JOIN directory b ON b.generation = %s AND b.entry_key = a.entry_key"
    changed += " WHERE a.generation = %s AND a.fingerprint <> b.fingerprint"
    counts = []
    with reading(), connection.cursor() as cursor:
        for statement, values in ((absent, [now, before]), (changed, [before, now]), (absent, [before, now])):
            cursor.execute(statement, values)
            counts.append(int(cursor.fetchone()[0]))
    return counts[0], counts[1], counts[2]


def _line(generation: int, entry: Entry) -> tuple[str | int, ...]:
    surname = folded(entry.last_name or entry.organisation)[:100]
    shown = json.dumps([getattr(entry, name) for name in _SHOWN], ensure_ascii=False, separators=(",", ":"))
    return (
        generation,
        entry.key[:420],
        entry.fingerprint,
        entry.mailbox,
        entry.kind[:8],
        entry.rpps[:12],
        surname,
        sound_of(surname),
        shown,
    )


def _entry(row: DirectoryRow) -> Entry:
    shown = dict(zip(_SHOWN, json.loads(row.shown), strict=True))
    return Entry(row.entry_key, row.fingerprint, row.mailbox, row.kind, row.rpps, **shown)


def _rank(entry: Entry, words: list[str]) -> int:
    """How well a name answers: 0 every word is there, 1 begins so, 2 sounds so; 9 not at all."""
    names = folded(f"{entry.last_name} {entry.first_name} {entry.organisation}").split()
    ranks = []
    for word in words:
        if word in names:
            ranks.append(0)
        elif any(name.startswith(word) for name in names):
            ranks.append(1)
        else:
            ranks.append(2 if any(sound_of(name) == sound_of(word) for name in names) else 9)
    return max(ranks)


def _lives(entry: Entry, town: str) -> bool:
    return not town or town in folded(entry.town) or entry.postcode.startswith(town)


def _state(row: DirectoryImportRow) -> DirectoryState:
    names = ("source", "extracted_at", "imported_at", "lines", "unread", "added", "changed", "removed")
    return DirectoryState(**{name: getattr(row, name) for name in names})
