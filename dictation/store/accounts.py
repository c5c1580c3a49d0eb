"""Accounts: who may sign in, and as what. Django's users, with a role and, for an author, an RPPS number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

from dictation.errors import NotAllowed
from dictation.store.tables import Profile
from dictation.store.transactions import reading, writing


class Role(StrEnum):
    AUTHOR = "author"
    SECRETARY = "secretary"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        return {Role.AUTHOR: "Médecin", Role.SECRETARY: "Secrétaire", Role.ADMINISTRATOR: "Administrateur"}[self]


@dataclass(frozen=True, slots=True)
class Account:
    """What a listing shows of an account."""

    name: str
    role: Role
    rpps: str
    active: bool


def accounts() -> list[Account]:
    """Every account that has a role, by name."""
    with reading():
        found = Profile.objects.select_related("user").order_by("user__username")
        return [Account(p.user.get_username(), Role(p.role), p.rpps, p.user.is_active) for p in found]


def save_account(
    name: str, password: str, role: Role, *, rpps: str = "", first_name: str = "", last_name: str = ""
) -> User:
    """Make an account, or give an existing one this password and role. An author needs an RPPS number."""
    if role is Role.AUTHOR and not rpps:
        raise NotAllowed("an author has an RPPS number", code="E_ACCOUNT")
    with writing():
        user, _ = User.objects.get_or_create(username=name)
        user.first_name, user.last_name = first_name, last_name
        user.set_password(password)
        user.save()
        Profile.objects.update_or_create(user=user, defaults={"role": role.value, "rpps": rpps})
    return user


def role_of(user: AbstractBaseUser | AnonymousUser) -> Role | None:
    """The role of a signed-in person; None for anybody else."""
    profile = Profile.objects.filter(user_id=user.pk).first() if user.is_authenticated else None
    return Role(profile.role) if profile else None


def rpps_of(user: AbstractBaseUser | AnonymousUser) -> str:
    """The RPPS number of an author's account; "" for anybody else."""
    profile = Profile.objects.filter(user_id=user.pk).first() if user.is_authenticated else None
    return profile.rpps if profile else ""
