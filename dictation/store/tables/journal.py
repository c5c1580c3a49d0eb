"""Journal: its lines, and the last of them once more."""

from __future__ import annotations

from django.db import models


class JournalRow(models.Model):
    """One line of the journal. A trigger refuses updates and deletions; the chain shows the rest."""

    serial = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    dictation_id = models.CharField(max_length=12, blank=True, db_index=True)
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=60)
    details = models.TextField()  # JSON
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "journal"
        indexes = (models.Index(fields=["action", "at"], name="journal_of_action"),)


class JournalHead(models.Model):
    """The last line of the journal, once more: the lock of its writers, and what shows a tail cut off."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    serial = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "journal_head"
