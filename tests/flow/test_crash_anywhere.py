"""kill -9 at every named point, one after the other, while letters are on their way.

One installation lives through all of it: the service starts with the next point armed, works on whatever lies there,
and dies the first time it gets that far; so nothing passes a point before the service has died there once. Each point
of intake gets a recording of its own. A person signs whatever reaches the desk. At the end the service runs once
undisturbed, and everything is counted.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

import pytest

from dictation.demo.mailbox import Mailbox, server_tls
from dictation.django_settings import setup
from dictation.domain.documents import Approval
from dictation.domain.exchange import OutboxState
from dictation.domain.progress import State
from dictation.settings import read_settings
from tests.flow.service import Service, serve
from tests.send.peers import GP, SENDER, opened, pki  # noqa: F401

INTAKE = ("claim-copied", "claim-stored", "intake-noted", "intake-registered", "intake-marked", "intake-removed")
POINTS = (  # in the order a letter passes them, after what the service does when it starts
    "digest-written",
    *INTAKE,
    "transcribe-heard",
    "transcribe-stored",
    "transcribe-moved",
    "structure-stored",
    "draft-saved",
    "draft-moved",
    "typeset-verified",
    "typeset-laid",
    "typeset-moved",
    "send-before-claim",
    "send-claimed",
    "send-after-data",
    "send-settled",
    "send-done",
    "archive-file",
    "archive-manifest",
    "archive-done",
)
# Killed there, nobody can know whether the letter left: it must be shown to a person and never sent again by itself.
NOBODY_KNOWS = ("send-claimed", "send-after-data")
PATIENCE = 60.0  # seconds for what takes about one on a quiet machine


@dataclass
class Hospital:
    """An installation on disk, the GP's mail server beside it, and the person who signs."""

    home: Path
    box: Mailbox
    service: Service
    dropped: int = 0
    signed: dict[str, str] = field(default_factory=dict)  # dictation id: digest of the PDF
    context: multiprocessing.context.BaseContext = field(
        default_factory=lambda: multiprocessing.get_context("forkserver")
    )

    def drop(self) -> None:
        """A recording and its sidecar, the recording appearing whole."""
        self.dropped += 1
        inbox = self.home / "inbox"
        name = f"dictee-{self.dropped:02d}"
        sidecar = {
            "version": 1,
            "author": "10100000017",
            "patient": {"last_name": "Durand", "first_name": "Zoé", "birth_date": "1954-03-12", "sex": "F"}
            | {"hospital_number": f"IPP{self.dropped}"},
            "addressee": {"last_name": "Durand", "mailbox": GP},
            "letter_type": "consultation",
            "consent": "granted",
        }
        (inbox / f"{name}.json").write_text(json.dumps(sidecar))
        (inbox / f"{name}.wav.part").write_text(f"dictée numéro {self.dropped}")
        (inbox / f"{name}.wav.part").rename(inbox / f"{name}.wav")

    def sign(self) -> None:
        """The person at the desk hands over and signs whatever is there."""
        ledger = self.service.ledger
        for dictation in ledger.list({State.DRAFTED, State.PROOFREAD}):
            ledger.move(dictation.id, State.DRAFTED, State.PROOFREAD, actor="secretary")
            sha256 = self.service.blobs.put(b"%PDF-1.4 letter of " + dictation.id.encode() + b"\n%%EOF\n")
            signed = Approval(dictation.draft_version, "0" * 64, sha256, "10100000017", dictation.received_at)
            ledger.move(dictation.id, State.PROOFREAD, State.APPROVED, actor="surgeon", approval=signed)
            self.signed[dictation.id] = sha256

    def live_until_killed_at(self, point: str) -> int | None:
        """Start the service with this point armed; its exit code, None when the point was not reached in time."""
        process = self.context.Process(target=serve, args=(str(self.home), point))
        process.start()
        end = time.monotonic() + PATIENCE
        while process.exitcode is None and time.monotonic() < end:
            self.sign()
            process.join(0.05)
        code = process.exitcode
        process.kill()
        process.join()
        return code

    def live_until_quiet(self) -> None:
        """Start the service undisturbed; stop it when nothing is left to do."""
        process = self.context.Process(target=serve, args=(str(self.home), ""))
        process.start()
        end = time.monotonic() + PATIENCE
        while not self.quiet() and time.monotonic() < end:
            self.sign()
            process.join(0.05)
        process.terminate()
        process.join(PATIENCE)
        assert process.exitcode == 0, (self.home / "service.log").read_text()[-2000:]

    def quiet(self) -> bool:
        ledger = self.service.ledger
        inside = sum(ledger.counts().values())
        return (
            inside == self.dropped and not ledger.needing_work() and not ledger.list({State.DRAFTED, State.PROOFREAD})
        )


