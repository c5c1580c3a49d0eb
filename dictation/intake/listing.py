"""Listing: what lies in the inbox right now. The scan is the truth; events only say when to look.

A folder in, Listing out. Reads folder entries, opens no file and follows no link.
"""

from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from dictation.intake import names

_NUMBERED = re.compile(r"-[0-9]{1,2}$")
MAX_DEPTH = 8  # author/year/month/day and some room; deeper is a mistake or a trap


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of the inbox, as it stood when it was listed."""

    path: Path
    folder: str  # relative to the inbox, "" for its root
    name: str  # raw
    regular: bool  # an ordinary file with one name; only these are ever opened
    size: int  # bytes
    mtime_ns: int
    device: int
    inode: int
    links: int
    too_deep: bool = False  # a folder beyond MAX_DEPTH

    @property
    def relative(self) -> str:
        return f"{self.folder}/{self.name}" if self.folder else self.name

    @property
    def shown(self) -> str:
        return names.shown(self.relative)

    @property
    def is_sidecar(self) -> bool:
        return self.regular and names.suffix(self.name) == names.SIDECAR_SUFFIX

    @property
    def is_document(self) -> bool:
        """Something received about the patient, laid beside the recording: kept with it."""
        return self.regular and names.suffix(self.name) == names.DOCUMENT_SUFFIX

    @property
    def seen(self) -> tuple[int, int, int]:
        """How it looked: what is there later must still look so (disk.Seen)."""
        return self.size, self.mtime_ns, self.inode

    @property
    def signature(self) -> tuple[int, int, int, int, int]:
        """Changes whenever the file does."""
        return self.size, self.mtime_ns, self.device, self.inode, self.links


@dataclass(slots=True)
class Listing:
    found: list[Found] = field(default_factory=list)
    ignored: int = 0  # junk
    unreadable: list[str] = field(default_factory=list)  # relative folders that did not answer
    away: list[Path] = field(default_factory=list)  # folders where a killed intake left a file it was removing


def list_inbox(inbox: Path) -> Listing:
    """Everything in the inbox but junk and quarantine, oldest first.

    Raises OSError when the inbox itself cannot be listed; a sub-folder that cannot is named in `unreadable`.
    """
    listing = Listing()
    handle = os.open(inbox, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _list_folder(handle, inbox, "", 0, listing)
    finally:
        os.close(handle)
    listing.found.sort(key=lambda found: (found.mtime_ns, found.relative))
    return listing


def _list_folder(handle: int, path: Path, folder: str, depth: int, listing: Listing) -> None:
    """List an open folder and those below it. The handle keeps us inside, whatever is renamed meanwhile."""
    with os.scandir(handle) as entries:
        for entry in entries:
            name = entry.name
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # gone since: nothing to take
            here = f"{folder}/{name}" if folder else name
            if stat.S_ISDIR(status.st_mode) and names.suffix(name) not in names.AUDIO_SUFFIXES:
                if name.startswith(names.AWAY):
                    listing.away.append(path / name)
                elif names.is_junk_folder(name) or here == names.QUARANTINE:
                    listing.ignored += name.startswith(".") or here != names.QUARANTINE
                elif depth == MAX_DEPTH:
                    listing.found.append(_found(path, folder, name, status, too_deep=True))
                else:
                    _enter(handle, path / name, name, here, depth, listing)
            elif names.is_junk(name):
                listing.ignored += 1
            else:
                listing.found.append(_found(path, folder, name, status))


def _enter(parent: int, path: Path, name: str, here: str, depth: int, listing: Listing) -> None:
    try:
        handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    except OSError:
        listing.unreadable.append(here)
        return
    try:
        _list_folder(handle, path, here, depth + 1, listing)
    except OSError:
        listing.unreadable.append(here)
    finally:
        os.close(handle)


def _found(path: Path, folder: str, name: str, status: os.stat_result, *, too_deep: bool = False) -> Found:
    return Found(
        path=path / name,
        folder=folder,
        name=name,
        regular=stat.S_ISREG(status.st_mode) and status.st_nlink == 1,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        device=status.st_dev,
        inode=status.st_ino,
        links=status.st_nlink,
        too_deep=too_deep,
    )


@dataclass(frozen=True, slots=True)
class Document:
    """Something received about a patient, laid beside a recording."""

    found: Found
    number: str = ""  # of the patient (IPP), when its own sidecar says it
    index: Found | None = None  # that sidecar

    @property
    def files(self) -> tuple[Found, ...]:
        """In the order they are removed."""
        return (self.found, self.index) if self.index else (self.found,)


@dataclass(frozen=True, slots=True)
class Pair:
    """A recording and what lies beside it: its sidecar, documents received about the patient."""

    audio: Found
    sidecar: Found | None = None
    rivals: tuple[Found, ...] = ()  # other recordings that lay claim to the same sidecar
    documents: tuple[Document, ...] = ()
    leftovers: tuple[Found, ...] = ()  # sidecars about this patient whose documents are gone


def pair(found: Iterable[Found]) -> tuple[list[Pair], list[Found]]:
    """Join each recording to what is beside it, folder by folder: (pairs, sidecars and documents without recording).

    `a.wav` belongs with `a.wav.json`, else with `a.json`; the exact name first, else one that only differs by the
    form of its accents or by capitals. A sidecar never serves two recordings: it could name the wrong patient.
    `a.pdf` and `a-1.pdf`, `a-2.pdf` are documents of the one recording named `a`; documents.py knows the others.
    """
    folders: dict[str, tuple[list[Found], list[Found], list[Found]]] = defaultdict(lambda: ([], [], []))
    for each in found:
        folders[each.folder][1 if each.is_sidecar else 2 if each.is_document else 0].append(each)
    pairs: list[Pair] = []
    alone: list[Found] = []
    for recordings, sidecars, documents in folders.values():
        joined = _join(recordings, sidecars)
        owners = {document: _owner(document, recordings) for document in documents}
        for one in joined:
            mine = tuple(Document(document) for document in documents if owners[document] is one.audio)
            pairs.append(replace(one, documents=mine))
        used = {pair.sidecar for pair in joined}
        alone += [sidecar for sidecar in sidecars if sidecar not in used]
        alone += [document for document in documents if owners[document] is None]
    return pairs, alone


def _owner(document: Found, recordings: list[Found]) -> Found | None:
    """The one recording a document lies beside; None when there is none, or more than one."""
    own = names.alike(names.stem(document.name))
    numbered = _NUMBERED.sub("", own)
    for stem in (own, numbered):
        mine = [found for found in recordings if stem in {names.alike(found.name), names.alike(names.stem(found.name))}]
        if mine:
            return mine[0] if len(mine) == 1 else None
    return None


def _join(recordings: list[Found], sidecars: list[Found]) -> list[Pair]:
    chosen: dict[Found, Found] = {}
    for whole in (True, False):
        for exact in (True, False):
            taken = set(chosen.values())
            free = [sidecar for sidecar in sidecars if sidecar not in taken]
            offers: dict[str, list[Found]] = defaultdict(list)
            for sidecar in free:
                offers[_key(names.stem(sidecar.name), exact)].append(sidecar)
            for recording in recordings:
                if recording in chosen:
                    continue
                own = offers.get(_key(recording.name if whole else names.stem(recording.name), exact), [])
                if len(own) == 1:
                    chosen[recording] = own[0]
    claims: dict[Found, list[Found]] = defaultdict(list)
    for recording, sidecar in chosen.items():
        claims[sidecar].append(recording)
    return [
        Pair(
            recording,
            chosen.get(recording),
            tuple(other for other in claims.get(chosen.get(recording, recording), []) if other is not recording),
        )
        for recording in recordings
    ]


def _key(name: str, exact: bool) -> str:
    return name if exact else names.alike(name)
