"""Recorder: the dictaphone page and the door its pieces of sound come through.

An author dictates signed in, or on an enrolled phone without a password; a phone can do nothing else. The page works
without the network: what is said lies encrypted in the browser until the hospital has it (recorder.js, outbox.js).
Rules of the pieces: dictation/dictaphone.py.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from dictation.dictaphone import Stretch
from dictation.domain.documents import LetterType
from dictation.domain.people import Patient
from dictation.errors import SENTENCES, DictationError
from dictation.intake.sidecar import check
from dictation.web.assets import FOLDER, address
from dictation.web.pages import page, records
from dictation.web.parts import parts, today
from dictation.web.people import AUTHOR, person

COOKIE = "dictaphone"
LATEST_SIDECAR = 100_000  # bytes of the last call


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who dictates: an author signed in, or the device of one."""

    account: str
    rpps: str
    device: int | None


def cookie_name() -> str:
    return f"__Host-{COOKIE}" if parts().settings.https else COOKIE


def speaker_of(request: HttpRequest) -> Speaker | str:
    """The speaker of a request, or the code of why there is none."""
    token = request.COOKIES.get(cookie_name(), "")
    device = parts().devices.find(token) if token else None
    if device is not None and device.revoked_at is None:
        return Speaker(device.account, device.author, device.id)
    if request.user.is_authenticated:
        who = person(request)
        return Speaker(who.account, who.rpps, None) if who.role == AUTHOR else "E_NOT_ALLOWED"
    return "E_DEVICE_REVOKED" if token else "E_SIGNED_OUT"


View = Callable[..., HttpResponseBase]
STATUS = {"E_DEVICE_REVOKED": 410, "E_SIGNED_OUT": 401, "E_NOT_ALLOWED": 403}


def spoken_by(view: View) -> View:
    """Give a view its speaker; 401, 403, or 410 for a device that was revoked, which then empties itself."""

    @login_not_required
    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        who = speaker_of(request)
        return _refused(who) if isinstance(who, str) else view(request, who, *args, **kwargs)

    return checked


def _refused(code: str, status: int = 0) -> JsonResponse:
    sentence = SENTENCES.get(code, SENTENCES["E_NOT_ALLOWED"])
    return JsonResponse({"code": code, "sentence": sentence}, status=status or STATUS.get(code, 409))


@login_not_required
@require_safe
def dictaphone(request: HttpRequest) -> HttpResponse:
    """The page. A revoked device gets it too: only its own script can empty it."""
    who = speaker_of(request)
    if who == "E_SIGNED_OUT":
        return redirect(f"{reverse('sign_in')}?next={reverse('dictaphone')}")
    if who == "E_NOT_ALLOWED":
        return page(request, "refused.html", status=403, sentence="Le dictaphone est réservé aux médecins.")
    kinds = [(kind.value, kind.label) for kind in LetterType]
    name, rpps = "", ""
    if isinstance(who, Speaker):
        author, rpps = parts().author(who.rpps), who.rpps
        name = f"Docteur {author.first_name} {author.last_name}" if author else who.account
    return records(page(request, "recorder/page.html", kinds=kinds, speaker=name, author=rpps))


@require_safe
@spoken_by
def expected(request: HttpRequest, who: Speaker) -> JsonResponse:
    """The patients of the day of this author, as the sidecar writes them; who that is, and the token of the moment."""
    found = [_plain(patient) for patient in parts().expected(today(), who.rpps)]
    told = {"patients": found, "day": today().isoformat(), "author": who.rpps, "csrf": get_token(request)}
    return JsonResponse(told)


def _plain(patient: Patient) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "last_name": patient.last_name,
        "first_name": patient.first_name,
        "birth_date": patient.birth_date.isoformat(),
        "sex": patient.sex.value,
    }
    if patient.hospital_number:
        plain["hospital_number"] = patient.hospital_number
    if patient.ins:
        plain["ins"] = {"value": patient.ins.value, "oid": patient.ins.oid}
    for name in ("given_names", "birth_place", "used_last_name", "used_first_name"):
        if value := getattr(patient, name):
            plain[name] = value
    return plain


