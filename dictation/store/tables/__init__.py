"""The tables: one row per dictation, its revisions, its outbox, its journal, and the accounts of the people.

Column names are the code names of the glossary. Nothing outside store/ sees these classes, except accounts for web/.
"""

from __future__ import annotations

from dictation.store.tables.accounts import DeviceRow, Profile
from dictation.store.tables.desk import BlockRow, LockRow, PreferenceRow, QuestionRow, SuggestionRow
from dictation.store.tables.dictations import DictationRow, RevisionRow, SearchWordRow, TickRow
from dictation.store.tables.directory import DirectoryImportRow, DirectoryRow, GoneMailboxRow
from dictation.store.tables.journal import JournalHead, JournalRow
from dictation.store.tables.patients import ConsentRow, HiddenRow, PatientRow, VisitRow
from dictation.store.tables.sendings import (
    FilingRow,
    MailboxSeenRow,
    OutboxRow,
    ReceiptRow,
    ReplacedLetterRow,
    ReplyRow,
)

__all__ = [
    "BlockRow",
    "ConsentRow",
    "DeviceRow",
    "DictationRow",
    "DirectoryImportRow",
    "DirectoryRow",
    "FilingRow",
    "GoneMailboxRow",
    "HiddenRow",
    "JournalHead",
    "JournalRow",
    "LockRow",
    "MailboxSeenRow",
    "OutboxRow",
    "PatientRow",
    "PreferenceRow",
    "Profile",
    "QuestionRow",
    "ReceiptRow",
    "ReplacedLetterRow",
    "ReplyRow",
    "RevisionRow",
    "SearchWordRow",
    "SuggestionRow",
    "TickRow",
    "VisitRow",
]
