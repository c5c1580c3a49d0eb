"""History: the journal of one dictation as a person reads it, in French."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dictation import proofread
from dictation.domain.journal import JournalEntry
from dictation.domain.progress import State
from dictation.web.people import names

_S = State


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a dictation's history, in French."""

    at: datetime
    who: str
    words: str
    reason: str = ""


MOVED: dict[str, str] = {  # a move is journalled under the state it leads to
    _S.RECEIVED: "Enregistrement reçu",
    _S.TRANSCRIBED: "Parole reconnue",
    _S.STRUCTURED: "Texte mis en rubriques",
    _S.DRAFTED: "Brouillon prêt à relire",
    _S.PROOFREAD: "Relue, transmise à la signature",
    _S.APPROVED: "Signée",
    _S.TYPESET: "PDF vérifié, prêt à partir",
    _S.SENDING: "Envoi commencé",
    _S.SENT: "Envoyée",
    _S.DELIVERED: "Remise au destinataire",
    _S.ARCHIVED: "Classée",
    _S.QUARANTINED: "Mise en quarantaine",
    _S.HELD: "Mise en attente",
    _S.STUCK: "Arrêtée par une erreur",
    _S.UNCERTAIN: "Peut-être envoyée",
    _S.RETURNED: "Revenue ou refusée",
    _S.CANCELLED: "Annulée",
}
ACTIONS = {
    "recognised": "Reconnaissance terminée",
    "opened": "Dictée ouverte",
    "listened": "Enregistrement écouté",
    "previewed": "Aperçu de la lettre ouvert",
    proofread.PROOF_MADE: "Lettre mise en page pour signature",
    "proof-seen": "Lettre ouverte pour signature",
    "revisions-seen": "Versions du texte consultées",
    "desk-taken-over": "Relecture reprise à une autre personne",
    "question-asked": "Question posée à l’auteur",
    "question-answered": "Réponse de l’auteur",
    "identity-compared": "Identité comparée à la voix",
    "exported": "Chiffres exportés",
    "letter-seen": "Lettre consultée",
    "draft-saved": "Texte enregistré",
    "doubt-ticked": "Point vérifié",
    "sidecar-changed": "Fiche corrigée",
    "postponed": "Nouvel essai programmé",
    "resend-decided": "Nouvel envoi décidé",
    "arrival-confirmed": "Réception confirmée par une personne",
    "bundle-written": "Archive écrite",
    "access-refused": "Accès refusé",
    "refused": "Fichier refusé",
    "dispatch-opened": "Envoi préparé",
    "dispatch-inflight": "Envoi en cours",
    "dispatch-sent": "Message accepté par la messagerie",
    "dispatch-uncertain": "Issue de l’envoi inconnue",
    "dispatch-failed": "Envoi refusé par la messagerie",
    "dispatch-ready": "Envoi remis en attente",
    "dispatch-requeued": "Nouvel envoi décidé (même message)",
    "receipt-accepted": "Accusé d’acceptation",
    "receipt-delivered": "Accusé de remise",
    "receipt-read": "Accusé de lecture",
    "receipt-returned": "Avis de non-remise",
    "receipt-delayed": "Remise retardée",
    "receipt-integrated": "Classée par le logiciel du destinataire",
    "receipt-not_integrated": "Non classée par le logiciel du destinataire",
    "receipt-absent": "Réponse automatique d’absence",
    "receipt-answered": "Réponse du destinataire",
    "reply-matched": "Message reçu en retour",
    "reply-attached": "Réponse rattachée",
    "printed-for-post": "Imprimée pour La Poste",
    "settled-by-post": "Réglée par courrier",
    "settlement-withdrawn": "Règlement par courrier retiré",
    "reply-dismissed": "Réponse classée",
    "dispatch-bounced": "Message revenu",
    "consent-granted": "Accord du patient noté",
    "consent-objected": "Opposition du patient notée",
    "proof-shown": "Preuve d’envoi consultée",
    "proof-exported": "Preuve d’envoi exportée",
    "addressee-chosen": "Destinataire choisi dans l’annuaire",
    "hidden-changed": "Masquage modifié",
    "dispatch-unsealed": "Message abandonné avant tout envoi, préparé de nouveau",
    proofread.RELINKED: "Reliée à un autre patient",
    "word-added": "Mot ajouté au vocabulaire",
    "passage-shown": "Passage montré pour une correction du jour",
    "correction-repeated": "Correction reprise d’une autre lettre du jour",
    "letter-replaced": "Version corrigée commencée",
}


def history(entries: Sequence[JournalEntry]) -> list[Step]:
    """The journal of one dictation as a person reads it, latest first; a thing done over and over is said once."""
    called = names(entry.actor for entry in entries)
    out: list[Step] = []
    for entry in reversed(entries):
        line = step(entry, called[entry.actor])
        if not out or (out[-1].who, out[-1].words, out[-1].reason) != (line.who, line.words, line.reason):
            out.append(line)
    return out


def step(entry: JournalEntry, who: str) -> Step:
    words = MOVED.get(entry.action) or ACTIONS.get(entry.action, entry.action)
    if (entry.details.get("before"), entry.action) == (State.PROOFREAD.value, State.DRAFTED.value):
        words = "Renvoyée au secrétariat"
    return Step(entry.at, who, words, str(entry.details.get("note", "") or entry.details.get("words", "")))
