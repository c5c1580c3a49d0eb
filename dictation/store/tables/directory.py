"""Directory: the national extractions, and the mailboxes that are in them no more."""

from __future__ import annotations

from django.db import models


class DirectoryImportRow(models.Model):
    """One national extraction taken in. The newest complete one of a source is the directory of today."""

    source = models.CharField(max_length=16)
    extracted_at = models.DateTimeField()
    imported_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    complete = models.BooleanField(default=False)
    lines = models.PositiveIntegerField(default=0)
    unread = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "directory_import"


class DirectoryRow(models.Model):
    """One line of an extraction: a mailbox, or a practitioner at one place."""

    generation = models.BigIntegerField()  # DirectoryImportRow.id
    entry_key = models.CharField(max_length=420)  # what makes it the same entry in the next extraction
    fingerprint = models.CharField(max_length=16)
    mailbox = models.CharField(max_length=320)  # lower case; empty for a practitioner without one
    kind = models.CharField(max_length=8)  # PER, ORG, CAB...
    rpps = models.CharField(max_length=12)
    surname = models.CharField(max_length=100)  # folded
    sound = models.CharField(max_length=40)
    shown = models.TextField()  # JSON: what a person sees

    class Meta:
        db_table = "directory"
        constraints = (models.UniqueConstraint(fields=["generation", "entry_key"], name="one_line_per_entry"),)
        indexes = (
            models.Index(fields=["mailbox", "generation"], name="directory_mailbox"),
            models.Index(fields=["sound", "generation"], name="directory_sound"),
            models.Index(fields=["surname", "generation"], name="directory_surname"),
        )


class GoneMailboxRow(models.Model):
    """A mailbox that an extraction no longer has: a letter signed for it needs a person."""

    mailbox = models.CharField(primary_key=True, max_length=320)
    rpps = models.CharField(max_length=12, blank=True, default="")
    gone_at = models.DateTimeField()

    class Meta:
        db_table = "gone_mailbox"
