"""Learning: the page where a secretary sees what is corrected again and again, and says what is worth knowing.

Accepting adds a word to the hospital's vocabulary, which a recogniser trained with prompts reads before it listens; no
text is changed by it. Rules and brakes: dictation/learning.py.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from dictation.learning import Corrected, Suggestion, suggestions
from dictation.structure import is_drug
from dictation.web.pages import notice, page
from dictation.web.parts import parts
from dictation.web.people import SECRETARY, Person, person, roles


def _suggested(who: Person) -> list[Suggestion]:
    services = parts().services
    letters = [
        Corrected(one, first, last, services.get(author, ""))
        for one, first, last, author in parts().suggestions.corrected(authors=who.scope)
    ]
    return suggestions(letters, is_drug=is_drug, answered=parts().suggestions.answered())


@require_safe
@roles(SECRETARY)
def learning(request: HttpRequest) -> HttpResponse:
    found = _suggested(person(request))
    return page(request, "proofread/learning.html", suggestions=found, reads=parts().reads_vocabulary())


@require_POST
@roles(SECRETARY)
def answer(request: HttpRequest) -> HttpResponse:
    """POST: the key of a suggestion, and whether it is accepted. Only what is suggested now can be accepted."""
    key, accepted = request.POST.get("key", ""), request.POST.get("action") == "accept"
    chosen = next((one for one in _suggested(person(request)) if one.key == key), None)
    if chosen is None:
        notice(request, "Cette proposition n’est plus d’actualité.", "refused")
        return redirect("learning")
    parts().suggestions.answer(key, accepted=accepted, actor=person(request).account)
    if accepted:
        parts().learn([chosen.after], "")
        notice(request, f"«\u00a0{chosen.after}\u00a0» est ajouté au vocabulaire.")
    else:
        notice(request, f"«\u00a0{chosen.after}\u00a0» ne sera plus proposé.")
    return redirect("learning")
