"""A whole intake on a scratch home: real inbox, content store, ledger and audio decoder; only time is ours."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from dictation.disk import ContentStore
from dictation.intake import Intake, ScanReport
from dictation.settings import AuthorEntry, InboxSettings, Settings
from transcribe.audio import decode, encode_wav

FONTAINE = AuthorEntry(rpps="10100000017", last_name="Fontaine", first_name="Claire", folder="fontaine", site="nord")
MERCIER = AuthorEntry(rpps="10100000025", last_name="Mercier", first_name="Paul", folder="équipe/mercier")
PATIENT = {
    "last_name": "Durand",
    "first_name": "Zoé",
    "birth_date": "1954-03-12",
    "sex": "F",
    "hospital_number": "IPP1",
}


def sound(seed: int = 0, seconds: float = 1.0) -> bytes:
    """A sound WAV file; another seed, other bytes."""
    return encode_wav((np.random.default_rng(seed).standard_normal(int(16_000 * seconds)) * 0.05).astype(np.float32))


def sidecar(author: str = FONTAINE.rpps, **fields: object) -> bytes:
    return json.dumps({"version": 1, "author": author, **fields}, ensure_ascii=False).encode()


def listen(path: Path) -> float:
    """What compose gives as probe, without the wall around it."""
    return decode(path, max_seconds=3600).duration


@dataclass
class Bench:
    """Drop files, let time pass, scan, look at what became of them."""

    home: Path
    template: Path  # an empty database, already migrated
    inbox_settings: InboxSettings = field(default_factory=lambda: InboxSettings(watch="none"))
    probe: object = listen
    now: float = 1000.0  # monotonic seconds
    date: datetime = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)

    def __post_init__(self) -> None:
        from dictation.django_settings import setup

        self.settings = Settings(home=self.home, authors=(FONTAINE, MERCIER), inbox=self.inbox_settings)
        self.inbox.mkdir(parents=True)
        self.state.mkdir()
        shutil.copy(self.template, self.state / "dictation.sqlite3")
        setup(self.settings)
        self.blobs = ContentStore(self.state / "blobs")
        self.restart()

    def restart(self) -> None:
        """What a new process starts with: everything on disk, nothing in memory."""
        from dictation.store.ledger import Ledger

        self.ledger = Ledger(lambda: self.date + timedelta(seconds=self.now))
        self.intake = Intake(
            self.settings.inbox,
            inbox=self.inbox,
            state=self.state,
            blobs=self.blobs,
            ledger=self.ledger,
            probe=self.probe,
            authors=self.settings,
            clock=lambda: self.date + timedelta(seconds=self.now),
            monotonic=lambda: self.now,
        )

    @property
    def inbox(self) -> Path:
        return self.settings.inbox_folder

    @property
    def state(self) -> Path:
        return self.settings.state_folder

    @property
    def quarantine(self) -> Path:
        return self.inbox / "quarantaine"

    def drop(self, name: str, data: bytes) -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def scan(self, after: float = 0.0) -> ScanReport:
        self.now += after
        return self.intake.scan()

    def settle(self) -> ScanReport:
        """Seen, then seen unchanged: the second report."""
        self.scan()
        return self.scan(after=self.settings.inbox.settle_seconds)

    def wait_out(self) -> ScanReport:
        """Until every patience is exhausted: the last report."""
        self.settle()
        return self.scan(after=max(self.settings.inbox.incomplete_seconds, self.settings.inbox.sidecar_wait_seconds))

    def rows(self) -> list:
        return self.ledger.list()

    def row(self, state: str):
        """The one row in this state."""
        [row] = [row for row in self.rows() if row.state == state]
        return row

    def reason(self) -> str:
        """The one reason file in quarantine."""
        [path] = self.quarantine.glob("*.raison.txt")
        return path.read_text(encoding="utf-8")

    def left(self) -> list[str]:
        """What still lies in the inbox, quarantine and its folder apart."""
        files = [path for path in self.inbox.rglob("*") if not path.is_dir() and self.quarantine not in path.parents]
        return sorted(str(path.relative_to(self.inbox)) for path in files)

    def refused_files(self) -> list[str]:
        """What lies in quarantine beside the reasons, without date and key."""
        folder = self.quarantine
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        return sorted(name[len("2026-11-22-") + 13 :] for name in names if not name.endswith(".raison.txt"))
