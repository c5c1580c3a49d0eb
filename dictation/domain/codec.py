"""Records to JSON and back, by their type annotations: dataclasses, enums, dates, tuples, optionals. Nothing else.

from_plain(cls, to_plain(record)) == record for every record of the domain; a test proves it.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Callable
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
    return typing.cast(Record, _decoder(typing.cast(Any, kind))(plain))


def dumps(record: Any) -> str:
    return json.dumps(to_plain(record), ensure_ascii=False, sort_keys=True)


def loads(kind: type[Record], text: str | bytes) -> Record:
    return from_plain(kind, json.loads(text))


@functools.cache
def _decoder(kind: Any) -> Callable[[Any], Any]:
    """What reads one value of a type; made once for each, a list of letters reads thousands."""
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        some = _decoder(next(each for each in typing.get_args(kind) if each is not type(None)))
        return lambda plain: None if plain is None else some(plain)
    if origin is tuple:
        inner = typing.get_args(kind)
        if len(inner) == 2 and inner[1] is Ellipsis:
            item = _decoder(inner[0])
            return lambda plain: tuple(map(item, plain))
        several = [_decoder(each) for each in inner]
        return lambda plain: tuple(one(item) for one, item in zip(several, plain, strict=True))
    if dataclasses.is_dataclass(kind):
        return functools.partial(_record, kind)
    if kind is datetime or kind is date:
        return typing.cast(Callable[[Any], Any], kind.fromisoformat)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return functools.partial(_value, kind)


@functools.cache
def _fields(kind: Any) -> dict[str, Callable[[Any], Any]]:
    """Asked for with the first record, not with its type: a record may hold one of its own kind."""
    return {name: _decoder(hint) for name, hint in typing.get_type_hints(kind).items()}


def _record(kind: Any, plain: Any) -> Any:
    fields = _fields(kind)
    if not isinstance(plain, dict):
        raise TypeError(f"expected {kind.__name__}, got {type(plain).__name__}")
    if unknown := plain.keys() - fields.keys():
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    return kind(**{name: fields[name](item) for name, item in plain.items()})


def _value(kind: Any, plain: Any) -> Any:
    if type(plain) is kind:
        return plain
    if kind is float and isinstance(plain, int) and not isinstance(plain, bool):
        return float(plain)
    if not isinstance(plain, kind) or isinstance(plain, bool):
        raise TypeError(f"expected {kind.__name__}, got {type(plain).__name__}")
    return plain
