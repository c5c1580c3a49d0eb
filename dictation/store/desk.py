"""Desk: soft locks, questions to the author, text blocks and each person's preferences.

Nothing here changes a letter; questions and take-overs leave a journal line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from dictation.domain.desk import DeskLock, Level, Question, TextBlock
from dictation.domain.documents import SectionKind
from dictation.domain.spans import Span
from dictation.errors import NeedsAPerson, NotAllowed
from dictation.store import journal
from dictation.store.tables import BlockRow, LockRow, PreferenceRow, QuestionRow
from dictation.store.transactions import reading, writing

HELD_SECONDS = 90  # a lock nobody renews is free after this long: a page renews it every thirty


class DeskWork:
    """The part of the Ledger that the desk uses beside the drafts."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    # who works on it

    def take_lock(self, dictation_id: str, account: str, *, by_force: bool = False) -> DeskLock:
        """Work on a letter, or go on working on it. The lock that is in force afterwards: look at its holder."""
        now = self._clock()
        until = now + timedelta(seconds=HELD_SECONDS)
        with writing():
            row = LockRow.objects.select_for_update().filter(dictation_id=dictation_id).first()
            free = row is None or row.until <= now
            if row is not None and row.holder == account and not free:
                LockRow.objects.filter(pk=row.pk).update(until=until)
                return DeskLock(dictation_id, account, row.since, until)
            if row is not None and not free and not by_force:
                return _lock(row)
            LockRow.objects.update_or_create(
                dictation_id=dictation_id, defaults={"holder": account, "since": now, "until": until}
            )
            if row is not None and not free:
                journal.append(now, account, "desk-taken-over", dictation_id, {"from": row.holder})
        return DeskLock(dictation_id, account, now, until)

    def leave_lock(self, dictation_id: str, account: str) -> None:
        with writing():
            LockRow.objects.filter(dictation_id=dictation_id, holder=account).delete()

    def locks(self, dictation_ids: Collection[str]) -> dict[str, DeskLock]:
        """The locks in force on these dictations."""
        with reading():
            found = LockRow.objects.filter(dictation_id__in=list(dictation_ids), until__gt=self._clock())
            return {row.dictation_id: _lock(row) for row in found}

    # questions to the author

    def ask(
        self,
        dictation_id: str,
        words: str,
        *,
        actor: str,
        quote: str = "",
        section: SectionKind | None = None,
        span: Span | None = None,
        doubt_key: str = "",
    ) -> Question:
        now = self._clock()
        with writing():
            row = QuestionRow.objects.create(
                dictation_id=dictation_id, words=words, asked_by=actor, asked_at=now, quote=quote,
                section=section.value if section else "", doubt_key=doubt_key,
                start=span.start if span else None, end=span.end if span else None,
            )  # fmt: skip
            journal.append(now, actor, "question-asked", dictation_id, {"question": row.pk})
        return _question(row)

    def answer(self, dictation_id: str, question_id: int, answer: str, *, actor: str, sound: str = "") -> Question:
        """The author's answer; the last one counts, the journal keeps that there were others.

        sound: digest of the WAV it was spoken in; the text is what recognition made of it and the author read.
        """
        now = self._clock()
        with writing():
            row = QuestionRow.objects.select_for_update().filter(pk=question_id, dictation_id=dictation_id).first()
            if row is None:
                raise NeedsAPerson(f"dictation {dictation_id}: no question {question_id}", code="E_UNKNOWN_DICTATION")
            row.answer, row.answered_by, row.answered_at, row.answer_sound = answer, actor, now, sound
            row.save(update_fields=["answer", "answered_by", "answered_at", "answer_sound"])
            details: dict[str, str | int | float] = {"question": row.pk}
            if sound:
                details["sound"] = sound
            journal.append(now, actor, "question-answered", dictation_id, details)
        return _question(row)

    def questions(self, dictation_id: str) -> tuple[Question, ...]:
        """Everything that was asked about a letter, oldest first."""
        with reading():
            return tuple(_question(row) for row in QuestionRow.objects.filter(dictation_id=dictation_id).order_by("id"))

    # text blocks

    def blocks(self, *, sites: Collection[str], services: Collection[str], account: str) -> tuple[TextBlock, ...]:
        """Everything this person may insert: their own first, then their services', then the hospital's."""
        mine = Q(level=Level.ACCOUNT.value, owner=account)
        shared = Q(level=Level.SERVICE.value, owner__in=list(services)) | Q(
            level=Level.SITE.value, owner__in=list(sites)
        )
        order = [Level.ACCOUNT, Level.SERVICE, Level.SITE]
        with reading():
            found = [_block(row) for row in BlockRow.objects.filter(mine | shared).order_by("title", "id")]
        return tuple(sorted(found, key=lambda block: order.index(block.level)))

    def save_block(self, block: TextBlock, *, actor: str) -> int:
        """A new block when its id is 0. NotAllowed for one that belongs to somebody else."""
        columns = {
            "level": block.level.value, "owner": block.owner, "title": block.title, "text": block.text,
            "abbreviation": block.abbreviation, "section": block.section.value if block.section else "",
        }  # fmt: skip
        now = self._clock()
        with writing():
            if block.id:
                changed = BlockRow.objects.filter(pk=block.id, level=block.level.value, owner=block.owner)
                if changed.update(**columns) != 1:
                    raise NotAllowed(f"text block {block.id} is not {actor}'s to change")
                number = block.id
            else:
                number = BlockRow.objects.create(**columns).pk
            journal.append(now, actor, "text-block-saved", details={"block": number, "level": block.level.value})
        return int(number)

    def delete_block(self, block_id: int, level: Level, owner: str, *, actor: str) -> bool:
        now = self._clock()
        with writing():
            gone, _ = BlockRow.objects.filter(pk=block_id, level=level.value, owner=owner).delete()
            if gone:
                journal.append(now, actor, "text-block-deleted", details={"block": block_id})
        return bool(gone)

    # preferences

    def preferences(self, account: str) -> dict[str, Any]:
        with reading():
            row = PreferenceRow.objects.filter(account=account).first()
        return dict(json.loads(row.choices)) if row else {}

    def set_preferences(self, account: str, choices: dict[str, Any]) -> None:
        """Merge these into what is remembered: speed per author, steps back, the keys of a pedal."""
        with writing():
            row = PreferenceRow.objects.select_for_update().filter(account=account).first()
            known = dict(json.loads(row.choices)) if row else {}
            known.update(choices)
            PreferenceRow.objects.update_or_create(account=account, defaults={"choices": json.dumps(known)})


def _lock(row: LockRow) -> DeskLock:
    return DeskLock(row.dictation_id, row.holder, row.since, row.until)


def _question(row: QuestionRow) -> Question:
    return Question(
        id=row.pk, dictation_id=row.dictation_id, words=row.words, asked_by=row.asked_by, asked_at=row.asked_at,
        quote=row.quote, section=SectionKind(row.section) if row.section else None, doubt_key=row.doubt_key,
        span=Span(row.start, row.end) if row.start is not None and row.end is not None else None,
        answer=row.answer, answered_by=row.answered_by, answered_at=row.answered_at,
        answer_sound=row.answer_sound,
    )  # fmt: skip


def _block(row: BlockRow) -> TextBlock:
    section = SectionKind(row.section) if row.section else None
    return TextBlock(row.pk, Level(row.level), row.owner, row.title, row.text, row.abbreviation, section)
