"""Compare: two texts word by word, for pages that show what changed. Pure functions."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal

Piece = tuple[Literal["same", "gone", "new"], str]


def pieces(before: str, after: str) -> list[Piece]:
    """The text with what is gone and what is new, in reading order; joined without "gone" it is `after` again."""
    old, new = _words(before), _words(after)
    out: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            out.append(("same", "".join(new[j1:j2])))
            continue
        if i2 > i1:
            out.append(("gone", "".join(old[i1:i2])))
        if j2 > j1:
            out.append(("new", "".join(new[j1:j2])))
    return out


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", text)
