"""Journal: append-only, chained. Every change of the ledger and every look at a patient's case leaves one line.

append() joins the caller's transaction, so a change and its line exist together or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from dictation.domain.journal import FIRST, Details, JournalEntry, broken_links
from dictation.store.tables import JournalHead, JournalRow


def append(
    at: datetime, actor: str, action: str, dictation_id: str = "", details: Details | None = None
) -> JournalEntry:
    """Write the next line. Call inside a transaction: the head row is the writers' lock."""
    head, _ = JournalHead.objects.select_for_update().get_or_create(id=1, defaults={"serial": 0, "hash": FIRST})
    draft = JournalEntry(
        serial=head.serial + 1,
        at=at.astimezone(UTC),
        dictation_id=dictation_id,
        actor=actor,
        action=action,
        previous_hash=head.hash,
        hash="",
        details=dict(details or {}),
    )
    entry = replace(draft, hash=draft.computed_hash())
    JournalRow.objects.create(
        serial=entry.serial,
        at=entry.at,
        dictation_id=entry.dictation_id,
        actor=entry.actor,
        action=entry.action,
        details=json.dumps(dict(entry.details), ensure_ascii=False, sort_keys=True),
        previous_hash=entry.previous_hash,
        hash=entry.hash,
    )
    JournalHead.objects.filter(id=1).update(serial=entry.serial, hash=entry.hash)
    return entry


def entries(dictation_id: str | None = None) -> Iterator[JournalEntry]:
    """Every line, or those of one dictation, oldest first."""
    rows = JournalRow.objects.order_by("serial")
    if dictation_id is not None:
        rows = rows.filter(dictation_id=dictation_id)
    for row in rows.iterator():
        yield JournalEntry(
            serial=row.serial,
            at=row.at,
            dictation_id=row.dictation_id,
            actor=row.actor,
            action=row.action,
            previous_hash=row.previous_hash,
            hash=row.hash,
            details=json.loads(row.details),
        )


def verify() -> list[str]:
    """What is wrong with the whole journal, in French; empty when the chain is intact and ends where it should."""
    problems = list(broken_links(entries()))
    last = JournalRow.objects.order_by("-serial").first()
    head = JournalHead.objects.filter(id=1).first()
    end = (last.serial, last.hash) if last else (0, FIRST)
    known = (head.serial, head.hash) if head else (0, FIRST)
    if known != end:
        problems.append(f"Journal : la fin ne correspond pas au dernier numéro connu (ligne {end[0]}).")
    return problems
