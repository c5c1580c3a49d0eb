"""Conditions: pieces of SQL with their values, put together by hand and asked in as few statements as can be.

By hand where there are many: the ORM takes a millisecond to say each.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

AT_ONCE = 400  # questions in one statement: SQLite takes 500


@dataclass(frozen=True, slots=True)
class Where:
    """A condition, or a question, in SQL with its values; an empty one asks for nothing."""

    sql: str
    values: tuple[Any, ...] = ()

    def __and__(self, other: Where) -> Where:
        said = " AND ".join(filter(None, (self.sql, other.sql)))
        return Where(said, (*self.values, *other.values))


def among(column: str, values: Collection[str]) -> Where:
    return Where(f"{column} IN ({', '.join(['%s'] * len(values))})" if values else "1 = 0", tuple(values))


def not_among(column: str, values: Collection[str]) -> Where:
    return Where(f"{column} NOT IN ({', '.join(['%s'] * len(values))})", tuple(values))


def all_of(conditions: list[Where]) -> Where:
    together = functools.reduce(operator.and_, conditions, Where(""))
    return together if together.sql else Where("1 = 1")


def any_of(conditions: list[Where]) -> Where:
    values = tuple(value for one in conditions for value in one.values)
    return Where(f"({' OR '.join(one.sql for one in conditions)})" if conditions else "1 = 0", values)


def asked(questions: list[Where], behind: str) -> list[tuple[Any, ...]]:
    """The rows of several questions, as one statement; `behind`: how they are to be ordered and cut."""
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(questions), AT_ONCE):
            some = questions[start : start + AT_ONCE]
            together = " UNION ALL ".join(one.sql for one in some)
            cursor.execute(f"{together} {behind}", [value for one in some for value in one.values])
            found += cursor.fetchall()
    return found
