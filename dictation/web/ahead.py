"""Ahead: while a letter is proofread, what the next one needs is made on the server, so that it opens at once.

A dictation in; its playable WAV and the picture of it made, in a thread of its own. Nothing goes to a browser, nothing
is journalled and no lock is taken: the letter has not been opened, and perhaps a colleague will open it.
"""

from __future__ import annotations

import logging
import threading

from dictation.domain.progress import Dictation
from dictation.web.audio import picture, playable

log = logging.getLogger(__name__)
_busy = threading.Lock()  # one at a time: people at work come before what may be wanted


def prepare(dictation: Dictation) -> threading.Thread | None:
    """Begin, unless it is being done for another letter; the thread. What goes wrong is told when it is opened."""
    if not _busy.acquire(blocking=False):
        return None
    try:
        made = threading.Thread(target=_make, args=(dictation,), name="ahead", daemon=True)
        made.start()
    except RuntimeError:  # no thread to be had: it is made when it is opened
        _busy.release()
        return None
    return made


def _make(dictation: Dictation) -> None:
    try:
        picture(playable(dictation))
    except Exception as error:
        log.info("dictation %s: not prepared ahead: %s", dictation.id, type(error).__name__)
    finally:
        _busy.release()
