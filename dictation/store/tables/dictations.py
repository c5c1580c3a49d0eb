"""Dictations: one row per recording, its drafts, and the words it is found by."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dictation.domain.progress import State


class DictationRow(models.Model):
    """The whole case of one recording. `version` grows with every change but progress."""

    id = models.CharField(primary_key=True, max_length=12)
    state = models.CharField(max_length=16, db_index=True)
    version = models.PositiveIntegerField(default=1)
    # the recording
    sha256 = models.CharField(max_length=64, blank=True, default="")
    name = models.TextField()
    size_bytes = models.BigIntegerField(default=0)
    duration = models.FloatField(null=True)
    attachments = models.TextField(default="[]")  # JSON
    # the sidecar; three of its fields again, to sort and search by
    sidecar = models.TextField(null=True)
    author = models.CharField(max_length=11, blank=True, default="", db_index=True)
    urgent = models.BooleanField(default=False)
    search = models.TextField(blank=True, default="")
    # where it stands
    received_at = models.DateTimeField()
    state_since = models.DateTimeField()
    resume_state = models.CharField(max_length=16, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)
    waits = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=40, blank=True, default="")
    error_detail = models.TextField(blank=True, default="")
    progress = models.FloatField(null=True)
    seconds_to_go = models.FloatField(null=True)
    # what was made of it
    transcript_sha256 = models.CharField(max_length=64, blank=True, default="")
    report_sha256 = models.CharField(max_length=64, blank=True, default="")
    draft_version = models.PositiveIntegerField(default=0)
    letter_version = models.PositiveIntegerField(default=1)
    pdf_sha256 = models.CharField(max_length=64, blank=True, default="")
    approval = models.TextField(null=True)
    archive_due = models.BooleanField(default=False)  # the archive bundle is older than the state
    # points to check of the last draft, all and unanswered: a list of letters must not open each draft
    points = models.PositiveIntegerField(default=0)
    points_open = models.PositiveIntegerField(default=0)
    sound_erased_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)  # by post, this version of the letter
    settled_by = models.CharField(max_length=150, blank=True, default="")
    # a file that was refused at the door has a row too, and never goes further
    refused = models.BooleanField(default=False)
    quarantine_name = models.TextField(blank=True, default="")

    class Meta:
        db_table = "dictation"
        constraints = (
            models.UniqueConstraint(fields=["sha256"], condition=Q(refused=False), name="one_row_per_recording"),
            models.UniqueConstraint(
                fields=["quarantine_name"], condition=~Q(quarantine_name=""), name="one_row_per_refused_file"
            ),
            models.CheckConstraint(condition=Q(state__in=[state.value for state in State]), name="known_state"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "typeset", "sending", "sent", "delivered", "uncertain", "returned"])
                | Q(approval__isnull=False),
                name="nothing_leaves_unapproved",
            ),
        )
        # Each holds what choosing a page of rows needs: the table is read for the rows shown, no others.
        indexes = (
            models.Index(fields=["state", "urgent", "received_at", "id"], name="worklist_of_all"),
            models.Index(fields=["author", "state", "urgent", "received_at", "id"], name="worklist_of_author"),
            models.Index(fields=["received_at", "id"], name="worklist_newest"),
            models.Index(fields=["author", "received_at", "id"], name="worklist_newest_of_author"),
            models.Index(fields=["state", "urgent", "state_since", "author", "settled_at"], name="worklist_standing"),
            models.Index(
                fields=["id", "received_at", "state", "author", "urgent", "state_since", "settled_at"],
                name="worklist_of_found",
            ),
            models.Index(fields=["id"], condition=Q(archive_due=True), name="archive_to_write"),
        )


class SearchWordRow(models.Model):
    """A word a dictation is found by, folded: a search reads the words that begin so, never the whole table."""

    word = models.CharField(max_length=60)
    dictation = models.ForeignKey(DictationRow, models.CASCADE, related_name="search_words", db_index=False)

    class Meta:
        db_table = "search_word"
        indexes = (
            models.Index(fields=["word", "dictation"], name="search_by_word"),
            models.Index(fields=["dictation", "word"], name="search_words_of"),
        )


class RevisionRow(models.Model):
    """One saved version of a draft; none is ever overwritten."""

    dictation = models.ForeignKey(DictationRow, models.PROTECT, related_name="revisions")
    version = models.PositiveIntegerField()
    draft = models.TextField()
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        db_table = "revision"
        constraints = (models.UniqueConstraint(fields=["dictation", "version"], name="one_draft_per_version"),)


class TickRow(models.Model):
    """What a person did about one doubt; the last word counts."""

    dictation = models.ForeignKey(DictationRow, models.PROTECT, related_name="ticks")
    doubt_key = models.CharField(max_length=200)
    verdict = models.CharField(max_length=16)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        db_table = "tick"
        constraints = (models.UniqueConstraint(fields=["dictation", "doubt_key"], name="one_tick_per_doubt"),)
