"""Listener: the administration's HL7 messages come in over MLLP, each answered after it was kept.

Bytes in over a line, News to `take`, an acknowledgement back: AA kept, AE ours to mend (it may be sent again), AR not a
message for us, or one that lacks what we need. Listens on the address of the settings; over TLS with client
certificates when given the files.
"""

from __future__ import annotations

import logging
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from dictation.domain.visits import News
from dictation.record import adt
from dictation.record.mllp import END, START

log = logging.getLogger(__name__)

LARGEST = 1 << 20  # bytes of one message
QUIET_SECONDS = 600.0  # a line without a message for so long is closed; the administration opens another


@contextmanager
def listening(
    host: str, port: int, take: Callable[[News], None], clock: Callable[[], datetime], tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """Listen in a thread of its own; gives the port. `take` keeps one piece of news for good, or raises."""
    server = _Server((host, port), _Line)
    server.take, server.clock, server.tls = take, clock, tls
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="adt", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def tls_context(certificate: Path, key: Path, ca_file: Path) -> ssl.SSLContext:
    """Ours, asking for theirs: only who holds a certificate of this authority may tell us about patients."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(cafile=ca_file)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    take: Callable[[News], None]
    clock: Callable[[], datetime]
    tls: ssl.SSLContext | None

    def handle_error(self, request: object, client_address: object) -> None:
        """A line that broke is the other side's to open again."""
        log.info("adt: a line ended")


class _Line(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.request.settimeout(QUIET_SECONDS)
        line = self.server.tls.wrap_socket(self.request, server_side=True) if self.server.tls else self.request
        with line:  # TLS takes the socket over: nobody else would close it
            self._read(line)

    def _read(self, line: socket.socket) -> None:
        data = b""
        while piece := line.recv(65536):
            data += piece
            while END in data:
                framed, data = data.split(END, 1)
                line.sendall(START + self._answer(framed[framed.find(START) + 1 :]) + END)
            if len(data) > LARGEST:
                return

    def _answer(self, message: bytes) -> bytes:
        code, words, number = "AA", "", ""
        try:
            text = message.decode()
            number = adt.control_id(text)
            self.server.take(adt.news(text))
        except (UnicodeDecodeError, adt.NotForUs, adt.Unreadable) as error:
            code = "AR"
            words = str(error) if isinstance(error, adt.NotForUs | adt.Unreadable) else "UTF-8"
        except Exception as error:  # a store that is busy, a bug: not kept, so the administration must send it again
            code = "AE"
            log.error("adt: %s", type(error).__qualname__)
        if code != "AA":
            log.warning("adt message refused: %s %s", code, words)
        at = self.server.clock().strftime("%Y%m%d%H%M%S%z")
        msh = f"MSH|^~\\&|DICTATION||||{at}||ACK|{number}-ack|P|2.5||||||UNICODE UTF-8\r"
        return f"{msh}MSA|{code}|{number}|{words}\r".encode()
