"""Sendings: what left, what arrived, what came back, what perhaps left; and what a person decides about it.

A letter that perhaps left is never sent again by itself: somebody asks the addressee, then says here that it arrived,
or sends the same message again under the same Message-ID, so that a mailbox that has it already can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from dictation.domain.exchange import Dispatch, OutboxState, Receipt
from dictation.domain.people import Author
from dictation.domain.postal import SETTLEABLE
from dictation.domain.progress import Dictation, State
from dictation.errors import DictationError, NotAllowed
from dictation.web.desk import author_of
from dictation.web.pages import notice, page, refused
from dictation.web.parts import parts
from dictation.web.people import READERS, SECRETARY, person, readable, roles
from dictation.web.worklist import late_by, sentence_of

_S = State
SHOWN = 100
GROUPS = (  # key, title, states, settled by post
    ("uncertain", "Peut-être envoyées", (_S.UNCERTAIN,), False),
    ("returned", "Revenues ou refusées", (_S.RETURNED,), False),
    ("leaving", "En partance", (_S.APPROVED, _S.TYPESET, _S.SENDING), False),
    ("sent", "Envoyées, accusé attendu", (_S.SENT,), False),
    ("settled", "Réglées par courrier", tuple(SETTLEABLE), True),
    ("delivered", "Remises et classées", (_S.DELIVERED, _S.ARCHIVED), False),
)
CARRIERS = {"smime": "messagerie chiffrée (S/MIME)", "mssante": "MSSanté", "folder": "impression, courrier postal"}
DISPATCH_STATES = {
    OutboxState.READY: "en attente",
    OutboxState.INFLIGHT: "en cours",
    OutboxState.SENT: "acceptée par la messagerie",
    OutboxState.UNCERTAIN: "issue inconnue",
    OutboxState.FAILED: "refusée",
}


@dataclass(frozen=True, slots=True)
class Sending:
    """One letter of the list, with the last word of its carrier."""

    dictation: Dictation
    author: Author | None
    dispatch: Dispatch | None
    receipt: Receipt | None
    sentence: str
    late_by: timedelta | None  # past its service's limit


@require_safe
@roles(*READERS)
def sendings(request: HttpRequest) -> HttpResponse:
    scope, ledger = person(request).scope, parts().ledger
    groups, totals = [], {}
    counts = {settled: ledger.counts(author=scope, settled=settled) for settled in (True, False)}
    for key, title, states, settled in GROUPS:
        found = ledger.list(set(states), author=scope, settled=settled, limit=SHOWN)
        groups.append((key, title, [_sending(dictation) for dictation in found]))
        totals[key] = sum(counts[settled].get(state, 0) for state in states)
    silent = parts().replies.without_news(parts().silent_days, authors=scope)
    waiting = len(parts().replies.waiting(authors=scope)) if person(request).role == SECRETARY else 0
    if silent:
        groups.insert(2, ("silent", "Sans nouvelles", [_sending(dictation) for dictation in silent[:SHOWN]]))
        totals["silent"] = len(silent)
    context: dict[str, Any] = {
        "groups": groups,
        "totals": totals,
        "carriers": CARRIERS,
        "states": DISPATCH_STATES,
        "waiting": waiting,
    }
    return page(request, "sendings/page.html", **context)


def _sending(dictation: Dictation) -> Sending:
    ledger = parts().ledger
    dispatches, receipts = ledger.dispatches(dictation.id), ledger.receipts(dictation.id)
    return Sending(
        dictation,
        author_of(dictation),
        dispatches[-1] if dispatches else None,
        receipts[-1] if receipts else None,
        sentence_of(dictation),
        late_by(dictation),
    )


@require_POST
@roles(*READERS)
def decide(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """POST /envois/<id>: « arrived » or « resend », with a reason; the journal says who decided."""
    readable(request, dictation_id)
    decision, reason = request.POST.get("decision"), request.POST.get("reason", "").strip()
    try:
        if not reason:
            raise NotAllowed(f"dictation {dictation_id}: a reason is needed", code="E_REASON_MISSING")
        actor = person(request).account
        if decision == "arrived":
            parts().confirm_sent(dictation_id, actor)
            notice(request, "Noté\u00a0: la lettre est bien partie.")
        elif decision == "resend":
            parts().resend(dictation_id, actor)
            notice(request, "Le même message va être envoyé de nouveau.")
        else:
            return HttpResponse(status=400)
        action = "arrival-confirmed" if decision == "arrived" else "resend-decided"
        parts().ledger.record(action, actor=actor, dictation_id=dictation_id, details={"note": reason})
    except DictationError as error:
        return refused(request, error)
    return redirect("sendings")
