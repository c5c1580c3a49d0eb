"""Words: what the secretary does with a word she corrected: into the vocabulary, or in today's other letters.

Both are asked for by a person, place by place, and neither crosses a figure, a unit, a side or a negation. Rules and
brakes: dictation/learning.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from dictation import learning, proofread
from dictation.domain.desk import DeskLock
from dictation.domain.documents import Draft
from dictation.domain.progress import Dictation, State
from dictation.errors import DictationError, NotAllowed
from dictation.structure import is_drug
from dictation.web.desk import service_of
from dictation.web.french import PARIS
from dictation.web.pages import notice, page, refused
from dictation.web.parts import parts, today
from dictation.web.people import READERS, SECRETARY, journal, person, reach, readable, roles

SERVICE = "service"  # the word is for the service of the letter; else for the whole hospital
LETTERS = 300  # of the latest still to proofread that are looked at

READS = {
    True: "Le modèle de reconnaissance installé le lira avant d’écouter les prochaines dictées.",
    False: "Le modèle de reconnaissance installé ne lit pas de vocabulaire\u00a0: le mot est gardé pour un modèle "
    "entraîné à le lire.",
    None: "Aucun modèle de reconnaissance n’est installé\u00a0: le mot attendra qu’il y en ait un.",
}


@require_POST
@roles(SECRETARY)
def learn_word(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """POST /dictees/<id>/mot: what adding the selected words would mean, then (`sure`) adding them. JSON."""
    dictation = readable(request, dictation_id)
    if dictation.state is not State.DRAFTED:
        raise Http404
    word, ledger = learning.bare_word(request.POST.get("words", "")[:200]), parts().ledger
    last = ledger.draft(dictation_id)
    heard = _heard(word, ledger.draft(dictation_id, 1), last)
    patient = dictation.sidecar.patient if dictation.sidecar else None
    own = (patient.last_name, patient.first_name, patient.used_last_name, patient.used_first_name) if patient else ()
    why = learning.refusal(word, heard, own, is_drug)
    if not why and not learning.places(word, last):
        why = "Ces mots ne sont pas dans la lettre enregistrée\u00a0: choisissez des mots entiers."
    told = {"word": word, "heard": heard, "may": not why, "sentence": why or READS[parts().reads_vocabulary()]}
    if why or not request.POST.get("sure"):
        return JsonResponse(told)
    service = service_of(dictation) if request.POST.get("for") == SERVICE else ""
    return JsonResponse(told | {"may": False, "sentence": _learnt(request, word, service, dictation_id)})


def _learnt(request: HttpRequest, word: str, service: str, dictation_id: str) -> str:
    """The word is added, once, for this service or ("") for the whole hospital; what to say about it."""
    kept, said = parts().suggestions, f"«\u00a0{word}\u00a0»"
    if service and learning.by_hand(word) in kept.answered():
        return f"{said} y était déjà, pour tout l’hôpital."
    if not kept.answer(learning.by_hand(word, service), accepted=True, actor=person(request).account):
        return f"{said} y était déjà."
    parts().learn([word], service)
    journal(request, "word-added", dictation_id, {"service": service} if service else {})
    return f"{said} est ajouté au vocabulaire{f' du service {service}' if service else ''}."


def _heard(word: str, first: Draft, last: Draft) -> str:
    """What recognition had written where this word stands now; "" when it was not corrected as a whole."""
    for change in learning.changes(first, last):
        if learning.bare_word(change.after).casefold() == word.casefold():
            return learning.bare_word(change.before)
    return ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A letter of the day where a corrected form still stands."""

    dictation: Dictation
    version: int
    change: learning.Change
    places: tuple[learning.Place, ...]
    held: DeskLock | None  # by somebody else


@require_http_methods(["GET", "HEAD", "POST"])
@roles(*READERS)
def elsewhere(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """/dictees/<id>/ailleurs: this letter's corrections in today's others; POST puts one in one place."""
    dictation = readable(request, dictation_id)
    if dictation.state is not State.DRAFTED:
        raise Http404
    ledger = parts().ledger
    found, never = learning.corrections(ledger.draft(dictation_id, 1), ledger.draft(dictation_id), is_drug)
    if request.method == "POST":
        return _put(request, dictation, found)
    listed = _elsewhere(request, dictation, found)
    for one in dict.fromkeys(one.dictation.id for one in listed):
        journal(request, "passage-shown", one)
    called = reach(one.held.holder for one in listed if one.held)
    context: dict[str, Any] = {
        "dictation": dictation,
        "found": found,
        "never": never,
        "listed": listed,
        "called": called,
    }
    return page(request, "proofread/elsewhere.html", **context)


def _others(request: HttpRequest, dictation: Dictation) -> list[Dictation]:
    """Today's letters of the same service that this person may see and that are still to be proofread."""
    author = dictation.sidecar.author if dictation.sidecar else ""
    services, scope, service = parts().services, person(request).scope, service_of(dictation)
    authors = {rpps for rpps, own in services.items() if service and own == service} | {author}
    visible = authors if scope is None else authors & scope
    letters = parts().ledger.page({State.DRAFTED}, authors=visible, newest=True, limit=LETTERS)
    now = today()
    return [d for d in letters if d.id != dictation.id and d.received_at.astimezone(PARIS).date() == now]


def _elsewhere(request: HttpRequest, dictation: Dictation, found: list[learning.Change]) -> list[Elsewhere]:
    if not found:
        return []
    others, ledger, who = _others(request, dictation), parts().ledger, person(request)
    locks, out = ledger.locks([one.id for one in others]), []
    for one in others:
        draft, held = ledger.draft(one.id), locks.get(one.id)
        for change in found:
            places = tuple(learning.places(change.before, draft))
            if places:
                theirs = held if held and held.holder != who.account else None
                out.append(Elsewhere(one, draft.version, change, places, theirs))
    return out


def _put(request: HttpRequest, dictation: Dictation, found: list[learning.Change]) -> HttpResponse:
    """One correction in one place of another letter, as if it had been typed there; its points are found anew."""
    target, who, ledger = request.POST.get("letter", ""), person(request), parts().ledger
    if target not in {one.id for one in _others(request, dictation)}:
        raise Http404
    asked = tuple(request.POST.get(name, "") for name in ("before", "after"))
    change = next((one for one in found if (one.before, one.after) == asked), None)
    before = ledger.locks([target]).get(target)
    try:
        if ledger.take_lock(target, who.account).holder != who.account:
            raise NotAllowed(f"dictation {target} is held", code="E_LETTER_HELD")
        try:
            draft = ledger.draft(target)
            places = learning.places(change.before, draft) if change else []
            wanted = request.POST.get("place", "")
            place = next((one for one in places if f"{draft.version}:{one.section}:{one.start}" == wanted), None)
            if change is None or place is None or place.beside:
                raise NotAllowed(f"dictation {target}: no such place", code="E_CONFLICT")
            sections = list(draft.sections)
            own = sections[place.section]
            sections[place.section] = replace(own, text=learning.put(own.text, place, change.after))
            proofread.correct(
                ledger, target, sections, actor=who.account, expected_version=draft.version, recheck=parts().recheck
            )
        finally:
            if before is None:  # it was nobody's: mine only for that instant
                ledger.leave_lock(target, who.account)
    except DictationError as error:
        return refused(request, error)
    ledger.record("correction-repeated", actor=who.account, dictation_id=target, details={"from": dictation.id})
    notice(request, "Corrigé dans l’autre lettre, qui reste à relire.")
    return redirect("elsewhere", dictation_id=dictation.id)
