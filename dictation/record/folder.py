"""Folder: each event as an HL7 file an interface engine picks up. Writes only there, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dictation.disk import write_durably
from dictation.domain.filing import Filing
from dictation.record import hl7v2
from dictation.record.document import RecordDocument


@dataclass(frozen=True)
class FolderLink:
    folder: Path
    names: hl7v2.Names
    clock: Callable[[], datetime]

    @property
    def name(self) -> str:
        return "folder"

    def deliver(self, due: Filing, document: RecordDocument, pdf: bytes) -> str:
        """See Link. Written twice, it is one file."""
        text = hl7v2.message(due.event, document, pdf, control_id=due.id, at=self.clock(), names=self.names)
        write_durably(self.folder / f"{document.number}-{due.event}.hl7", text.encode())
        return f"{document.number}-{due.event}.hl7"
