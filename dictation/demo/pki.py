"""PKI: the certificates of a demonstration, made on the spot and good for nothing else.

A folder in, PEM files out: two authorities (mail servers; mail users), the relay's server certificate, the hospital's
TLS client and S/MIME certificates, one S/MIME certificate per GP. RSA only where S/MIME needs it: making an RSA key
takes a tenth of a second of processor time, an EC key none.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Identity:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    def write(self, folder: Path, stem: str) -> tuple[Path, Path]:
        """<stem>.pem and <stem>.key in `folder`; the key readable by its owner alone."""
        folder.mkdir(parents=True, exist_ok=True)
        certificate, key = folder / f"{stem}.pem", folder / f"{stem}.key"
        certificate.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        key.touch(mode=0o600)
        key.write_bytes(
            self.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate, key


class Authority:
    """A certificate authority that issues whatever it is asked, faulty certificates for tests included."""

    def __init__(self, name: str, *, now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        usage = _usage(key_cert_sign=True, crl_sign=True)
        builder = (
            self._builder(name, key, self.now - timedelta(days=1), self.now + 10 * YEAR)
            .issuer_name(_name(name))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
        )
        self.identity = Identity(builder.sign(key, hashes.SHA256()), key)

    def issue(
        self,
        name: str,
        *,
        uses: Sequence[x509.ObjectIdentifier],
        hosts: Sequence[str] = (),
        mailboxes: Sequence[str] = (),
        key: Key | None = None,
        encipher: bool = True,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> Identity:
        """A certificate for `uses`. key: an RSA key of 2048 bits when S/MIME is a use, else an EC key."""
        mail = ExtendedKeyUsageOID.EMAIL_PROTECTION in uses
        if key is None:
            key = rsa.generate_private_key(65537, 2048) if mail else ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [_host(host) for host in hosts]
        names += [x509.RFC822Name(mailbox) for mailbox in mailboxes]
        issuer = self.identity.certificate
        builder = (
            self._builder(name, key, not_before or self.now - timedelta(days=1), not_after or self.now + YEAR)
            .issuer_name(issuer.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True, key_encipherment=mail and encipher), critical=True)
            .add_extension(x509.ExtendedKeyUsage(list(uses)), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.identity.key.public_key()), critical=False
            )
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return Identity(builder.sign(self.identity.key, hashes.SHA256()), key)

    def cross_sign(self, other: Authority) -> Identity:
        """A certificate that makes `other` an intermediate authority of this one."""
        known = other.identity.certificate
        builder = (
            x509.CertificateBuilder()
            .subject_name(known.subject)
            .issuer_name(self.identity.certificate.subject)
            .public_key(known.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(known.not_valid_before_utc)
            .not_valid_after(known.not_valid_after_utc)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.identity.key.public_key()), critical=False
            )
        )
        for extension in known.extensions:
            builder = builder.add_extension(extension.value, extension.critical)
        return Identity(builder.sign(self.identity.key, hashes.SHA256()), other.identity.key)

    @staticmethod
    def _builder(name: str, key: Key, not_before: datetime, not_after: datetime) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(not_before)
            .not_valid_after(not_after)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )


@dataclass(frozen=True)
class Pki:
    """Where the files of a demonstration lie, named after the settings that take them."""

    ca_file: Path
    server_certificate: Path
    server_key: Path
    client_certificate: Path
    client_key: Path
    addressee_ca_file: Path
    signing_certificate: Path
    signing_key: Path
    addressee_certificates: Path  # folder of <mailbox>.pem
    addressee_keys: Path  # folder of <mailbox>.key: the GPs' side
    servers: Authority  # who issued the relay's and the TLS client's certificates
    people: Authority  # who issued the S/MIME certificates


def make_pki(folder: Path, *, sender: str, mailboxes: Sequence[str], now: datetime | None = None) -> Pki:
    """Everything one hospital and its GPs need to write to each other over a relay on localhost."""
    servers = Authority("Autorité de démonstration : serveurs", now=now)
    people = Authority("Autorité de démonstration : messageries", now=now)
    ca_file, _ = servers.identity.write(folder, "ca-serveurs")
    addressee_ca_file, _ = people.identity.write(folder, "ca-messageries")
    server = servers.issue("localhost", uses=[ExtendedKeyUsageOID.SERVER_AUTH], hosts=["localhost", "127.0.0.1"])
    client = servers.issue("hopital", uses=[ExtendedKeyUsageOID.CLIENT_AUTH])
    signing = people.issue("hopital", uses=[ExtendedKeyUsageOID.EMAIL_PROTECTION], mailboxes=[sender])
    addressees, keys = folder / "destinataires", folder / "cles-des-destinataires"
    for mailbox in mailboxes:
        identity = people.issue("medecin", uses=[ExtendedKeyUsageOID.EMAIL_PROTECTION], mailboxes=[mailbox])
        certificate, _ = identity.write(keys, mailbox.lower())
        addressees.mkdir(parents=True, exist_ok=True)
        (addressees / certificate.name).write_bytes(certificate.read_bytes())
    return Pki(
        ca_file,
        *server.write(folder, "serveur"),
        *client.write(folder, "client"),
        addressee_ca_file,
        *signing.write(folder, "signature"),
        addressees,
        keys,
        servers,
        people,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(**true: bool) -> x509.KeyUsage:
    every = {
        "digital_signature": False,
        "content_commitment": False,
        "key_encipherment": False,
        "data_encipherment": False,
        "key_agreement": False,
        "key_cert_sign": False,
        "crl_sign": False,
        "encipher_only": False,
        "decipher_only": False,
    }
    return x509.KeyUsage(**(every | true))
