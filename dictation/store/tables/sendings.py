"""Sendings: what left, what came back about it, what replaced it, and what the patient record was told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dictation.domain.exchange import OutboxState, ReceiptKind
from dictation.store.tables.dictations import DictationRow


class OutboxRow(models.Model):
    """One letter version to one mailbox. Its Message-ID is written before the line opens and never again."""

    id = models.CharField(primary_key=True, max_length=12)
    dictation = models.ForeignKey(DictationRow, models.PROTECT, related_name="dispatches")
    letter_version = models.PositiveIntegerField()
    mailbox = models.CharField(max_length=320)
    carrier = models.CharField(max_length=40)
    message_id = models.CharField(max_length=255, unique=True)
    pdf_sha256 = models.CharField(max_length=64)
    message_sha256 = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=16, default=OutboxState.READY.value)
    attempts = models.PositiveIntegerField(default=0)
    words = models.TextField(blank=True, default="")  # the carrier's own, about the last attempt
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "outbox"
        constraints = (
            models.UniqueConstraint(
                fields=["dictation", "letter_version", "mailbox"], name="one_dispatch_per_letter_and_mailbox"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in OutboxState]), name="known_outbox_state"
            ),
        )


class ReceiptRow(models.Model):
    """What a carrier answered, now or days later."""

    dictation = models.ForeignKey(DictationRow, models.PROTECT, related_name="receipts")
    kind = models.CharField(max_length=16)
    words = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "receipt"
        constraints = (
            models.UniqueConstraint(fields=["dictation", "kind", "words", "at"], name="one_row_per_receipt"),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in ReceiptKind]), name="known_receipt"),
        )


class ReplyRow(models.Model):
    """One message of the reply mailbox: a report, an automatic answer, a person's. Its bytes: the content store."""

    id = models.CharField(primary_key=True, max_length=12)
    message_sha256 = models.CharField(max_length=64, unique=True)
    dictation = models.ForeignKey(DictationRow, models.PROTECT, null=True, related_name="replies")
    dispatch = models.ForeignKey(OutboxRow, models.PROTECT, null=True, related_name="replies")
    kind = models.CharField(max_length=16, blank=True)  # "" when no program could tell: a person reads it
    words = models.TextField()
    sender = models.TextField(blank=True, default="")
    subject = models.TextField(blank=True, default="")
    text = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    settled_by = models.CharField(max_length=150, blank=True, default="")  # "" while it waits for a person
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "reply"
        indexes = (models.Index(fields=["settled_at", "at"], name="replies_to_settle"),)


class MailboxSeenRow(models.Model):
    """One message of a reply mailbox that has been recorded: it is never looked at again."""

    mailbox = models.CharField(max_length=600)
    validity = models.BigIntegerField()  # UIDVALIDITY: with another one, every UID means another message
    uid = models.BigIntegerField()
    message_sha256 = models.CharField(max_length=64)

    class Meta:
        db_table = "mailbox_seen"
        constraints = (models.UniqueConstraint(fields=["mailbox", "validity", "uid"], name="one_look_per_message"),)


class ReplacedLetterRow(models.Model):
    """A letter that left and was replaced by a newer version: what was signed, by whom, and why it was replaced."""

    dictation = models.ForeignKey(DictationRow, models.PROTECT, related_name="replaced")
    letter_version = models.PositiveIntegerField()
    approval = models.TextField()
    pdf_sha256 = models.CharField(max_length=64)
    actor = models.CharField(max_length=150)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "replaced_letter"
        constraints = (models.UniqueConstraint(fields=["dictation", "letter_version"], name="replaced_once"),)


class FilingRow(models.Model):
    """One event of one letter version that the patient record is to know; its answer."""

    id = models.CharField(primary_key=True, max_length=16)  # the message's own number, the same for every attempt
    dictation = models.ForeignKey(DictationRow, models.PROTECT, related_name="filings")
    letter_version = models.PositiveIntegerField()
    event = models.CharField(max_length=3)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    acknowledged_at = models.DateTimeField(null=True)
    refused_code = models.CharField(max_length=40, blank=True, default="")
    words = models.TextField(blank=True, default="")  # the record's own, about the last attempt

    class Meta:
        db_table = "filing"
        constraints = (
            models.UniqueConstraint(fields=["dictation", "letter_version", "event"], name="one_filing_per_event"),
        )
