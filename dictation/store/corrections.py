"""Corrections: a letter that left is replaced by a new version of itself; what was signed and sent before stays.

The new version is drafted, proofread, signed and sent like the first; its text begins by saying which letter it
replaces, so that whoever signs it, and whoever receives it, reads so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from dictation.domain import codec
from dictation.domain.documents import Approval, Draft, DraftSection, SectionKind
from dictation.domain.progress import State
from dictation.errors import NotAllowed, TryAgainLater
from dictation.store.ledger import Ledger
from dictation.store.tables import DictationRow, ReplacedLetterRow
from dictation.store.transactions import reading, writing

_PARIS = ZoneInfo("Europe/Paris")
_SAID = re.compile(r"^Cette lettre annule et remplace celle signée le \d\d/\d\d/\d{4}\.\s*")


@dataclass(frozen=True, slots=True)
class ReplacedLetter:
    """A version that left and no longer counts."""

    letter_version: int
    approval: Approval
    actor: str
    reason: str
    at: datetime


Replaced = list[ReplacedLetter]


class Corrections:
    """What the desk needs to replace a letter."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def begin(self, dictation_id: str, *, actor: str, reason: str) -> int:
        """Start a corrected version of a letter that left; its number. The dictation waits for the secretary again.

        NotAllowed: E_NOT_CORRECTABLE (it has not left), E_REASON_MISSING. TryAgainLater while its archive bundle is
        being written: the bundle of what left comes first.
        """
        if not reason.strip():
            raise NotAllowed(f"dictation {dictation_id}: a reason is needed", code="E_REASON_MISSING")
        now = self._ledger.clock()
        with writing():
            dictation = self._ledger.get(dictation_id)
            if dictation.state not in {State.SENT, State.DELIVERED, State.RETURNED} or dictation.approval is None:
                raise NotAllowed(f"dictation {dictation_id} is {dictation.state}", code="E_NOT_CORRECTABLE")
            if DictationRow.objects.filter(pk=dictation_id, archive_due=True).exists():
                raise TryAgainLater(f"dictation {dictation_id}: its archive is being written")
            ReplacedLetterRow.objects.create(
                dictation_id=dictation_id,
                letter_version=dictation.letter_version,
                approval=codec.dumps(dictation.approval),
                pdf_sha256=dictation.pdf_sha256,
                actor=actor,
                reason=reason.strip(),
                at=now,
            )
            version = dictation.letter_version + 1
            self._ledger.move(
                dictation_id, dictation.state, State.DRAFTED, actor=actor, note=reason.strip(), letter_version=version
            )
            draft = _announced(self._ledger.draft(dictation_id), dictation.approval.signed_at)
            expected = dictation.draft_version
            self._ledger.save_draft(dictation_id, draft, actor=actor, expected_version=expected)
            self._ledger.record("letter-replaced", actor=actor, dictation_id=dictation_id, details={"version": version})
        return version

    def of(self, dictation_id: str) -> Replaced:
        """The versions that were replaced, oldest first."""
        with reading():
            found = ReplacedLetterRow.objects.filter(dictation_id=dictation_id).order_by("letter_version")
            return [
                ReplacedLetter(row.letter_version, codec.loads(Approval, row.approval), row.actor, row.reason, row.at)
                for row in found
            ]


def _announced(draft: Draft, signed_at: datetime) -> Draft:
    """The same draft, saying first which letter it replaces: the last one, not those before it."""
    day = signed_at.astimezone(_PARIS)
    words = f"Cette lettre annule et remplace celle signée le {day:%d/%m/%Y}."
    sections = list(draft.sections)
    if not sections or sections[0].kind is not SectionKind.OPENING:
        sections.insert(0, DraftSection(SectionKind.OPENING, "", ""))
    first = sections[0]
    sections[0] = replace(first, text=f"{words}\n{_SAID.sub('', first.text)}".strip())
    return replace(draft, sections=tuple(sections))
