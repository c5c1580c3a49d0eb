"""Follow-up: what became of one letter, what its patient said, and what a person does about it.

GET shows; POST writes down a consent, a masking, a correction, a print for the post and that it was posted, or
releases what an objection had kept. The replies that no program could match are a list of their own, for the
secretaries: they may be about anybody.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from dictation.domain.consent import scope_of
from dictation.domain.exchange import Consent, OutboxState
from dictation.domain.postal import SETTLEABLE
from dictation.domain.progress import Dictation, State
from dictation.errors import DictationError, NotAllowed
from dictation.send.postal import COVER
from dictation.send.proof import prove
from dictation.send.proof_sheet import WAYS
from dictation.web.desk import author_of
from dictation.web.history import ACTIONS, MOVED
from dictation.web.pages import notice, page, refused
from dictation.web.parts import parts
from dictation.web.people import READERS, SECRETARY, journal, person, readable, roles
from dictation.web.worklist import late_by

CORRECTABLE = {State.SENT, State.DELIVERED, State.RETURNED}


@require_safe
@roles(*READERS)
def followup(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """GET /envois/<id>/suivi"""
    dictation = readable(request, dictation_id)
    journal(request, "opened", dictation_id)
    ledger, given = parts().ledger, parts()
    context: dict[str, Any] = {
        "dictation": dictation,
        "author": author_of(dictation),
        "late_by": late_by(dictation),
        "receipts": ledger.receipts(dictation_id),
        "replies": given.replies.of(dictation_id),
        "words": ledger.consents(dictation_id),
        "grounds": ledger.grounds(dictation),
        "replaced": given.corrections.of(dictation_id),
        "correctable": dictation.state in CORRECTABLE,
        "kept": dictation.state is State.ARCHIVED and dictation.error_code in {"E_OBJECTION", "E_HIDDEN"},
        "printable": given.post_room.is_due(dictation),
        "prints": (prints := given.post_room.prints(dictation)),
        "settleable": bool(prints) and dictation.state in SETTLEABLE and dictation.settled_at is None,
        "granted": Consent.GRANTED,
    }
    return page(request, "sendings/followup.html", **context)


@require_POST
@roles(*READERS)
def decide(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """POST /envois/<id>/suivi/decision"""
    dictation = readable(request, dictation_id)
    act = _ACTS.get(request.POST.get("decision", ""))
    if act is None:
        return HttpResponse(status=400)
    try:
        notice(request, act(request, dictation, person(request).account))
    except DictationError as error:
        return refused(request, error)
    return redirect("followup", dictation_id=dictation_id)


def _say(verdict: Consent) -> Any:
    def say(request: HttpRequest, dictation: Dictation, actor: str) -> str:
        note = _reason(request, dictation)
        to, kind = request.POST.get("to"), request.POST.get("kind")
        scope = scope_of(dictation, anybody=to != "this", any_kind=kind != "this")
        parts().ledger.say_consent(dictation.id, verdict, scope, actor=actor, note=note)
        return "Opposition notée." if verdict is Consent.OBJECTED else "Accord noté."

    return say


def _hide(request: HttpRequest, dictation: Dictation, actor: str) -> str:
    chosen = {name: request.POST.get(name) == "yes" for name in ("from_patient", "from_professionals")}
    parts().ledger.hide(dictation.id, **chosen, actor=actor)
    return "Masquage enregistré."


def _correct(request: HttpRequest, dictation: Dictation, actor: str) -> str:
    parts().corrections.begin(dictation.id, actor=actor, reason=_reason(request, dictation))
    return "Une version corrigée est commencée\u00a0: elle est de nouveau à relire et à signer."


def _release(request: HttpRequest, dictation: Dictation, actor: str) -> str:
    parts().ledger.release(dictation.id, actor=actor)
    return "La lettre va partir."


def _print(request: HttpRequest, dictation: Dictation, actor: str) -> str:
    again = request.POST.get("reason", "").strip()[:300]
    folder = parts().post_room.print(dictation.id, actor=actor, again=again)
    return f"Prête pour La Poste\u00a0: page de garde et lettre sont dans le dossier d’impression {folder.name}."


def _settle(request: HttpRequest, dictation: Dictation, actor: str) -> str:
    parts().post_room.settle(dictation.id, actor=actor, note=request.POST.get("reason", "").strip()[:300])
    return "Réglée par courrier\u00a0: plus rien n’est attendu du destinataire."


def _reopen(request: HttpRequest, dictation: Dictation, actor: str) -> str:
    parts().post_room.reopen(dictation.id, actor=actor, note=_reason(request, dictation))
    return "La lettre attend de nouveau."


_ACTS = {
    "object": _say(Consent.OBJECTED),
    "grant": _say(Consent.GRANTED),
    "hide": _hide,
    "correct": _correct,
    "release": _release,
    "print": _print,
    "settle": _settle,
    "reopen": _reopen,
}


def _reason(request: HttpRequest, dictation: Dictation) -> str:
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise NotAllowed(f"dictation {dictation.id}: a reason is needed", code="E_REASON_MISSING")
    return reason[:300]


@require_safe
@roles(*READERS)
def proof(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """GET /envois/<id>/preuve: one page to print or to keep."""
    readable(request, dictation_id)
    given = parts()
    try:
        shown = prove(
            dictation_id,
            given.ledger,
            replaced=given.corrections.of(dictation_id),
            replies=given.replies.of(dictation_id),
            now=given.clock(),
        )
    except DictationError as error:
        return refused(request, error)
    journal(request, "proof-shown", dictation_id)
    states = {OutboxState.SENT: "acceptée", OutboxState.FAILED: "refusée ou revenue"}
    signers = {author.rpps: f"{author.first_name} {author.last_name}" for author in given.authors}
    context: dict[str, Any] = {"proof": shown, "states": states, "signers": signers}
    context |= {"ways": WAYS, "actions": MOVED | ACTIONS}
    return page(request, "sendings/proof.html", **context)


@require_safe
@roles(*READERS)
def proof_pdf(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """GET /envois/<id>/preuve.pdf: the same on one sheet, to give away."""
    readable(request, dictation_id)
    try:
        content = parts().proof_pdf(dictation_id)
    except DictationError as error:
        return refused(request, error)
    journal(request, "proof-exported", dictation_id)
    headers = {"Content-Disposition": f'inline; filename="preuve-{dictation_id}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_safe
@roles(*READERS)
def cover(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """GET /envois/<id>/page-de-garde.pdf, once the letter was printed for La Poste."""
    dictation = readable(request, dictation_id)
    try:
        content = (parts().post_room.laid(dictation) / COVER).read_bytes()
    except OSError as error:
        raise Http404 from error
    headers = {"Content-Disposition": f'inline; filename="page-de-garde-{dictation_id}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_safe
@roles(SECRETARY)
def replies(request: HttpRequest) -> HttpResponse:
    """GET /envois/reponses: what no program could match. Whose that is, nobody knows: only who sees all reads it."""
    return page(request, "sendings/replies.html", replies=parts().replies.waiting(authors=person(request).scope))


@require_POST
@roles(SECRETARY)
def settle(request: HttpRequest, reply_id: str) -> HttpResponse:
    """POST /envois/reponses/<id>: « attach » to a dictation, or « dismiss » with a reason."""
    actor, scope, decision = person(request).account, person(request).scope, request.POST.get("decision")
    try:
        if decision == "attach":
            found = parts().ledger.find(request.POST.get("dictation", "").strip(), authors=scope)
            parts().replies.attach(reply_id, found.id, actor=actor, authors=scope)
            notice(request, "Réponse rattachée.")
        elif decision == "dismiss":
            reason = request.POST.get("reason", "").strip()
            if not reason:
                raise NotAllowed(f"reply {reply_id}: a reason is needed", code="E_REASON_MISSING")
            parts().replies.dismiss(reply_id, actor=actor, note=reason[:300], authors=scope)
            notice(request, "Réponse classée.")
        else:
            return HttpResponse(status=400)
    except DictationError as error:
        return refused(request, error)
    return redirect("replies")
