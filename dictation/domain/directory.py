"""Directory: who practises where, with which secure mailbox, as the national directory last said."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an extraction: a mailbox, or a practitioner at one place."""

    key: str  # the same in the next extraction when it is the same entry
    fingerprint: str  # 16 hexadecimal digits; others when anything in the line, or the way it is read, changed
    mailbox: str = ""  # lower case; empty for a practitioner without one
    kind: str = ""  # of the mailbox: PER (a person), ORG (a service), CAB (a practice)
    rpps: str = ""  # 11 digits, or another national number as it is
    title: str = ""
    last_name: str = ""
    first_name: str = ""
    profession: str = ""
    specialty: str = ""
    organisation: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One answer to a search. Several people may bear one name: a person chooses, the program never does."""

    entry: Entry
    homonyms: int  # other people of exactly this name among the answers


@dataclass(frozen=True, slots=True)
class DirectoryState:
    """One extraction in use, and what it changed against the one before."""

    source: str  # "mssante" or "practitioners"
    extracted_at: datetime
    imported_at: datetime
    lines: int
    unread: int
    added: int
    changed: int
    removed: int


def folded(text: str) -> str:
    """Lower case, without accents, hyphens and apostrophes: « Lefèvre-D’Arcy » and « LEFEVRE D ARCY » are one."""
    if text.isascii():
        return _NOT_LETTERS.sub(" ", text.lower()).strip()
    apart = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return _NOT_LETTERS.sub(" ", "".join(c for c in apart if not unicodedata.combining(c))).strip()


_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
# French spellings of one sound, in this order. Rough on purpose: it proposes names, a person chooses.
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ph", "f"),
        (r"(s|x)?c(?=[eiy])", "s"),
        (r"sch|sh|ch", "#"),
        (r"ck|qu|q|c", "k"),
        (r"g(?=[eiy])", "j"),
        (r"gu(?=[eiy])", "g"),
        (r"eau|au", "o"),
        (r"(ai|ei|e)(?=n\b|m\b)|[iy](?=n\b|m\b)", "e"),
        (r"ai|ei|ay|ey|er\b|ez\b", "e"),
        (r"oeu|eu", "e"),
        (r"y", "i"),
        (r"h", ""),
        (r"w", "v"),
        (r"z", "s"),
        (r"(.)\1+", r"\1"),
        (r"[aeiou]?[dtsxpe]+\b", lambda found: found[0][0] if found[0][0] in "aiou" else ""),
    )
]


@functools.lru_cache(maxsize=65_536)
def sound_of(name: str) -> str:
    """How a folded name sounds: « marchand », « marchant » and « marchands » are one."""
    for pattern, sound in _SOUNDS:
        name = pattern.sub(sound, name)
    return name.replace(" ", "")[:40] or "-"
