"""Worklist: every dictation this person may see, by what it waits for, urgent ones first, and where each one stands.

Reads the ledger. The list renews itself every few seconds by asking for the same rows again; without scripts it is a
page like any other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from dictation import overdue, proofread, relink
from dictation.addressee import CHOOSABLE
from dictation.domain.documents import Priority
from dictation.domain.people import Author
from dictation.domain.progress import MOVES, Dictation, State, Tally
from dictation.errors import SENTENCES, DictationError, NotAllowed
from dictation.web import french
from dictation.web.history import history
from dictation.web.pages import notice, page, records, refused
from dictation.web.parts import parts
from dictation.web.people import (
    ADMINISTRATOR,
    AUTHOR,
    READERS,
    SECRETARY,
    journal,
    names,
    person,
    reach,
    readable,
    roles,
)

ROWS = 50  # per page: more is not read, it is searched
URGENT = 50  # of the latest that wait for this person, whatever the list shows: new ones are announced
MOST = 300  # per page, for whoever asks (?lignes=300)


@dataclass(frozen=True, slots=True)
class Tab:
    """One list a person works through. `key` is its address, `label` its name on the page."""

    key: str
    label: str
    states: frozenset[State]
    empty: str  # what an empty list says
    settled: bool | None = None  # False: without what was settled by post, which asks nobody for anything


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
        settled=False,
    ),
)
LATE = Tab("en-retard", "En retard", frozenset(overdue.LIMITS), "Rien en retard.")
ALL = Tab("toutes", "Toutes", frozenset(State), "Aucune dictée.")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list, ready to be shown."""

    dictation: Dictation
    author: Author | None
    points: str  # « 3 points », "" when not being proofread
    open_points: int
    sentence: str  # why it stands still, in French; "" when it does not
    late_by: timedelta | None = None  # past its service's limit for its state

    @property
    def urgent(self) -> bool:
        return self.dictation.sidecar is not None and self.dictation.sidecar.priority is Priority.URGENT


def sentence_of(dictation: Dictation) -> str:
    """Why this dictation waits for a person, and what to do."""
    if dictation.settled_at is not None:
        return ""
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


