"""The main job, as `make demo` runs it: real recordings, the shipped checkpoint, a real TLS mail server, openssl.

One run for the whole file (minutes of real decoding); each test reads another promise from what it left behind.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dictation.compose import Installation
from dictation.domain.progress import State
from dictation.letter import check_pdfa, text_of
from dictation.settings import read_settings

pytestmark = [pytest.mark.speech, pytest.mark.timeout(1500)]


@dataclass(frozen=True)
class Run:
    home: Path
    report: dict[str, Any]
    stderr: str

    @property
    def delivered(self) -> list[dict[str, Any]]:
        return [row for row in self.report["dictations"] if row["message"]]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    home = tmp_path_factory.mktemp("demonstration")
    done = subprocess.run(
        [sys.executable, "-m", "dictation", "--home", str(home), "demo", "--json"],
        capture_output=True, text=True, timeout=1400,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    return Run(home, json.loads(done.stdout), done.stderr)


@pytest.fixture(scope="module")
def installation(run):
    return Installation(read_settings(run.home))


def test_two_letters_arrive_and_one_waits_at_the_desk(run):
    assert run.report["delivered"] == 2
    rows = run.report["dictations"]
    assert {row["letter_type"] for row in rows} == {"consultation", "operation", "discharge"}
    assert sorted(row["state"] for row in rows) == ["drafted", "sent", "sent"]
    for row in rows:
        assert 40 <= row["audio_seconds"] <= 120
        assert row["recognition_seconds"] > 0
        assert row["points_to_check"] is not None


def test_the_gp_reads_the_very_letter_that_was_signed(run, installation):
    for row in run.delivered:
        pdf = Path(row["pdf"]).read_bytes()
        dictation = installation.ledger.get(row["id"])
        assert installation.blobs.get(dictation.approval.pdf_sha256) == pdf
        assert check_pdfa(pdf) == []
        assert dictation.sidecar.patient.last_name.upper() in " ".join(text_of(pdf)).upper()


def test_no_clinical_word_is_readable_on_the_way(run):
    for row in run.delivered:
        sealed = Path(row["message"]).read_bytes().decode("ascii").lower()
        assert 'smime-type="enveloped-data"' in sealed
        head = sealed.split("\n\n")[0].split("\r\n\r\n")[0]
        assert not re.search("genou|prostate|durand|moreau", head)


def test_the_journal_names_the_demonstration_and_is_whole(run, installation):
    for row in run.delivered:
        actors = {entry.actor for entry in installation.ledger.journal(row["id"])}
        assert {"demonstration-secretaire", "demonstration-auteur"} <= actors
    assert installation.verify() == []


def test_every_recording_has_exactly_one_state(run, installation):
    counts = installation.ledger.counts()
    assert sum(counts.values()) == 3
    assert counts[State.SENT] == 2
    assert [path.name for path in (run.home / "inbox").glob("*.*")] == []


def test_no_name_birth_date_or_dictated_word_is_in_the_logs(run, installation):
    """Everything the service wrote in hundreds of seconds of real work, against everything said and known."""
    log = (run.home / "service.log").read_text(encoding="utf-8") + run.stderr
    assert "desk at" in log
    for dictation in installation.ledger.list(limit=10):
        patient, addressee = dictation.sidecar.patient, dictation.sidecar.addressee
        secrets = {patient.last_name, patient.first_name, addressee.last_name, addressee.mailbox, patient.ins.value}
        secrets |= {patient.birth_date.isoformat(), patient.hospital_number}
        for secret in secrets:
            assert secret.lower() not in log.lower(), f"dictation {dictation.id}"
        draft = installation.ledger.draft(dictation.id)
        clinical = {word for section in draft.sections for word in re.findall(r"[A-Za-zÀ-ÿ]{9,}", section.text)}
        assert not {word for word in clinical if re.search(rf"\b{word}\b", log)}


def test_it_ran_with_the_network_limited_to_loopback_and_the_mail_host(run):
    assert read_settings(run.home).workflow.limit_network
    assert "connection refused by" not in (run.home / "service.log").read_text(encoding="utf-8")
