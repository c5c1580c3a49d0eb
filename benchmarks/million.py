"""A worklist of a million fictitious letters, written in bulk; no recording lies behind them.

fill(count) writes into an empty database of this version, past the ORM, and makes the indexes at the end. The shares
are those of a database a few years old.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dictation.domain import codec
from dictation.domain.documents import Approval, LetterType, Sidecar
from dictation.domain.people import Addressee, Author, Patient, Sex

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
# Shares of a database a few years old: nearly everything is archived, a few hundred letters are being worked on.
ACTIVE = {"received": 40, "drafted": 400, "held": 30, "proofread": 250, "approved": 20, "typeset": 10, "stuck": 8}
AUTHORS = [Author(f"1{i:010d}", f"Auteur{i}", "Camille", service=f"Service {i % 12}") for i in range(60)]
BATCH = 20_000
SYLLABLES = [c + v for c in "bcdfglmnprstvz" for v in ("a", "e", "i", "o", "u", "an", "on", "ou")]


def family(dice: random.Random) -> str:
    """A fictitious name; some are common, most are rare."""
    return "".join(dice.choice(SYLLABLES[: dice.choice([8, 30, 112])]) for _ in range(dice.choice([2, 2, 3])))


def fill(count: int) -> None:
    """`count` letters, in bulk; the connection is closed at the end, what was set on it is forgotten."""
    from django.db import connection, transaction

    from dictation.store.tables import DictationRow, SearchWordRow

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for pragma in ("cache_size = -2000000", "synchronous = OFF"):
                cursor.execute(f"PRAGMA {pragma}")
    indexes = [(table, index) for table in (DictationRow, SearchWordRow) for index in table._meta.indexes]
    with connection.schema_editor() as editor:  # made at the end: each would be met at random
        for table, index in indexes:
            editor.remove_index(table, index)
    columns, letters = _letters(count)
    while some := [row for _, row in zip(range(BATCH), letters, strict=False)]:
        with transaction.atomic():
            _write(DictationRow._meta.db_table, columns, [row for row, _ in some])
            words = sorted((word, row[0]) for row, words in some for word in words)
            _write(SearchWordRow._meta.db_table, ["word", "dictation_id"], words)
    with connection.schema_editor() as editor:
        for table, index in indexes:
            editor.add_index(table, index)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    connection.close()


def _letters(count: int) -> tuple[list[str], Iterator[tuple[list[Any], set[str]]]]:
    """The columns, and for each letter their values and the words it is found by."""
    from django.db import connection

    from dictation.store.tables import DictationRow

    fields = DictationRow._meta.concrete_fields
    approval = codec.dumps(Approval(1, "a" * 64, "b" * 64, AUTHORS[0].rpps, NOW))
    usual = DictationRow(received_at=NOW, state_since=NOW, duration=180.0, draft_version=1, points=5, approval=approval)
    template = {field.column: field.get_db_prep_save(getattr(usual, field.attname), connection) for field in fields}

    def made() -> Iterator[tuple[list[Any], set[str]]]:
        dice = random.Random(1)
        states = [state for state, number in ACTIVE.items() for _ in range(number)]
        for i in range(count):
            long_ago = dice.choices(["sent", "delivered", "archived", "cancelled"], [2, 8, 89, 1])[0]
            state = states[i] if i < len(states) else long_ago
            apart = timedelta(minutes=13 * i) if i < len(states) else timedelta(seconds=120 * i)
            at = connection.ops.adapt_datetimefield_value(NOW - apart)
            pk, name, number, author = f"{i * 7919 % 16**12:012x}", family(dice), f"{i:07d}", AUTHORS[i % 60].rpps
            row = template | {
                "id": pk, "state": state, "name": f"dictee-{i}.wav", "sha256": f"{i:064x}", "author": author,
                "urgent": i % 25 == 0, "sidecar": _sidecar(author, name.title(), number), "received_at": at,
                "search": f"dictee-{i}.wav {name} camille ipp {number}", "state_since": at, "points_open": i % 6,
                "resume_state": "drafted" if state in {"held", "stuck"} else "",
            }  # fmt: skip
            yield list(row.values()), {pk, "dictee", str(i), "wav", name, "camille", "ipp", number}

    return list(template), made()


def _write(table: str, columns: list[str], rows: Iterable[Any]) -> None:
    from django.db import connection

    named = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({named}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(f"INSERT INTO {table} ({named}) VALUES ({', '.join(['%s'] * len(columns))})", rows)


def _sidecar(rpps: str, last_name: str, number: str) -> str:
    """As the store keeps it; one is made, the others are it with other words: a million take a while."""
    text = _a_sidecar()
    for word, other in (("RPPS", rpps), ("NOM", last_name), ("NUMERO", number)):
        text = text.replace(word, other)
    return text


@functools.cache
def _a_sidecar() -> str:
    patient = Patient("NOM", "Camille", date(1950, 1, 1), Sex.FEMALE, hospital_number="NUMERO")
    return codec.dumps(Sidecar("RPPS", patient, Addressee("Marchand", mailbox="m@gp.test"), LetterType.CONSULTATION))
