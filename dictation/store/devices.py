"""Devices: phones and tablets, invited by a link that works once, known by a token, revoked at any time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from dictation.domain.devices import Device
from dictation.errors import NotAllowed
from dictation.store import journal
from dictation.store.tables import DeviceRow
from dictation.store.transactions import reading, writing

LINK_LASTS = timedelta(hours=24)
SEEN_EVERY = timedelta(minutes=5)  # a write each piece of two seconds would be one too many


class Devices:
    """The devices of every author."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock

    def invite(self, account: str, label: str, *, actor: str) -> str:
        """A new device of this account; the secret of its link, said once. NotAllowed (E_DEVICE): not an author."""
        link, now = secrets.token_urlsafe(24), self.clock()
        with writing():
            user = User.objects.filter(username=account, is_active=True, profile__role="author").first()
            if user is None:
                raise NotAllowed("devices belong to authors", code="E_DEVICE")
            row = DeviceRow.objects.create(
                user=user, label=label[:80], link_sha256=_digest(link), link_until=now + LINK_LASTS
            )
            journal.append(now, actor, "device-invited", "", {"device": row.pk, "account": account})
        return link

    def enrol(self, link: str) -> str:
        """Use a link up: the token of the device. NotAllowed (E_DEVICE_LINK): unknown, used, or too old."""
        token, now = secrets.token_urlsafe(32), self.clock()
        with writing():
            row = (
                DeviceRow.objects.filter(link_sha256=_digest(link), revoked_at=None)
                .select_related("user__profile")
                .first()
            )
            if row is None or row.link_until < now or not row.user.is_active:
                raise NotAllowed("no such link", code="E_DEVICE_LINK")
            row.link_sha256, row.token_sha256, row.enrolled_at, row.seen_at = "", _digest(token), now, now
            row.save()
            journal.append(now, row.user.get_username(), "device-enrolled", "", {"device": row.pk})
        return token

    def find(self, token: str) -> Device | None:
        """The device of a token, one of a closed account as a revoked one; None when there never was one."""
        now = self.clock()
        with reading():
            row = DeviceRow.objects.filter(token_sha256=_digest(token)).select_related("user__profile").first()
        if row is None:
            return None
        if row.revoked_at is None and (row.seen_at is None or now - row.seen_at >= SEEN_EVERY):
            with writing():
                DeviceRow.objects.filter(pk=row.pk).update(seen_at=now)
        device = _device(row)
        return device if row.user.is_active or device.revoked_at else _device(row, revoked_at=now)

    def list(self, account: str = "") -> list[Device]:
        """Every device, or those of one account, the newest first."""
        with reading():
            rows = DeviceRow.objects.select_related("user__profile").order_by("-pk")
            return [_device(row) for row in (rows.filter(user__username=account) if account else rows)]

    def revoke(self, device: int, *, actor: str, account: str = "") -> bool:
        """Revoke one; of this account only, when one is given. False when there is no such device."""
        now = self.clock()
        with writing():
            rows = DeviceRow.objects.filter(pk=device, revoked_at=None)
            if account:
                rows = rows.filter(user__username=account)
            if not rows.update(revoked_at=now, link_sha256=""):
                return False
            journal.append(now, actor, "device-revoked", "", {"device": device})
        return True


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _device(row: DeviceRow, revoked_at: datetime | None = None) -> Device:
    return Device(
        row.pk,
        row.user.get_username(),
        row.user.profile.rpps,
        row.label,
        row.enrolled_at,
        row.seen_at,
        revoked_at or row.revoked_at,
    )
