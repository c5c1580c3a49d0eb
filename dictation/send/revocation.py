"""Revocation: which certificates their authority has withdrawn, as the lists the hospital installs say.

A file, or a folder of *.crl (PEM or DER), in; a fault of a certificate, or what is wrong with the lists, out. Without
network: another program of the hospital fetches the lists. A list past its date still counts: what it withdrew stays
withdrawn (RFC 5280 6.3; the last one known is kept), and `dictation check` says that a newer one is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from dictation.errors import BadSettings

_BEGIN = b"-----BEGIN X509 CRL-----"
_END = b"-----END X509 CRL-----"


@dataclass(frozen=True)
class Revocations:
    """The lists of one installation; read anew each time, because they are replaced while the service runs."""

    path: Path | None = None  # None: nobody is asked

    def fault(self, certificate: x509.Certificate, issuers: Sequence[x509.Certificate]) -> str:
        """Why this certificate may no longer be used, "" when no list withdraws it.

        issuers: certificates among which its authority is, to check who signed the list. A list whose authority is not
        among them can withdraw a certificate but vouches for none. Raises BadSettings for a list that is not what it
        says: unreadable, or signed by somebody else than the authority it names.
        """
        for listed in self.lists():
            if listed.issuer != certificate.issuer:
                continue
            _check_signature(listed, issuers)
            found = listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
            if found is not None:
                return f"revoked on {found.revocation_date_utc:%Y-%m-%d}"
        return ""

    def chain_fault(self, chain: Sequence[x509.Certificate], anchors: Iterable[x509.Certificate] = ()) -> str:
        """The first fault of a certificate or of one of the authorities between it and the anchors."""
        issuers = [*chain[1:], *anchors]
        return next((fault for one in chain if (fault := self.fault(one, issuers))), "")

    def stale(self, now: datetime) -> list[tuple[str, datetime]]:
        """(authority, when the next list was due) of each list past its date, unless a newer one replaces it."""
        latest: dict[str, datetime] = {}
        for listed in self.lists():
            due = listed.next_update_utc or listed.last_update_utc  # RFC 5280 demands nextUpdate
            name = listed.issuer.rfc4514_string()
            latest[name] = max(due, latest.get(name, due))
        return [(name, due) for name, due in sorted(latest.items()) if due < now]

    def without_list(self, authorities: Iterable[x509.Certificate]) -> list[str]:
        """Authorities of which no list is installed: what they withdrew, nobody here knows."""
        listed = {one.issuer for one in self.lists()}
        return [one.subject.rfc4514_string() for one in authorities if one.subject not in listed]

    def lists(self) -> list[x509.CertificateRevocationList]:
        """Every list of the file or folder. BadSettings when one cannot be read, or when there is none."""
        if self.path is None:
            return []
        try:
            found = [one for file in _files(self.path) for one in _lists_of(file.read_bytes())]
        except (OSError, ValueError) as error:
            raise BadSettings(f"send.revocations = {self.path}: not readable lists of revoked certificates") from error
        if not found:
            raise BadSettings(f"send.revocations = {self.path}: no list of revoked certificates in it")
        return found


NOBODY_ASKED = Revocations()


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.is_file() and file.suffix.lower() == ".crl")


def _lists_of(content: bytes) -> list[x509.CertificateRevocationList]:
    """One list in DER, or as many as there are in PEM."""
    if _BEGIN not in content:
        return [x509.load_der_x509_crl(content)]
    blocks = content.split(_END)[:-1]
    return [x509.load_pem_x509_crl(block[block.index(_BEGIN) :] + _END + b"\n") for block in blocks]


def _check_signature(listed: x509.CertificateRevocationList, issuers: Sequence[x509.Certificate]) -> None:
    named = [one for one in issuers if one.subject == listed.issuer]
    if named and not any(listed.is_signature_valid(one.public_key()) for one in named):  # type: ignore[arg-type]
        raise BadSettings("send.revocations: a list was not signed by the authority it names")
