"""Worklist: every dictation this person may see, by what it waits for, urgent ones first, and where each one stands.

Reads the ledger. The list renews itself every few seconds by asking for the same rows again; without scripts it is a
page like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from dictation import proofread
from dictation.domain.documents import Priority
from dictation.domain.journal import JournalEntry
from dictation.domain.people import Author
from dictation.domain.progress import MOVES, Dictation, State
from dictation.errors import SENTENCES, DictationError, NotAllowed
from dictation.web import french
from dictation.web.pages import notice, page, refused
from dictation.web.parts import parts
from dictation.web.people import ADMINISTRATOR, AUTHOR, READERS, SECRETARY, journal, names, person, readable, roles

ROWS = 100  # per page: more is not read, it is searched


@dataclass(frozen=True, slots=True)
class Tab:
    """One list a person works through. `key` is its address, `label` its name on the page."""

    key: str
    label: str
    states: frozenset[State]
    empty: str  # what an empty list says


_S = State
TABS = (
    Tab("a-relire", "À relire", frozenset({_S.DRAFTED}), "Rien à relire\u00a0: tout est à jour."),
    Tab("questions", "Questions", frozenset({_S.HELD}), "Aucune dictée en attente d’une réponse."),
    Tab("a-signer", "À signer", frozenset({_S.PROOFREAD}), "Aucune lettre à signer."),
    Tab(
        "en-preparation",
        "En préparation",
        frozenset({_S.RECEIVED, _S.TRANSCRIBED, _S.STRUCTURED}),
        "Aucune dictée en cours de reconnaissance.",
    ),
    Tab("a-envoyer", "À envoyer", frozenset({_S.APPROVED, _S.TYPESET, _S.SENDING}), "Aucun envoi en attente."),
    Tab("envoyees", "Envoyées", frozenset({_S.SENT, _S.DELIVERED, _S.ARCHIVED}), "Aucune lettre envoyée."),
    Tab(
        "en-erreur",
        "En erreur",
        frozenset({_S.QUARANTINED, _S.STUCK, _S.RETURNED, _S.UNCERTAIN}),
        "Aucune erreur\u00a0: rien à faire ici.",
    ),
)
ALL = Tab("toutes", "Toutes", frozenset(State), "Aucune dictée.")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list, ready to be shown."""

    dictation: Dictation
    author: Author | None
    points: str  # « 3 points », "" when not being proofread
    open_points: int
    sentence: str  # why it stands still, in French; "" when it does not

    @property
    def urgent(self) -> bool:
        return self.dictation.sidecar is not None and self.dictation.sidecar.priority is Priority.URGENT


