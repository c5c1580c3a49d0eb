"""Lanes: how many windows one loaded model hears at once, and whose window is next.

One model in memory, a few lanes through it, each on its own share of the cores. A recording that is alone gets all the
lanes, window beside window; when another one comes they share, from the next window on. What is heard in a window does
not depend on who else is listening: a lane always computes alike.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(eq=False)
class _Listener:
    """One recording being heard."""

    busy: int = 0  # lanes it has


class Lanes:
    """Handed out window by window, first come first served, never more than a fair share to one recording."""

    def __init__(self, count: int = 1) -> None:
        if count < 1:
            raise ValueError(f"at least one lane: got {count}")
        self.count = count
        self._changed = threading.Condition()
        self._listeners = 0
        self._busy = 0
        self._queue: list[_Listener] = []  # one entry for each window that waits

    def each(self, number: int, work: Callable[[int], T]) -> Generator[tuple[int, T]]:
        """Do work(0) to work(number - 1), taken up in this order; yields (i, result) as each one ends.

        Several at once when there are lanes for it, in threads; else one after the other in the caller's own thread.
        After an error nothing new begins, what runs ends, and the error is raised here. Close it when leaving early.
        """
        with self._listening() as listener:
            if min(self.count, number) <= 1:
                for i in range(number):
                    with self._turn(listener):
                        done = work(i)
                    yield i, done
                return

            def in_lane(i: int) -> T:
                with self._turn(listener):
                    return work(i)

            with ThreadPoolExecutor(min(self.count, number), thread_name_prefix="lane") as pool:
                futures = {pool.submit(in_lane, i): i for i in range(number)}
                try:
                    for future in as_completed(futures):
                        yield futures[future], future.result()
                finally:
                    pool.shutdown(cancel_futures=True)

    @contextmanager
    def _listening(self) -> Iterator[_Listener]:
        with self._changed:
            self._listeners += 1
        try:
            yield _Listener()
        finally:
            with self._changed:
                self._listeners -= 1
                self._changed.notify_all()

    @contextmanager
    def _turn(self, listener: _Listener) -> Iterator[None]:
        with self._changed:
            self._queue.append(listener)
            self._changed.wait_for(lambda: self._next() is listener)
            self._queue.remove(listener)
            listener.busy += 1
            self._busy += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                listener.busy -= 1
                self._busy -= 1
                self._changed.notify_all()

    def _next(self) -> _Listener | None:
        """Who gets the next lane: the first that waits and has not had its share."""
        if self._busy >= self.count:
            return None
        share = -(-self.count // self._listeners)
        return next((listener for listener in self._queue if listener.busy < share), None)
