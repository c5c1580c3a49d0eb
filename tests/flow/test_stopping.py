"""The service stops when it is told to, whichever of its threads the system gives the signal to."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

PATIENCE = 60.0  # seconds


def test_a_signal_that_another_thread_was_given_stops_the_service(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dictation", "--home", str(tmp_path), "serve"]
    own = {**os.environ, "DICTATION_WEB__PORT": str(port)}
    with subprocess.Popen(command, env=own, stderr=subprocess.PIPE, text=True) as service:
        try:
            _until_it_answers(f"http://127.0.0.1:{port}/vie", service)
            threads = sorted(int(task.name) for task in Path(f"/proc/{service.pid}/task").iterdir())
            other = next(thread for thread in threads if thread != service.pid)
            assert ctypes.CDLL(None).tgkill(service.pid, other, signal.SIGTERM) == 0
            assert service.wait(timeout=PATIENCE) == 0
        finally:
            service.kill()


def _until_it_answers(address: str, service: subprocess.Popen[str]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert service.poll() is None
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the service never answered")
