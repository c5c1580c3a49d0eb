"""Accounts: signing in and out, the idle lock, and the administrator's list of people.

Accounts are Django users with a profile (role, RPPS, services). Passwords are hashed by Argon2; after five wrong ones
an account and an address wait five minutes (CNIL, délibération 2022-100: throttling). A page left alone locks itself:
polling does not count as presence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import authenticate, get_user_model, login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dictation.errors import SENTENCES, DictationError, NotAllowed
from dictation.store.accounts import EXTENSION, Role, save_account, set_extension, set_services
from dictation.web.pages import notice, page, wants_json
from dictation.web.parts import parts
from dictation.web.people import ADMINISTRATOR, AUTHOR, ROLES, SECRETARY, journal, person, roles

ATTEMPTS = 5  # wrong passwords before an account waits
WAIT_SECONDS = 300
RENEWAL = timedelta(seconds=30)  # presence is written down at most this often: each time costs a write
ABSOLUTE = timedelta(hours=12)  # a working day: then sign in again, however busy
SEEN, SINCE = "seen_at", "signed_in_at"
WRONG = "Identifiant ou mot de passe incorrect."
TOO_MANY = "Trop d’essais\u202f: attendez cinq minutes avant de recommencer."


class IdleLock:
    """Middleware: ends a session left alone for WebSettings.idle_minutes, or older than 12 hours.

    Our own modules get 401 instead of a redirection: the page stays as it is and asks for the password over it.
    Requests with X-Polling renew nothing: a screen nobody looks at still locks.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now = parts().clock()
            if _expired(request, now):
                logout(request)
            elif (
                not request.headers.get("X-Polling")
                and request.path != reverse("events")
                and now - _seen(request) >= RENEWAL
            ):
                request.session[SEEN] = now.isoformat()
        unlocking = request.method == "POST" and request.path == reverse("unlock")
        on_a_device = request.path.startswith(reverse("dictaphone"))  # recorder.py asks who it is by itself
        if not request.user.is_authenticated and wants_json(request) and not unlocking and not on_a_device:
            return JsonResponse({"code": "E_SIGNED_OUT"}, status=401)
        return self.get_response(request)


def _expired(request: HttpRequest, now: datetime) -> bool:
    since = request.session.get(SINCE)
    if not since or SEEN not in request.session:
        return True
    idle = timedelta(minutes=parts().settings.idle_minutes)
    return now - _seen(request) > idle or now - datetime.fromisoformat(since) > ABSOLUTE


def _seen(request: HttpRequest) -> datetime:
    return datetime.fromisoformat(request.session[SEEN])


def _start_session(request: HttpRequest, user: Any) -> None:
    request.session.clear_expired()
    login(request, user)
    now = parts().clock().isoformat()
    request.session[SEEN] = request.session[SINCE] = now
    parts().ledger.record("signed-in", actor=user.get_username())


@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    target = request.POST.get("next") or request.GET.get("next") or reverse("home")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse("home")
    if request.user.is_authenticated and request.method == "GET":
        return redirect(target)
    error = ""
    if request.method == "POST":
        user, error = check_password(request, request.POST.get("account", ""), request.POST.get("password", ""))
        if user is not None:
            _start_session(request, user)
            return redirect(target)
    context = {"error": error, "next": target, "account": request.POST.get("account", "")}
    return page(request, "account/sign_in.html", status=403 if error else 200, **context)


@login_not_required
@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest) -> HttpResponse:
    """GET: is this page still signed in? POST: sign in again from the lock over it; JSON with the new CSRF token."""
    if request.method == "GET":
        return HttpResponse(status=204 if request.user.is_authenticated else 401)
    user, error = check_password(request, request.POST.get("account", ""), request.POST.get("password", ""))
    if user is None:
        return JsonResponse({"sentence": error}, status=403)
    _start_session(request, user)
    return JsonResponse({"csrf": get_token(request)})


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        journal(request, "signed-out")
    logout(request)
    return redirect("sign_in")


def check_password(request: HttpRequest, account: str, password: str) -> tuple[Any | None, str]:
    """(user, "") when the password is right, else (None, a French sentence). Counts and throttles wrong ones."""
    keys = [f"wrong-password:{kind}:{_cache_safe(value)}" for kind, value in _who_tries(request, account)]
    if any(cache.get(key, 0) >= ATTEMPTS for key in keys):
        return None, TOO_MANY
    user = authenticate(request, username=account, password=password)
    if user is not None:
        cache.delete(keys[0])
        return user, ""
    for key in keys:
        cache.add(key, 0, WAIT_SECONDS)
        cache.incr(key)
    parts().ledger.record("sign-in-failed", actor="-")
    return None, WRONG


def _who_tries(request: HttpRequest, account: str) -> list[tuple[str, str]]:
    return [("account", account.casefold()), ("both", f"{account.casefold()}@{request.META.get('REMOTE_ADDR', '')}")]


def _cache_safe(value: str) -> str:
    return value.encode().hex()[:200]


@require_safe
@roles(ADMINISTRATOR)
def accounts(request: HttpRequest) -> HttpResponse:
    return _accounts(request)


def _accounts(
    request: HttpRequest, values: dict[str, str] | None = None, errors: Sequence[str] = (), status: int = 200
) -> HttpResponse:
    context = {
        "users": get_user_model().objects.select_related("profile").order_by("username"),
        "roles": ROLES,
        "services": _services(),
        "chosen": request.POST.getlist("service"),
        "values": values or {},
        "errors": errors,
    }
    return page(request, "account/list.html", status=status, **context)


