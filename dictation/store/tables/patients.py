"""Patients: who they are, when they are expected, and what they said about being written about."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dictation.store.tables.dictations import DictationRow


class PatientRow(models.Model):
    """What the hospital's administration last said of a patient. Letters keep their own copy of an identity."""

    hospital_number = models.CharField(primary_key=True, max_length=100)  # IPP
    patient = models.TextField()
    search = models.TextField(blank=True, default="")
    merged_into = models.CharField(max_length=100, blank=True, default="")
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "patient"


class VisitRow(models.Model):
    """One patient expected on one day."""

    number = models.CharField(primary_key=True, max_length=200)
    hospital_number = models.CharField(max_length=100, db_index=True)
    on = models.DateField(db_index=True)
    until = models.DateField(db_index=True, null=True)  # discharged; null: not yet, or not told
    author = models.CharField(max_length=11, blank=True, default="")
    service = models.CharField(max_length=100, blank=True, default="")
    cancelled = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "visit"


class ConsentRow(models.Model):
    """One thing a patient said about being written about. Never changed: the last word on a scope counts."""

    ins = models.CharField(max_length=15, blank=True, default="", db_index=True)
    hospital_number = models.CharField(max_length=100, blank=True, default="", db_index=True)
    rpps = models.CharField(max_length=11, blank=True, default="")  # of the addressee; with both others empty: anybody
    mailbox = models.CharField(max_length=320, blank=True, default="")
    addressee_name = models.CharField(max_length=210, blank=True, default="")  # folded
    letter_type = models.CharField(max_length=16, blank=True, default="")  # empty: any
    verdict = models.CharField(max_length=16)
    actor = models.CharField(max_length=150)
    note = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        db_table = "consent"
        constraints = (
            models.CheckConstraint(condition=~Q(ins="") | ~Q(hospital_number=""), name="consent_of_somebody"),
            models.CheckConstraint(condition=Q(verdict__in=["granted", "objected"]), name="known_verdict"),
        )


class HiddenRow(models.Model):
    """From whom one document is hidden."""

    dictation = models.OneToOneField(DictationRow, models.PROTECT, primary_key=True, related_name="hidden")
    from_patient = models.BooleanField(default=False)
    from_professionals = models.BooleanField(default=False)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        db_table = "hidden"
