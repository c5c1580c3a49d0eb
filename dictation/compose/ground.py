"""The ground of an installation: its settings, its clock, its content store and its ledger."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dictation.disk import ContentStore
from dictation.settings import Settings

if TYPE_CHECKING:
    from dictation.store.ledger import Ledger


def now() -> datetime:
    return datetime.now(UTC)


class Ground:
    """What every side of an installation stands on."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = now) -> None:
        self.settings = settings
        self.clock = clock  # aware, UTC
        self.stopping = threading.Event()  # set once, when the service ends
        self.abandoned = False  # a step was still running when it did

    @functools.cached_property
    def blobs(self) -> ContentStore:
        return ContentStore(self.settings.state_folder / "blobs")

    @functools.cached_property
    def ledger(self) -> Ledger:
        from dictation.django_settings import setup

        setup(self.settings)
        from dictation.backup import hold_restored
        from dictation.store.ledger import Ledger

        ledger = Ledger(self.clock, directory_required=self.settings.directory.required)
        hold_restored(ledger, self.settings.state_folder)  # before anybody can work on it
        return ledger

    def _at_home(self, path: Path | None) -> Path | None:
        return None if path is None else self.settings.home / path
