"""Mailbox: the GP's side, for the demonstration and for tests. A real SMTP server with TLS, and a mail program.

Messages in over loopback, one .eml file each in a folder: on the disk before the 250 that acknowledges it. STARTTLS
(or TLS at once) and a client certificate of the hospital are required. Tests script its faults, verb by verb.
open_letter() reads a message as the GP's mail program would: openssl decrypts, then verifies the signature.

    python -m dictation.demo.mailbox --folder F --certificate C --key K --client-ca A [--port N]
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import logging
import signal
import ssl
import subprocess
import tempfile
import threading
import time
import uuid
from collections import defaultdict, deque
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from dictation.disk import write_durably

HANG_UP, SILENCE = "hang up", "silence"
# Where a fault can be scripted. `content`: in the middle of the message. `final`: after its dot; a hang-up or silence
# there comes after the message was kept. `lost`: after its dot, and the message is not kept either.
STAGES = ("banner", "ehlo", "starttls", "tls-ehlo", "auth", "mail", "rcpt", "data", "content", "final", "lost", "quit")


def server_tls(certificate: Path, key: Path, client_ca: Path | None) -> ssl.SSLContext:
    """What the server shows, and whose client certificates it demands (None: asks for none)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    if client_ca is not None:
        context.load_verify_locations(cafile=client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@dataclass
class Mailbox:
    """An SMTP server on loopback in a thread of its own. Use as a context manager; `port` is known inside."""

    folder: Path
    tls: ssl.SSLContext | None  # None: a server that has forgotten how to encrypt
    implicit: bool = False  # TLS at once instead of STARTTLS
    port: int = 0  # 0: any free one
    size_limit: int = 33_554_432  # bytes
    users: dict[str, str] = field(default_factory=dict)  # name: password; not empty: AUTH is required
    seen: list[str] = field(default_factory=list)  # stages reached, in order
    faults: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))

    def fail(self, stage: str, answer: str = HANG_UP, times: int = 1) -> None:
        """The next `times` passages at `stage` get `answer` (an SMTP reply, HANG_UP, SILENCE) instead of the usual."""
        if stage not in STAGES:
            raise ValueError(f"no stage {stage}")
        self.faults[stage].extend([answer] * times)

    def letters(self) -> list[Path]:
        """The messages kept so far, oldest first."""
        return sorted(self.folder.glob("*.eml"))

    def __enter__(self) -> Mailbox:
        self.folder.mkdir(parents=True, exist_ok=True)
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd logs every line, and a certificate demanded
        self._loop = asyncio.new_event_loop()
        self._lines: set[_Line] = set()
        kind = self.tls if self.implicit else None
        self._thread = threading.Thread(target=self._loop.run_forever, name="mailbox", daemon=True)
        self._thread.start()
        listening = self._loop.create_server(lambda: _Line(self, self._loop), "127.0.0.1", self.port, ssl=kind)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(timeout=10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        for line in list(self._lines):
            line.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _keep(self, content: bytes, facts: dict[str, Any]) -> str:
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
        write_durably(self.folder / f"{name}.json", json.dumps(facts, indent=1).encode())
        write_durably(self.folder / f"{name}.eml", content)
        return name


class _Line(SMTP):  # type: ignore[misc]
    """One connection. Overrides each verb to let a scripted fault happen first."""

    def __init__(self, box: Mailbox, loop: asyncio.AbstractEventLoop) -> None:
        self._box = box
        self._greeted = False
        starttls = box.tls is not None and not box.implicit
        super().__init__(
            self,
            loop=loop,
            hostname="localhost",
            ident="mailbox",
            data_size_limit=box.size_limit,
            tls_context=box.tls if starttls else None,
            require_starttls=starttls,
            auth_required=bool(box.users),
            auth_require_tls=starttls,
            authenticator=self._authenticate_user if box.users else None,
        )

    def connection_made(self, transport: Any) -> None:
        self._box._lines.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._box._lines.discard(self)
        if self.transport is not None:
            super().connection_lost(error)

    async def handle_exception(self, error: Exception) -> str:
        """The base class would ask the handler, which is this very line, and that one again, for ever."""
        return f"451 4.3.0 {type(error).__name__}"

    def abort(self) -> None:
        """Drop the connection without a word, as a cut cable would."""
        for transport in (self.transport, self._original_transport):
            if transport is not None:
                transport.abort()

    async def _fault(self, stage: str) -> bool:
        self._box.seen.append(stage)
        waiting = self._box.faults[stage]
        if not waiting:
            return False
        answer = waiting.popleft()
        if answer == HANG_UP:
            self.abort()
        elif answer == SILENCE:
            await asyncio.Event().wait()  # until the other side gives up
        else:
            await super().push(answer)
        return True

    async def push(self, status: Any) -> None:
        if not self._greeted:
            self._greeted = True
            if await self._fault("banner"):
                return
        await super().push(status)

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._fault("tls-ehlo" if self.session.ssl else "ehlo"):
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not await self._fault("starttls"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._fault("auth"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if not await self._fault("mail"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        if not await self._fault("rcpt"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if await self._fault("data"):
            return
        if self._box.faults["content"]:
            await super().push("354 go on")
            await self._reader.readuntil(b"\r\n")
            await self._fault("content")
            return
        await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        if not await self._fault("quit"):
            await super().smtp_QUIT(arg)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Called by aiosmtpd when the dot has come. The message is on the disk before 250 is said."""
        lost, final = self._box.faults["lost"], self._box.faults["final"]
        if lost:
            await self._fault("lost")
            return "421 never said"
        if final and final[0] not in {HANG_UP, SILENCE}:
            self._box.seen.append("final")
            return final.popleft()
        peer = self.transport.get_extra_info("peercert") or {}
        facts = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "client": _common_name(peer)}
        name = self._box._keep(envelope.original_content, facts)
        await self._fault("final")
        return f"250 2.0.0 kept as {name}"

    def _authenticate_user(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = self._box.users.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=good, handled=False)


def _common_name(certificate: dict[str, Any]) -> str:
    pairs = [pair for names in certificate.get("subject", ()) for pair in names]
    return str(dict(pairs).get("commonName", ""))


@dataclass(frozen=True)
class OpenedLetter:
    """What the GP has in hand after his mail program opened a message."""

    message_id: str
    subject: str
    text: str
    pdf: bytes
    pdf_sha256: str


class NotReadable(Exception):
    """The GP's mail program refuses the message: not for this key, altered, or not signed by whom we trust."""


def open_letter(eml: Path, key: Path, certificate: Path, ca: Path) -> OpenedLetter:
    """Decrypt, verify, and take the PDF out, with openssl: nothing of the program that sent it is used.

    eml: as received. key, certificate: the GP's. ca: the authority that issued the hospital's signing certificate.
    Raises NotReadable.
    """
    outer = message_from_bytes(eml.read_bytes(), policy=policy.default)
    with tempfile.TemporaryDirectory() as folder:
        inner, signer = Path(folder) / "inner", Path(folder) / "signer.pem"
        _openssl("cms", "-decrypt", "-in", eml, "-recip", certificate, "-inkey", key, "-out", inner)
        content = _openssl("cms", "-verify", "-in", inner, "-CAfile", ca, "-signer", signer)
        emails = _openssl("x509", "-in", signer, "-noout", "-email").decode().split()
    if str(outer["From"]) not in emails:
        raise NotReadable("signed by somebody else than the sender")
    message = message_from_bytes(content, policy=policy.default)
    [pdf] = [part.get_content() for part in message.walk() if part.get_content_type() == "application/pdf"]
    text = message.get_body(("plain",))
    return OpenedLetter(
        message_id=str(outer["Message-ID"]),
        subject=str(outer["Subject"]),
        text=text.get_content() if text else "",
        pdf=pdf,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
    )


def _openssl(*arguments: str | Path) -> bytes:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=60)
    if done.returncode != 0:
        raise NotReadable(f"openssl {arguments[0]} {arguments[1]}: {done.stderr.decode(errors='replace')[-300:]}")
    return done.stdout


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m dictation.demo.mailbox", description="Une boîte aux lettres d’essai."
    )
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--certificate", type=Path, required=True)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--client-ca", type=Path, help="exige un certificat client de cette autorité")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--implicit", action="store_true", help="TLS d’emblée au lieu de STARTTLS")
    given = parser.parse_args(argv)
    asked = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, asked)  # before the thread starts: the signal is taken by sigwait below
    tls = server_tls(given.certificate, given.key, given.client_ca)
    with Mailbox(given.folder, tls, implicit=given.implicit, port=given.port) as box:
        print(json.dumps({"port": box.port}), flush=True)
        signal.sigwait(asked)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
