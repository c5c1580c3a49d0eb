"""Suggestions: what people answered to words the program offered to learn, and the letters they come from."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from dictation.domain import codec
from dictation.domain.documents import Draft
from dictation.domain.progress import State
from dictation.store import journal
from dictation.store.tables import DictationRow, RevisionRow, SuggestionRow
from dictation.store.transactions import reading, writing

LETTERS = 400  # the last ones signed: what was corrected a year ago is known by now or gone
SIGNED = (State.APPROVED, State.TYPESET, State.SENDING, State.SENT, State.DELIVERED, State.ARCHIVED)


class Suggestions:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock

    def answered(self) -> set[str]:
        """The keys of every suggestion a person accepted or refused."""
        with reading():
            return set(SuggestionRow.objects.values_list("key", flat=True))

    def answer(self, key: str, *, accepted: bool, actor: str) -> bool:
        """Write it down, once. False when somebody had answered already."""
        now = self.clock()
        with writing():
            _, new = SuggestionRow.objects.get_or_create(
                key=key[:200], defaults={"accepted": accepted, "actor": actor, "at": now}
            )
            if new:
                journal.append(now, actor, "suggestion-accepted" if accepted else "suggestion-refused")
        return new

    def corrected(self, authors: Collection[str] | None) -> list[tuple[str, Draft, Draft, str]]:
        """(id, first draft, signed text, author) of the last letters that were signed and changed, newest first.

        authors: RPPS numbers, None for everybody's.
        """
        whose = {} if authors is None else {"author__in": list(authors)}
        with reading():
            found = [
                one
                for state in SIGNED
                for one in DictationRow.objects.filter(state=state.value, urgent__in=[True, False], **whose)
                .order_by("-received_at")
                .values_list("pk", "author")[:LETTERS]
            ]
            authors_of = dict(found[:LETTERS])
            rows = RevisionRow.objects.filter(dictation_id__in=list(authors_of)).order_by("dictation_id", "version")
            texts: dict[str, list[str]] = {}
            for row in rows:
                texts.setdefault(row.dictation_id, []).append(row.draft)
        return [
            (pk, codec.loads(Draft, drafts[0]), codec.loads(Draft, drafts[-1]), authors_of[pk])
            for pk, drafts in texts.items()
            if len(drafts) > 1
        ]
