"""Documents: which recording a letter received about the patient is kept with, by its name or by its patient's number.

Pairs and what lies beside no recording in; the same out, each document where it belongs, or alone with the reason.
Opens the sidecars of a folder only when a document of that folder asks for it. Never guesses: with two recordings of
one patient a document goes to neither, and one that says another patient than its recording is kept apart from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from dictation.disk import read_dropped
from dictation.domain.documents import Sidecar
from dictation.errors import NeedsAPerson, TryAgainLater
from dictation.intake import names
from dictation.intake import sidecar as sidecars
from dictation.intake.listing import Document, Found, Pair

LARGEST = 50 << 20  # bytes: a scanned letter has one or two megabytes
SHORTEST_IN_A_NAME = 4  # characters: « 12_a.pdf » names nobody


@dataclass(frozen=True, slots=True)
class Lone:
    """A sidecar or a document beside no recording. `code`: why it will never have one, once that is known."""

    found: Found
    index: Found | None = None  # the document's own sidecar
    code: str = ""
    detail: str = ""


def settle_documents(pairs: list[Pair], alone: list[Found]) -> tuple[list[Pair], list[Lone]]:
    """Move each document to the recording of its patient, and away from that of another one.

    `x.pdf.json` beside `x.pdf` says whose it is; without it a document that lies alone may begin with the number.
    """
    documents = [document.found for pair in pairs for document in pair.documents]
    documents += [found for found in alone if found.is_document]
    indexes = _indexes(documents, alone)
    patients = _Patients(pairs)
    kept: dict[Found, list[Document]] = {pair.audio: [] for pair in pairs}
    lone: list[Lone] = []
    owners = {document.found: pair.audio for pair in pairs for document in pair.documents}
    for found in documents:
        try:
            document = _read(found, indexes.get(found))
            owner = patients.owner(document, owners.get(found))
        except NeedsAPerson as why:
            detail = getattr(why, "detail", "")
            lone.append(Lone(found, indexes.get(found), why.code, detail))
            continue
        except TryAgainLater:
            owner = None
        if owner is None:
            lone.append(Lone(found, indexes.get(found)))
        else:
            kept[owner].append(document)
    used = set(indexes.values())
    lone += [Lone(found) for found in alone if not found.is_document and found not in used]
    left = [found for found in alone if _is_index(found) and found not in used]
    return [
        replace(pair, documents=tuple(kept[pair.audio]), leftovers=patients.leftovers(pair, left)) for pair in pairs
    ], lone


def agrees(document: Document, sidecar: Sidecar) -> bool:
    """Whether a document that says its patient's number says that of the patient the recording is about."""
    patient = sidecar.patient
    return not document.number or bool(patient and _same(patient.hospital_number, document.number))


def must_be_pdf(copy: Path) -> None:
    """Raises NeedsAPerson (E_DOCUMENT)."""
    with copy.open("rb") as file:
        if b"%PDF-" not in file.read(1024):
            raise NeedsAPerson("no PDF header", code="E_DOCUMENT")


class _Patients:
    """Whose recordings lie in each folder; every sidecar is read once, when somebody asks."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._pairs = {pair.audio: pair for pair in pairs}
        self._numbers: dict[Found, str] = {}

    def number(self, audio: Found) -> str:
        """The patient's number in a recording's sidecar; empty when there is none, or none that can be read."""
        if audio not in self._numbers:
            sidecar = self._pairs[audio].sidecar
            try:
                self._numbers[audio] = sidecars.number_of(_bytes(sidecar)) if sidecar else ""
            except (NeedsAPerson, TryAgainLater):
                self._numbers[audio] = ""
        return self._numbers[audio]

    def owner(self, document: Document, named: Found | None) -> Found | None:
        """The recording a document goes with; None when it has to wait for one. NeedsAPerson when there is no such."""
        if named and not document.number:
            return named
        if named:
            number = self.number(named)
            if number and not _same(number, document.number):
                raise NeedsAPerson("two patient numbers", code="E_DOCUMENT_PATIENT")
            return named if number else None
        mine = [
            audio for audio in self._pairs if audio.folder == document.found.folder and self._is_of(document, audio)
        ]
        if len(mine) > 1:
            raise NeedsAPerson(f"{len(mine)} recordings", code="E_DOCUMENT_AMBIGUOUS")
        return mine[0] if mine else None

    def leftovers(self, pair: Pair, left: list[Found]) -> tuple[Found, ...]:
        """Sidecars of documents that are no longer there, about this pair's patient."""
        here = [index for index in left if index.folder == pair.audio.folder]
        return tuple(index for index in here if _same(_said(index), self.number(pair.audio)))

    def _is_of(self, document: Document, audio: Found) -> bool:
        number = self.number(audio)
        if document.index:
            return _same(number, document.number)
        stem = names.alike(names.stem(document.found.name))
        own = names.alike(number.strip())
        return len(own) >= SHORTEST_IN_A_NAME and (stem == own or stem.startswith(f"{own}_"))


def _indexes(documents: list[Found], alone: list[Found]) -> dict[Found, Found]:
    """The sidecar each document has for itself."""
    by_name = {(found.folder, names.alike(names.stem(found.name))): found for found in alone if _is_index(found)}
    keys = {found: (found.folder, names.alike(found.name)) for found in documents}
    return {found: by_name[key] for found, key in keys.items() if key in by_name}


def _is_index(found: Found) -> bool:
    return found.is_sidecar and names.suffix(names.stem(found.name)) == names.DOCUMENT_SUFFIX


def _read(found: Found, index: Found | None) -> Document:
    return Document(found, sidecars.document_number(_bytes(index)) if index else "", index)


def _said(index: Found) -> str:
    try:
        return sidecars.document_number(_bytes(index))
    except (NeedsAPerson, TryAgainLater):
        return ""


def _bytes(sidecar: Found) -> bytes:
    return read_dropped(sidecar.path, sidecars.MAX_BYTES)


def _same(one: str | None, other: str) -> bool:
    return bool(one and one.strip()) and names.alike((one or "").strip()) == names.alike(other.strip())
