"""The ASGI application: `uvicorn dictation.web.asgi:application`, after parts.install().

Django writes an answer in pieces without a pause between them. When a browser leaves in the middle (a player has heard
enough, a page is closed), the server learns it from the event loop, which gets no turn before the last piece: all the
others were written to a connection that is gone, each with a warning in the log. Here the loop has its turn after every
piece: what is left of the answer is dropped.

Django also gives each request a thread of its own, and with it a connection to the database of its own: PostgreSQL
starts a process for each and reads its catalogue again. Here threads are kept, and what they know with them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.core.asgi import get_asgi_application
from django.db import connections

KEPT = 8  # threads that wait for the next request, each with a connection; more pages at once are a rare moment
_answer = get_asgi_application()
_waiting: list[ThreadPoolExecutor] = []  # of one thread each; the last to come is the first to go


async def application(scope: dict[str, Any], receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
    async def send_and_look(message: Mapping[str, Any]) -> None:
        await send(message)
        await asyncio.sleep(0)

    thread = _waiting.pop() if _waiting else ThreadPoolExecutor(max_workers=1, thread_name_prefix="page")
    try:
        async with ThreadSensitiveContext(executor=thread):
            await _answer(scope, receive, send_and_look)
    finally:
        thread.submit(_done, thread)  # says so itself: a browser that left may have left it at work


def _done(thread: ThreadPoolExecutor) -> None:
    if len(_waiting) < KEPT:
        _waiting.append(thread)
    else:
        connections.close_all()
        thread.shutdown(wait=False)
