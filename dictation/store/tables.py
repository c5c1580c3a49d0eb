"""The tables: one row per dictation, its revisions, its outbox, its journal, and the accounts of the people.

Column names are the code names of the glossary. Nothing outside store/ sees these classes, except accounts for web/.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from dictation.domain.exchange import OutboxState, ReceiptKind
from dictation.domain.progress import State


def _choices(kind: type[State] | type[OutboxState] | type[ReceiptKind]) -> list[str]:
    return [str(member.value) for member in kind]


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
            models.CheckConstraint(condition=Q(state__in=_choices(State)), name="known_state"),
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


class LockRow(models.Model):
    """Who works on a letter at the desk, until when."""

    dictation = models.OneToOneField(DictationRow, models.CASCADE, primary_key=True, related_name="desk_lock")
    holder = models.CharField(max_length=150)
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        db_table = "desk_lock"


class QuestionRow(models.Model):
    """A question to the author, pinned to a passage, and its answer."""

    dictation = models.ForeignKey(DictationRow, models.PROTECT, related_name="questions")
    words = models.TextField()
    quote = models.TextField(blank=True, default="")
    section = models.CharField(max_length=40, blank=True, default="")
    doubt_key = models.CharField(max_length=200, blank=True, default="")
    start = models.FloatField(null=True)  # seconds
    end = models.FloatField(null=True)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True, default="")
    answered_by = models.CharField(max_length=150, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answer_sound = models.CharField(max_length=64, blank=True, default="")  # sha256 of a WAV, when it was spoken

    class Meta:
        db_table = "question"


class BlockRow(models.Model):
    """A text block of the hospital, of a service or of one person."""

    level = models.CharField(max_length=16)
    owner = models.CharField(max_length=150)
    title = models.CharField(max_length=80)
    text = models.TextField()
    abbreviation = models.CharField(max_length=24, blank=True, default="")
    section = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        db_table = "text_block"
        indexes = (models.Index(fields=["level", "owner"], name="blocks_of_owner"),)


class PreferenceRow(models.Model):
    """What the desk remembers for one account; JSON, and nothing about a patient."""

    account = models.CharField(max_length=150, unique=True)
    choices = models.TextField(default="{}")

    class Meta:
        db_table = "preference"


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
            models.CheckConstraint(condition=Q(state__in=_choices(OutboxState)), name="known_outbox_state"),
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
            models.CheckConstraint(condition=Q(kind__in=_choices(ReceiptKind)), name="known_receipt"),
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


class Profile(models.Model):
    """What the hospital adds to an account: its role, and the RPPS number of an author."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="profile")
    role = models.CharField(max_length=16)
    rpps = models.CharField(max_length=11, blank=True, default="")

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


class SuggestionRow(models.Model):
    """What a person answered to a suggestion; it is not made again."""

    key = models.CharField(max_length=200, primary_key=True)
    accepted = models.BooleanField()
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        db_table = "suggestion"