@pytest.fixture
def hospital(tmp_path, pki):  # noqa: F811
    with Mailbox(tmp_path / "mailbox", server_tls(pki.server_certificate, pki.server_key, pki.ca_file)) as box:
        home = tmp_path / "home"
        (home / "inbox").mkdir(parents=True)
        (home / "dictation.toml").write_text(
            f"""
            [inbox]
            settle_seconds = 0
            rescan_seconds = 0.2
            watch = "none"
            [overdue]
            digest_hour = 0
            [workflow]
            reconcile_seconds = 0.1
            max_attempts = 10  # here the service dies of its own: no recording is to blame
            retry_seconds = 0
            [send]
            carrier = "smime"
            host = "localhost"
            port = {box.port}
            sender = "{SENDER}"
            ca_file = "{pki.ca_file}"
            client_certificate = "{pki.client_certificate}"
            client_key = "{pki.client_key}"
            signing_certificate = "{pki.signing_certificate}"
            signing_key = "{pki.signing_key}"
            addressee_certificates = "{pki.addressee_certificates}"
            addressee_ca_file = "{pki.addressee_ca_file}"
            [[authors]]
            rpps = "10100000017"
            last_name = "Fontaine"
            first_name = "Claire"
            """
        )
        settings = read_settings(home)
        setup(settings)
        yield Hospital(home, box, Service(settings))


def test_nothing_is_lost_and_nothing_is_sent_twice_wherever_the_service_is_killed(hospital, pki):  # noqa: F811
    hospital.context.set_forkserver_preload(["tests.flow.service"])
    for point in POINTS:
        if point in INTAKE:
            hospital.drop()
        killed = hospital.live_until_killed_at(point)
        assert killed == -9, f"{point} was not reached\n{(hospital.home / 'service.log').read_text()[-2000:]}"
    hospital.live_until_quiet()

    ledger = hospital.service.ledger
    dictations = ledger.list()
    assert len(dictations) == hospital.dropped == len(INTAKE)
    assert [path.name for path in (hospital.home / "inbox").rglob("*.wav")] == []
    assert {dictation.state for dictation in dictations} <= {State.SENT, State.UNCERTAIN}

    arrived = Counter(message_from_bytes(path.read_bytes())["Message-ID"] for path in hospital.box.letters())
    assert set(arrived.values()) == {1}
    for dictation in dictations:
        [row] = ledger.dispatches(dictation.id)
        if dictation.state is State.SENT:
            assert (row.state, arrived[row.message_id]) == (OutboxState.SENT, 1)
        else:
            assert row.state is OutboxState.UNCERTAIN
    uncertain = [dictation for dictation in dictations if dictation.state is State.UNCERTAIN]
    assert len(uncertain) == len(NOBODY_KNOWS)

    read = {opened(path, pki).pdf_sha256 for path in hospital.box.letters()}
    assert read <= set(hospital.signed.values())
    sent = {hospital.signed[dictation.id] for dictation in dictations if dictation.state is State.SENT}
    assert sent <= read
    assert hospital.service.verify() == []
    said = [line.details["day"] for line in ledger.journal("") if line.action == "digest-written"]
    words = sorted(path.name for path in (hospital.home / "outbox" / "digest").iterdir())
    assert words == [f"retards-{day}.txt" for day in said]  # once a day, however often it was killed
    assert said
    bundles = {path.name for path in (hospital.home / ".state" / "archive").iterdir()}
    assert bundles == {f"{dictation.id}-v1" for dictation in dictations if dictation.state is State.SENT}