def sentence_of(dictation: Dictation) -> str:
    """Why this dictation waits for a person, and what to do."""
    if dictation.state is State.UNCERTAIN:
        return SENTENCES["E_OUTCOME_UNKNOWN"]
    if dictation.state in {State.QUARANTINED, State.STUCK, State.RETURNED, State.HELD} and dictation.error_code:
        return SENTENCES.get(dictation.error_code, SENTENCES["E_INTERNAL"])
    return ""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Everybody's first page: the list where their work is, the administrator's the health of the service."""
    who = person(request)
    if who.role == ADMINISTRATOR:
        return redirect("health")
    return redirect("worklist", tab="a-signer" if who.role == AUTHOR else "a-relire")


@require_safe
@roles(*READERS)
def worklist(request: HttpRequest, tab: str) -> HttpResponse:
    """GET /dictees/<liste>: the list, or with ?partie=1 only what changes, for the script that keeps it fresh."""
    chosen = next((one for one in (*TABS, ALL) if one.key == tab), None)
    if chosen is None:
        return redirect("home")
    scope = person(request).scope
    text = request.GET.get("q", "").strip()
    start = max(0, _number(request.GET.get("debut")))
    found = parts().ledger.list(chosen.states, author=scope, text=text, limit=ROWS + 1, offset=start)
    counts = parts().ledger.counts(author=scope)
    context: dict[str, Any] = {
        "tabs": [(one, sum(counts.get(state, 0) for state in one.states)) for one in (*TABS, ALL)],
        "chosen": chosen,
        "rows": [row(dictation) for dictation in found[:ROWS]],
        "text": text,
        "start": start,
        "previous": max(0, start - ROWS) if start else None,
        "following": start + ROWS if len(found) > ROWS else None,
    }
    template = "worklist/_list.html" if request.GET.get("partie") else "worklist/page.html"
    return page(request, template, **context)


def _number(value: str | None) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 8 else 0


def row(dictation: Dictation) -> Row:
    author = parts().author(dictation.sidecar.author) if dictation.sidecar else None
    points, waiting = "", 0
    if dictation.state in {State.DRAFTED, State.PROOFREAD} and dictation.draft_version:
        draft = parts().ledger.draft(dictation.id)
        waiting = len(proofread.open_doubts(draft, parts().ledger.ticks(dictation.id)))
        total = len(draft.doubts)
        points = french.count(total, "point", "points") if waiting in {0, total} else f"{waiting} sur {total} points"
        if not total:
            points = "aucun point"
        elif not waiting:
            points += " vérifiés" if total > 1 else " vérifié"
    return Row(dictation, author, points, waiting, sentence_of(dictation))


def may_retry(dictation: Dictation) -> bool:
    """Whether trying again makes sense: a stuck step runs again, a file in quarantine goes back to the inbox."""
    return dictation.state in {State.STUCK, State.QUARANTINED}


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
    "reply-dismissed": "Réponse classée",
    "dispatch-bounced": "Message revenu",
    "consent-granted": "Accord du patient noté",
    "consent-objected": "Opposition du patient notée",
    "hidden-changed": "Masquage modifié",
    "letter-replaced": "Version corrigée commencée",
}


@require_safe
@roles(*READERS)
def case(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """GET /dictees/<id>: the page where this dictation is worked on now, or its whole story."""
    dictation = readable(request, dictation_id)
    if not request.GET.get("histoire"):
        if dictation.state is State.DRAFTED:
            return redirect("desk", dictation_id=dictation_id)
        if dictation.state is State.PROOFREAD and person(request).role == AUTHOR:
            return redirect("signing", dictation_id=dictation_id)
    journal(request, "opened", dictation_id)
    ledger = parts().ledger
    context: dict[str, Any] = {
        "row": row(dictation),
        "draft": ledger.draft(dictation_id) if dictation.draft_version else None,
        "history": history(ledger.journal(dictation_id)),
        "dispatches": ledger.dispatches(dictation_id),
        "receipts": ledger.receipts(dictation_id),
        "may_hold": State.HELD in MOVES[dictation.state],
        "may_cancel": State.CANCELLED in MOVES[dictation.state],
        "may_resume": dictation.state is State.HELD,
        "may_retry": may_retry(dictation),
    }
    return page(request, "worklist/case.html", **context)


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


@require_POST
@roles(SECRETARY, AUTHOR, ADMINISTRATOR)
def act(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """POST /dictees/<id>/action: hold, resume, cancel (readers); retry (the administrator too)."""
    who, action, ledger = person(request), request.POST.get("action"), parts().ledger
    reason = request.POST.get("reason", "")
    try:
        if who.role == ADMINISTRATOR and action != "retry":
            raise NotAllowed("not for this role")
        dictation = ledger.get(dictation_id) if who.role == ADMINISTRATOR else readable(request, dictation_id)
        if action == "hold":
            proofread.hold(ledger, dictation_id, reason, actor=who.account)
            notice(request, "Dictée mise en attente.")
        elif action == "resume":
            proofread.resume(ledger, dictation_id, actor=who.account)
            notice(request, "Dictée reprise là où elle en était.")
        elif action == "cancel":
            proofread.cancel(ledger, dictation_id, reason, actor=who.account)
            notice(
                request, "Dictée annulée\u00a0: rien n’est effacé, elle reste consultable dans «\u00a0Toutes\u00a0»."
            )
        elif action == "retry":
            if not may_retry(dictation):
                raise NotAllowed(f"dictation {dictation_id}: nothing to try again", code="E_WRONG_STATE")
            parts().retry(dictation_id, who.account)
            notice(request, "Nouvel essai demandé.")
        else:
            return HttpResponse(status=400)
    except DictationError as error:
        return refused(request, error, 403 if who.role == ADMINISTRATOR else 409)
    return redirect("health") if who.role == ADMINISTRATOR else redirect("case", dictation_id=dictation_id)
