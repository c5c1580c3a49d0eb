"""Ledger: one row, one visible state per dictation. The truth; the workflow engine only executes.

Takes and gives frozen domain records. Every change is one transaction that touches exactly one row and writes its
journal line; saying the same thing twice changes nothing. Every method may raise TryAgainLater (E_STORE_BUSY).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from dictation.domain import codec
from dictation.domain.consent import obstacle
from dictation.domain.documents import Attachment, Recording, Sidecar
from dictation.domain.exchange import OutboxState
from dictation.domain.journal import Details, JournalEntry
from dictation.domain.people import Patient
from dictation.domain.postal import SETTLEABLE
from dictation.domain.progress import MOVES, Dictation, State, check_move
from dictation.errors import Conflict, NeedsAPerson, NotAllowed
from dictation.store import journal, rows
from dictation.store.desk import DeskWork
from dictation.store.figures import Figures
from dictation.store.outbox import Outbox
from dictation.store.revisions import Revisions, _locked
from dictation.store.tables import DictationRow, OutboxRow
from dictation.store.transactions import reading, writing
from dictation.store.working import Working
from dictation.store.worklist import Worklist, _settled, set_search_words

Dictations = list[Dictation]
Entries = list[JournalEntry]
Problems = list[str]  # French sentences

_ARCHIVE_AFTER = {State.SENT, State.DELIVERED, State.ARCHIVED}
_KEPT_FOR = {"E_OBJECTION", "E_HIDDEN"}  # why a signed letter was archived instead of sent
_GONE = {State.SENT, State.DELIVERED, State.RETURNED}
_SIDE = {State.HELD, State.STUCK}
# What a move may set with it; `duration` is the recording's, in seconds.
_FACTS = frozenset(
    {"transcript_sha256", "report_sha256", "draft_version", "letter_version", "pdf_sha256", "approval", "duration"}
    | {"error_code", "error_detail", "resume_state", "attempts", "progress", "seconds_to_go"}
)


class Ledger(Revisions, Outbox, Figures, DeskWork, Worklist, Working):
    """The door to the store. `clock` gives timezone-aware UTC times.

    directory_required: a mailbox that the national directory does not know is not written to.
    """

    def __init__(self, clock: Callable[[], datetime], *, directory_required: bool = False) -> None:
        super().__init__(clock)
        self._directory_required = directory_required

    @property
    def clock(self) -> Callable[[], datetime]:
        return self._clock

    # coming in

    def register(
        self, recording: Recording, sidecar: Sidecar | None, attachments: tuple[Attachment, ...] = ()
    ) -> tuple[str, bool]:
        """A recording claimed from the inbox: (id, True) when new, (id of the first, False) for the same content."""
        now = self._clock()
        with writing():
            row, created = DictationRow.objects.get_or_create(
                sha256=recording.sha256,
                refused=False,
                defaults={
                    "id": uuid.uuid4().hex[:12],
                    "state": State.RECEIVED.value,
                    "name": recording.name,
                    "size_bytes": recording.size_bytes,
                    "duration": recording.duration,
                    "received_at": now,
                    "state_since": now,
                    "search": rows.search_text(recording.name, sidecar),
                    "attachments": json.dumps([codec.to_plain(attachment) for attachment in attachments]),
                    **rows.sidecar_columns(sidecar),
                },
            )
            if created:
                set_search_words(row.id, row.search)
                held = {"attachments": " ".join(each.sha256 for each in attachments)} if attachments else {}
                details: Details = {"sha256": recording.sha256, "size_bytes": recording.size_bytes, **held}
                journal.append(now, "intake", "received", row.id, details)
        return row.id, created

    def refuse(
        self,
        name: str,
        *,
        code: str,
        detail: str = "",
        quarantine_name: str = "",
        sha256: str = "",
        size_bytes: int = 0,
    ) -> str:
        """A file that could not be taken: its row, in quarantine for good; one row per quarantine_name."""
        now = self._clock()
        columns: dict[str, Any] = {
            "id": uuid.uuid4().hex[:12],
            "state": State.QUARANTINED.value,
            "refused": True,
            "name": name,
            "sha256": sha256,
            "size_bytes": size_bytes,
            "received_at": now,
            "state_since": now,
            "error_code": code,
            "error_detail": detail,
            "search": rows.search_text(name, None),
        }
        with writing():
            if quarantine_name:
                row, created = DictationRow.objects.get_or_create(quarantine_name=quarantine_name, defaults=columns)
            else:
                row, created = DictationRow.objects.create(**columns), True
            if created:
                set_search_words(row.id, row.search)
                journal.append(now, "intake", "refused", row.id, {"code": code, "sha256": sha256})
        return row.id

    # looking

    def get(self, dictation_id: str, *, authors: Collection[str] | None = None) -> Dictation:
        """authors: RPPS numbers whose dictations are looked among; another's is not there. None: everybody's."""
        with reading():
            row = _of(DictationRow.objects.filter(pk=dictation_id), authors).first()
        if row is None:
            raise NeedsAPerson(f"no dictation {dictation_id}", code="E_UNKNOWN_DICTATION")
        return rows.dictation(row)

    def find(self, prefix: str, *, authors: Collection[str] | None = None) -> Dictation:
        """The one dictation (of these authors) whose id begins so."""
        with reading():
            found = list(_of(DictationRow.objects.filter(pk__startswith=prefix.lower()), authors)[:2])
        if len(found) != 1 or not prefix:
            code = "E_AMBIGUOUS_DICTATION" if found else "E_UNKNOWN_DICTATION"
            raise NeedsAPerson("no single dictation begins so", code=code)
        return rows.dictation(found[0])

    def list(
        self,
        states: Collection[State] | None = None,
        *,
        author: str | Collection[str] | None = None,
        priority: str | None = None,
        text: str = "",
        settled: bool | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> Dictations:
        """Dictations, urgent first, then oldest.

        author: one RPPS number or several. text: each word must be in the names, numbers or file name, or begin the id.
        settled: only those settled by post, or only the others.
        """
        found = _settled(DictationRow.objects.all(), settled)
        if states is not None:
            found = found.filter(state__in=[state.value for state in states])
        found = _of(found, author)
        if priority is not None:
            found = found.filter(urgent=str(priority) == "urgent")
        for word in rows.folded(text).split():
            found = found.filter(Q(search__contains=word) | Q(pk__startswith=word))
        with reading():
            page = found.order_by("-urgent", "received_at", "id")[offset : offset + limit]
            return [rows.dictation(row) for row in page]

    def patients_since(self, moment: datetime) -> set[Patient]:
        """Who was dictated about since then, as the sidecars say."""
        found = DictationRow.objects.filter(received_at__gte=moment, refused=False, sidecar__isnull=False)
        with reading():
            sidecars = [codec.loads(Sidecar, text) for text in found.values_list("sidecar", flat=True) if text]
        return {sidecar.patient for sidecar in sidecars if sidecar.patient is not None}

    def counts(self, *, author: str | Collection[str] | None = None, settled: bool | None = None) -> dict[State, int]:
        """How many dictations are in each state, 0 included; the sum is every file ever seen (of these authors)."""
        found = _settled(_of(DictationRow.objects.order_by(), author), settled)
        with reading():
            counted = dict(found.values_list("state").annotate(number=Count("id")))
        return {state: counted.get(state.value, 0) for state in State}

    # moving

    def move(
        self,
        dictation_id: str,
        before: State | Collection[State],
        after: State,
        *,
        actor: str,
        note: str = "",
        version: int | None = None,
        **facts: Any,
    ) -> bool:
        """One move, with its journal line. True when it moved, False when the dictation is not in `before`.

        note: why, in a person's words, kept in the journal. version: refuse (Conflict) when the row changed since.
        facts: columns set with it (see _FACTS). Raises NotAllowed for a move the states forbid.
        """
        wanted = frozenset({before} if isinstance(before, State) else before)
        unknown = set(facts) - _FACTS
        if unknown:
            raise TypeError(f"not a fact of a move: {', '.join(sorted(unknown))}")
        if not any(after in MOVES[state] for state in wanted):
            raise NotAllowed(f"no move from {', '.join(sorted(wanted))} to {after}")
        now = self._clock()
        with writing():
            row = _locked(dictation_id)
            state = State(row.state)
            if state not in wanted:
                return False
            if version is not None and row.version != version:
                raise Conflict(f"dictation {dictation_id}: version {row.version}, expected {version}")
            check_move(state, after)
            columns = {**_columns_of_move(row, after, now), **_columns_of_facts(facts)}
            _check_rules(row, state, after, columns, facts)
            mine = DictationRow.objects.filter(pk=row.pk, state=row.state, version=row.version)
            if mine.update(**columns) != 1:
                raise Conflict(f"dictation {dictation_id} changed meanwhile")
            journal.append(now, actor, after.value, row.id, _details(state, note, columns, facts))
        return True

    def resume(self, dictation_id: str, *, actor: str) -> State:
        """Back from held or stuck to where it was, or from quarantine to the start; attempts count from 0 again."""
        dictation = self.get(dictation_id)
        after = State.RECEIVED if dictation.state is State.QUARANTINED else dictation.resume_state
        if dictation.state not in {*_SIDE, State.QUARANTINED} or after is None:
            raise NotAllowed(f"dictation {dictation_id} is {dictation.state}: nothing to resume")
        if not self.move(dictation_id, dictation.state, after, actor=actor, version=dictation.version):
            raise Conflict(f"dictation {dictation_id} changed meanwhile")
        return after

    def release(self, dictation_id: str, *, actor: str) -> None:
        """A letter that was kept for an objection, since lifted, may leave. NeedsAPerson while it stands."""
        dictation = self.get(dictation_id)
        code = obstacle(dictation, self.grounds(dictation), needs_mailbox=False)
        if code:
            raise NeedsAPerson(f"dictation {dictation_id}: not cleared", code=code)
        if not self.move(dictation_id, State.ARCHIVED, State.TYPESET, actor=actor, version=dictation.version):
            raise NotAllowed(f"dictation {dictation_id} is {dictation.state}, not archived")

    # the journal

    def journal(self, dictation_id: str) -> Entries:
        with reading():
            return [*journal.entries(dictation_id)]

    def record(self, action: str, *, actor: str, dictation_id: str = "", details: Details | None = None) -> None:
        """A line about something that changed no row: a page opened, a sign-in refused."""
        with writing():
            journal.append(self._clock(), actor, action, dictation_id, details)

    def verify(self) -> Problems:
        """What is wrong with the journal, in French; empty when its chain is whole."""
        with reading():
            return journal.verify()


def _of(found: QuerySet[DictationRow], author: str | Collection[str] | None) -> QuerySet[DictationRow]:
    """Only these authors' dictations, by RPPS number; None: everybody's."""
    if author is None:
        return found
    return found.filter(author__in=[author] if isinstance(author, str) else list(author))


def _columns_of_move(row: DictationRow, after: State, now: datetime) -> dict[str, Any]:
    """What every move sets: counters and reasons of the state before end with it."""
    back_to_people = after in {State.DRAFTED, State.PROOFREAD} and row.state not in {s.value for s in _SIDE}
    columns: dict[str, Any] = {
        "state": after.value,
        "state_since": now,
        "version": row.version + 1,
        "attempts": 0,
        "waits": 0,
        "not_before": None,
        "error_code": "",
        "error_detail": "",
        "progress": None,
        "seconds_to_go": None,
        "resume_state": row.state if after in _SIDE else "",
        "archive_due": after in _ARCHIVE_AFTER,
    }
    if after not in SETTLEABLE and after is not State.ARCHIVED:
        columns |= {"settled_at": None, "settled_by": ""}  # it is on its way again, or being rewritten
    if back_to_people and row.approval:
        columns |= {"approval": None, "pdf_sha256": ""}  # what was signed no longer counts
    return columns


def _columns_of_facts(facts: dict[str, Any]) -> dict[str, Any]:
    columns = {name: value for name, value in facts.items() if name not in {"approval", "resume_state"}}
    if facts.get("approval") is not None:
        columns |= {"approval": codec.dumps(facts["approval"]), "pdf_sha256": facts["approval"].pdf_sha256}
    return columns


def _check_rules(
    row: DictationRow, before: State, after: State, columns: dict[str, Any], facts: dict[str, Any]
) -> None:
    """What the table of moves cannot say."""
    if row.refused and after is not State.CANCELLED:
        raise NotAllowed(f"dictation {row.id}: the file was refused at the door", code="E_REFUSED_FILE")
    if facts.get("resume_state", before) != before:
        raise NotAllowed(f"dictation {row.id} can only go back to {before}")
    if before in _SIDE and after is not State.CANCELLED and after.value != row.resume_state:
        raise NotAllowed(f"dictation {row.id} goes back to {row.resume_state}, not to {after}")
    if before is State.PROOFREAD and after is State.APPROVED:
        approval = facts.get("approval")
        if approval is None or facts.get("pdf_sha256", approval.pdf_sha256) != approval.pdf_sha256:
            raise NotAllowed(f"dictation {row.id}: no approval of these bytes", code="E_NOT_SIGNED")
        if approval.draft_version != row.draft_version:
            raise Conflict(f"dictation {row.id}: draft {row.draft_version}, signed {approval.draft_version}")
    elif after is State.SENT and not _taken(row):
        raise NotAllowed(f"dictation {row.id}: no carrier has taken it", code="E_NOT_CLEARED")
    elif before in _GONE and after is State.DRAFTED and facts.get("letter_version") != row.letter_version + 1:
        raise NotAllowed(f"dictation {row.id}: what left is only replaced by a new version", code="E_FROZEN")
    elif before is State.ARCHIVED and row.error_code not in _KEPT_FOR:
        raise NotAllowed(f"dictation {row.id}: archived for good")
    elif "approval" in facts:
        raise NotAllowed(f"dictation {row.id}: only signing sets an approval", code="E_NOT_SIGNED")
    if row.approval and columns.get("pdf_sha256", row.pdf_sha256) not in {"", row.pdf_sha256}:
        raise NotAllowed(f"dictation {row.id}: the signed PDF is frozen", code="E_FROZEN")


def _taken(row: DictationRow) -> bool:
    """Whether a carrier took this version of the letter."""
    taken = OutboxRow.objects.filter(dictation=row, letter_version=row.letter_version, state=OutboxState.SENT.value)
    return taken.exists()


def _details(before: State, note: str, columns: dict[str, Any], facts: dict[str, Any]) -> dict[str, str | int | float]:
    details: dict[str, str | int | float] = {"before": before.value}
    for name in ("transcript_sha256", "report_sha256", "draft_version", "letter_version", "error_code", "error_detail"):
        if facts.get(name):
            details[name] = facts[name]
    if facts.get("approval"):
        details |= {"pdf_sha256": columns["pdf_sha256"], "text_sha256": facts["approval"].text_sha256}
        details |= {"draft_version": facts["approval"].draft_version, "signatory": facts["approval"].signatory}
    if note:
        details["note"] = note
    return details
