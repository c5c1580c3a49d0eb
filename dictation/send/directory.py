"""Directory: the open extractions of the Annuaire Santé, read line by line.

A .txt file or a .zip that holds one, in; Entry records out. Columns are found by their names, which drift in case,
accents and suffixes from one edition to the next; a name that is missing stops the import and is said. Reads nothing
twice and keeps nothing: half a million lines pass through a few megabytes.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from dictation.domain.directory import Entry, folded
from dictation.errors import NeedsAPerson
from dictation.send.message import is_mailbox

MSSANTE, PRACTITIONERS = "mssante", "practitioners"
MAX_LINE = 64 * 1024  # bytes; the longest real one has under 1,000
MAX_BYTES = 4_000_000_000  # unpacked: a zip may claim to be small
UNREAD_SHARE = 0.01  # more lines than this that cannot be read: it is another file
READING = b"1"  # another one when an Entry, or what the store makes of one, is read from the same line otherwise
# Field of Entry -> the column's names, folded, without small words and suffixes (see _name).
_COMMON = {
    "national": ("identification nationale pp",),
    "title": ("civilite exercice", "libelle civilite exercice"),
    "last_name": ("nom exercice",),
    "first_name": ("prenom exercice",),
    "profession": ("libelle profession",),
    "specialty": ("libelle savoir faire",),
    "postcode": ("code postal",),
}
_COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    MSSANTE: _COMMON
    | {
        "kind": ("type bal",),
        "mailbox": ("adresse bal",),
        "structure": ("identification structure",),
        "organisation": ("raison sociale", "enseigne commerciale"),
        "service": ("service rattachement",),
        "number": ("l4numerovoie",),
        "way": ("nl4typevoie", "l4typevoie"),
        "street": ("l4libellevoie",),
        "town": ("l6ligneacheminement",),
    },
    PRACTITIONERS: _COMMON
    | {
        "structure": ("identifiant technique structure",),
        "organisation": ("raison sociale site", "enseigne commerciale site"),
        "number": ("numero voie",),
        "way": ("libelle type voie",),
        "street": ("libelle voie",),
        "town": ("libelle commune", "bureau cedex"),
    },
}
_NEEDED = {
    MSSANTE: ("kind", "mailbox", "national", "last_name", "first_name"),
    PRACTITIONERS: ("national", "last_name", "first_name", "profession"),
}


@dataclass
class Extraction:
    """An open extraction. `unread` grows while `entries` is read; the last line decides whether it was too many."""

    source: str
    extracted_at: datetime
    sha256: str
    entries: Iterator[Entry]
    lines: int = field(default=0)
    unread: int = field(default=0)


@contextmanager
def open_extraction(path: Path) -> Iterator[Extraction]:
    """Raises NeedsAPerson (E_DIRECTORY_FORMAT): at once for a wrong file, at its end for too many wrong lines."""
    with _opened(path) as (file, name):
        header = file.readline(MAX_LINE)
        source, columns, width = _columns(header)
        extraction = Extraction(source, _date_of(name, path), _digest(path), iter(()))
        extraction.entries = _entries(file, extraction, columns, width)
        yield extraction


def _entries(file: IO[bytes], about: Extraction, columns: dict[str, int], width: int) -> Iterator[Entry]:
    make: Callable[[list[str], dict[str, int], str], Entry | None]
    make = _mailbox_entry if about.source == MSSANTE else _practitioner_entry
    read_so = hashlib.blake2b(READING + repr(sorted(columns.items())).encode(), digest_size=8).digest()
    while line := file.readline(MAX_LINE):
        about.lines += 1
        try:
            fields = line.decode("utf-8").rstrip("\r\n").split("|")
        except UnicodeDecodeError:
            fields = []
        entry = None
        if len(fields) in {width, width + 1}:
            entry = make(fields, columns, hashlib.blake2b(line, digest_size=8, key=read_so).hexdigest())
        if entry is None:
            about.unread += 1
        else:
            yield entry
    if about.unread > max(10, about.lines * UNREAD_SHARE) or not about.lines:
        raise NeedsAPerson(f"{about.unread} of {about.lines} lines not readable", code="E_DIRECTORY_FORMAT")


def _mailbox_entry(fields: list[str], columns: dict[str, int], fingerprint: str) -> Entry | None:
    said = {name: fields[place].strip() for name, place in columns.items()}
    mailbox = said["mailbox"].lower()
    if not is_mailbox(mailbox):
        return None
    rpps = _rpps(said["national"])
    organisation = said.get("organisation", "")
    service = said.get("service", "")
    return Entry(
        key=f"{mailbox}|{rpps}|{said.get('structure', '')}",
        fingerprint=fingerprint,
        mailbox=mailbox,
        kind=said["kind"],
        rpps=rpps,
        organisation=" – ".join(part for part in (organisation, service) if part),
        **_person(said),
    )


def _practitioner_entry(fields: list[str], columns: dict[str, int], fingerprint: str) -> Entry | None:
    said = {name: fields[place].strip() for name, place in columns.items()}
    rpps = _rpps(said["national"])
    if not rpps:
        return None
    return Entry(
        key=f"{rpps}|{said.get('structure', '')}|{said.get('specialty', '')}"[:400],
        fingerprint=fingerprint,
        rpps=rpps,
        organisation=said.get("organisation", ""),
        **_person(said),
    )


def _person(said: dict[str, str]) -> dict[str, str]:
    street = " ".join(part for part in (said.get("number"), said.get("way"), said.get("street")) if part)
    names = ("title", "last_name", "first_name", "profession", "specialty", "postcode", "town")
    return {name: said.get(name, "") for name in names} | {"street": street}


def _rpps(national: str) -> str:
    """« Identification nationale PP » is 8 and the RPPS; other professionals have other prefixes."""
    return national[1:] if re.fullmatch(r"8\d{11}", national) else national


def _columns(header: bytes) -> tuple[str, dict[str, int], int]:
    """Which extraction this is, where each field stands, and how many fields a line has."""
    try:
        names = header.decode("utf-8-sig").rstrip("\r\n|").split("|")
    except UnicodeDecodeError as error:
        raise NeedsAPerson("the first line is not UTF-8", code="E_DIRECTORY_FORMAT") from error
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        places.setdefault(_name(name), place)
    source = MSSANTE if "adresse bal" in places else PRACTITIONERS
    columns = {
        field: next(places[name] for name in known if name in places)
        for field, known in _COLUMNS[source].items()
        if any(name in places for name in known)
    }
    missing = [_COLUMNS[source][needed][0] for needed in _NEEDED[source] if needed not in columns]
    if missing:
        raise NeedsAPerson(f"columns missing: {', '.join(missing)}", code="E_DIRECTORY_FORMAT")
    return source, columns, len(names)


_SUFFIX = re.compile(r"( coord structure| structure bal)$")
_SMALL = re.compile(r"\b(d|de|du|des|la|le|l) ")


def _name(header: str) -> str:
    """« Libellé civilité d'exercice », « Libellé civilité exercice » and « … (coord. structure) » are one column."""
    return _SUFFIX.sub("", _SMALL.sub("", folded(header)))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], str]]:
    """The text inside, and its name. Nothing is unpacked to the disk."""
    try:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                yield file, path.name
            return
        with zipfile.ZipFile(path) as bundle:
            inside = [one for one in bundle.infolist() if one.filename.lower().endswith((".txt", ".csv"))]
            wanted = [one for one in inside if "personne_activite" in one.filename.lower()] or inside
            if len(wanted) != 1 or wanted[0].file_size > MAX_BYTES:
                raise NeedsAPerson(f"{len(wanted)} extractions in one file", code="E_DIRECTORY_FORMAT")
            with bundle.open(wanted[0]) as file:
                yield file, Path(wanted[0].filename).name
    except (OSError, zipfile.BadZipFile) as error:
        raise NeedsAPerson(f"not readable: {type(error).__name__}", code="E_DIRECTORY_FORMAT") from error


def _date_of(name: str, path: Path) -> datetime:
    """When it was extracted: its name says so (AAAAMMJJhhmm, Paris time), else the file's own date."""
    found = re.search(r"(20\d{10})(\d{2})?\b", name)
    if found:
        try:
            return datetime.strptime(found[1], "%Y%m%d%H%M").replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
        except ValueError:
            pass
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
