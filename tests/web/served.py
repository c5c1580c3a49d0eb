"""The program as it is installed, served from its wheel: what a browser visits in the tests.

Two installations for each process of a run. `server` serves the pages of a hospital that is emptied before each test
and filled with copies of one real letter. `service` is all of it, inbox to sending: there the letter was heard, by the
shipped checkpoint, from a recording dropped in the inbox; the first process that needs it hears it for the others.
Both are processes of their own; tests look at the same ledger.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from dictation.compose import Installation
from dictation.domain.documents import Draft, Finding, Priority, Recording, Sidecar
from dictation.domain.people import Author
from dictation.domain.progress import State
from dictation.settings import read_settings
from dictation.web.parts import install
from tests.once import made_once
from tests.web.hospital import ANIS, BRUN, MOREL, SITE, Desk, make_accounts

CASES = Path(__file__).parents[1] / "cases"
HEARD = "05"  # the case whose letter lies on every desk
PATIENCE = 90.0  # seconds for a start or a recognition, on a machine that does other things too

# Says from where the program is loaded, then is the command.
COMMAND = (
    "import dictation, sys; print(dictation.__file__, flush=True); from dictation.cli import main; sys.exit(main())"
)


class Server:
    """One command of the installed program on a home of its own, in a process of its own."""

    def __init__(self, installed: Path, home: Path, command: str) -> None:
        self.installed, self.home, self.command = installed, home, command
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self.site = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None
        home.mkdir(parents=True, exist_ok=True)
        (home / "dictation.toml").write_text(settings_file(), encoding="utf-8")

    def start(self) -> None:
        ours = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        ours |= {"PYTHONPATH": str(self.installed), "LANG": "C.UTF-8", "DICTATION_WEB__PORT": str(self.port)}
        with (self.home / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", COMMAND, "--home", str(self.home), self.command],
                cwd=self.home, env=ours, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        assert self.process.stdout
        loaded = Path(self.process.stdout.readline().strip())
        assert loaded == self.installed / "dictation" / "__init__.py", f"the server runs {loaded}"
        wait_for(self.answers)

    def answers(self) -> bool:
        assert self.process and self.process.poll() is None, (self.home / "server.log").read_text()
        try:
            with urlopen(f"{self.site}/vie", timeout=5) as answer:
                return bool(answer.status < 300)
        except (URLError, OSError):
            return False

    def stop(self, how: int = signal.SIGTERM) -> None:
        """SIGKILL as when the machine dies."""
        assert self.process and self.process.stdout
        self.process.send_signal(how)
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def installation(self) -> Installation:
        """The same installation, seen from the test: same ledger, same contents, same clock."""
        seen = Installation(read_settings(self.home))
        assert seen.ledger
        install(seen.web_parts())
        return seen


def wait_for(told: Any, seconds: float = PATIENCE) -> Any:
    """What `told()` returns once it is true."""
    until = time.monotonic() + seconds
    while not (found := told()):
        assert time.monotonic() < until, f"waited {seconds:.0f} s in vain"
        time.sleep(0.05)
    return found


def settings_file() -> str:
    """dictation.toml of the hospital of the tests, quick to take what is dropped."""
    lines = ["[inbox]", "settle_seconds = 0.5", "rescan_seconds = 1.0", "[workflow]", "reconcile_seconds = 0.5"]
    # as slow on many cores as on two: the bar is seen moving; which engine is the fastest here is not what is tried
    lines += ["[transcribe]", "threads = 1", 'engine = "ct2"']
    for author in (MOREL, ANIS, BRUN):
        lines += [
            "[[authors]]",
            *(f"{name} = {json.dumps(getattr(author, name), ensure_ascii=False)}" for name in KEYS),
        ]
    site = {"key": SITE.key, "name": SITE.name, "address": list(SITE.address), "telephone": SITE.telephone}
    lines += ["[[sites]]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in site.items())]
    return "\n".join(lines) + "\n"


KEYS = ("rpps", "last_name", "first_name", "specialty", "service")


def drop(home: Path, case: str, name: str, **about: Any) -> None:
    """A sample recording and its sidecar into the inbox, as a dictation machine lays them: the sound last."""
    [folder] = CASES.glob(f"{case}-*")
    [sound] = folder.glob("audio.*")
    told = json.loads((folder / "sidecar.json").read_text(encoding="utf-8")) | {"author": MOREL.rpps} | about
    lay(home, f"{name}{sound.suffix}", sound.read_bytes(), told)


def lay(home: Path, name: str, sound: bytes, told: dict[str, Any]) -> None:
    inbox, stem = home / "inbox", Path(name).stem
    inbox.mkdir(exist_ok=True)
    (inbox / f"{stem}.json").write_text(json.dumps(told), encoding="utf-8")
    part = inbox / f".{stem}.part"
    part.write_bytes(sound)
    part.rename(inbox / name)


@dataclass(frozen=True)
class RealLetter:
    """A letter as the service wrote it from a recording."""

    sound: bytes
    seconds: float
    sidecar: Sidecar
    transcript: bytes  # JSON
    report: bytes  # JSON
    draft: Draft


@dataclass
class ServedDesk(Desk):
    """The hospital of the server under test: its letters are copies of one that was really dictated and heard."""

    letter: RealLetter = field(kw_only=True)
    server: Server = field(kw_only=True)

    def received(
        self, author: Author = MOREL, documents: tuple[bytes, ...] = (), *, sound: bytes = b"", seconds: float = 0.0,
        priority: Priority = Priority.NORMAL, **about: Any,
    ) -> str:  # fmt: skip
        assert not documents
        self.made += 1
        data = (sound or self.letter.sound) + self.made.to_bytes(4, "little")
        recording = Recording(
            self.blobs.put(data), f"dictee-{self.made}.wav", len(data), seconds or self.letter.seconds
        )
        told = replace(self.letter.sidecar, author=author.rpps, priority=priority, **about)
        return str(self.ledger.register(recording, told)[0])

    def drafted(self, author: Author = MOREL, draft: Draft | None = None, **about: Any) -> str:
        one = self.received(author, **about)
        transcript, report = self.blobs.put(self.letter.transcript), self.blobs.put(self.letter.report)
        self.ledger.move(one, State.RECEIVED, State.TRANSCRIBED, actor="test", transcript_sha256=transcript)
        self.ledger.move(one, State.TRANSCRIBED, State.STRUCTURED, actor="test", report_sha256=report)
        self.ledger.save_draft(one, draft or self.letter.draft, actor="draft", expected_version=0)
        self.ledger.move(one, State.STRUCTURED, State.DRAFTED, actor="draft")
        return one

    def spoken(self, author: Author = MOREL, findings: tuple[Finding, ...] = (), **about: Any) -> str:
        return self.drafted(author, **about)

    @property
    def points(self) -> list[str]:
        """Keys of the letter's points, gravest first, as the queue shows them."""
        return [doubt.key for doubt in sorted(self.letter.draft.doubts, key=lambda doubt: -doubt.risk)]

    def section(self, kind: str) -> int:
        """Where a section stands on the page."""
        return [section.kind.value for section in self.letter.draft.sections].index(kind)

    def leave_alone(self, account: str) -> None:
        """Every session of this account was last used an hour ago."""
        from django.contrib.sessions.backends.db import SessionStore
        from django.contrib.sessions.models import Session
        from django.test import override_settings

        from dictation.web.accounts import SEEN

        key = (self.server.home / ".state" / "secret_key").read_text(encoding="ascii")
        with override_settings(SECRET_KEY=key):
            for row in Session.objects.all():
                session = SessionStore(row.session_key)
                if SEEN in session:
                    session[SEEN] = datetime.fromtimestamp(time.time() - 3600, UTC).isoformat()
                    session.save()


