"""The record's side: an HL7 interface from a published library, and a FHIR server, both on loopback."""

from __future__ import annotations

import asyncio
import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import hl7
import pytest
from hl7.mllp import start_hl7_server

from dictation.demo.mailbox import server_tls
from dictation.demo.pki import Authority
from dictation.domain.documents import LetterType
from dictation.domain.people import Addressee, Author, Ins, Patient, Sex, Site
from dictation.record.document import RecordDocument
from tests.ledgers import clock, empty_database, home, ledger  # noqa: F401
from tests.send.peers import pki  # noqa: F401

PDF = b"%PDF-1.4 the very bytes that were signed \x00\xff"


@pytest.fixture
def document() -> RecordDocument:
    """A discharge letter, second version, of a fictitious patient with a test identity."""
    return RecordDocument(
        number="0123456789ab-2",
        replaces="0123456789ab-1",
        letter_type=LetterType.DISCHARGE,
        title="Lettre de liaison à la sortie",
        patient=Patient(
            "D’ÉTÉ & FILS|^",  # every separator of HL7 in one name
            "Chloé",
            date(1957, 3, 4),
            Sex.FEMALE,
            ins=Ins("257034711812380", "1.2.250.1.213.1.4.10"),
            hospital_number="IPP-0042",
            given_names="Chloé Marie-Ange",
            birth_place="47118",
            used_first_name="Marie",
        ),
        author=Author("10003456782", "Morel", "Anne"),
        signatory=Author("10003456794", "Anis", "Karim"),
        site=Site("principal", "Hôpital des Tilleuls", finess="750000010"),
        addressee=Addressee("Marchand", "Louis"),
        visit_date=None,
        admission_date=date(2026, 11, 2),
        discharge_date=date(2026, 11, 6),
        dictated_at=datetime(2026, 11, 6, 9, 30, tzinfo=UTC),
        signed_at=datetime(2026, 11, 6, 14, 2, tzinfo=UTC),
        pdf_sha256="0" * 64,
    )


class Record:
    """A patient record behind an HL7 interface: keeps what it acknowledged, answers as it is told."""

    def __init__(self) -> None:
        self.messages: list[hl7.Message] = []
        self.answer = "AA"  # or AE, AR; "silence", "hang up", "other", "noise"
        self.port = 0

    async def serve(self, reader, writer) -> None:  # type: ignore[no-untyped-def]
        try:
            message = await reader.readmessage()
            if self.answer == "hang up":
                return
            if self.answer == "silence":
                await asyncio.sleep(5)
                return
            if self.answer == "noise":
                writer.writeblock(b"not HL7 at all")
            else:
                code = self.answer if self.answer in {"AA", "AE", "AR"} else "AA"
                ack = message.create_ack(code)
                if self.answer == "other":
                    ack.segment("MSA")[2] = "another message"
                if self.answer == "AA":
                    self.messages.append(message)
                writer.writemessage(ack)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def _serving(record: Record, context: ssl.SSLContext | None) -> Iterator[Record]:
    loop = asyncio.new_event_loop()

    async def start() -> asyncio.Server:
        return await start_hl7_server(record.serve, "127.0.0.1", 0, encoding="utf-8", ssl=context)

    server = loop.run_until_complete(start())
    record.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield record

    async def stop() -> None:
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(stop(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


@pytest.fixture
def record() -> Iterator[Record]:
    yield from _serving(Record(), None)


@pytest.fixture
def secured(pki, tmp_path) -> Iterator[tuple[Record, Path]]:  # noqa: F811
    """The same over TLS, asking for the hospital's certificate; and the anchors of an authority it does not know."""
    certificate, _ = Authority("Autorité étrangère").identity.write(tmp_path, "stranger")
    context = server_tls(pki.server_certificate, pki.server_key, pki.ca_file)
    for record in _serving(Record(), context):
        yield record, certificate


class FhirServer(http.server.ThreadingHTTPServer):
    """Keeps the bundles it was posted; answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Fhir)
        self.status, self.bundles, self.headers = 200, [], []  # type: ignore[var-annotated]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/fhir"


class _Fhir(http.server.BaseHTTPRequestHandler):
    server: FhirServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.headers.append(dict(self.headers))
        if self.server.status == 200:
            self.server.bundles.append(json.loads(body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def fhir_server() -> Iterator[FhirServer]:
    server = FhirServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join(5)
    server.server_close()
