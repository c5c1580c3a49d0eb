"""Archive: everything that proves a letter, in one folder that can be checked without this program.

Dictation id in; a bundle <archive>/<id>-v<letter version>/ out: sound, transcript, report, draft, letter, messages, the
case, its sendings and receipts, its lines of the journal, and manifest.json with the digest of each. Reads the ledger
and the content store. The manifest is written last and names every file: what it does not name is not in the bundle, so
a crash leaves the bundle as it was. Its digest goes into the journal, whose chain then vouches for the bundle.

Erasing the sound keeps its digest and the date: the proof stays, the voice goes.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from dictation.disk import ContentStore, digest, failpoint, file_digest, write_durably
from dictation.domain import codec
from dictation.domain.desk import Question
from dictation.domain.documents import Draft
from dictation.domain.exchange import Dispatch, Receipt
from dictation.domain.journal import ANCHOR, Details, JournalEntry
from dictation.domain.progress import Dictation
from dictation.errors import NeedsAPerson

log = logging.getLogger(__name__)

FORMAT = 1
MANIFEST = "manifest.json"
ACTOR = "archive"  # lines of this actor are about bundles, and stay out of them: else each write would change the next


class Ledger(Protocol):
    """What archiving needs of the ledger."""

    def get(self, dictation_id: str) -> Dictation: ...
    def draft(self, dictation_id: str, version: int | None = None) -> Draft: ...
    def dispatches(self, dictation_id: str) -> list[Dispatch]: ...
    def receipts(self, dictation_id: str) -> list[Receipt]: ...
    def questions(self, dictation_id: str) -> Sequence[Question]: ...
    def journal(self, dictation_id: str) -> list[JournalEntry]: ...
    def record(self, action: str, *, actor: str, dictation_id: str = "", details: Details | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a bundle. `erased_at`: the file is gone on purpose, its digest stays."""

    role: str
    path: str  # file name inside the bundle
    sha256: str
    size_bytes: int
    erased_at: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    dictation_id: str
    letter_version: int
    revision: int
    written_at: str
    files: tuple[Kept, ...]
    format: int = FORMAT

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """Where a bundle lies, and the digest of its manifest, as the journal has it."""

    bundle: Path
    manifest_sha256: str
    revision: int
    files: int