@pytest.fixture(scope="session")
def service(installed: Path, tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Server]:
    """Everything of the program at work: inbox, recogniser, sending to the print folder, pages."""
    running = Server(installed, tmp_path_factory.mktemp("service"), "run")
    running.installation()
    make_accounts((MOREL, ANIS, BRUN))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def dictated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RealLetter:
    """Dropped in the inbox of a service and heard there, once for all tests of all processes."""

    def hear(folder: Path) -> None:
        service = request.getfixturevalue("service")
        drop(service.home, HEARD, "relue-partout")
        (folder / "letter").write_bytes(pickle.dumps(heard_there(service, "relue-partout")))

    made = made_once(tmp_path_factory, "dictated", hear) / "letter"
    letter: RealLetter = pickle.loads(made.read_bytes())
    return letter


def heard_there(service: Server, name: str) -> RealLetter:
    """The letter the service writes from the recording of that name, once it has."""
    seen = service.installation()

    def written() -> Any:
        found = [d for d in seen.ledger.list() if d.recording.name.startswith(name)]
        return found[0] if found and State(found[0].state) is State.DRAFTED else None

    heard = wait_for(written, 2 * PATIENCE)  # the first one loads the recogniser too
    assert heard.sidecar
    return RealLetter(
        seen.blobs.get(heard.recording.sha256), heard.recording.duration, heard.sidecar,
        seen.blobs.get(heard.transcript_sha256), seen.blobs.get(heard.report_sha256),
        seen.ledger.draft(heard.id),
    )  # fmt: skip


@pytest.fixture(scope="session")
def server(installed: Path, tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Server]:
    """The pages alone, on a hospital that `desk` empties."""
    running = Server(installed, tmp_path_factory.mktemp("hospital"), "serve")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def desk(server: Server, dictated: RealLetter, empty_database: Path) -> Iterator[ServedDesk]:
    """A hospital with its accounts and no letter yet. Its database is replaced under SQLite's own locks."""
    from django.db import connection

    base = server.home / ".state" / "dictation.sqlite3"
    with closing(sqlite3.connect(empty_database)) as empty, closing(sqlite3.connect(base, timeout=30)) as used:
        empty.backup(used)
    seen = server.installation()
    make_accounts((MOREL, ANIS, BRUN))
    yield ServedDesk(seen.ledger, seen.blobs, seen.clock, b"", [], [], letter=dictated, server=server)  # type: ignore[arg-type]
    connection.close()


@pytest.fixture
def site(server: Server) -> str:
    """The address of the pages under test."""
    return server.site
