"""Backup: everything an installation may not lose, in one folder that can be checked and put back.

`back_up` writes <target>/<time>/: the database, the content store, the archive, the quarantine, what waits in inbox/,
the vocabulary, the secret key, and manifest.json with the digest of each file. `restore` puts such a folder into an
empty home.
The database goes first and the blobs after it: a blob is written before the row that names it, so every row of the copy
finds its bytes. Blobs never change: those of the last backup beside it are linked, not copied.

After a restore nothing may leave by itself: a letter that was waiting when the backup was made may have left since.
`hold_restored` puts every unfinished dictation on hold, or among the uncertain, until a person has looked.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from dictation.disk import failpoint, file_digest, make_folder, sync_folder, write_durably
from dictation.domain import codec
from dictation.domain.exchange import Dispatch
from dictation.domain.progress import MOVES, Dictation, State
from dictation.errors import NeedsAPerson, NotAllowed

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "dictation.sqlite3"
DUMP = "dictation.pgdump"  # in its place when the database is PostgreSQL
RESTORED = "restored.json"  # in .state while the restored dictations have not been put on hold
# What of .state is kept. The rest is made again: playback files, the workflow engine's own database, locks.
FOLDERS = ("blobs", "intake", "quarantaine", "dictaphone")
FILES = ("secret_key",)
VOCABULARY = "vocabulary.txt"  # in the backup: words people added one by one, from their letters
_BLOB = re.compile(r"state/blobs/[0-9a-f]{2}/([0-9a-f]{62})")


class Ledger(Protocol):
    """What putting on hold needs of the ledger."""

    def move(
        self, dictation_id: str, before: State, after: State, *, actor: str, note: str = "", **facts: Any
    ) -> bool: ...
    def dispatches(self, dictation_id: str) -> list[Dispatch]: ...
    def doubt_restored(self, dispatch_id: str, *, actor: str) -> bool: ...
    def list(self, states: Collection[State] | None = None, *, limit: int = 200) -> list[Dictation]: ...
    def record(self, action: str, *, actor: str, details: dict[str, str | int | float] | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Saved:
    path: str  # inside the backup
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    made_at: str
    files: tuple[Saved, ...]
    format: int = FORMAT


def back_up(
    state: Path,
    inbox: Path,
    target: Path,
    *,
    archive: Path,
    copy_database: Callable[[Path], None],
    now: datetime,
    database: str = DATABASE,
    vocabulary: Path | None = None,
) -> Path:
    """Write a whole backup beside the earlier ones in `target`; return its folder.

    copy_database: writes a consistent copy of the database, which is called `database`, while the service runs on.
    NotAllowed when `target` lies inside what is backed up. NeedsAPerson (E_BACKUP) when the copy cannot be read back.
    """
    if target.resolve().is_relative_to(state.resolve()):
        raise NotAllowed("the backup would lie inside what it saves", code="E_BACKUP_TARGET")
    make_folder(target)
    earlier = sorted(path for path in target.iterdir() if (path / MANIFEST).exists())
    before = earlier[-1] if earlier else None
    folder, part = target / now.strftime("%Y%m%dT%H%M%SZ"), target / f".{now:%Y%m%dT%H%M%SZ}.part"
    if folder.exists():
        raise NotAllowed(f"{folder.name} exists already", code="E_BACKUP_TARGET")
    shutil.rmtree(part, ignore_errors=True)
    make_folder(part / "state")
    copy_database(part / "state" / database)
    failpoint("backup-database")
    for source, name in _sources(state, inbox, archive, vocabulary):
        _copy(source, part / name, before / name if before and _BLOB.fullmatch(name) else None)
    failpoint("backup-copied")
    files = tuple(_saved(part, path) for path in sorted(part.rglob("*")) if path.is_file())
    wrong = [saved.path for saved in files if (m := _BLOB.fullmatch(saved.path)) and not saved.sha256.endswith(m[1])]
    if wrong:
        raise NeedsAPerson(f"{len(wrong)} blobs are not what their names say", code="E_INTEGRITY")
    write_durably(part / MANIFEST, json.dumps(asdict(Manifest(now.isoformat(), files)), indent=1).encode())
    part.rename(folder)
    sync_folder(target)
    return folder


def _sources(state: Path, inbox: Path, archive: Path, vocabulary: Path | None) -> Iterator[tuple[Path, str]]:
    """(file, its name in the backup) of everything that is kept besides the database."""
    places = [(state / name, f"state/{name}") for name in FOLDERS]
    for folder, name in [*places, (archive, "state/archive"), (inbox, "inbox")]:
        for path in sorted(folder.rglob("*")) if folder.exists() else []:
            if path.is_file() and not path.is_symlink() and not path.name.endswith(".part"):
                yield path, f"{name}/{path.relative_to(folder)}"
    for name in FILES:
        if (state / name).exists():
            yield state / name, f"state/{name}"
    if vocabulary and vocabulary.exists():
        yield vocabulary, VOCABULARY


def _copy(source: Path, copy: Path, before: Path | None) -> None:
    """Copy durably; link what an earlier backup holds already. What vanishes meanwhile was not there to be kept."""
    make_folder(copy.parent)
    try:
        if before and before.exists() and before.stat().st_size == source.stat().st_size:
            os.link(before, copy)
            return
        with source.open("rb") as reading, copy.open("wb") as writing:
            shutil.copyfileobj(reading, writing, 1 << 20)
            writing.flush()
            os.fsync(writing.fileno())
    except FileNotFoundError:  # taken from inbox/, or erased on purpose, between listing and copying
        copy.unlink(missing_ok=True)


def _saved(root: Path, path: Path) -> Saved:
    return Saved(str(path.relative_to(root)), file_digest(path), path.stat().st_size)


def verify(folder: Path) -> list[str]:
    """What is wrong with a backup, one French sentence per fault; empty when every file is what it was."""
    about = f"Sauvegarde {folder.name}\u00a0:"
    try:
        manifest = codec.loads(Manifest, (folder / MANIFEST).read_bytes())
    except (OSError, ValueError, TypeError, KeyError):
        return [f"{about} le manifeste manque ou est illisible."]
    if manifest.format != FORMAT:
        return [f"{about} elle vient d’une autre version du programme."]
    problems = []
    for saved in manifest.files:
        path = folder / saved.path
        if ".." in Path(saved.path).parts or Path(saved.path).is_absolute():
            problems.append(f"{about} le manifeste nomme un fichier hors du dossier.")
        elif not path.is_file():
            problems.append(f"{about} {saved.path} manque.")
        elif file_digest(path) != saved.sha256:
            problems.append(f"{about} {saved.path} a changé.")
    return problems


def restore(
    folder: Path,
    state: Path,
    inbox: Path,
    *,
    archive: Path,
    load_database: Callable[[Path], None] | None = None,
    vocabulary: Path | None = None,
) -> int:
    """Put a backup into an empty home; return the number of files. The marker RESTORED stays until hold_restored.

    load_database: fills an empty PostgreSQL from its copy; None for SQLite, whose copy is the database.
    NeedsAPerson: E_BACKUP (the backup is not whole: nothing is written). NotAllowed: E_NOT_EMPTY (there is data here),
    E_BACKUP_OTHER (the backup is of the other kind of database).
    """
    if problems := verify(folder):
        raise NeedsAPerson(f"{folder.name}: {len(problems)} faults", code="E_BACKUP")
    if (state / DATABASE).exists() or any((state / "blobs").rglob("*")):
        raise NotAllowed("this home holds dictations already", code="E_NOT_EMPTY")
    manifest = codec.loads(Manifest, (folder / MANIFEST).read_bytes())
    held = f"state/{DUMP}" if load_database else f"state/{DATABASE}"
    if held not in {saved.path for saved in manifest.files}:
        raise NotAllowed(f"{folder.name} holds another kind of database", code="E_BACKUP_OTHER")
    write_durably(state / RESTORED, json.dumps({"backup": folder.name, "made_at": manifest.made_at}).encode())
    ordered = sorted(manifest.files, key=lambda saved: saved.path == held)  # the database last
    for saved in ordered:
        if load_database and saved.path == held:
            load_database(folder / saved.path)
            continue
        if saved.path == VOCABULARY:
            if vocabulary and not vocabulary.exists():  # one that was put there by hand is the newer one
                _copy(folder / saved.path, vocabulary, None)
            continue
        home, _, name = saved.path.partition("/")
        target = inbox / name if home == "inbox" else state / name
        if name.startswith("archive/"):
            target = archive / name.removeprefix("archive/")
        _copy(folder / saved.path, target, None)
        failpoint("restore-copied")
    for secret in FILES:
        if (state / secret).exists():
            (state / secret).chmod(0o600)
    return len(manifest.files)


def hold_restored(ledger: Ledger, state: Path) -> int:
    """After a restore: put everything that could still leave where only a person moves it on; return how many.

    Runs again from the start after a crash; a no-op when there was no restore.
    """
    marker = state / RESTORED
    if not marker.exists():
        return 0
    facts = {"error_code": "E_RESTORED", "error_detail": json.loads(marker.read_text())["backup"]}
    held = 0
    for before in State:
        after = State.UNCERTAIN if before is State.SENDING else State.HELD
        if after not in MOVES[before]:
            continue
        for dictation in ledger.list({before}, limit=1_000_000):
            for row in ledger.dispatches(dictation.id) if before is State.SENDING else ():
                ledger.doubt_restored(row.id, actor="restore")
            held += ledger.move(dictation.id, before, after, actor="restore", note="restaurée", **facts)
            failpoint("restore-held")
    ledger.record("restored", actor="restore", details={"backup": facts["error_detail"], "held": held})
    marker.unlink()
    sync_folder(state)
    return held