@dataclass(frozen=True)
class Archive:
    """The folder of bundles."""

    ledger: Ledger
    store: ContentStore
    folder: Path
    clock: Callable[[], datetime]

    def bundle(self, dictation: Dictation) -> Path:
        return self.folder / f"{dictation.id}-v{dictation.letter_version}"

    def write(self, dictation_id: str) -> ArchiveEntry:
        """Write the bundle as things stand now; when nothing changed since, nothing is written.

        NeedsAPerson (E_INTEGRITY) when a blob is missing or altered. TryAgainLater when the disk is full.
        """
        dictation = self.ledger.get(dictation_id)
        bundle = self.bundle(dictation)
        before = read_manifest(bundle)
        revision = before.revision + 1 if before else 1
        last = before or self._manifest_before(dictation)
        erased = {kept.role: kept for kept in last.files if kept.erased_at} if last else {}
        known = {(kept.role, kept.sha256): kept for kept in before.files} if before else {}
        files = list(erased.values())
        for role, name, data in self._contents(dictation, without=set(erased)):
            kept = Kept(role, name.format(revision=revision), digest(data), len(data))
            kept = known.get((role, kept.sha256), kept)  # unchanged: stays under the name it had
            if not _intact(bundle / kept.path, kept.sha256):
                write_durably(bundle / kept.path, data)
            files.append(kept)
            failpoint("archive-file")
        manifest = Manifest(
            dictation.id, dictation.letter_version, revision, self.clock().isoformat(), tuple(sorted(files, key=_order))
        )
        if before and before.files == manifest.files:
            manifest = before
        return self._publish(bundle, manifest)

    def _manifest_before(self, dictation: Dictation) -> Manifest | None:
        """Of the version this letter replaces: a sound erased there is not there to be bundled again."""
        version = dictation.letter_version - 1
        return read_manifest(self.bundle(replace(dictation, letter_version=version))) if version else None

    def erase_sound(self, dictation_id: str) -> bool:
        """Erase the recording from bundle and store; its digest and the date stay. False when it was gone already.

        NotAllowed is for the caller to decide: how long sound is kept is a setting, not a rule of the bundle.
        """
        dictation = self.ledger.get(dictation_id)
        versions = range(1, dictation.letter_version + 1)
        bundles = [self.bundle(replace(dictation, letter_version=version)) for version in versions]
        if not (bundles[-1] / MANIFEST).exists():
            raise NeedsAPerson(f"dictation {dictation_id}: no bundle to erase from", code="E_INTEGRITY")
        left = [self._erase_from(bundle) for bundle in bundles if (bundle / MANIFEST).exists()]
        spoken = [question.answer_sound for question in self.ledger.questions(dictation_id) if question.answer_sound]
        for sha256 in (dictation.recording.sha256, *spoken):
            left.append(self.store.has(sha256))
            self.store.erase(sha256)
        return any(left)

    def _erase_from(self, bundle: Path) -> bool:
        """Erase the sound of one bundle; False when it was gone already."""
        manifest = read_manifest(bundle)
        assert manifest
        sound = next(kept for kept in manifest.files if kept.role == "sound")
        if not sound.erased_at:
            gone = replace(sound, erased_at=self.clock().isoformat())
            files = tuple(gone if kept.role == "sound" else kept for kept in manifest.files)
            self._publish(bundle, replace(manifest, files=files, revision=manifest.revision + 1))
        failpoint("archive-erasing")
        left = (bundle / sound.path).exists()
        (bundle / sound.path).unlink(missing_ok=True)
        return left

    def verify(self, dictation_id: str) -> list[str]:
        """What is wrong with one bundle, in French; empty when it is whole and is the one the journal knows."""
        return self._verify(self.bundle(self.ledger.get(dictation_id)))

    def verify_all(self, vouched: Collection[str] = ()) -> list[str]:
        """The same for every bundle of the folder, and for each one the journal vouches for: it may be gone whole."""
        there = {path.name for path in self.folder.iterdir() if path.is_dir()} if self.folder.exists() else set()
        names = sorted(there | set(vouched))
        return [problem for name in names for problem in self._verify(self.folder / name)]

    def _verify(self, bundle: Path) -> list[str]:
        problems = verify(bundle)
        manifest = bundle / MANIFEST
        if manifest.exists() and file_digest(manifest) != self._anchor(bundle):
            problems.append(f"Archive {bundle.name}\u00a0: le manifeste n’est pas celui que le journal connaît.")
        return problems

    def _anchor(self, bundle: Path) -> str:
        """The digest of the manifest that the journal last vouched for; empty when there is none."""
        lines = self.ledger.journal(bundle.name.partition("-")[0])
        found = [line for line in lines if line.action == ANCHOR and line.details.get("bundle") == bundle.name]
        return str(found[-1].details["sha256"]) if found else ""

    def _publish(self, bundle: Path, manifest: Manifest) -> ArchiveEntry:
        """Make `manifest` the bundle's, tell the journal, and clear away what no manifest names any more."""
        data = manifest.to_json()
        sha256 = digest(data)
        if not _intact(bundle / MANIFEST, sha256):
            write_durably(bundle / MANIFEST, data)
        failpoint("archive-manifest")
        if self._anchor(bundle) != sha256:
            details: Details = {"bundle": bundle.name, "sha256": sha256, "revision": manifest.revision}
            self.ledger.record(ANCHOR, actor=ACTOR, dictation_id=manifest.dictation_id, details=details)
        named = {kept.path for kept in manifest.files} | {MANIFEST}
        for path in bundle.iterdir():
            if path.name not in named:
                path.unlink()
        return ArchiveEntry(bundle, sha256, manifest.revision, len(manifest.files))

    def _contents(self, dictation: Dictation, without: set[str]) -> Iterator[tuple[str, str, bytes]]:
        """(role, file name, bytes) of everything that exists, large ones read one at a time."""
        if "sound" not in without:
            yield "sound", f"sound{_suffix(dictation.recording.name)}", self.store.get(dictation.recording.sha256)
        if dictation.transcript_sha256:
            yield "transcript", "transcript.json", self.store.get(dictation.transcript_sha256)
        if dictation.report_sha256:
            yield "report", "report.json", self.store.get(dictation.report_sha256)
        if dictation.draft_version:
            yield "draft", "draft.{revision}.json", codec.dumps(self.ledger.draft(dictation.id)).encode()
        if dictation.approval:
            yield "letter", "letter.pdf", self.store.get(dictation.approval.pdf_sha256)
        for number, attachment in enumerate(dictation.attachments, 1):
            yield f"document {number}", f"document-{number}.pdf", self.store.get(attachment.sha256)
        dispatches = self.ledger.dispatches(dictation.id)
        for row in dispatches:
            yield f"message {row.id}", f"message-{row.id}.eml", self.store.get(row.message_sha256)
        sendings = {
            "dispatches": [codec.to_plain(row) for row in dispatches],
            "receipts": [codec.to_plain(receipt) for receipt in self.ledger.receipts(dictation.id)],
        }
        yield "sendings", "sendings.{revision}.json", _json(sendings)
        yield "case", "case.{revision}.json", _json(_case(dictation))
        lines = [_line(entry) for entry in self.ledger.journal(dictation.id) if entry.actor != ACTOR]
        yield "journal", "journal.{revision}.jsonl", b"".join(line + b"\n" for line in lines)


class Retention(Protocol):
    """What erasing needs of the store."""

    def sound_to_erase(self, kept: timedelta) -> list[str]: ...
    def sound_erased(self, dictation_id: str, actor: str) -> None: ...


