"""Accounts: who may sign in, as what, and for which services.

Django's users, with a role; an author has an RPPS number, a secretary may be given the services whose letters she sees.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

from dictation.errors import NeedsAPerson, NotAllowed
from dictation.store import journal
from dictation.store.tables import Profile
from dictation.store.transactions import reading, writing


class Role(StrEnum):
    AUTHOR = "author"
    SECRETARY = "secretary"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        return {Role.AUTHOR: "Médecin", Role.SECRETARY: "Secrétaire", Role.ADMINISTRATOR: "Administrateur"}[self]


EXTENSION = re.compile(r"[0-9][0-9 ]{0,11}|")  # of a telephone inside the hospital; nothing: none


@dataclass(frozen=True, slots=True)
class Account:
    """What a listing shows of an account."""

    name: str
    role: Role
    rpps: str
    active: bool
    services: tuple[str, ...] = ()  # of a secretary; empty: every service
    extension: str = ""  # telephone inside the hospital


def accounts() -> list[Account]:
    """Every account that has a role, by name."""
    with reading():
        found = Profile.objects.select_related("user").order_by("user__username")
        return [
            Account(p.user.get_username(), Role(p.role), p.rpps, p.user.is_active, tuple(p.services), p.extension)
            for p in found
        ]


def save_account(
    name: str,
    password: str,
    role: Role,
    *,
    rpps: str = "",
    first_name: str = "",
    last_name: str = "",
    services: Collection[str] | None = None,
    at: datetime,
    actor: str,
    extension: str | None = None,
) -> User:
    """Make an account, or give an existing one this password and role. Journalled.

    services: whose letters a secretary sees, () for all of them; None: as before, all of them for a new account.
    extension: telephone inside the hospital, "" for none; None: as before.

    NotAllowed for an extension that is no number, for an author without RPPS number, and for services of anybody but a
    secretary: an author sees the letters they may sign, an administrator none.
    """
    if role is Role.AUTHOR and not rpps:
        raise NotAllowed("an author has an RPPS number", code="E_ACCOUNT")
    _check_services(role, services or ())
    with writing():
        user, made = User.objects.get_or_create(username=name)
        user.first_name, user.last_name = first_name, last_name
        user.set_password(password)
        user.save()
        columns: dict[str, Any] = {"role": role.value, "rpps": rpps}
        if services is not None or role is not Role.SECRETARY:
            columns["services"] = sorted(set(services or ()))
        if extension is not None:
            columns["extension"] = _number(extension)
        profile, _ = Profile.objects.update_or_create(user=user, defaults=columns)
        details = {"account": name, "role": role.value}
        if profile.services:
            details["services"] = ", ".join(profile.services)
        journal.append(at, actor, "account-created" if made else "account-replaced", details=details)
    return user


def set_services(name: str, services: Collection[str], *, at: datetime, actor: str) -> None:
    """From now on this secretary sees the letters of these services; none: of all of them. Journalled.

    NeedsAPerson for an account that is not there, NotAllowed for one that is no secretary's.
    """
    with writing():
        profile = Profile.objects.select_for_update(of=("self",)).filter(user__username=name).first()
        if profile is None:
            raise NeedsAPerson(f"no account {name}", code="E_UNKNOWN_ACCOUNT")
        _check_services(Role(profile.role), services)
        profile.services = sorted(set(services))
        profile.save(update_fields=["services"])
        journal.append(
            at, actor, "account-services", details={"account": name, "services": ", ".join(profile.services)}
        )


def set_extension(name: str, extension: str, *, at: datetime, actor: str) -> None:
    """The telephone extension of this account, "" for none. Journalled, without the number.

    NeedsAPerson for an account that is not there, NotAllowed for what is no number.
    """
    number = _number(extension)
    with writing():
        if Profile.objects.filter(user__username=name).update(extension=number) != 1:
            raise NeedsAPerson(f"no account {name}", code="E_UNKNOWN_ACCOUNT")
        journal.append(at, actor, "account-extension", details={"account": name})


def _number(extension: str) -> str:
    number = " ".join(extension.split())
    if not EXTENSION.fullmatch(number):
        raise NotAllowed("an extension is a number of at most 12 characters", code="E_EXTENSION")
    return number


def _check_services(role: Role, services: Collection[str]) -> None:
    if services and role is not Role.SECRETARY:
        raise NotAllowed(f"a {role} is given no services", code="E_ACCOUNT_SERVICES")


def role_of(user: AbstractBaseUser | AnonymousUser) -> Role | None:
    """The role of a signed-in person; None for anybody else."""
    profile = Profile.objects.filter(user_id=user.pk).first() if user.is_authenticated else None
    return Role(profile.role) if profile else None


def rpps_of(user: AbstractBaseUser | AnonymousUser) -> str:
    """The RPPS number of an author's account; "" for anybody else."""
    profile = Profile.objects.filter(user_id=user.pk).first() if user.is_authenticated else None
    return profile.rpps if profile else ""
