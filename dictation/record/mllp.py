"""MLLP: HL7 v2 messages over a line, one at a time, each acknowledged before the next.

Message bytes in, answer bytes out. Opens a connection to the record's interface engine, over TLS given anchors.
Source: HL7 Minimal Lower Layer Protocol, release 1 (VT, message, FS CR).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dictation.domain.filing import Filing
from dictation.errors import BadSettings, NeedsAPerson, TryAgainLater
from dictation.record import hl7v2
from dictation.record.document import RecordDocument

START, END = b"\x0b", b"\x1c\r"
LONGEST_ANSWER = 1 << 20  # bytes; an acknowledgement has some hundred


@dataclass(frozen=True)
class MllpLink:
    """The record's HL7 interface."""

    host: str
    port: int
    names: hl7v2.Names
    clock: Callable[[], datetime]
    ca_file: Path | None = None  # trust anchors; None: no TLS, for a line that stays on this machine
    client_certificate: Path | None = None
    client_key: Path | None = None
    timeout_seconds: float = 30.0

    @property
    def name(self) -> str:
        return "mllp"

    def deliver(self, due: Filing, document: RecordDocument, pdf: bytes) -> str:
        """See Link. An answer to another message counts as none."""
        names = self.names
        text = hl7v2.message(due.event, document, pdf, control_id=due.id, at=self.clock(), names=names)
        answer = self._exchange(text.encode())
        try:
            found = hl7v2.acknowledgement(answer.decode())
        except ValueError as error:  # UnicodeDecodeError is one
            raise TryAgainLater(f"{self.host}: no HL7 answer", code="E_RECORD_SILENT") from error
        if found.control_id != due.id:
            raise TryAgainLater(f"{self.host}: answered another message", code="E_RECORD_SILENT")
        if not found.yes:
            raise NeedsAPerson(f"{due.id}: {found.code}", code="E_RECORD_REFUSED")
        return f"{found.code} {found.words}".strip()

    def _exchange(self, message: bytes) -> bytes:
        try:
            with socket.create_connection((self.host, self.port), self.timeout_seconds) as plain:
                line = self._context().wrap_socket(plain, server_hostname=self.host) if self.ca_file else plain
                with line:
                    line.sendall(START + message + END)
                    return _answer(line)
        except ssl.SSLCertVerificationError as error:
            raise NeedsAPerson(f"{self.host}: certificate refused", code="E_TLS") from error
        except OSError as error:
            raise TryAgainLater(f"{self.host}: {type(error).__name__}", code="E_RECORD_SILENT") from error

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_verify_locations(cafile=self.ca_file)
            if self.client_certificate and self.client_key:
                context.load_cert_chain(self.client_certificate, self.client_key)
        except OSError as error:
            raise BadSettings(f"record: {error.filename or self.ca_file} is not a usable PEM file") from error
        return context


def _answer(line: socket.socket) -> bytes:
    """One framed answer. ConnectionError when the line ends before it is whole."""
    data = b""
    while END not in data:
        piece = line.recv(65536)
        if not piece or len(data) > LONGEST_ANSWER:
            raise ConnectionError("the line ended before an answer")
        data += piece
    return data[data.find(START) + 1 : data.index(END)]