NEWEST_FIRST = {"envoyees", "toutes"}  # what is over is looked up, the rest is worked through


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a list: a service or an author, the urgent ones, words. Only what this person may see exists."""

    service: str
    author: str
    urgent: bool
    text: str
    scope: frozenset[str] | None  # RPPS numbers to look for, None for everybody's

    def query(self, **more: str) -> str:
        """The address of this list with something changed: `query(debut="100")`."""
        kept = {"service": self.service, "auteur": self.author, "urgent": "1" if self.urgent else "", "q": self.text}
        return urlencode({name: value for name, value in (kept | more).items() if value})


def filters(request: HttpRequest) -> Filters:
    service, author = (request.GET.get(name, "").strip() for name in ("service", "auteur"))
    scope = person(request).scope
    if service or author:
        known = [one for one in parts().authors if scope is None or one.rpps in scope]
        wanted = {one.rpps for one in known if one.service == service or not service}
        scope = frozenset(wanted & {author} if author else wanted)
    return Filters(service, author, bool(request.GET.get("urgent")), request.GET.get("q", "").strip(), scope)


@require_safe
@roles(*READERS)
def worklist(request: HttpRequest, tab: str) -> HttpResponse:
    """GET /dictees/<liste>: the list, or with ?partie=1 only what changes, for the script that keeps it fresh."""
    chosen = next((one for one in (*TABS, LATE, ALL) if one.key == tab), None)
    if chosen is None:
        return redirect("home")
    asked, ledger, now = filters(request), parts().ledger, parts().clock()
    limits = overdue.before(now, parts().overdue, parts().services)
    start = max(0, _number(request.GET.get("debut")))
    many = request.GET.get("lignes") == str(MOST)
    count, kept = (MOST, {"lignes": str(MOST)}) if many else (ROWS, {})
    found = ledger.page(
        chosen.states, authors=asked.scope, text=asked.text, urgent_only=asked.urgent,
        newest=tab in NEWEST_FIRST, since_before=limits if chosen is LATE else None, settled=chosen.settled,
        limit=count + 1, offset=start,
    )  # fmt: skip
    counted = [Tally(one.states, one.settled) for one in TABS]
    *numbers, late = ledger.tallies([*counted, Tally(LATE.states, since_before=tuple(limits))], authors=asked.scope)
    scope = person(request).scope
    mine = [one for one in parts().authors if scope is None or one.rpps in scope]
    locks = ledger.locks([dictation.id for dictation in found if dictation.state is State.DRAFTED])
    work = State.PROOFREAD if person(request).role == AUTHOR else State.DRAFTED
    urgent = ledger.urgent_ids({work}, authors=scope, limit=URGENT)
    context: dict[str, Any] = {
        "tabs": [*zip(TABS, numbers, strict=True)] + ([(LATE, late)] if late or chosen is LATE else []),
        "all": ALL,
        "chosen": chosen,
        "rows": [row(dictation) for dictation in found[:count]],
        "locks": locks,
        "names": reach(lock.holder for lock in locks.values()),
        "urgent": [hashlib.sha256(one.encode()).hexdigest()[:16] for one in urgent],  # to tell them apart, no more
        "asked": asked,
        "authors": sorted(mine, key=lambda one: one.last_name),
        "services": sorted({one.service for one in mine if one.service}),
        "previous": asked.query(debut=str(max(0, start - count)), **kept) if start else None,
        "following": asked.query(debut=str(start + count), **kept) if len(found) > count else None,
        "longer": asked.query(lignes=str(MOST)) if len(found) > count and not many else None,
        "most": MOST,
        "chime": ledger.preferences(person(request).account).get("chime", True),
    }
    template = "worklist/_list.html" if request.GET.get("partie") else "worklist/page.html"
    return page(request, template, **context)


@require_safe
@roles(*READERS)
def following(request: HttpRequest) -> HttpResponse:
    """The next letter this person works on that nobody else holds: « suivante »."""
    who = person(request)
    state, route = (State.PROOFREAD, "signing") if who.role == AUTHOR else (State.DRAFTED, "desk")
    first = parts().ledger.page({state}, authors=who.scope, limit=50)
    locks = parts().ledger.locks([dictation.id for dictation in first])
    free = [d for d in first if d.id not in locks or locks[d.id].holder == who.account]
    if free:
        return redirect(route, dictation_id=free[0].id)
    notice(request, "Il n’y a pas d’autre dictée à prendre.")
    return redirect("home")


def _number(value: str | None) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 8 else 0


def row(dictation: Dictation) -> Row:
    author = parts().author(dictation.sidecar.author) if dictation.sidecar else None
    points, total, waiting = "", dictation.points, dictation.points_open
    if dictation.state in {State.DRAFTED, State.PROOFREAD} and dictation.draft_version:
        points = french.count(total, "point", "points") if waiting in {0, total} else f"{waiting} sur {total} points"
        if not total:
            points = "aucun point"
        elif not waiting:
            points += " vérifiés" if total > 1 else " vérifié"
    return Row(dictation, author, points, waiting, sentence_of(dictation), late_by(dictation))


def late_by(dictation: Dictation) -> timedelta | None:
    """How long past the limit its service has for its state; None while it is not late."""
    author = parts().author(dictation.sidecar.author) if dictation.sidecar else None
    late = overdue.late(dictation, parts().clock(), parts().overdue, author.service if author else "")
    return late.by if late else None


def may_retry(dictation: Dictation) -> bool:
    """Whether trying again makes sense: a stuck step runs again, a file in quarantine goes back to the inbox."""
    return dictation.state in {State.STUCK, State.QUARANTINED}


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
    questions = ledger.questions(dictation_id)
    context: dict[str, Any] = {
        "questions": questions,
        "called": names({one.asked_by for one in questions} | {one.answered_by for one in questions}),
        "row": row(dictation),
        "draft": ledger.draft(dictation_id) if dictation.draft_version else None,
        "history": history(ledger.journal(dictation_id)),
        "dispatches": ledger.dispatches(dictation_id),
        "receipts": ledger.receipts(dictation_id),
        "may_hold": State.HELD in MOVES[dictation.state],
        "may_cancel": State.CANCELLED in MOVES[dictation.state],
        "may_resume": dictation.state is State.HELD,
        "may_retry": may_retry(dictation),
        "may_relink": relink.may_relink(dictation) and dictation.state is not State.DRAFTED,
        "may_choose": dictation.state in CHOOSABLE,
    }
    return records(page(request, "worklist/case.html", **context))


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