@require_http_methods(["GET", "PUT"])
@spoken_by
def piece(request: HttpRequest, who: Speaker, take: str, number: int) -> HttpResponseBase:
    """PUT: keep two seconds of sound, as often as it comes. GET: give them back, to listen again after a reload."""
    try:
        if request.method == "PUT":
            parts().dictaphone.keep(take, number, request.body, author=who.rpps)
            return HttpResponse(status=204)
        sound = parts().dictaphone.piece(take, number, author=who.rpps)
    except DictationError as error:
        return _refused(error.code, 507 if error.code == "E_DISK_FULL" else 409)
    if sound is None:
        return HttpResponse(status=404)
    return HttpResponse(sound, content_type="application/octet-stream")


@require_http_methods(["GET", "POST", "DELETE"])
@spoken_by
def take(request: HttpRequest, who: Speaker, take: str) -> HttpResponseBase:
    """GET: which pieces have come. POST: that was all, lay it in the inbox. DELETE: thrown away by its author."""
    try:
        if request.method == "GET":
            return JsonResponse({"pieces": parts().dictaphone.pieces(take, author=who.rpps)})
        if request.method == "DELETE":
            parts().dictaphone.forget(take, author=who.rpps)
            _journal(who, "dictaphone-thrown-away")
            return HttpResponse(status=204)
        stretches, about = _posted(request)
        sidecar = _sidecar(about, who)
        if problems := check(sidecar):
            return JsonResponse({"code": "E_SIDECAR_INVALID", "problems": problems}, status=422)
        name = parts().dictaphone.end(take, stretches, sidecar, author=who.rpps)
    except DictationError as error:
        return _refused(error.code)
    except (ValueError, KeyError, TypeError):
        return HttpResponse(status=400)
    _journal(who, "dictaphone-received")
    return JsonResponse({"name": name})


def _journal(who: Speaker, action: str) -> None:
    details: dict[str, str | int | float] = {"device": who.device} if who.device else {}
    parts().ledger.record(action, actor=who.account, details=details)


def _posted(request: HttpRequest) -> tuple[list[Stretch], dict[str, Any]]:
    """ValueError, KeyError or TypeError when it is not what the page sends."""
    if len(request.body) > LATEST_SIDECAR * 10:
        raise ValueError("too long")
    told = json.loads(request.body)
    stretches = [Stretch(int(n), int(first), int(last)) for n, first, last in told["stretches"]]
    return stretches, dict(told["about"])


def _sidecar(about: dict[str, Any], who: Speaker) -> dict[str, Any]:
    """The sidecar of docs/inbox-contract.md: what the page says of the patient and the letter, and who speaks."""
    sidecar: dict[str, Any] = {
        "version": 1,
        "author": who.rpps,
        "priority": "urgent" if about.get("urgent") else "normal",
        "visit_date": str(about.get("day") or today().isoformat()),
    }
    if about.get("letter_type"):
        sidecar["letter_type"] = about["letter_type"]
    if about.get("patient"):
        sidecar["patient"] = {key: value for key, value in dict(about["patient"]).items() if value}
    return sidecar


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to put the page among its applications."""
    start = reverse("dictaphone")
    icon = {"src": address("icon.svg"), "sizes": "any", "type": "image/svg+xml"}
    return JsonResponse(
        {
            "name": "Dictaphone", "short_name": "Dictaphone", "lang": "fr", "start_url": start, "scope": start,
            "display": "standalone", "background_color": "#f6f4ef", "theme_color": "#f6f4ef", "icons": [icon],
        }
    )  # fmt: skip


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The module that answers without the network; it may look after the pages of the dictaphone alone."""
    source = (FOLDER / "js" / "recorder-service.js").read_bytes()
    return HttpResponse(source, content_type="text/javascript; charset=utf-8")
