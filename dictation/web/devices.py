"""Devices: an author's phones and tablets. One link enrols one device; whoever made it can revoke it.

An author prepares and revokes their own; an administrator those of everybody. The link is shown once.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from dictation.errors import DictationError
from dictation.store.accounts import Role, accounts
from dictation.web.pages import notice, page, refused
from dictation.web.parts import parts
from dictation.web.people import ADMINISTRATOR, AUTHOR, person, roles
from dictation.web.qr import svg
from dictation.web.recorder import cookie_name

COOKIE_LASTS = 400 * 24 * 3600  # seconds: the longest a browser keeps one


@require_http_methods(["GET", "POST"])
@roles(AUTHOR, ADMINISTRATOR)
def devices(request: HttpRequest) -> HttpResponse:
    """The list; POST prepares a device and shows its link, written and as a QR code, this once."""
    who = person(request)
    own = who.account if who.role == AUTHOR else ""
    link = ""
    if request.method == "POST":
        label = " ".join(request.POST.get("label", "").split())
        if not label:
            notice(request, "Donnez un nom à l’appareil, par exemple «\u00a0téléphone du bloc\u00a0».", "refused")
            return redirect("devices")
        try:
            secret = parts().devices.invite(own or request.POST.get("account", ""), label, actor=who.account)
        except DictationError as error:
            return refused(request, error)
        link = request.build_absolute_uri(reverse("enrol_device", kwargs={"link": secret}))
    authors = [] if own else [one.name for one in accounts() if one.role is Role.AUTHOR and one.active]
    context: dict[str, Any] = {
        "devices": parts().devices.list(own),
        "link": link,
        "code": svg(link) if link else "",
        "authors": authors,
    }
    return page(request, "recorder/devices.html", **context)


@require_POST
@roles(AUTHOR, ADMINISTRATOR)
def revoke(request: HttpRequest, device_id: int) -> HttpResponse:
    who = person(request)
    account = who.account if who.role == AUTHOR else ""
    if not parts().devices.revoke(device_id, actor=who.account, account=account):
        raise Http404
    notice(request, "Appareil révoqué\u00a0: il ne peut plus dicter et se videra à son prochain contact.")
    return redirect("devices")


@login_not_required
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest, link: str) -> HttpResponse:
    """GET asks, so that a preview of the link by a mail program does not use it up; POST makes this device one."""
    if request.method == "GET":
        return page(request, "recorder/enrol.html", link=link)
    try:
        token = parts().devices.enrol(link)
    except DictationError as error:
        return refused(request, error)
    answer = redirect("dictaphone")
    https = parts().settings.https
    answer.set_cookie(cookie_name(), token, COOKIE_LASTS, secure=https, httponly=True, samesite="Strict")
    return answer
