"""S/MIME reply: what a GP signed, or encrypted to us, becomes a message any program of ours reads.

The bytes of one message in; the same message with its content in clear out, and whether its signature is the sender's,
or Unopened with a sentence for the person who will read it elsewhere. Runs openssl, which reads what the cryptography
library does not (AES-GCM, OAEP, opaque signatures); everything passes through its memory, nothing decrypted touches the
disk here.

A signature that does not hold makes a reply one for a person. One that holds and is not the sender's is read, and said
to prove nothing: a reply without any signature is taken for what it says too.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from pathlib import Path

from cryptography import x509

from dictation.send.signer import NOBODY_BELIEVED, VERIFIED, Judge

ENVELOPES = 4  # signed inside encrypted inside signed … nobody needs more
SECONDS = 30.0
_SEALED = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_SIGNED = re.compile(r"signed-data|certs-only", re.IGNORECASE)
_OWN_HEADERS = re.compile(rb"(content-[^:]*|mime-version)\s*:", re.IGNORECASE)
NO_KEY = "message chiffré\u00a0: aucune clé n’est réglée pour l’ouvrir"
NOT_FOR_US = "message chiffré que notre clé n’ouvre pas"
BAD_SIGNATURE = "message signé dont la signature ne tient pas\u00a0: il a été altéré, ou elle est illisible"
TOO_DEEP = "message scellé trop de fois"


@dataclass(frozen=True, slots=True)
class Opened:
    """A message in clear, and a line about its signature; "" when nobody signed it."""

    content: bytes
    signature: str = ""


class Unopened(Exception):
    """Why a message stays closed, in French, for the person who will look at it in the mailbox."""


@dataclass(frozen=True)
class Opener:
    """The key of the reply mailbox; without one, only signatures are looked at."""

    certificate: Path | None = None  # PEM, the one our letters are signed with: GPs encrypt to it
    key: Path | None = None
    judge: Judge = NOBODY_BELIEVED

    def open(self, content: bytes) -> Opened:
        """The message in clear; as it is when nothing was sealed. Raises Unopened."""
        said: list[str] = []
        for _ in range(ENVELOPES):
            message = message_from_bytes(content)
            kind = message.get_content_type()
            if kind == "multipart/signed" and "pkcs7" in str(message.get_param("protocol", "")).lower():
                self._verify("SMIME", content, _sender(message), said)
                return Opened(content, _least(said))  # its first part is in clear already
            if kind not in _SEALED:
                return Opened(content, _least(said))
            content = _headers_of(content) + self._unwrap(message, said)
        raise Unopened(TOO_DEEP)

    def _unwrap(self, message: Message, said: list[str]) -> bytes:
        der = message.get_payload(decode=True)
        sealed = der if isinstance(der, bytes) else b""
        if _SIGNED.search(str(message.get_param("smime-type", ""))):
            return self._verify("DER", sealed, _sender(message), said)
        if self.certificate is None or self.key is None:
            raise Unopened(NO_KEY)
        pair = ["-recip", str(self.certificate), "-inkey", str(self.key)]
        return self._run(["-decrypt", "-inform", "DER", *pair], sealed, NOT_FOR_US)

    def _verify(self, form: str, content: bytes, sender: str, said: list[str]) -> bytes:
        """What was signed; what is to be thought of its signer is added to `said`."""
        with _memory() as signers, _memory() as others:
            arguments = ["-verify", "-noverify", "-inform", form]
            arguments += ["-signer", f"/dev/fd/{signers}", "-certsout", f"/dev/fd/{others}"]
            inside = self._run(arguments, content, BAD_SIGNATURE, (signers, others))
            said.append(self.judge.judge(_certificates(signers), _certificates(others), sender))
        return inside

    def _run(self, arguments: list[str], content: bytes, otherwise: str, files: tuple[int, ...] = ()) -> bytes:
        command = ["openssl", "cms", *arguments]
        try:
            done = subprocess.run(
                command, input=content, capture_output=True, timeout=SECONDS, check=False, pass_fds=files
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unopened(otherwise) from error
        if done.returncode != 0:
            raise Unopened(otherwise)
        return done.stdout


def _headers_of(content: bytes) -> bytes:
    """The headers of the mail itself: who, when, about what. Those about the content come from inside."""
    head = re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0]
    fields = re.split(rb"\r?\n(?![ \t])", head)
    return b"".join(field + b"\r\n" for field in fields if not _OWN_HEADERS.match(field))


@contextmanager
def _memory() -> Iterator[int]:
    """A file that is on no disk, for openssl to write to."""
    handle = os.memfd_create("certificates")
    try:
        yield handle
    finally:
        os.close(handle)


def _certificates(handle: int) -> list[x509.Certificate]:
    """What openssl wrote there; nothing when it wrote none, or one that the library cannot read."""
    try:
        return x509.load_pem_x509_certificates(os.pread(handle, os.fstat(handle).st_size, 0))
    except ValueError:
        return []


def _sender(message: Message) -> str:
    """The mailbox a mail says it is from; "" when it does not say one."""
    senders = [mailbox for _, mailbox in getaddresses(message.get_all("From", [])) if mailbox]
    return senders[0] if len(senders) == 1 else ""


def _least(said: list[str]) -> str:
    """Of several signatures one inside the other, the one that proves least."""
    verified = VERIFIED.partition("{")[0]
    return next((one for one in said if not one.startswith(verified)), said[0] if said else "")