def _services() -> list[str]:
    """What a secretary may be limited to: the services of the authors."""
    return sorted({author.service for author in parts().authors if author.service})


@require_POST
@roles(ADMINISTRATOR)
def create(request: HttpRequest) -> HttpResponse:
    """A new account: name, role, RPPS for a doctor, services of a secretary, first password."""
    model = get_user_model()
    names = ("account", "first_name", "last_name", "role", "rpps", "extension")
    values = {name: request.POST.get(name, "").strip() for name in names}
    password = request.POST.get("password", "")
    user = model(username=values["account"], first_name=values["first_name"], last_name=values["last_name"])
    errors = _complaints(values) + _password_complaints(password, user)
    if not errors and model.objects.filter(username__iexact=values["account"]).exists():
        errors.append("Cet identifiant existe déjà.")
    services = _posted_services(request) if values["role"] == SECRETARY else []
    if services is None:
        errors.append(SENTENCES["E_UNKNOWN_SERVICE"])
    if errors:
        return _accounts(request, values, errors, status=400)
    save_account(
        values["account"],
        password,
        Role(values["role"]),
        rpps=values["rpps"] if values["role"] == AUTHOR else "",
        first_name=values["first_name"],
        last_name=values["last_name"],
        services=services or (),
        at=parts().clock(),
        actor=person(request).account,
        extension=values["extension"],
    )
    notice(request, f"Compte {values['account']} créé.")
    return redirect("accounts")


@require_POST
@roles(ADMINISTRATOR)
def change(request: HttpRequest, user_id: int) -> HttpResponse:
    """Close, reopen, give a new password, a telephone extension, or the services a secretary works for."""
    user = get_object_or_404(get_user_model(), pk=user_id)
    action = request.POST.get("action")
    if action == "close" and user.pk == request.user.pk:
        notice(request, "Vous ne pouvez pas fermer votre propre compte.", "refused")
        return redirect("accounts")
    if action in {"close", "reopen"}:
        user.is_active = action == "reopen"
        user.save(update_fields=["is_active"])
        notice(request, f"Compte {user.get_username()} {'rouvert' if user.is_active else 'fermé'}.")
    elif action == "password":
        complaints = _password_complaints(request.POST.get("password", ""), user)
        if complaints:
            notice(request, " ".join(complaints), "refused")
            return redirect("accounts")
        user.set_password(request.POST["password"])  # ends this account's other sessions
        user.save(update_fields=["password"])
        notice(request, f"Nouveau mot de passe enregistré pour {user.get_username()}.")
    elif action == "extension":
        return _change_extension(request, user.get_username())
    elif action == "services":
        return _change_services(request, user.get_username())
    else:
        return HttpResponse(status=400)
    journal(request, f"account-{action}", details={"account": user.get_username()})
    return redirect("accounts")


def _change_services(request: HttpRequest, account: str) -> HttpResponse:
    services = _posted_services(request)
    try:
        if services is None:
            raise NotAllowed(f"account {account}: not a service of this hospital", code="E_UNKNOWN_SERVICE")
        set_services(account, services, at=parts().clock(), actor=person(request).account)
    except DictationError as error:
        notice(request, error.sentence, "refused")
        return redirect("accounts")
    words = ", ".join(services) or "tous les services"
    notice(request, f"Le compte {account} voit désormais\u00a0: {words}.")
    return redirect("accounts")


def _change_extension(request: HttpRequest, account: str) -> HttpResponse:
    number = request.POST.get("extension", "")
    try:
        set_extension(account, number, at=parts().clock(), actor=person(request).account)
    except DictationError as error:
        notice(request, error.sentence, "refused")
        return redirect("accounts")
    notice(request, f"Poste du compte {account}\u00a0: {number.strip() or 'aucun'}.")
    return redirect("accounts")


def _posted_services(request: HttpRequest) -> list[str] | None:
    """The services that were ticked; None when one of them is not the hospital's."""
    chosen = request.POST.getlist("service")
    return chosen if set(chosen) <= set(_services()) else None


def _complaints(values: dict[str, str]) -> list[str]:
    errors = []
    if not re.fullmatch(r"[\w.@+-]{2,60}", values["account"]):
        errors.append("Identifiant\u00a0: de 2 à 60 lettres, chiffres, points ou tirets, sans espace.")
    if not values["last_name"]:
        errors.append("Indiquez le nom.")
    if values["role"] not in ROLES:
        errors.append("Choisissez un rôle.")
    if values["role"] == AUTHOR and not re.fullmatch(r"\d{11}", values["rpps"]):
        errors.append("Un médecin a un numéro RPPS de 11 chiffres.")
    if not EXTENSION.fullmatch(values["extension"]):
        errors.append(SENTENCES["E_EXTENSION"])
    return errors


def _password_complaints(password: str, user: Any = None) -> list[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return list(error.messages)
    return []


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was too old, or not ours."""
    if wants_json(request):
        return JsonResponse({"code": "E_FORM_EXPIRED"}, status=403)
    sentence = (
        "Cette page était restée ouverte trop longtemps\u202f: revenez en arrière, rechargez-la, puis recommencez."
    )
    return page(request, "refused.html", status=403, sentence=sentence)
