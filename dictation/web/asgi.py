"""The ASGI application: `uvicorn dictation.web.asgi:application`, after parts.install().

Django writes an answer in pieces without a pause between them. When a browser leaves in the middle (a player has heard
enough, a page is closed), the server learns it from the event loop, which gets no turn before the last piece: all the
others were written to a connection that is gone, each with a warning in the log. Here the loop has its turn after every
piece: what is left of the answer is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.core.asgi import get_asgi_application

_answer = get_asgi_application()


async def application(scope: dict[str, Any], receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
    async def send_and_look(message: Mapping[str, Any]) -> None:
        await send(message)
        await asyncio.sleep(0)

    await _answer(scope, receive, send_and_look)
