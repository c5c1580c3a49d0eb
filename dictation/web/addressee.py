"""Addressee: looking somebody up in the national directory, for a letter without address or that came back.

GET searches and shows; nobody is ever chosen beforehand, homonyms least of all. POST takes the line a person chose.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from dictation.addressee import CHOOSABLE, choose
from dictation.domain.progress import Dictation, State
from dictation.errors import DictationError, NotAllowed
from dictation.web.pages import notice, page, refused
from dictation.web.parts import parts
from dictation.web.people import READERS, person, readable, roles

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@roles(*READERS)
def addressee(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """/dictees/<id>/destinataire"""
    dictation = readable(request, dictation_id)
    if request.method == "POST":
        return _choose(request, dictation)
    now = dictation.sidecar.addressee if dictation.sidecar else None
    name = request.GET.get("nom", f"{now.last_name} {now.first_name}".strip() if now else "").strip()[:100]
    town = request.GET.get("ville", "").strip()[:60]
    directory = parts().directory
    return page(
        request,
        "sendings/addressee.html",
        dictation=dictation,
        name=name,
        town=town,
        found=directory.search(name, town=town, limit=SHOWN) if name else [],
        shown=SHOWN,
        loaded=bool(directory.states()),
        may_choose=dictation.state in CHOOSABLE and dictation.sidecar is not None,
    )


def _choose(request: HttpRequest, dictation: Dictation) -> HttpResponse:
    key, _, fingerprint = request.POST.get("entry", "").rpartition(" ")
    try:
        entry = parts().directory.entry(key)
        if entry is None or entry.fingerprint != fingerprint:
            raise NotAllowed(f"dictation {dictation.id}: the entry has changed", code="E_ENTRY_CHANGED")
        choose(parts().ledger, dictation.id, entry, actor=person(request).account)
    except DictationError as error:
        return refused(request, error)
    if dictation.state is State.RETURNED:
        notice(request, "Adresse choisie\u00a0: dites maintenant s’il faut renvoyer la lettre.")
        return redirect("sendings")
    notice(request, "Destinataire choisi\u00a0: l’adresse sera vérifiée de nouveau à l’envoi.")
    return redirect("desk" if dictation.state is State.DRAFTED else "case", dictation_id=dictation.id)
