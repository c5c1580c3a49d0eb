"""Events: a hint that something changed, so that a list renews itself at once. The database stays the only truth.

A stream says « changed », nothing else: no id, no name. It ends by itself after a while and the browser comes back;
pages ask on their own every twenty seconds whether the stream works or not. It never counts as somebody being there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from dictation.web.parts import parts
from dictation.web.people import READERS, roles

EVERY = 1.0  # seconds between two looks
LASTS = 60.0  # seconds a stream stays open: a stopping service waits for none of them longer than it likes
_seen: tuple[float, tuple[int, int]] = (0.0, (0, 0))


@require_safe
@roles(*READERS)
def events(request: HttpRequest) -> HttpResponseBase:
    headers = {"X-Accel-Buffering": "no"}
    return StreamingHttpResponse(_hints(), content_type="text/event-stream", headers=headers)


async def _hints() -> AsyncIterator[str]:
    known, until = await _latest(), time.monotonic() + LASTS
    yield "retry: 5000\n\n"
    while time.monotonic() < until:
        await asyncio.sleep(EVERY)
        now = await _latest()
        yield ": still here\n\n" if now == known else "event: changed\ndata: 1\n\n"
        known = now


async def _latest() -> tuple[int, int]:
    """Ledger.latest(), asked once a second however many streams are open."""
    global _seen
    at, known = _seen
    if time.monotonic() - at >= EVERY * 0.9:
        known = await sync_to_async(_ask, thread_sensitive=True)()
        _seen = (time.monotonic(), known)
    return known


def _ask() -> tuple[int, int]:
    close_old_connections()
    try:
        return parts().ledger.latest()
    finally:
        connection.close()
