"""Certificates: whether an addressee's or our own may be used today.

Certificate files in, certificates out, or NeedsAPerson. The library encrypts to an expired certificate, to one of a
stranger, and with a key that was made for something else, without a word: everything here is ours to check.
Error messages name the fault, never the mailbox: a GP's mailbox holds his name.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from dictation.errors import NeedsAPerson
from dictation.send.revocation import NOBODY_ASKED, Revocations

RSA_BITS = 2048  # ANSSI RGS B1: the least for use until 2030
SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class CertificateRefused(NeedsAPerson):
    """The addressee's certificate cannot be used; the reason is in the message."""

    code = "E_CERTIFICATE"


class OwnCertificateRefused(NeedsAPerson):
    """Our own certificate or key cannot be used; the reason is in the message."""

    code = "E_OWN_CERTIFICATE"


def addressee_certificate(
    folder: Path, mailbox: str, anchors: Path, now: datetime, revocations: Revocations = NOBODY_ASKED
) -> x509.Certificate:
    """The certificate to encrypt to for `mailbox`: <folder>/<mailbox>.pem, in lower case, checked now.

    The file may hold intermediate certificates after the first. `anchors`: PEM file of the authorities trusted to
    issue addressees' certificates. `mailbox` has been checked by is_mailbox: it is safe as a file name.
    """
    try:
        leaf, *intermediates = read_chain(folder / f"{mailbox.lower()}.pem")
    except (OSError, ValueError) as error:
        raise CertificateRefused("no readable certificate of this addressee") from error
    try:
        trusted = read_chain(anchors)
    except (OSError, ValueError) as error:
        raise OwnCertificateRefused("send.addressee_ca_file cannot be read") from error
    fault = (
        _date_fault(leaf, now)
        or _use_fault(leaf, ExtendedKeyUsageOID.EMAIL_PROTECTION, encipher=True)
        or _mailbox_fault(leaf, mailbox)
        or _key_fault(leaf)
        or _chain_fault(leaf, intermediates, trusted, now)
        or revocations.chain_fault([leaf, *intermediates], trusted)
    )
    if fault:
        raise CertificateRefused(f"addressee certificate {leaf.serial_number:x}: {fault}")
    return leaf


def own_identity(
    certificate: Path,
    key: Path,
    now: datetime,
    *,
    mailbox: str = "",
    revocations: Revocations = NOBODY_ASKED,
    anchors: Path | None = None,
) -> tuple[list[x509.Certificate], SigningKey]:
    """Our certificate, its chain, and its key: in date, belonging together, made for this use.

    mailbox: set for the certificate that signs mail, which must name the sender; empty for the one of the TLS client.
    anchors: PEM file where the authority that signs the lists of revoked certificates may be found.
    """
    try:
        chain = read_chain(certificate)
        secret = serialization.load_pem_private_key(key.read_bytes(), password=None)
        known = read_chain(anchors) if anchors and revocations.path else []
    except (OSError, ValueError, TypeError) as error:
        raise OwnCertificateRefused(f"{certificate.name} or {key.name} cannot be read") from error
    leaf = chain[0]
    use = ExtendedKeyUsageOID.EMAIL_PROTECTION if mailbox else ExtendedKeyUsageOID.CLIENT_AUTH
    fault = _date_fault(leaf, now) or _use_fault(leaf, use) or (_mailbox_fault(leaf, mailbox) if mailbox else "")
    if not isinstance(secret, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        fault = fault or "neither an RSA nor an EC key"
    elif secret.public_key() != leaf.public_key():
        fault = fault or "the key belongs to another certificate"
    fault = fault or revocations.chain_fault(chain, known)
    if fault:
        raise OwnCertificateRefused(f"{certificate.name}: {fault}")
    assert isinstance(secret, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return chain, secret


def signer_fault(
    leaf: x509.Certificate,
    others: list[x509.Certificate],
    mailbox: str,
    trusted: Sequence[x509.Certificate],
    now: datetime,
    revocations: Revocations = NOBODY_ASKED,
) -> str:
    """Why a signature of this certificate is not known to be of `mailbox`: date, use, mailbox, chain, revoked, or "".

    others: certificates that came with it, in any order. BadSettings when the lists of revoked ones cannot be read.
    """
    checks = (
        ("date", _date_fault(leaf, now)),
        ("use", _use_fault(leaf, ExtendedKeyUsageOID.EMAIL_PROTECTION)),
        ("mailbox", _mailbox_fault(leaf, mailbox)),
        ("chain", _chain_fault(leaf, others, trusted, now)),
        ("revoked", revocations.chain_fault([leaf, *(one for one in others if one != leaf)], trusted)),
    )
    return next((name for name, fault in checks if fault), "")


def days_left(certificate: Path, now: datetime) -> int:
    """Whole days until the first certificate of a file expires; negative when it has. For the start-up check."""
    return (read_chain(certificate)[0].not_valid_after_utc - now).days


def read_chain(path: Path) -> list[x509.Certificate]:
    """All certificates of a PEM file, leaf first. OSError or ValueError when there is none."""
    return x509.load_pem_x509_certificates(path.read_bytes())


def _date_fault(certificate: x509.Certificate, now: datetime) -> str:
    if now < certificate.not_valid_before_utc:
        return "not valid yet"
    return "expired" if now > certificate.not_valid_after_utc else ""


def _use_fault(certificate: x509.Certificate, use: x509.ObjectIdentifier, *, encipher: bool = False) -> str:
    """RFC 8550 4.4: an extended key usage, when there, must list the use. Encryption: keyUsage must say so."""
    extensions = certificate.extensions
    try:
        allowed = set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        if not allowed & {use, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}:
            return "extended key usage does not allow this"
    except x509.ExtensionNotFound:
        pass
    if not encipher:
        return ""
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return "no keyUsage"
    return "" if usage.key_encipherment else "keyUsage without keyEncipherment"


def _mailbox_fault(certificate: x509.Certificate, mailbox: str) -> str:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return "no subjectAltName"
    found = {name.casefold() for name in names.get_values_for_type(x509.RFC822Name)}
    return "" if mailbox.casefold() in found else "made for another mailbox"


def _key_fault(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return "not an RSA key"
    return "" if key.key_size >= RSA_BITS else f"RSA key of {key.key_size} bits, fewer than {RSA_BITS}"


def _chain_fault(
    leaf: x509.Certificate, intermediates: list[x509.Certificate], trusted: Sequence[x509.Certificate], now: datetime
) -> str:
    # The leaf's own extensions were checked above with the rules of mail; those of the library are for web servers.
    verifier = (
        PolicyBuilder()
        .store(Store(list(trusted)))
        .time(now)
        .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all())
        .build_client_verifier()
    )
    try:
        verifier.verify(leaf, intermediates)
    except VerificationError:
        return "not issued by an authority of send.addressee_ca_file"
    return ""
