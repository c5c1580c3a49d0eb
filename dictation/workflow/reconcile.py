"""Reconcile: compare what the ledger says should run with what the engine runs, and start the difference.

This is the guarantee behind every hand-over: an enqueue that a crash swallowed, a restored database, engine tables that
were thrown away, all end here. It starts few workflows ahead, so that an urgent dictation waits behind few others.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

log = logging.getLogger(__name__)

# How many of each workflow may wait in the engine's queue beside what runs: the next is ready, no more, so that an
# urgent one overtakes the others here. Deliveries take a second each.
AHEAD: Mapping[str, int] = {"prepare": 1, "deliver": 7}
_LONGEST_WAIT_SECONDS = 60.0


class Ledger(Protocol):
    def needing_work(self) -> Sequence[tuple[str, str, str]]:
        """(dictation id, workflow, key) of what should run, most urgent first."""
        ...

    def count_attempt(self, dictation_id: str) -> int: ...


class Engine(Protocol):
    def begin(self, workflow: str, key: str, dictation_id: str) -> bool: ...
    def active(self) -> set[tuple[str, str]]: ...


class Reconciler:
    """A thread that looks every `seconds`, and at once after wake()."""

    def __init__(
        self,
        ledger: Ledger,
        engine: Engine,
        seconds: float,
        *,
        ahead: Mapping[str, int] = AHEAD,
        at_once: Mapping[str, int] | None = None,
    ) -> None:
        """at_once: how many of a workflow run side by side, as the engine was told; one, unless it says otherwise."""
        self._ledger = ledger
        self._engine = engine
        self._seconds = seconds
        self._most = {workflow: more + (at_once or {}).get(workflow, 1) for workflow, more in ahead.items()}
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reconciler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something changed: look now."""
        self._wake.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> int:
        """One comparison. Returns how many workflows it started."""
        active = self._engine.active()  # before the ledger: what ends in between is seen at the next look, not doubled
        room = Counter(self._most)
        room.subtract(workflow for workflow, _ in active)
        started = 0
        for dictation_id, workflow, key in self._ledger.needing_work():
            if (workflow, dictation_id) in active or room[workflow] <= 0:
                continue
            if self._engine.begin(workflow, key, dictation_id):
                room[workflow] -= 1
                started += 1
            else:
                # That very work ended and left the ledger as it was: counting it makes a new key, in the end `stuck`.
                log.warning("%s %s ended without a move", workflow, dictation_id)
                self._ledger.count_attempt(dictation_id)
        return started

    def _run(self) -> None:
        wait = self._seconds
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self.look()
                wait = self._seconds
            except Exception as error:  # the store or the engine is away: the next look may find it
                wait = min(wait * 2, _LONGEST_WAIT_SECONDS)
                log.error("reconciler: %s; looking again in %.0f s", type(error).__name__, wait)
            self._wake.wait(wait)
