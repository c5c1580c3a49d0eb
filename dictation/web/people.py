"""People: who asks, and what they may see. Every view that names a dictation goes through `readable`.

A secretary sees the dictations of the services of her account (of all services when it names none), a surgeon their
own and those of the colleagues they may sign for, an administrator none. `Person.scope` alone says so: every query of
dictations takes it. What somebody may not see does not exist for them (404); what their role never does is refused
(403).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Concatenate

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from dictation.domain.progress import Dictation
from dictation.errors import NeedsAPerson
from dictation.proofread import Signer
from dictation.web.parts import parts

AUTHOR, SECRETARY, ADMINISTRATOR = "author", "secretary", "administrator"
READERS = (AUTHOR, SECRETARY)
ROLES = {AUTHOR: "Médecin", SECRETARY: "Secrétaire", ADMINISTRATOR: "Administrateur"}


@dataclass(frozen=True, slots=True)
class Person:
    """The account behind a request."""

    account: str
    name: str
    role: str
    rpps: str = ""
    services: tuple[str, ...] = ()  # of a secretary; empty: every service

    @property
    def role_label(self) -> str:
        return ROLES.get(self.role, "")

    @property
    def scope(self) -> frozenset[str] | None:
        """RPPS of the authors whose dictations may be seen; None means all of them."""
        if self.role == SECRETARY:
            if not self.services:
                return None
            return frozenset(author.rpps for author in parts().authors if author.service in self.services)
        if self.role == AUTHOR and self.rpps:
            return parts().substitutes(self.rpps) | {self.rpps}
        return frozenset()

    @property
    def signer(self) -> Signer:
        rpps = self.rpps if self.role == AUTHOR else ""
        return Signer(self.account, rpps, parts().substitutes(rpps) if rpps else frozenset())


def person(request: HttpRequest) -> Person:
    """The person of a signed-in request. An account without profile has no role, hence no right."""
    user: Any = request.user
    profile = getattr(user, "profile", None)
    return Person(
        account=user.get_username(),
        name=user.get_full_name() or user.get_username(),
        role=getattr(profile, "role", ""),
        rpps=getattr(profile, "rpps", "") or "",
        services=tuple(getattr(profile, "services", ())),
    )


View = Callable[Concatenate[HttpRequest, ...], HttpResponseBase]


def roles(*allowed: str) -> Callable[[View], View]:
    """Refuse (403) whoever has none of the roles; the refusal is journalled."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            who = person(request)
            if who.role not in allowed:
                journal(request, "access-refused", details={"route": _route(request)})
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return wrap


def readable(request: HttpRequest, dictation_id: str) -> Dictation:
    """The dictation, when this person may see it. Http404 otherwise, as for one that does not exist."""
    try:
        return parts().ledger.get(dictation_id, authors=person(request).scope)
    except NeedsAPerson as error:
        if _exists(dictation_id):
            journal(request, "access-refused", dictation_id, {"route": _route(request)})
        raise Http404 from error


def _exists(dictation_id: str) -> bool:
    try:
        return bool(parts().ledger.get(dictation_id))
    except NeedsAPerson:
        return False


# Parts of the program that act under their own name.
MACHINES = {
    "intake": "réception",
    "workflow": "préparation",
    "transcribe": "reconnaissance",
    "structure": "mise en forme",
    "draft": "brouillon",
    "letter": "mise en page",
    "send": "envoi",
    "archive": "archives",
}


def names(accounts: Iterable[str]) -> dict[str, str]:
    """What people call the accounts of a journal: « Hélène Roy » for roy, and the parts of the program in French."""
    wanted = set(accounts)
    found = get_user_model().objects.filter(username__in=wanted)
    people = {user.get_username(): user.get_full_name() or user.get_username() for user in found}
    return {account: people.get(account) or MACHINES.get(account, account) for account in wanted}


def reach(accounts: Iterable[str]) -> dict[str, str]:
    """The same, with how to call them: « Hélène Roy, poste 4213 », for whoever needs what they hold."""
    called = names(accounts)
    users = get_user_model().objects.filter(username__in=called).exclude(profile__extension="")
    numbers = dict(users.values_list("username", "profile__extension"))
    return {
        account: f"{name}, poste\u00a0{numbers[account]}" if numbers.get(account) else name
        for account, name in called.items()
    }


def extension_of(account: str) -> str:
    """The telephone extension of an account; "" for none."""
    found = get_user_model().objects.filter(username=account).values_list("profile__extension", flat=True).first()
    return found or ""


def journal(
    request: HttpRequest, action: str, dictation_id: str = "", details: dict[str, str | int | float] | None = None
) -> None:
    """One row of the journal for something this person saw or did."""
    parts().ledger.record(action, actor=person(request).account, dictation_id=dictation_id, details=details or {})


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.url_name or "" if match else ""
