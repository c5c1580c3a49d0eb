"""Two senders on one queue, killed at random: what the mail server took against what the ledger says.

The program of `make two-senders` (1,000 letters) and of a short test. A sender is a process that sends whatever is left
to send; the parent kills one with SIGKILL every little while and starts another in its place.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from dictation.demo.mailbox import Mailbox, server_tls
from dictation.demo.pki import Pki
from dictation.domain.progress import State
from dictation.errors import DictationError
from dictation.send.send import send
from dictation.send.smtp import Relay
from tests.send.matrix import ClearCarrier
from tests.send.peers import PDF, Clock, Hospital, open_hospital

LEFT = {State.TYPESET, State.SENDING}


@dataclass(frozen=True)
class Outcome:
    letters: int
    kills: int
    sent: int
    uncertain: int
    lost: int  # called sent, and not in the mailbox
    twice: int
    unsaid: int  # in the mailbox, and neither called sent nor uncertain
    altered: int  # in the mailbox, with other bytes than those that were signed for it
    prepared_seconds: float  # of which: bringing the letters to the point where they are sent
    seconds: float


def hospital_at(
    home: Path, port: int, ca: Path, certificate: Path, key: Path, now: datetime, database: str = ""
) -> Hospital:
    clock = Clock(now)
    relay = Relay("localhost", port, ca, clock, client_certificate=certificate, client_key=key, timeout_seconds=20)
    return open_hospital(home, ClearCarrier(relay), clock, database)


def drain(arguments: str) -> None:
    """One sender: until nothing is left to send."""
    given = json.loads(arguments)
    paths = (Path(given[name]) for name in ("ca", "certificate", "key"))
    now = datetime.fromisoformat(given["now"])
    hospital = hospital_at(Path(given["home"]), given["port"], *paths, now=now, database=given["database"])
    print("at work", flush=True)
    while left := hospital.ledger.list(LEFT, limit=50):
        chance = random.Random()
        chance.shuffle(left)
        for dictation in left:
            with contextlib.suppress(DictationError):
                send(dictation.id, hospital.desk)


def run(
    hospital: Hospital,
    pki: Pki,
    folder: Path,
    letters: int,
    *,
    kill_every: float,
    repository: Path,
    database: str = "",
) -> Outcome:
    """Send `letters` letters with two senders, one killed every `kill_every` seconds on average."""
    chance, kills, started = random.Random(4), 0, time.monotonic()
    # Each letter has bytes of its own: one that took the place of another would be seen.
    ids = {hospital.signed_letter(pdf=PDF + f"\n% letter {number}\n".encode()) for number in range(letters)}
    prepared = time.monotonic() - started
    with Mailbox(folder, server_tls(pki.server_certificate, pki.server_key, pki.ca_file)) as box:
        given = {
            "home": str(hospital.home), "port": box.port, "ca": str(pki.ca_file), "now": hospital.clock().isoformat(),
            "database": database,
            "certificate": str(pki.client_certificate), "key": str(pki.client_key),
        }  # fmt: skip
        senders = [_start(given, repository), _start(given, repository)]
        try:
            while hospital.ledger.list(LEFT, limit=1):
                victim = chance.randrange(2)
                senders[victim].stdout.readline()  # at work: on a busy machine, opening takes longer than sending
                with contextlib.suppress(subprocess.TimeoutExpired):
                    senders[victim].wait(chance.uniform(0.2, 1.8) * kill_every)
                if senders[victim].poll() is None:
                    senders[victim].send_signal(signal.SIGKILL)
                    kills += 1
                _end(senders[victim])
                senders[victim] = _start(given, repository)
        finally:
            for sender in senders:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    sender.wait(60)
                sender.kill()
                _end(sender)
        messages = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in box.letters()]
    arrived = Counter(str(message["Message-ID"]) for message in messages)
    sent = {id for id in ids if hospital.state(id) is State.SENT}
    uncertain = {id for id in ids if hospital.state(id) is State.UNCERTAIN}
    taken = {_dictation_of(message_id) for message_id in arrived}
    others = [hospital.ledger.get(id) for id in ids - sent - uncertain]
    assert not others, f"neither sent nor uncertain: {Counter((o.state, o.error_code, o.error_detail) for o in others)}"
    return Outcome(
        letters=letters,
        kills=kills,
        sent=len(sent),
        uncertain=len(uncertain),
        lost=len(sent - taken),
        twice=sum(number > 1 for number in arrived.values()),
        unsaid=len(taken - sent - uncertain),
        altered=sum(_pdf_of(message) != _signed_for(message, hospital) for message in messages),
        prepared_seconds=prepared,
        seconds=time.monotonic() - started,
    )


def _pdf_of(message: EmailMessage) -> str:
    [pdf] = [part.get_content() for part in message.iter_attachments() if part.get_content_type() == "application/pdf"]
    return hashlib.sha256(pdf).hexdigest()


def _signed_for(message: EmailMessage, hospital: Hospital) -> str:
    approval = hospital.ledger.get(_dictation_of(str(message["Message-ID"]))).approval
    return approval.pdf_sha256 if approval else ""


def _dictation_of(message_id: str) -> str:
    return message_id.strip("<>").partition(".")[0]


def _start(given: dict[str, object], repository: Path) -> subprocess.Popen[bytes]:
    program = "import sys; from tests.send.two_senders import drain; drain(sys.argv[1])"
    return subprocess.Popen(
        [sys.executable, "-c", program, json.dumps(given)],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(repository)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _end(sender: subprocess.Popen[bytes]) -> None:
    sender.wait()
    assert sender.stdout is not None
    sender.stdout.close()
