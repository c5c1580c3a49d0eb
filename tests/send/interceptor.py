"""A mail server that misbehaves where it is told to, with a real one behind it, and a tap on the wire before it.

Our client speaks TLS with the interceptor, which asks for the hospital's certificate and hands every command on to the
real server over TLS of its own; so a fault can be put at any verb, and what the real server took is known for sure.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import struct
import threading
from pathlib import Path

from dictation.demo.pki import Pki

VERBS = ("banner", "EHLO", "STARTTLS", "EHLO-TLS", "MAIL", "RCPT", "DATA", "body", "dot", "QUIT")
CODES = ("421", "450", "451", "452", "454", "550", "552", "553", "554")
FAULTS = (*CODES, "hang-up", "silence", "garbage")
TLS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Ended(Exception):
    """The connection is over."""


class Interceptor:
    """Listens on `port`. `verb` and `fault` say what goes wrong; `accepted` holds the answers of the real server."""

    def __init__(self, pki: Pki, upstream: int, tls: str) -> None:
        self.pki, self.upstream = pki, upstream
        self.verb, self.fault = "", ""
        self.accepted: list[bytes] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = self.context.maximum_version = TLS[tls]
        self.context.load_cert_chain(pki.server_certificate, pki.server_key)
        self.context.load_verify_locations(pki.ca_file)
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self.listener.close()
        for thread in self.threads:
            thread.join(timeout=10)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            self.threads.append(threading.Thread(target=self._serve, args=(near,), daemon=True))
            self.threads[-1].start()

    def _serve(self, near: socket.socket) -> None:
        conversation = Conversation(self, near)
        with contextlib.suppress(Ended, OSError, smtplib.SMTPException):
            conversation.run()
        conversation.close()


class Conversation:
    def __init__(self, about: Interceptor, near: socket.socket) -> None:
        self.about, self.near = about, near
        near.settimeout(30)
        self.reader = near.makefile("rb")
        self.secure = False
        self.far: smtplib.SMTP | None = None

    def run(self) -> None:
        self.maybe_fail("banner")
        self.say(b"220 localhost ESMTP")
        while line := self.reader.readline():
            self.take(line, line.split()[0].upper().decode())

    def close(self) -> None:
        if self.far is not None:
            self.far.close()
        with contextlib.suppress(OSError):
            self.reader.close()
        self.near.close()

    def take(self, line: bytes, verb: str) -> None:
        if verb == "EHLO":
            self.maybe_fail("EHLO-TLS" if self.secure else "EHLO")
            self.say(b"250-localhost\r\n250-SIZE 50000000\r\n250 " + (b"8BITMIME" if self.secure else b"STARTTLS"))
        elif verb == "STARTTLS":
            self.maybe_fail("STARTTLS")
            self.say(b"220 ready")
            self.reader.close()
            self.near = self.about.context.wrap_socket(self.near, server_side=True)
            self.reader, self.secure = self.near.makefile("rb"), True
        elif verb in {"MAIL", "RCPT"}:
            self.maybe_fail(verb)
            self.say_as(self.behind().docmd(line.decode().strip()))
        elif verb == "DATA":
            self.maybe_fail("DATA")
            self.say_as(self.behind().docmd("DATA"))
            self.message()
        else:
            self.maybe_fail("QUIT")
            self.say(b"221 bye")

    def message(self) -> None:
        """The bytes of the letter. A message that a fault cuts never reaches the real server: its line is dropped."""
        lines = [self.reader.readline()]
        if self.about.verb == "body":
            self.behind().close()
            if self.about.fault in {"hang-up", "silence"}:
                self.fail()
            self.say_fault()
            while self.reader.readline() not in {b".\r\n", b""}:
                pass
            raise Ended
        while lines[-1] not in {b".\r\n", b""}:
            lines.append(self.reader.readline())
        if self.about.verb == "dot" and self.about.fault in CODES:
            self.behind().close()
            self.fail()
        self.behind().send(b"".join(lines))
        answer = self.behind().getreply()
        if answer[0] == 250:
            self.about.accepted.append(answer[1])
        self.maybe_fail("dot")  # the worst case: it was taken, and the answer is lost
        self.say_as(answer)

    def behind(self) -> smtplib.SMTP:
        """The line to the real server, opened when it is first needed."""
        if self.far is None:
            pki = self.about.pki
            context = ssl.create_default_context(cafile=str(pki.ca_file))
            context.load_cert_chain(pki.client_certificate, pki.client_key)
            self.far = smtplib.SMTP("127.0.0.1", self.about.upstream, "localhost", timeout=30)
            self.far.starttls(context=context)
            self.far.ehlo()
        return self.far

    def maybe_fail(self, verb: str) -> None:
        if self.about.verb == verb:
            self.fail()

    def fail(self) -> None:
        if self.about.fault == "hang-up":
            # A reset, not a polite end: what is still in the buffers is lost, as when a machine dies.
            self.near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif self.about.fault == "silence":
            while self.near.recv(65536):
                pass
        else:
            self.say_fault()
            if self.about.fault != "421":
                while self.reader.readline():  # until our client gives up
                    pass
        self.reader.close()
        self.near.close()
        raise Ended

    def say_fault(self) -> None:
        self.say(b"\xff\x00 what" if self.about.fault == "garbage" else self.about.fault.encode() + b" injected")

    def say(self, words: bytes) -> None:
        self.near.sendall(words + b"\r\n")

    def say_as(self, answer: tuple[int, bytes]) -> None:
        self.say(str(answer[0]).encode() + b" " + answer[1].replace(b"\n", b" "))


class Tap:
    """A listener in front of a server that keeps every byte of both directions."""

    def __init__(self, target: int) -> None:
        self.target, self.bytes = target, bytearray()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self.listener.close()
        for thread in self.threads:
            thread.join(timeout=10)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            self.threads.append(threading.Thread(target=self._both, args=(near, far), daemon=True))
            self.threads[-1].start()

    def _both(self, near: socket.socket, far: socket.socket) -> None:
        back = threading.Thread(target=self._copy, args=(far, near), daemon=True)
        back.start()
        self._copy(near, far)
        back.join()
        near.close()
        far.close()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.bytes += data
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def clear_bytes(seen: bytes, secrets: list[bytes]) -> list[bytes]:
    """What of `secrets` can be read in a capture."""
    return [secret for secret in secrets if secret.lower() in seen.lower()]


def maildir(folder: Path) -> list[Path]:
    return [path for part in ("new", "cur") for path in folder.glob(f"**/{part}/*")]
