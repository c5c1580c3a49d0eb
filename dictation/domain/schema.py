"""Schema: the JSON Schema of a record, read from its type annotations, so that it says what codec.py writes.

A record type in, a schema out. Optional fields are still written by the codec, as null: every field is required.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from datetime import date, datetime
from enum import Enum, IntEnum
from typing import Any

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}


def schema_of(kind: type, title: str) -> dict[str, Any]:
    """The schema of one record type, the records inside it as definitions by name."""
    definitions: dict[str, Any] = {}
    whole = _of(kind, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **whole,
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def _of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return {"anyOf": [_of(one, definitions) for one in inner if one is not types.NoneType] + [{"type": "null"}]}
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        return {"type": "array", "items": _of(inner[0], definitions)}
    if origin is tuple:
        parts = [_of(one, definitions) for one in inner]
        return {"type": "array", "prefixItems": parts, "minItems": len(parts), "maxItems": len(parts)}
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if kind in (date, datetime):
        return {"type": "string", "format": "date" if kind is date else "date-time"}
    if issubclass(kind, Enum):
        return {"type": "integer" if issubclass(kind, IntEnum) else "string", "enum": [one.value for one in kind]}
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # taken before its fields are read: a record may hold its own kind
        hints = typing.get_type_hints(kind)
        names = [field.name for field in dataclasses.fields(kind)]
        definitions[kind.__name__] = {
            "type": "object",
            "description": (kind.__doc__ or "").strip().splitlines()[0],
            "properties": {name: _of(hints[name], definitions) for name in names},
            "required": names,
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{kind.__name__}"}
