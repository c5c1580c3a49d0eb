"""Beside: what happens around a letter at the desk: who holds it, and what its author is asked.

Questions are pinned to a passage and travel with its sound; the answer comes back to the same line.
"""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from dictation import proofread
from dictation.domain.documents import SectionKind
from dictation.domain.progress import State
from dictation.domain.spans import Span
from dictation.errors import DictationError, NotAllowed
from dictation.web import french
from dictation.web.pages import notice, refused, wants_json
from dictation.web.parts import parts
from dictation.web.people import AUTHOR, READERS, person, reach, readable, roles

LONGEST = 500  # characters of a question or an answer


@require_POST
@roles(*READERS)
def lock(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """POST /dictees/<id>/prise: keep the letter (every half minute), take it over, or leave it."""
    readable(request, dictation_id)
    who, ledger, action = person(request), parts().ledger, request.POST.get("action", "keep")
    if action == "leave":
        ledger.leave_lock(dictation_id, who.account)
        return HttpResponse(status=204)
    held = ledger.take_lock(dictation_id, who.account, by_force=action == "take")
    if not wants_json(request):
        return redirect("desk", dictation_id=dictation_id)
    now = parts().clock()
    return JsonResponse({
        "mine": held.holder == who.account,
        "who": reach([held.holder])[held.holder],
        "since": french.age(held.since, now),
        "version": ledger.get(dictation_id).draft_version,
    })  # fmt: skip


@require_POST
@roles(*READERS)
def ask(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """POST /dictees/<id>/question: ask the author about a passage; with `hold`, the letter waits for the answer."""
    dictation = readable(request, dictation_id)
    who, ledger = person(request), parts().ledger
    words = request.POST.get("words", "").strip()[:LONGEST]
    key = request.POST.get("key", "")[:200]
    try:
        if dictation.state is not State.DRAFTED:
            return refused(request, NotAllowed(f"dictation {dictation_id}", code="E_WRONG_STATE"))
        if not words:
            return refused(request, NotAllowed(f"dictation {dictation_id}", code="E_REASON_MISSING"))
        ledger.ask(
            dictation_id, words, actor=who.account, quote=request.POST.get("quote", "").strip()[:LONGEST],
            section=_section(request.POST.get("section", "")), span=_span(request), doubt_key=key,
        )  # fmt: skip
        if key and key in {doubt.key for doubt in ledger.draft(dictation_id).doubts}:
            proofread.tick(ledger, dictation_id, key, "asked", actor=who.account)
        if request.POST.get("hold"):
            proofread.hold(ledger, dictation_id, words, actor=who.account)
            notice(request, "Question posée\u00a0: la lettre attend la réponse, dans «\u00a0Questions\u00a0».")
            return redirect("worklist", tab="a-relire")
    except DictationError as error:
        return refused(request, error)
    notice(request, "Question posée\u00a0: l’auteur la verra avec la lettre.")
    return redirect(f"{reverse('desk', kwargs={'dictation_id': dictation_id})}#questions")


@require_POST
@roles(AUTHOR)
def answer(request: HttpRequest, dictation_id: str, number: int) -> HttpResponse:
    """POST: the author's answer. A held letter goes on once nothing is left unanswered; `back` returns one to sign."""
    dictation = readable(request, dictation_id)
    who, ledger = person(request), parts().ledger
    words = request.POST.get("answer", "").strip()[:LONGEST]
    try:
        if dictation.state not in {State.DRAFTED, State.HELD, State.PROOFREAD}:
            return refused(request, NotAllowed(f"dictation {dictation_id}", code="E_WRONG_STATE"))
        if not words:
            return refused(request, NotAllowed(f"dictation {dictation_id}", code="E_REASON_MISSING"))
        sound = request.POST.get("sound", "")
        sound = sound if re.fullmatch(r"[0-9a-f]{64}", sound) and parts().blobs.has(sound) else ""
        ledger.answer(dictation_id, number, words, actor=who.account, sound=sound)
        waiting = [question for question in ledger.questions(dictation_id) if not question.answer]
        if dictation.state is State.HELD and not waiting and dictation.error_code != proofread.WRONG_PATIENT:
            proofread.resume(ledger, dictation_id, actor=who.account)
            notice(request, "Réponse enregistrée\u00a0: la lettre retourne au secrétariat.")
            return redirect("home")
        if dictation.state is State.PROOFREAD and request.POST.get("back"):
            proofread.send_back(ledger, dictation_id, f"Réponse\u00a0: {words}", actor=who.account)
            notice(request, "Réponse enregistrée\u00a0: la lettre retourne au secrétariat.")
            return redirect("home")
    except DictationError as error:
        return refused(request, error)
    notice(request, "Réponse enregistrée.")
    return redirect("case", dictation_id=dictation_id)


def _section(value: str) -> SectionKind | None:
    return SectionKind(value) if value in set(SectionKind) else None


def _span(request: HttpRequest) -> Span | None:
    try:
        return Span(float(request.POST.get("start", "")), float(request.POST.get("end", "")))
    except ValueError:
        return None
