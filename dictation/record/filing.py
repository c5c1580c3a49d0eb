"""Filing: the verb. What a signed letter owes the patient record is delivered until the record says yes.

In: what the store says is due, and a Link. Out: each event acknowledged once, or refused and shown to a person.
Delivering twice is allowed here, unlike a letter to a GP: the document number is the same, so the record keeps one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from dictation.disk import ContentStore, failpoint
from dictation.domain.filing import Filing
from dictation.errors import DictationError, TryAgainLater
from dictation.record.document import RecordDocument

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Filed:
    """How one round went."""

    acknowledged: int
    refused: int
    waiting: int


class Filings(Protocol):
    """What filing needs of the store."""

    def due(self) -> list[Filing]: ...
    def acknowledged(self, due: Filing, words: str) -> None: ...
    def refused(self, due: Filing, code: str, words: str) -> None: ...
    def postpone(self, due: Filing, words: str) -> None: ...


class Link(Protocol):
    """A way into the patient record."""

    @property
    def name(self) -> str: ...

    def deliver(self, due: Filing, document: RecordDocument, pdf: bytes) -> str:
        """Hand one event over; return the acknowledgement in the record's own words.

        TryAgainLater when there was no answer; NeedsAPerson (E_RECORD_REFUSED) on a plain no.
        """
        ...


def file_due(
    filings: Filings,
    link: Link,
    blobs: ContentStore,
    case: Callable[[Filing], RecordDocument],
) -> Filed:
    """Deliver everything that is due, oldest first. A record that does not answer ends the round: the rest waits."""
    acknowledged = refused = 0
    due = filings.due()
    for number, one in enumerate(due):
        try:
            document = case(one)
            words = link.deliver(one, document, blobs.get(document.pdf_sha256))
            failpoint("record-delivered")
            filings.acknowledged(one, words)
            acknowledged += 1
        except TryAgainLater as error:
            filings.postpone(one, error.code)
            log.warning("record %s %s: %s", one.dictation_id, one.event, error.code)
            return Filed(acknowledged, refused, len(due) - number)
        except DictationError as error:
            filings.refused(one, error.code, str(error))
            refused += 1
            log.warning("record %s %s: %s", one.dictation_id, one.event, error.code)
    return Filed(acknowledged, refused, 0)
