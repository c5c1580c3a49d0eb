"""S/MIME reply: what a GP signed, or encrypted to us, becomes a message any program of ours reads.

The bytes of one message in; the same message with its content in clear out, or Unopened with a sentence for the person
who will read it elsewhere. Runs openssl, which reads what the cryptography library does not (AES-GCM, OAEP, opaque
signatures); everything passes through its memory, nothing decrypted touches the disk here.

A signature that does not hold makes a reply one for a person. Whose it is is not judged: a reply without any signature
is taken for what it says too, and moves nothing a person would have to decide.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path

ENVELOPES = 4  # signed inside encrypted inside signed … nobody needs more
SECONDS = 30.0
_SEALED = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_SIGNED = re.compile(r"signed-data|certs-only", re.IGNORECASE)
_OWN_HEADERS = re.compile(rb"(content-[^:]*|mime-version)\s*:", re.IGNORECASE)
NO_KEY = "message chiffré\u00a0: aucune clé n’est réglée pour l’ouvrir"
NOT_FOR_US = "message chiffré que notre clé n’ouvre pas"
BAD_SIGNATURE = "message signé dont la signature ne tient pas\u00a0: il a été altéré, ou elle est illisible"
TOO_DEEP = "message scellé trop de fois"


class Unopened(Exception):
    """Why a message stays closed, in French, for the person who will look at it in the mailbox."""


@dataclass(frozen=True)
class Opener:
    """The key of the reply mailbox; without one, only signatures are looked at."""

    certificate: Path | None = None  # PEM, the one our letters are signed with: GPs encrypt to it
    key: Path | None = None

    def open(self, content: bytes) -> bytes:
        """The message in clear; as it is when nothing was sealed. Raises Unopened."""
        for _ in range(ENVELOPES):
            message = message_from_bytes(content)
            kind = message.get_content_type()
            if kind == "multipart/signed" and "pkcs7" in str(message.get_param("protocol", "")).lower():
                self._run(["-verify", "-noverify", "-inform", "SMIME"], content, BAD_SIGNATURE)
                return content  # its first part is in clear already
            if kind not in _SEALED:
                return content
            content = _headers_of(content) + self._unwrap(message)
        raise Unopened(TOO_DEEP)

    def _unwrap(self, message: Message) -> bytes:
        der = message.get_payload(decode=True)
        sealed = der if isinstance(der, bytes) else b""
        if _SIGNED.search(str(message.get_param("smime-type", ""))):
            return self._run(["-verify", "-noverify", "-inform", "DER"], sealed, BAD_SIGNATURE)
        if self.certificate is None or self.key is None:
            raise Unopened(NO_KEY)
        pair = ["-recip", str(self.certificate), "-inkey", str(self.key)]
        return self._run(["-decrypt", "-inform", "DER", *pair], sealed, NOT_FOR_US)

    def _run(self, arguments: list[str], content: bytes, otherwise: str) -> bytes:
        try:
            done = subprocess.run(
                ["openssl", "cms", *arguments], input=content, capture_output=True, timeout=SECONDS, check=False
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
