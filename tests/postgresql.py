"""A PostgreSQL server of our own for the tests: Debian's, in a folder that is thrown away, met over a local port.

It refuses to run as root, so root starts it as the user `postgres` that Debian's package brings.
DICTATION_TEST_POSTGRESQL (postgresql://user@host:port, an account that may create databases) names another instead.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path


@functools.cache
def server() -> str:
    """The address of the server, started when it is first asked for and stopped when the tests end."""
    if given := os.environ.get("DICTATION_TEST_POSTGRESQL", ""):
        return given
    folder = Path(tempfile.mkdtemp(prefix="dictation-postgresql-"))
    address, stop = started(folder)

    @atexit.register
    def end() -> None:
        stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)

    return address


def started(folder: Path) -> tuple[str, Callable[[str], None]]:
    """A server over the data in this folder, made if there are none: its address, and what stops it (pg_ctl’s mode)."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: int(found.parent.name))
    as_whom = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_whom:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", _free_port()

    def run(program: str, *words: str) -> None:
        told = subprocess.run([*as_whom, programs / program, *words], cwd=folder, capture_output=True, text=True)
        if told.returncode:
            raise RuntimeError(f"{program} failed: {told.stdout}{told.stderr}")

    if not data.exists():
        run("initdb", "--pgdata", str(data), "--username=tests", "--auth=trust", "--encoding=UTF8", "--no-sync")
    # what is lost in a power cut may be lost: most of these bases live for seconds
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "--pgdata", str(data), "--log", str(folder / "log"), "--options", options, "--wait", "start")

    def stop(mode: str) -> None:
        run("pg_ctl", "--pgdata", str(data), "--mode", mode, "stop")

    return f"postgresql://tests@127.0.0.1:{port}", stop


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
