"""Service: the parts of an installation at work, until somebody stops them.

An Installation in; threads that watch the inbox, take the steps and serve the pages; an exit code out.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from dictation.errors import BadSettings

if TYPE_CHECKING:
    from dictation.compose import Installation
    from dictation.settings import Settings

log = logging.getLogger(__name__)

ERASE_EVERY = 3600.0  # seconds
DIGEST_EVERY = 60.0  # seconds between two looks whether the daily word is due
LOOK = 1.0  # seconds between two looks whether a signal came


def run(installation: Installation, *, watch: bool = False, work: bool = False, serve: bool = False) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code of the command."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    _limit_network(installation.settings)
    settings, stop = installation.settings, installation.stopping
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    for folder in (settings.inbox_folder, settings.outbox_folder, settings.state_folder):
        folder.mkdir(parents=True, exist_ok=True)
    assert installation.ledger  # the database is checked before anything starts
    with ExitStack() as running:
        if work:
            running.enter_context(_working(installation))
            running.enter_context(_listening(installation))
            running.enter_context(
                _repeating("record", installation.settings.record.poll_seconds, installation.file_due)
            )
            if installation.settings.feedback.host:
                seconds = installation.settings.feedback.poll_seconds
                running.enter_context(_repeating("feedback", seconds, installation.poll_feedback))
            running.enter_context(_repeating("retention", ERASE_EVERY, installation.erase_due))
            running.enter_context(_repeating("digest", DIGEST_EVERY, installation.say_what_is_late, at_once=True))
        if watch:
            running.enter_context(_watching(installation))
        if serve:
            running.enter_context(_serving(installation))
        while not stop.wait(LOOK):  # a signal the system gave to another thread wakes nobody here
            pass
        log.info("stopping")
    if installation.abandoned:  # its thread would keep the interpreter; the ledger takes the step up again
        logging.shutdown()
        os._exit(0)
    return 0


def _limit_network(settings: Settings) -> None:
    if settings.workflow.limit_network:
        from dictation.network import allow_only

        record = settings.record
        hosts = [
            settings.send.host,
            settings.feedback.host,
            *_host(settings.store.database),
            record.host,
            *_host(record.address),
        ]
        allow_only([host for host in hosts if host])


@contextmanager
def _watching(installation: Installation) -> Iterator[None]:
    intake, stop = installation.intake(), installation.stopping
    with intake.lock():
        thread = threading.Thread(target=intake.watch, args=(stop,), name="intake", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(timeout=30)


@contextmanager
def _working(installation: Installation) -> Iterator[None]:
    from dictation.pipeline import steps
    from dictation.workflow.engine import Engine
    from dictation.workflow.lock import only_worker
    from dictation.workflow.reconcile import Reconciler

    settings = installation.settings
    state = settings.state_folder
    database = settings.store.database or f"sqlite:///{state / 'workflow.sqlite3'}"
    poll = min(1.0, settings.workflow.reconcile_seconds)
    with only_worker(state / "worker.lock"):
        at_once = {"prepare": installation.recordings_at_once}
        engine = Engine(database, steps(installation.parts()), poll_seconds=poll, at_once=at_once)
        engine.start()
        reconciler = Reconciler(installation.ledger, engine, settings.workflow.reconcile_seconds, at_once=at_once)
        reconciler.start()
        try:
            yield
        finally:
            reconciler.stop()
            installation.abandoned = not engine.stop(seconds=5)


@contextmanager
def _listening(installation: Installation) -> Iterator[None]:
    """The administration's messages about patients, when the settings say where they come in."""
    from dictation.record.listener import listening, tls_context

    record, home = installation.settings.record, installation.settings.home
    if not record.listen_host:
        yield
        return
    tls = None
    if record.listen_certificate and record.listen_key and record.ca_file:
        tls = tls_context(home / record.listen_certificate, home / record.listen_key, home / record.ca_file)
    elif record.listen_host not in {"127.0.0.1", "::1", "localhost"}:
        raise BadSettings("record.listen_host: beyond this machine it needs listen_certificate, listen_key and ca_file")
    try:
        with listening(record.listen_host, record.listen_port, installation.patients.learn, installation.clock, tls):
            yield
    except OSError as error:
        raise BadSettings(f"record.listen_port = {record.listen_port}: the address is taken or not ours") from error


@contextmanager
def _repeating(name: str, seconds: float, work: Callable[[], object], *, at_once: bool = False) -> Iterator[None]:
    """Do it again and again in a thread of its own: a record that is away, or a long clean-up, holds up no letter."""
    stop = threading.Event()

    def run() -> None:
        wait = 0.0 if at_once else seconds
        while not stop.wait(wait):
            wait = seconds
            try:
                work()
            except Exception as error:  # its own words may quote a patient; the next round tries again
                log.error("%s: %s", name, type(error).__qualname__)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


@contextmanager
def _serving(installation: Installation) -> Iterator[None]:
    import uvicorn

    from dictation.web.parts import install

    install(installation.web_parts())
    from dictation.web.asgi import application

    web = installation.settings.web
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            host=web.host,
            port=web.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,  # seconds: streams of hints (web/events.py) are open for a minute
        )
    )
    thread = threading.Thread(target=server.run, name="web", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    if not thread.is_alive():
        raise BadSettings(f"web.port = {web.port}: the address is taken or not ours")
    log.info("desk at http://%s:%s/", web.host, web.port)
    # What is loaded by now stays until the end. To look through all of it for waste stops every page: 45 ms with
    # Django alone, more with what the other parts of the process have loaded.
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        server.should_exit = True
        thread.join(timeout=10)


def _host(address: str) -> list[str]:
    from urllib.parse import urlsplit

    host = urlsplit(address).hostname
    return [host] if host else []
