"""Killed at each point of a sending, with SIGKILL, in a process of its own: once in the mailbox, or perhaps sent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import fields

import pytest

from dictation.domain.exchange import OutboxState
from dictation.domain.progress import State
from dictation.errors import OutcomeUnknown
from dictation.send.send import send
from tests.send.peers import opened

PROGRAM = "import sys; from tests.send.peers import send_in_a_process; send_in_a_process(sys.argv[1])"


def killed_at(point: str, hospital, id: str, repository, *, pki=None, port=0, folder="") -> None:
    """Send `id` in another process that dies at `point`."""
    paths = {f.name: str(getattr(pki, f.name)) for f in fields(pki)} if pki else {}
    paths = {name: path for name, path in paths.items() if name not in {"servers", "people"}}
    given = {"home": str(hospital.home), "id": id, "port": port, "print": folder, "pki": paths}
    given["now"] = hospital.clock().isoformat()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(given)],
        cwd=repository,
        env={**os.environ, "DICTATION_FAILPOINT": point, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("point", ["send-before-claim", "send-claimed", "send-after-data", "send-settled"])
def test_a_letter_is_sent_once_or_perhaps_sent(point, hospital, relay, pki, repository):
    id = hospital.signed_letter()
    killed_at(point, hospital, id, repository, pki=pki, port=relay.port)
    if point in {"send-claimed", "send-after-data"}:  # inside the window where nobody on this side can know
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                send(id, hospital.desk)
        assert hospital.state(id) is State.UNCERTAIN
        assert len(relay.letters()) == (point == "send-after-data")
    else:
        send(id, hospital.desk)
        assert hospital.state(id) is State.SENT
        [eml] = relay.letters()
        assert opened(eml, pki).message_id == hospital.rows(id)[0].message_id
        assert len(hospital.ledger.receipts(id)) == 1


@pytest.mark.parametrize("point", ["send-claimed", "send-after-data"])
def test_the_print_folder_is_asked_what_happened(point, print_room, tmp_path, repository):
    id = print_room.signed_letter(mailbox="")
    killed_at(point, print_room, id, repository, folder=str(tmp_path / "print"))
    if point == "send-after-data":
        send(id, print_room.desk)
        assert print_room.state(id) is State.SENT
    else:
        with pytest.raises(OutcomeUnknown):
            send(id, print_room.desk)
        assert [row.state for row in print_room.rows(id)] == [OutboxState.UNCERTAIN]
    assert len(list((tmp_path / "print").glob("*.pdf"))) == (point == "send-after-data")
