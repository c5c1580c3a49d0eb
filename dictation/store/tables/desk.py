"""Desk: locks, questions, text blocks, what a person prefers, and what was answered to suggestions."""

from __future__ import annotations

from django.db import models

from dictation.store.tables.dictations import DictationRow


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


class SuggestionRow(models.Model):
    """What a person answered to a suggestion; it is not made again."""

    key = models.CharField(max_length=200, primary_key=True)
    accepted = models.BooleanField()
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        db_table = "suggestion"
