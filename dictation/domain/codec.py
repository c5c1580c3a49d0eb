"""Records to JSON and back, by their type annotations: dataclasses, enums, dates, tuples, optionals. Nothing else.

from_plain(cls, to_plain(record)) == record for every record of the domain; a test proves it.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar

Record = TypeVar("Record")


def to_plain(value: Any) -> Any:
    """A record as JSON-ready data."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"no JSON form for {type(value).__name__}")


def from_plain(kind: type[Record], plain: Any) -> Record:
    """JSON data as a record of type `kind`. Raises KeyError, TypeError or ValueError when it does not fit."""
    return typing.cast(Record, _decode(kind, plain))


def dumps(record: Any) -> str:
    return json.dumps(to_plain(record), ensure_ascii=False, sort_keys=True)


def loads(kind: type[Record], text: str | bytes) -> Record:
    return from_plain(kind, json.loads(text))


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode(kind: Any, plain: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        return None if plain is None else _decode(next(a for a in typing.get_args(kind) if a is not type(None)), plain)
    if origin is tuple:
        inner = typing.get_args(kind)
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_decode(inner[0], item) for item in plain)
        return tuple(_decode(each, item) for each, item in zip(inner, plain, strict=True))
    if dataclasses.is_dataclass(kind):
        hints = _hints(typing.cast(type, kind))
        unknown = set(plain) - set(hints)
        if unknown:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        return typing.cast(Any, kind)(**{name: _decode(hints[name], item) for name, item in plain.items()})
    if kind is datetime or kind is date:
        return kind.fromisoformat(plain)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(plain)
    if kind is float and isinstance(plain, int) and not isinstance(plain, bool):
        return float(plain)
    if not isinstance(plain, kind) or (isinstance(plain, bool) and kind is not bool):
        raise TypeError(f"expected {kind.__name__}, got {type(plain).__name__}")
    return plain
