"""The GP's side is a server like others: a process of its own that keeps what it acknowledged."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from dictation.demo.mailbox import NotReadable
from dictation.send.carrier import Envelope
from tests.send.peers import GP, PDF, SENDER, Clock, letter_parcel, line_to, opened, smime_carrier, stationery
from tests.send.test_tls import MESSAGE


@pytest.fixture
def server(tmp_path, pki):
    """The mail server as the demonstration starts it. Yields the process; `line` leads to it."""
    command = [
        sys.executable, "-m", "dictation.demo.mailbox", "--folder", tmp_path / "box",
        "--certificate", pki.server_certificate, "--key", pki.server_key, "--client-ca", pki.ca_file,
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate(timeout=20)


def test_it_keeps_a_letter_that_the_gp_opens_and_ends_when_asked(server, tmp_path, pki, relay):
    clock = Clock()
    line = line_to(relay, pki, clock, port=json.loads(server.stdout.readline())["port"])
    carrier = smime_carrier(line, pki, clock)
    parcel = letter_parcel(clock)
    envelope = Envelope(parcel.message_id, SENDER, GP, carrier.seal(parcel, stationery()))
    carrier.carry(envelope, lambda: True)
    [eml] = (tmp_path / "box").glob("*.eml")
    assert opened(eml, pki).pdf == PDF
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=20) == 0
    assert server.stderr.read() == ""


def test_what_it_acknowledged_survives_its_sudden_death(server, tmp_path, pki, relay):
    line = line_to(relay, pki, Clock(), port=json.loads(server.stdout.readline())["port"])
    line.deliver(MESSAGE, lambda: True)
    server.kill()
    server.wait(timeout=20)
    assert [path.read_bytes() for path in (tmp_path / "box").glob("*.eml")] == [MESSAGE.content]


def test_a_message_that_is_no_sealed_letter_is_not_readable(relay, pki):
    line_to(relay, pki, Clock()).deliver(MESSAGE, lambda: True)
    with pytest.raises(NotReadable):
        opened(relay.letters()[0], pki)
