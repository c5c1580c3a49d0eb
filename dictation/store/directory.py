"""Directory: the national extractions, each compared with the one in use, which serves until the last line is read.

An import writes in short transactions, where nobody looks, only what the extraction in use does not say already; one
last transaction lets it in, removes what is no longer said, and dates the whole. Nobody is ever shown half of it, and
an import that ends before leaves the directory as it was. A mailbox that went is remembered: a letter signed for it
needs a person.
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
from dictation.errors import NeedsAPerson, NotAllowed, TryAgainLater
from dictation.store import journal
from dictation.store.tables import DirectoryImportRow, DirectoryRow, GoneMailboxRow
from dictation.store.transactions import reading, writing

CHUNK = 5_000  # rows in one transaction
ROWS_AT_ONCE = 500  # in one statement: PostgreSQL answers each one
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
            coming = DirectoryImportRow.objects.create(
                source=extraction.source,
                extracted_at=extraction.extracted_at,
                imported_at=self.clock(),
                sha256=extraction.sha256,
            )
        left = _lines(before.pk) if before else {}
        kept = self._stage(coming.pk, extraction.entries, left)
        coming.lines, coming.unread = extraction.lines, extraction.unread
        changes = _changes(before.pk if before else 0, coming.pk, left.values())
        coming.added, coming.changed, coming.removed = changes.added, changes.changed, changes.removed
        if before and changes.removed > SHRINKS_AT_MOST * max(1, before.lines) and not force:
            raise NotAllowed(f"{changes.removed} of {before.lines} entries would go", code="E_DIRECTORY_SHRUNK")
        if not before and not changes.added:
            raise NeedsAPerson("an extraction without entries", code="E_DIRECTORY_FORMAT")
        with writing():
            _still_alone(before, coming)
            if before and extraction.source == MSSANTE:
                self._remember_gone(before.pk, coming.pk)
            in_use = _let_in(before, coming, kept)
            figures = {name: getattr(in_use, name) for name in ("added", "changed", "removed", "lines")}
            journal.append(self.clock(), actor, "directory-imported", "", {"sha256": in_use.sha256, **figures})
        self._clear(extraction.source, keep=in_use)
        return _state(in_use)

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

    def _stage(self, generation: int, entries: Iterable[Entry], left: dict[int, int]) -> list[int]:
        """Write the entries that no line in use says, out of sight; each line in use that is said is taken out of
        `left` and its id returned."""
        kept: list[int] = []

        def unsaid() -> Iterator[tuple[str | int, ...]]:
            for entry in entries:
                if known := left.pop(int(entry.fingerprint, 16), 0):
                    kept.append(known)
                else:
                    yield _line(generation, entry)

        lines = unsaid()
        while chunk := list(islice(lines, CHUNK)):
            with writing(), connection.cursor() as cursor:
                if not DirectoryImportRow.objects.filter(pk=generation).exists():
                    raise _overtaken()
                for first in range(0, len(chunk), ROWS_AT_ONCE):
                    rows = chunk[first : first + ROWS_AT_ONCE]
                    values = ", ".join([f"({', '.join(['%s'] * 9)})"] * len(rows))
                    cursor.execute(
                        f"INSERT INTO directory ({_COLUMNS}) VALUES {values} ON CONFLICT DO NOTHING",
                        [value for row in rows for value in row],
                    )
        return kept

    def _remember_gone(self, before: int, coming: int) -> None:
        """Mailboxes that no entry will have; those that are back are forgotten."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO gone_mailbox (mailbox, rpps, gone_at) SELECT o.mailbox, MIN(o.rpps), %s"
                " FROM directory_left l JOIN directory o ON o.id = l.id WHERE NOT EXISTS (SELECT 1 FROM directory n"
                " WHERE n.mailbox = o.mailbox AND n.generation IN (%s, %s)"
                " AND NOT EXISTS (SELECT 1 FROM directory_left g WHERE g.id = n.id))"
                " GROUP BY o.mailbox ON CONFLICT DO NOTHING",
                [self.clock(), before, coming],
            )
            cursor.execute(
                "DELETE FROM gone_mailbox WHERE EXISTS (SELECT 1 FROM directory n WHERE n.generation = %s"
                " AND n.mailbox = gone_mailbox.mailbox)",
                [coming],
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


def _lines(generation: int) -> dict[int, int]:
    """Fingerprint and id of every line in use, in the table's own order: by the index it takes many times as long."""
    lines: dict[int, int] = {}
    last = 0
    statement = "SELECT id, fingerprint FROM directory WHERE id > %s AND +generation = %s ORDER BY id LIMIT %s"
    while True:
        with reading(), connection.cursor() as cursor:
            cursor.execute(statement, [last, generation, CHUNK * 4])
            page = cursor.fetchall()
        if not page:
            return lines
        lines.update((int(fingerprint, 16), id) for id, fingerprint in page)
        last = page[-1][0]


@dataclass(frozen=True, slots=True)
class _Changes:
    added: int
    changed: int
    removed: int


def _changes(before: int, coming: int, left: Iterable[int]) -> _Changes:
    """Count what differs, and name in `directory_left` (of this connection alone) the lines that are no longer said.

    An entry said twice, once as before, stays as it was.
    """
    with writing(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS directory_left")
        cursor.execute("CREATE TEMPORARY TABLE directory_left (id BIGINT PRIMARY KEY)")
        ids = iter(left)
        while chunk := list(islice(ids, CHUNK)):
            cursor.executemany("INSERT INTO directory_left VALUES (%s)", [(id,) for id in chunk])
        cursor.execute(
            "DELETE FROM directory WHERE generation = %s AND EXISTS (SELECT 1 FROM directory o WHERE o.generation = %s"
            " AND o.entry_key = directory.entry_key"
            " AND NOT EXISTS (SELECT 1 FROM directory_left l WHERE l.id = o.id))",
            [coming, before],
        )
        cursor.execute(
            "SELECT COUNT(*) FROM directory n JOIN directory o ON o.entry_key = n.entry_key AND o.generation = %s"
            " WHERE n.generation = %s",
            [before, coming],
        )
        changed = int(cursor.fetchone()[0])
        cursor.execute("SELECT COUNT(*) FROM directory_left")
        gone = int(cursor.fetchone()[0])
    return _Changes(_count(coming) - changed, changed, gone - changed)


def _count(generation: int) -> int:
    with reading():
        return DirectoryRow.objects.filter(generation=generation).count()


def _still_alone(before: DirectoryImportRow | None, coming: DirectoryImportRow) -> None:
    """Raises TryAgainLater when another import of this source took its turn meanwhile, or cleared what we wrote."""
    now = _in_use(coming.source)
    same = (now and (now.pk, now.sha256)) == (before and (before.pk, before.sha256))
    if not same or _count(coming.pk) != coming.added + coming.changed:
        raise _overtaken()


def _overtaken() -> TryAgainLater:
    return TryAgainLater("another import of the directory", code="E_STORE_BUSY")


def _let_in(before: DirectoryImportRow | None, coming: DirectoryImportRow, kept: list[int]) -> DirectoryImportRow:
    """Bring what stays and what comes together, moving the smaller part; the row of the extraction now in use."""
    with connection.cursor() as cursor:
        if before is None or len(kept) < coming.added + coming.changed:
            cursor.executemany("UPDATE directory SET generation = %s WHERE id = %s", [(coming.pk, id) for id in kept])
            coming.complete = True
            coming.save()
            return coming
        cursor.execute("DELETE FROM directory WHERE id IN (SELECT id FROM directory_left)")
        cursor.execute("UPDATE directory SET generation = %s WHERE generation = %s", [before.pk, coming.pk])
    coming.delete()
    coming.pk, coming.complete = before.pk, True
    coming.save(force_update=True)
    return coming


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
