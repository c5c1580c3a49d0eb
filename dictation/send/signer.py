"""Signer: whether a signature under a reply is that of the person it comes from, said in French.

A signer's certificates, the mailbox the reply comes from and our anchors in; one line for the reader out. Nothing is
refused for it: a reply without a signature is read too. What must not happen is a signature that looks like a proof and
is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from dictation.errors import BadSettings
from dictation.send.certificates import read_chain, signer_fault
from dictation.send.revocation import NOBODY_ASKED, Revocations

VERIFIED = "signature vérifiée\u00a0: {}"
UNVERIFIED = "signature non vérifiée\u00a0: {}"
NO_ANCHORS = "aucune autorité n’est réglée pour la vérifier"
NO_LISTS = "les listes de certificats révoqués ne sont pas lisibles"
NOT_ONE = "un seul signataire est attendu"
FAULTS = {
    "date": "le certificat est périmé, ou pas encore valable",
    "use": "le certificat n’est pas fait pour le courrier",
    "mailbox": "le certificat est celui d’une autre adresse que l’expéditeur",
    "chain": "le certificat ne vient pas d’une autorité connue de l’hôpital",
    "revoked": "le certificat a été révoqué",
}


@dataclass(frozen=True)
class Judge:
    """Whom we believe. Without anchors nobody, and it is said."""

    clock: Callable[[], datetime]
    anchors: Path | None = None  # PEM file of the authorities of the addressees' certificates
    revocations: Revocations = NOBODY_ASKED

    def judge(self, signers: list[x509.Certificate], others: list[x509.Certificate], mailbox: str) -> str:
        """One line. signers: who signed; others: every certificate that came along; mailbox: whom the reply is from."""
        if self.anchors is None:
            return UNVERIFIED.format(NO_ANCHORS)
        if len(signers) != 1:
            return UNVERIFIED.format(NOT_ONE)
        [signer] = signers
        try:
            trusted = read_chain(self.anchors)
        except (OSError, ValueError):
            return UNVERIFIED.format(NO_ANCHORS)
        try:
            fault = signer_fault(signer, others, mailbox, trusted, self.clock(), self.revocations)
        except BadSettings:
            return UNVERIFIED.format(NO_LISTS)
        return UNVERIFIED.format(FAULTS[fault]) if fault else VERIFIED.format(mailbox.lower())


NOBODY_BELIEVED = Judge(lambda: datetime.now(UTC))
