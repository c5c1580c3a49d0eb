"""Revisions: every saved version of a draft, the ticks on its doubts, and the sidecar a person corrected.

Once a letter is approved its text is frozen: nothing here changes it any more.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from dictation.domain import codec
from dictation.domain.documents import Draft, Sidecar
from dictation.domain.progress import State
from dictation.errors import Conflict, NeedsAPerson, NotAllowed
from dictation.store import journal, rows
from dictation.store.tables import DictationRow, RevisionRow, TickRow
from dictation.store.transactions import reading, writing
from dictation.store.worklist import set_search_words

Verdict = Literal["heard", "corrected", "asked"]

_EDITABLE = {State.STRUCTURED.value, State.DRAFTED.value, State.PROOFREAD.value}
_OVER = {State.SENDING, State.SENT, State.DELIVERED, State.ARCHIVED, State.UNCERTAIN, State.CANCELLED}


class Revisions:
    """The part of the Ledger that drafting and proofreading use."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def save_draft(self, dictation_id: str, draft: Draft, *, actor: str, expected_version: int) -> int:
        """Keep a new version of the draft; return its number.

        expected_version: the version the person was looking at, 0 before the first. Conflict when another one was
        saved since; NotAllowed when the text is frozen. A PDF made from the version before no longer counts.
        """
        now = self._clock()
        with writing():
            row = _locked(dictation_id)
            held_at = row.resume_state if row.state == State.HELD.value else row.state
            if held_at not in _EDITABLE:
                raise NotAllowed(f"dictation {dictation_id} is {row.state}: its text is frozen", code="E_FROZEN")
            if row.draft_version != expected_version:
                raise Conflict(f"dictation {dictation_id}: draft {row.draft_version}, expected {expected_version}")
            version = expected_version + 1
            text = codec.dumps(dataclasses.replace(draft, version=version))
            RevisionRow.objects.create(dictation_id=dictation_id, version=version, draft=text, actor=actor, at=now)
            DictationRow.objects.filter(pk=dictation_id).update(
                draft_version=version, pdf_sha256="", version=row.version + 1, **_points(dictation_id, draft)
            )
            journal.append(now, actor, "draft-saved", dictation_id, {"draft_version": version})
        return version

    def draft(self, dictation_id: str, version: int | None = None) -> Draft:
        """One version of the draft, by default the last."""
        with reading():
            found = RevisionRow.objects.filter(dictation_id=dictation_id).order_by("-version")
            row = (found if version is None else found.filter(version=version)).first()
        if row is None:
            raise NeedsAPerson(f"dictation {dictation_id} has no draft {version or ''}", code="E_NO_DRAFT")
        return codec.loads(Draft, row.draft)

    def revisions(self, dictation_id: str) -> list[tuple[int, str, datetime]]:
        """(version, who, when) of every saved draft, oldest first."""
        with reading():
            found = RevisionRow.objects.filter(dictation_id=dictation_id).order_by("version")
            return [(row.version, row.actor, row.at) for row in found]

    def tick(self, dictation_id: str, doubt_key: str, verdict: Verdict, *, actor: str) -> None:
        """Somebody heard, corrected or asked about one doubt."""
        now = self._clock()
        with writing():
            row = _locked(dictation_id)
            TickRow.objects.update_or_create(
                dictation_id=row.id, doubt_key=doubt_key, defaults={"verdict": verdict, "actor": actor, "at": now}
            )
            last = RevisionRow.objects.filter(dictation_id=dictation_id, version=row.draft_version).first()
            if last is not None:
                points = _points(dictation_id, codec.loads(Draft, last.draft))
                DictationRow.objects.filter(pk=dictation_id).update(**points)
            journal.append(now, actor, "doubt-ticked", dictation_id, {"doubt": doubt_key, "verdict": verdict})

    def ticks(self, dictation_id: str) -> dict[str, str]:
        """doubt key -> the last verdict on it."""
        with reading():
            return {row.doubt_key: row.verdict for row in TickRow.objects.filter(dictation_id=dictation_id)}

    def keep_pdf(self, dictation_id: str, pdf_sha256: str, *, draft_version: int) -> bool:
        """Remember the PDF that was rendered from a draft version. False when that version is no longer the last."""
        states = [State.DRAFTED.value, State.PROOFREAD.value]
        with writing():
            row = DictationRow.objects.filter(pk=dictation_id, draft_version=draft_version, state__in=states)
            return row.update(pdf_sha256=pdf_sha256) == 1

    def set_sidecar(self, dictation_id: str, sidecar: Sidecar, *, actor: str) -> None:
        """A person corrected who, for whom, or the consent.

        After approval only what is not printed may change: consent, priority, and the addressee's mailbox.
        """
        now = self._clock()
        with writing():
            row = _locked(dictation_id)
            if row.refused or State(row.state) in _OVER:
                raise NotAllowed(f"dictation {dictation_id} is {row.state}", code="E_FROZEN")
            before = codec.loads(Sidecar, row.sidecar) if row.sidecar else None
            if row.approval and (before is None or _printed(before) != _printed(sidecar)):
                raise NotAllowed(f"dictation {dictation_id} is signed", code="E_FROZEN")
            DictationRow.objects.filter(pk=dictation_id).update(
                **rows.sidecar_columns(sidecar),
                search=rows.search_text(row.name, sidecar),
                pdf_sha256=row.pdf_sha256 if row.approval else "",  # a preview shows the old letterhead
                version=row.version + 1,
            )
            set_search_words(dictation_id, rows.search_text(row.name, sidecar))
            changed = [
                f.name for f in dataclasses.fields(Sidecar) if before is None or _differs(before, sidecar, f.name)
            ]
            journal.append(now, actor, "sidecar-changed", dictation_id, {"fields": " ".join(changed)})


def _locked(dictation_id: str) -> DictationRow:
    """The row, ours until the end of the transaction."""
    row = DictationRow.objects.select_for_update().filter(pk=dictation_id).first()
    if row is None:
        raise NeedsAPerson(f"no dictation {dictation_id}", code="E_UNKNOWN_DICTATION")
    return row


def _points(dictation_id: str, draft: Draft) -> dict[str, int]:
    """How many points the draft has, and how many nobody has answered."""
    keys = {doubt.key for doubt in draft.doubts}
    ticked = set(TickRow.objects.filter(dictation_id=dictation_id).values_list("doubt_key", flat=True))
    return {"points": len(keys), "points_open": len(keys - ticked)}


def _differs(before: Sidecar, after: Sidecar, field: str) -> bool:
    return bool(getattr(before, field) != getattr(after, field))


def _printed(sidecar: Sidecar) -> Sidecar:
    """The sidecar without what no letter shows."""
    addressee = sidecar.addressee and dataclasses.replace(sidecar.addressee, mailbox="")
    bare = Sidecar(author=sidecar.author)
    return dataclasses.replace(sidecar, addressee=addressee, consent=bare.consent, priority=bare.priority)
