"""S/MIME (RFC 8551): signed by the hospital, then encrypted to the GP.

EmailMessage in, sealed bytes out; hands them to the relay (smtp.py). Reads our signing key and the folder of
addressees' certificates. The hospital's own certificate is a second recipient, so the sent copy stays readable here.

Why signed inside encrypted: EnvelopedData with AES-CBC has no integrity of its own; a flipped bit decrypts without
complaint and only the inner signature notices. Why detached (multipart/signed) rather than opaque: nothing between the
two ends sees the inner part, so nothing can re-wrap it, and the PDF is base64-encoded twice instead of three times: a
message a quarter smaller. Why AES-256-CBC: RFC 8551 prefers AES-GCM, which the cryptography library does not write.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7EnvelopeBuilder,
    PKCS7Options,
    PKCS7SignatureBuilder,
)

from dictation.domain.parcel import Parcel
from dictation.errors import NeedsAPerson
from dictation.send.carrier import Envelope
from dictation.send.certificates import SigningKey, addressee_certificate, own_identity
from dictation.send.message import ONE_LINE_HEADERS, Stationery, write_message
from dictation.send.revocation import NOBODY_ASKED, Revocations
from dictation.send.smtp import Relay


@dataclass(frozen=True)
class SmimeCarrier:
    """Signs, encrypts, and hands over to the hospital's mail relay."""

    relay: Relay
    sender: str
    signing_certificate: Path  # PEM, leaf first
    signing_key: Path  # PEM, RSA: the same certificate also opens the sent copy
    addressee_certificates: Path  # folder of <mailbox>.pem
    addressee_ca_file: Path  # PEM
    clock: Callable[[], datetime]
    revocations: Revocations = NOBODY_ASKED
    name: str = "smime"
    needs_mailbox: bool = True

    def seal(self, parcel: Parcel, stationery: Stationery) -> bytes:
        now, message = self.clock(), write_message(parcel, stationery)
        message["Disposition-Notification-To"] = self.sender  # outside too: a mail program looks for it there
        chain, key = self._own(now)
        addressee = self._addressee(parcel.mailbox, now)
        return encrypt(sign(message, chain, key), message, [addressee, chain[0]])

    def carry(self, envelope: Envelope, claim: Callable[[], bool]) -> str:
        headers = message_from_bytes(envelope.content[:4096], policy=policy.default)
        if headers.get_content_type() != "application/pkcs7-mime" or headers["Message-ID"] != envelope.message_id:
            raise NeedsAPerson(f"{envelope.message_id}: not a sealed message", code="E_INTEGRITY")
        # Checked before the line opens: the peer's refusal of an expired certificate looks like a network fault.
        self._own(self.clock())
        if self.revocations.path:  # a letter may have waited since it was sealed
            self._addressee(envelope.mailbox, self.clock())
        return self.relay.deliver(envelope, claim)

    def _own(self, now: datetime) -> tuple[list[x509.Certificate], SigningKey]:
        return own_identity(
            self.signing_certificate,
            self.signing_key,
            now,
            mailbox=self.sender,
            revocations=self.revocations,
            anchors=self.addressee_ca_file,
        )

    def _addressee(self, mailbox: str, now: datetime) -> x509.Certificate:
        folder, anchors = self.addressee_certificates, self.addressee_ca_file
        return addressee_certificate(folder, mailbox, anchors, now, self.revocations)

    def outcome(self, message_id: str) -> bool | None:
        return None  # SMTP has no way to ask


def sign(message: EmailMessage, chain: list[x509.Certificate], key: SigningKey) -> bytes:
    """The body of `message` as a signed MIME entity (multipart/signed), CRLF line ends, without mail headers."""
    inner = copy.deepcopy(message)
    for name in [name for name in inner if not name.lower().startswith("content-")]:
        del inner[name]
    entity = inner.as_bytes(policy=policy.SMTP)
    builder = PKCS7SignatureBuilder().set_data(entity).add_signer(chain[0], key, hashes.SHA256())
    for issuer in chain[1:]:
        builder = builder.add_certificate(issuer)
    # Binary: `entity` has CRLF ends already; the library must not touch it.
    signature = builder.sign(Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])
    part = EmailMessage(policy=policy.SMTP)
    part.set_content(signature, maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    del part["MIME-Version"]
    boundary = f"signed-{secrets.token_hex(16)}".encode()
    header = (
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256;\r\n'
        b' boundary="' + boundary + b'"\r\n\r\n'
    )
    # By hand: any re-serialising of the signed entity by a mail library could change a byte of it.
    fence = b"\r\n--" + boundary
    return header + fence[2:] + b"\r\n" + entity + fence + b"\r\n" + part.as_bytes() + fence + b"--\r\n"


def encrypt(entity: bytes, message: EmailMessage, recipients: list[x509.Certificate]) -> bytes:
    """`entity` encrypted to all recipients, under the mail headers of `message`: the bytes that travel."""
    builder = PKCS7EnvelopeBuilder().set_data(entity).set_content_encryption_algorithm(AES256)
    for certificate in recipients:
        builder = builder.add_recipient(certificate)
    sealed = EmailMessage(policy=policy.SMTP)
    for name, value in message.items():
        if not name.lower().startswith("content-") and name.lower() != "mime-version":
            sealed[name] = value
    sealed.set_content(
        builder.encrypt(Encoding.DER, [PKCS7Options.Binary]),
        maintype="application",
        subtype="pkcs7-mime",
        filename="smime.p7m",
        params={"smime-type": "enveloped-data", "name": "smime.p7m"},
    )
    return sealed.as_bytes(policy=ONE_LINE_HEADERS)
