"""Accounts: what the hospital adds to Django’s users, and their devices."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Profile(models.Model):
    """What the hospital adds to an account: its role, the RPPS number of an author, the services of a secretary."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="profile")
    role = models.CharField(max_length=16)
    rpps = models.CharField(max_length=11, blank=True, default="")
    services = models.JSONField(default=list, blank=True)  # names; empty: every service
    extension = models.CharField(max_length=12, blank=True, default="")  # telephone inside the hospital

    class Meta:
        db_table = "profile"
        constraints = (
            models.CheckConstraint(condition=Q(role__in=["author", "secretary", "administrator"]), name="known_role"),
        )


class DeviceRow(models.Model):
    """A phone or tablet an author dictates on. Link and token are kept as digests: who reads the base gets neither."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="devices")
    label = models.CharField(max_length=80)
    link_sha256 = models.CharField(max_length=64, blank=True, default="", db_index=True)  # "" once it was used
    link_until = models.DateTimeField()
    token_sha256 = models.CharField(max_length=64, blank=True, default="", db_index=True)
    enrolled_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "device"
