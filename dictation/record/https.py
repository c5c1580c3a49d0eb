"""FHIR over HTTPS: one transaction posted, one answer read. Opens a connection to the record's FHIR server."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dictation.domain.filing import Filing
from dictation.errors import BadSettings, NeedsAPerson, TryAgainLater
from dictation.record import fhir
from dictation.record.document import RecordDocument


@dataclass(frozen=True)
class FhirLink:
    """The record's FHIR base address, `https://host[:port]/path`; plain http on this machine only."""

    address: str
    number_system: str
    ca_file: Path | None = None
    token: str = ""
    timeout_seconds: float = 30.0

    @property
    def name(self) -> str:
        return "fhir"

    def deliver(self, due: Filing, document: RecordDocument, pdf: bytes) -> str:
        """See Link. 2xx is a yes, 408, 429 and 5xx « later », every other answer a plain no."""
        body = json.dumps(fhir.bundle(due.event, document, pdf, number_system=self.number_system)).encode()
        headers = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json", "X-Request-ID": due.id}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        line, path = self._line()
        try:
            line.request("POST", path, body, headers)
            answer = line.getresponse()
            answer.read()
        except ssl.SSLCertVerificationError as error:
            raise NeedsAPerson(f"{due.id}: certificate refused", code="E_TLS") from error
        except (OSError, http.client.HTTPException) as error:
            raise TryAgainLater(f"{due.id}: {type(error).__name__}", code="E_RECORD_SILENT") from error
        finally:
            line.close()
        if 200 <= answer.status < 300:
            return f"{answer.status} {answer.reason}"
        if answer.status in {408, 429} or answer.status >= 500:
            raise TryAgainLater(f"{due.id}: {answer.status}", code="E_RECORD_SILENT")
        raise NeedsAPerson(f"{due.id}: {answer.status}", code="E_RECORD_REFUSED")

    def _line(self) -> tuple[http.client.HTTPConnection, str]:
        found = urlsplit(self.address)
        host = found.hostname or ""
        if found.scheme == "http" and host in {"127.0.0.1", "localhost", "::1"}:
            return http.client.HTTPConnection(host, found.port, timeout=self.timeout_seconds), found.path or "/"
        if found.scheme != "https" or self.ca_file is None:
            raise BadSettings(f"record.address = {self.address}: https and record.ca_file are needed")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_verify_locations(cafile=self.ca_file)
        except OSError as error:
            raise BadSettings(f"record.ca_file = {self.ca_file}: not a file of PEM certificates") from error
        line = http.client.HTTPSConnection(host, found.port, timeout=self.timeout_seconds, context=context)
        return line, found.path or "/"
