"""My account: what the hospital knows of the person who looks, and what they may say themselves: their telephone.

Role, services and passwords are the administrator's (accounts.py).
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from dictation.errors import DictationError
from dictation.store.accounts import set_extension
from dictation.web.pages import notice, page
from dictation.web.parts import parts
from dictation.web.people import READERS, ROLES, extension_of, person, roles


@require_http_methods(["GET", "HEAD", "POST"])
@roles(*ROLES)
def account(request: HttpRequest) -> HttpResponse:
    """/compte; POST: the telephone extension of the person who asks, nobody else's. Journalled, without the number."""
    who, error = person(request), ""
    number = request.POST.get("extension", "")
    if request.method == "POST":
        try:
            set_extension(who.account, number, at=parts().clock(), actor=who.account)
        except DictationError as refusal:
            error = refusal.sentence
        else:
            notice(request, f"Votre poste\u00a0: {' '.join(number.split()) or 'aucun'}.")
            return redirect("account")
    shown = number if error else extension_of(who.account)
    context = {"extension": shown, "error": error, "reads": who.role in READERS}
    return page(request, "account/mine.html", status=400 if error else 200, **context)
