"""The whole service in a process of its own, to be killed: everything real but the hearing and the wording.

Real: inbox and its scan, content store, ledger, workflow engine, reconciler, S/MIME, the line to the mail server, the
archive. Scripted: recognition, structure, draft and the check of PDF/A, so that a start takes a fraction of a second.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

# Loaded once, by the server that starts these processes: each of them is a fork of it.
import dbos  # noqa: F401
import django.db.migrations.executor  # noqa: F401

import dictation.archive
import dictation.intake
import dictation.send.smime
import dictation.send.smtp  # noqa: F401
from dictation.compose import Installation
from dictation.disk import digest
from dictation.domain.documents import Draft, LetterType, Report, Sidecar
from dictation.domain.progress import Dictation
from dictation.errors import NeedsAPerson
from dictation.pipeline import ProgressCallback
from dictation.service import run
from dictation.settings import read_settings
from tests.flow import scripted
from transcribe.transcript import Transcript


class Service(Installation):
    """An installation that hears what the file says in plain letters."""

    def transcribe(self, dictation: Dictation, sound: IO[bytes], report: ProgressCallback) -> Transcript:
        return scripted.hear(dictation, sound, report)

    def _structure(self, transcript: Transcript, sidecar: Sidecar) -> Report:
        return scripted.structure(transcript, sidecar)

    def _write_draft(
        self, report: Report, sidecar: Sidecar, letter_type: LetterType | None, transcript: Transcript
    ) -> Draft:
        return scripted.write(report, sidecar, letter_type, transcript)

    def _verify_letter(self, pdf: bytes, sha256: str) -> None:
        if digest(pdf) != sha256:
            raise NeedsAPerson("not the bytes that were signed", code="E_LETTER_ALTERED")

    def _probe(self, path: Path) -> float:
        return 1.0


def serve(home: str, failpoint: str) -> None:
    """Run until killed: by the failpoint, or by SIGTERM."""
    os.environ["DICTATION_FAILPOINT"] = failpoint
    with (Path(home) / "service.log").open("a") as log:
        print(f"--- {failpoint or 'to the end'}", file=log, flush=True)
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    run(Service(read_settings(Path(home))), watch=True, work=True)
