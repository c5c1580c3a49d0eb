"""The service while it serves its pages."""

from __future__ import annotations

import gc
import socket
import urllib.request

from dictation.compose import Installation
from dictation.service import _serving
from dictation.settings import read_settings


def test_what_is_loaded_at_the_start_is_never_looked_through_again(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "dictation.toml").write_text(f"[web]\nport = {port}\n")
    installation = Installation(read_settings(tmp_path))
    assert installation.ledger
    with _serving(installation):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            assert answer.status == 200
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() == 0
