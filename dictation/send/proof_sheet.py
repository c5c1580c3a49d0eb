"""Proof sheet: a Proof in the words of the paper, in French and in the time of Paris.

A Proof and the names of signatories in, ProofSheet out. Touches nothing. Nothing of it depends on when it is asked for:
the same events make the same sheet, whoever looked at the case in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from dictation.domain.exchange import Dispatch, OutboxState
from dictation.domain.journal import JournalEntry
from dictation.domain.proof import ProofSheet, ProofTable
from dictation.errors import NotAllowed
from dictation.send.proof import Proof

PARIS = ZoneInfo("Europe/Paris")
WORDS = 160  # characters of a server's answer or of a reason: the journal holds the whole
STATES = {
    OutboxState.SENT: "acceptée",
    OutboxState.FAILED: "refusée ou revenue",
    OutboxState.UNCERTAIN: "issue inconnue",
    OutboxState.READY: "pas encore partie",
    OutboxState.INFLIGHT: "en cours",
}
WAYS = {"smime": "S/MIME", "mssante": "MSSanté", "folder": "impression"}
# What people decided; what servers said stands in the other tables.
DECIDED = {
    "arrival-confirmed": "Réception confirmée par une personne",
    "resend-decided": "Nouvel envoi du même message décidé",
    "printed-for-post": "Imprimée pour La Poste",
    "settled-by-post": "Réglée par courrier",
    "settlement-withdrawn": "Règlement par courrier retiré",
    "consent-granted": "Accord du patient noté",
    "consent-objected": "Opposition du patient notée",
    "hidden-changed": "Masquage modifié",
    "letter-replaced": "Version corrigée commencée",
    "reply-attached": "Réponse rattachée",
}


def sheet(proof: Proof, signers: Mapping[str, str]) -> ProofSheet:
    """signers: RPPS -> name as printed. NotAllowed (E_NOT_SIGNED) when the journal tells nothing of a signature."""
    dictation, sidecar = proof.dictation, proof.dictation.sidecar
    if not proof.events:
        raise NotAllowed(f"dictation {dictation.id}: nothing in the journal to prove", code="E_NOT_SIGNED")
    last = proof.events[-1]
    return ProofSheet(
        reference=f"{dictation.id}-{dictation.letter_version}",
        lines=tuple(_about(proof)) if sidecar else (),
        tables=(_signed(proof, signers), _sent(proof), _receipts(proof), _decisions(proof)),
        foot=f"Arrêtée à la ligne {last.serial} du journal, {moment(last.at)}, empreinte {last.hash}",
    )


def moment(at: datetime) -> str:
    """« 25/11/2026 10:30:00 (+0100) »: to the second, with what it is off from UTC."""
    return f"{at.astimezone(PARIS):%d/%m/%Y %H:%M:%S (%z)}"


def _about(proof: Proof) -> list[str]:
    sidecar = proof.dictation.sidecar
    assert sidecar is not None
    lines = []
    if patient := sidecar.patient:
        born = f"{patient.sex.born} le {patient.birth_date:%d/%m/%Y}"
        number = f", IPP {patient.hospital_number}" if patient.hospital_number else ""
        lines.append(f"Patient\u00a0: {patient.last_name.upper()} {patient.first_name}, {born}{number}")
    if who := sidecar.addressee:
        name = " ".join(part for part in (who.title, who.first_name, who.last_name.upper()) if part)
        lines.append(f"Destinataire\u00a0: {name}{f', RPPS {who.rpps}' if who.rpps else ''}")
    if kind := sidecar.letter_type:
        lines.append(f"Document\u00a0: {kind.label}")
    return lines


def _signed(proof: Proof, signers: Mapping[str, str]) -> ProofTable:
    rows = tuple(
        (
            str(one.letter_version),
            f"{name}, RPPS {one.signatory}" if (name := signers.get(one.signatory)) else one.signatory,
            moment(one.signed_at),
            one.pdf_sha256,
        )
        for one in proof.signed
    )
    heads = ("Version", "Signée par", "Le", "Empreinte SHA-256 du PDF")
    return ProofTable("Qui a signé quoi", heads, rows, "", frozenset({3}))


def _sent(proof: Proof) -> ProofTable:
    rows = tuple(
        (
            str(row.letter_version),
            f"{row.mailbox or 'papier'}, par {WAYS.get(row.carrier, row.carrier)}",
            _outcome(row, proof.events),
            row.message_id,
            row.message_sha256,
        )
        for row in proof.dispatches
    )
    heads = ("Version", "À", "Réponse du serveur", "Numéro de message", "Empreinte SHA-256 du message")
    return ProofTable("Ce qui est parti", heads, rows, "Rien n’est parti.", frozenset({3, 4}))


def _outcome(row: Dispatch, events: tuple[JournalEntry, ...]) -> str:
    """How it ended, when, and in whose words: the journal's line about this dispatch in this state."""
    action = f"dispatch-{row.state.value}"
    told = [e for e in events if e.details.get("dispatch") == row.id and e.action in {action, "dispatch-bounced"}]
    if not told:
        return STATES[row.state]
    words = str(told[-1].details.get("words", ""))
    return f"{STATES[row.state]} le {moment(told[-1].at)}" + (f"\u00a0: {_short(words)}" if words else "")


def _receipts(proof: Proof) -> ProofTable:
    found = [(one.at, one.kind.label, one.words) for one in proof.receipts]
    found += [(one.at, "Message reçu en retour", f"SHA-256 {one.message_sha256}") for one in proof.replies]
    rows = tuple((moment(at), label, _short(words)) for at, label, words in sorted(found))
    return ProofTable("Accusés et retours", ("Le", "Quoi", "En ces termes"), rows, "Aucun.", frozenset({2}))


def _decisions(proof: Proof) -> ProofTable:
    rows = tuple(
        (moment(event.at), event.actor, DECIDED[event.action], _short(str(event.details.get("note", ""))))
        for event in proof.events
        if event.action in DECIDED
    )
    return ProofTable("Décisions", ("Le", "Qui", "Quoi", "Motif"), rows, "Aucune.")


def _short(words: str) -> str:
    return words if len(words) <= WORDS else words[: WORDS - 1] + "…"
