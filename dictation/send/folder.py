"""Folder: the print path. The letter and its message are laid in a folder that somebody prints from.

Envelope in, two files out, named after the Message-ID: <id>.eml, then <id>.pdf. A reader sees all of a file or nothing,
and the PDF appears last: it is the proof that the hand-over is whole. Writing again writes the same names, so this
carrier, unlike a mail server, can be asked what happened.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from dictation.disk import write_durably
from dictation.domain.parcel import Parcel
from dictation.errors import NeedsAPerson, TryAgainLater
from dictation.send.carrier import Claimed, Envelope
from dictation.send.message import ONE_LINE_HEADERS, Stationery, attached_pdf, write_message


@dataclass(frozen=True)
class FolderCarrier:
    """Writes letters to a folder: the print path, and trials."""

    folder: Path
    name: str = "folder"
    needs_mailbox: bool = False

    def seal(self, parcel: Parcel, stationery: Stationery) -> bytes:
        return write_message(parcel, stationery).as_bytes(policy=ONE_LINE_HEADERS)

    def carry(self, envelope: Envelope, claim: Callable[[], bool]) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        pdf = attached_pdf(message)
        if not claim():
            raise Claimed(f"{envelope.message_id} is not ours to print")
        try:
            write_durably(self._path(envelope.message_id, ".eml"), envelope.content)
            write_durably(self._path(envelope.message_id, ".pdf"), pdf)
        except OSError as error:
            raise TryAgainLater(f"{envelope.message_id}: print folder not writable") from error
        return f"laid in the print folder as {self._path(envelope.message_id, '.pdf').name}"

    def outcome(self, message_id: str) -> bool | None:
        # Absence proves nothing: a printed letter may have been taken out of the folder.
        return self._path(message_id, ".pdf").exists() or None

    def _path(self, message_id: str, suffix: str) -> Path:
        name = message_id.strip("<>").partition("@")[0]
        if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,150}", name):
            raise NeedsAPerson("a Message-ID that is no file name", code="E_INTEGRITY")
        return self.folder / f"{name}{suffix}"
