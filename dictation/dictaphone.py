"""Dictaphone: a dictation that arrives in pieces from a phone, put together and laid in the inbox like any other.

Pieces of sound (16 kHz, 16 bits, mono) come in any order and as often as the network likes; each is kept once, synced.
The last call says which stretches of which pieces are the dictation, in order, so that « reprendre d'ici » on the phone
never changes a piece. What is put together goes into the inbox with its sidecar, once: asked again, the same answer.
Touches <state>/dictaphone/<take>/ and the inbox.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dictation.disk import digest, write_durably
from dictation.errors import NotAllowed

RATE, BYTES = 16_000, 2  # samples a second, bytes a sample
LARGEST = 64 * RATE * BYTES  # bytes of one piece: the page sends two seconds at a time
MOST = 20_000  # pieces of one dictation
_TAKE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples first to last (excluded) of one piece."""

    piece: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Begun:
    """A dictation whose pieces have begun to arrive and that nobody has ended."""

    take: str
    author: str  # RPPS
    seconds: float
    since: datetime  # when its last piece came


class Dictaphone:
    """The pieces of every dictation that is on its way, and the way into the inbox."""

    def __init__(self, folder: Path, inbox: Path) -> None:
        self.folder, self.inbox = folder, inbox

    def keep(self, take: str, piece: int, sound: bytes, *, author: str) -> None:
        """Keep one piece. NotAllowed: another sound under that number (E_PIECE), or somebody else's take (E_TAKE)."""
        folder = self._of(take, author)
        if not 0 <= piece < MOST or not 0 < len(sound) <= LARGEST or len(sound) % BYTES:
            raise NotAllowed(f"take {take}: piece {piece} of {len(sound)} bytes", code="E_PIECE")
        path = folder / f"{piece}.pcm"
        if path.exists():
            if digest(path.read_bytes()) != digest(sound):
                raise NotAllowed(f"take {take}: piece {piece} came with another sound", code="E_PIECE")
            return
        if self._ended(folder):
            return  # a late repeat of what is in the inbox already
        if not (folder / "author").exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_durably(folder / "author", author.encode())
        write_durably(path, sound)

    def pieces(self, take: str, *, author: str) -> list[int]:
        """The numbers that have arrived."""
        return sorted(int(path.stem) for path in self._of(take, author).glob("*.pcm"))

    def piece(self, take: str, piece: int, *, author: str) -> bytes | None:
        path = self._of(take, author) / f"{piece}.pcm"
        return path.read_bytes() if path.exists() else None

    def end(self, take: str, stretches: Sequence[Stretch], sidecar: Mapping[str, Any], *, author: str) -> str:
        """Put it together and lay it in the inbox; the name it has there. The same name when it was done before.

        NotAllowed: a piece has not arrived, or a stretch lies outside its piece (E_PIECE).
        """
        folder = self._of(take, author)
        if done := self._ended(folder):
            return done
        sound = b"".join(self._stretch(folder, take, stretch) for stretch in stretches)
        if not sound:
            raise NotAllowed(f"take {take}: no sound", code="E_PIECE")
        name = f"dictaphone-{take}"
        # The recording's name comes last: intake takes it with the sidecar that lies beside it. After a crash between
        # the two the same names are written again, and a recording that was taken meanwhile is known by its content.
        write_durably(self.inbox / f"{name}.json", json.dumps(dict(sidecar), ensure_ascii=False).encode())
        write_durably(self.inbox / f"{name}.wav", wav_of(sound))
        write_durably(folder / "ended", f"{name}.wav".encode())
        for path in folder.glob("*.pcm"):
            path.unlink()
        return f"{name}.wav"

    def forget(self, take: str, *, author: str) -> None:
        """The author threw it away before it was ended."""
        folder = self._of(take, author)
        if folder.exists() and not self._ended(folder):
            shutil.rmtree(folder)

    def begun(self) -> list[Begun]:
        """What has begun to arrive and was not ended, oldest first: nothing may wait there unseen."""
        found = []
        for folder in sorted(self.folder.glob("*/author")):
            pieces = list(folder.parent.glob("*.pcm"))
            if pieces and not self._ended(folder.parent):
                seconds = sum(path.stat().st_size for path in pieces) / RATE / BYTES
                last = datetime.fromtimestamp(max(path.stat().st_mtime for path in pieces)).astimezone()
                found.append(Begun(folder.parent.name, folder.read_text(), seconds, last))
        return sorted(found, key=lambda one: one.since)

    def _of(self, take: str, author: str) -> Path:
        if not _TAKE.fullmatch(take):
            raise NotAllowed("not the number of a take", code="E_TAKE")
        folder = self.folder / take
        owner = folder / "author"
        if not author or (owner.exists() and owner.read_text() != author):
            raise NotAllowed(f"take {take}: somebody else's", code="E_TAKE")
        return folder

    @staticmethod
    def _ended(folder: Path) -> str:
        path = folder / "ended"
        return path.read_text() if path.exists() else ""

    @staticmethod
    def _stretch(folder: Path, take: str, stretch: Stretch) -> bytes:
        path = folder / f"{stretch.piece}.pcm"
        if not path.exists():
            raise NotAllowed(f"take {take}: piece {stretch.piece} has not arrived", code="E_PIECE")
        sound = path.read_bytes()
        if not 0 <= stretch.first <= stretch.last <= len(sound) // BYTES:
            raise NotAllowed(f"take {take}: piece {stretch.piece} is shorter", code="E_PIECE")
        return sound[stretch.first * BYTES : stretch.last * BYTES]


def wav_of(sound: bytes) -> bytes:
    """16 kHz, 16-bit mono samples as a WAV."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(BYTES)
        file.setframerate(RATE)
        file.writeframes(sound)
    return out.getvalue()