def erase_due(retention: Retention, archive: Archive, playback: Callable[[str], Path], keep_days: int) -> int:
    """Erase the sound of every letter signed more than keep_days ago that reached an end; return how many.

    playback: where the playable copy of a recording lies, by the recording's digest. The digest of the sound, the date
    of its erasure, the letter and all its proof stay: the bundle is written once more before. One that cannot be
    written keeps its sound, and the others do not wait for it. A crash in between erases again what is left.
    """
    erased = 0
    for dictation_id in retention.sound_to_erase(timedelta(days=keep_days)):
        try:
            archive.write(dictation_id)
        except NeedsAPerson as error:
            log.error("dictée %s\u00a0: le son reste, l’archive n’est pas entière (%s)", dictation_id, error.code)
            continue
        playback(archive.ledger.get(dictation_id).recording.sha256).unlink(missing_ok=True)
        archive.erase_sound(dictation_id)
        failpoint("archive-erased")
        retention.sound_erased(dictation_id, ACTOR)
        erased += 1
    return erased


def read_manifest(bundle: Path) -> Manifest | None:
    """The manifest of a bundle; None when there is none yet. NeedsAPerson (E_INTEGRITY) when it is no manifest."""
    try:
        return codec.loads(Manifest, (bundle / MANIFEST).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise NeedsAPerson(f"bundle {bundle.name}: manifest not readable", code="E_INTEGRITY") from error


def verify(bundle: Path) -> list[str]:
    """What is wrong with a bundle, looked at alone, one French sentence per fault; empty when it is whole."""
    about = f"Archive {bundle.name}\u00a0:"
    try:
        manifest = read_manifest(bundle)
    except NeedsAPerson:
        return [f"{about} le manifeste est illisible."]
    if manifest is None:
        return [f"{about} le manifeste manque."]
    problems = []
    for kept in manifest.files:
        path = bundle / kept.path
        if Path(kept.path).name != kept.path:
            problems.append(f"{about} le manifeste nomme un fichier hors du dossier.")
        elif kept.erased_at:
            if path.exists():
                problems.append(f"{about} {kept.path} devait être effacé et ne l’est pas.")
        elif not path.is_file():
            problems.append(f"{about} {kept.path} manque.")
        elif (found := _digest_of(path)) != kept.sha256:
            problems.append(f"{about} {kept.path} {'a changé' if found else 'ne peut pas être lu'}.")
    try:
        return problems or _contradictions(about, bundle, {kept.role: kept for kept in manifest.files})
    except (ValueError, TypeError, KeyError, AttributeError):  # whole by a manifest that somebody made: no such content
        return [f"{about} le contenu n’est pas celui d’une archive."]


def _contradictions(about: str, bundle: Path, files: dict[str, Kept]) -> list[str]:
    """Whole files that do not belong together: the signature names other bytes, a journal line was rewritten."""
    problems = []
    case = json.loads((bundle / files["case"].path).read_bytes())
    signed = (case["approval"] or {}).get("pdf_sha256")
    if signed != (files["letter"].sha256 if "letter" in files else None):
        problems.append(f"{about} la lettre n’est pas celle qui a été signée.")
    if case["recording"]["sha256"] != files["sound"].sha256:
        problems.append(f"{about} le son n’est pas celui de la dictée.")
    for row in json.loads((bundle / files["sendings"].path).read_bytes())["dispatches"]:
        message = files.get(f"message {row['id']}")
        if message is None or message.sha256 != row["message_sha256"]:
            problems.append(f"{about} le message {row['id']} n’est pas celui qui a été préparé.")
    for line in (bundle / files["journal"].path).read_bytes().splitlines():
        plain = json.loads(line)
        entry = JournalEntry(**(plain | {"at": datetime.fromisoformat(plain["at"])}))
        if entry.computed_hash() != entry.hash:
            problems.append(f"{about} la ligne {entry.serial} du journal a été modifiée.")
    return problems


def _case(dictation: Dictation) -> dict[str, Any]:
    """The dictation without what changes while nothing happens to it."""
    plain: dict[str, Any] = codec.to_plain(dictation)
    for passing in ("version", "attempts", "progress", "seconds_to_go"):
        del plain[passing]
    return plain


def _line(entry: JournalEntry) -> bytes:
    return json.dumps(entry.plain(), sort_keys=True, ensure_ascii=False).encode()


def _json(plain: Any) -> bytes:
    return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False).encode()


def _digest_of(path: Path) -> str:
    """Of a file; "" when the disk does not give it back."""
    try:
        return file_digest(path)
    except OSError:
        return ""


def _intact(path: Path, sha256: str) -> bool:
    return path.is_file() and file_digest(path) == sha256


def _order(kept: Kept) -> str:
    return kept.path


def _suffix(name: str) -> str:
    """The ending of the recording's own file name when it is a plain one: what a player goes by."""
    suffix = Path(name).suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,5}", suffix) else ".bin"
