"""Pipeline: the ordered table of steps. The map to read first.

A dictation id in; each step reads the ledger, does its one thing, and moves the dictation one state on. A step that
runs twice changes nothing the second time: blobs are named by their content, and a move happens once. What an error
means is decided in one table, ENDS. Touches ledger, content store and outbox/, all given in Parts by compose.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol

from dictation.disk import ContentStore, failpoint, write_durably
from dictation.domain import codec
from dictation.domain.documents import Draft, LetterType, Report, Sidecar
from dictation.domain.exchange import Receipt
from dictation.domain.progress import MOVES, Dictation, State
from dictation.errors import Conflict, DictationError, NeedsAPerson, NotAllowed, OutcomeUnknown, TryAgainLater
from transcribe.errors import Cancelled, TranscribeError, UnreadableAudio, WeightsMissing
from transcribe.transcript import Transcript

log = logging.getLogger(__name__)

ACTOR = "workflow"
ProgressCallback = Callable[[float, float | None], None]  # share done 0..1, seconds to go
S = State


class Ledger(Protocol):
    """What the steps need of the ledger; dictation/store/ledger.py satisfies it."""

    def get(self, dictation_id: str) -> Dictation: ...
    def move(
        self,
        dictation_id: str,
        before: State | Collection[State],
        after: State,
        *,
        actor: str,
        note: str = "",
        **facts: Any,
    ) -> bool: ...
    def progress(self, dictation_id: str, share: float | None, seconds_to_go: float | None) -> None: ...
    def count_attempt(self, dictation_id: str) -> int: ...
    def postpone(
        self, dictation_id: str, state: State, *, code: str, detail: str, first_seconds: float, counted: bool
    ) -> datetime: ...
    def draft(self, dictation_id: str, version: int | None = None) -> Draft: ...
    def save_draft(self, dictation_id: str, draft: Draft, *, actor: str, expected_version: int) -> int: ...
    def record(
        self, action: str, *, actor: str, dictation_id: str = "", details: dict[str, str | int | float] | None = None
    ) -> None: ...
    def archive_due(self, dictation_id: str) -> bool: ...
    def archive_written(self, dictation_id: str, state: State) -> bool: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the steps are joined from; compose fills it once."""

    ledger: Ledger
    blobs: ContentStore
    outbox: Path
    transcribe: Callable[[Dictation, IO[bytes], ProgressCallback], Transcript]
    structure: Callable[[Transcript, Sidecar], Report]
    draft: Callable[[Report, Sidecar, LetterType | None, Transcript], Draft]
    verify_letter: Callable[[bytes, str], None]  # (PDF, approved digest); NeedsAPerson when it is another or not PDF/A
    send: Callable[[str], Receipt]  # dictation id; moves typeset -> sending -> sent itself; sending twice is a no-op
    archive: Callable[[str], object]  # dictation id; writes the whole bundle again each time
    max_attempts: int = 3
    retry_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the flow. A step without `run` is done by people or by intake, and is here to be read."""

    name: str
    verb: str  # module:function that does the work
    before: frozenset[State]
    after: State
    workflow: str = ""  # "prepare", "deliver", or "" when nothing of ours runs
    run: Callable[[Parts, Dictation], None] | None = None
    together: bool = False  # whether it may work on several dictations at once


# the steps


def _transcribe(parts: Parts, dictation: Dictation) -> None:
    with parts.blobs.opened(dictation.recording.sha256) as sound:
        failpoint("transcribe-started")
        started = time.monotonic()
        transcript = parts.transcribe(dictation, sound, _at_most_each_second(parts.ledger, dictation.id))
    seconds = round(time.monotonic() - started, 1)
    parts.ledger.record("recognised", actor=ACTOR, dictation_id=dictation.id, details={"recognition_seconds": seconds})
    failpoint("transcribe-heard")
    sha256 = parts.blobs.put(transcript.to_json().encode())
    failpoint("transcribe-stored")
    parts.ledger.move(
        dictation.id,
        S.RECEIVED,
        S.TRANSCRIBED,
        actor=ACTOR,
        transcript_sha256=sha256,
        duration=transcript.duration,
    )
    failpoint("transcribe-moved")


def _structure(parts: Parts, dictation: Dictation) -> None:
    report = parts.structure(_transcript(parts, dictation), _sidecar(dictation))
    failpoint("structure-done")
    sha256 = parts.blobs.put(codec.dumps(report).encode())
    failpoint("structure-stored")
    parts.ledger.move(dictation.id, S.TRANSCRIBED, S.STRUCTURED, actor=ACTOR, report_sha256=sha256)
    failpoint("structure-moved")


def _draft(parts: Parts, dictation: Dictation) -> None:
    if dictation.draft_version == 0:
        report = codec.loads(Report, parts.blobs.get(dictation.report_sha256))
        sidecar = _sidecar(dictation)
        draft = parts.draft(report, sidecar, sidecar.letter_type, _transcript(parts, dictation))
        failpoint("draft-written")
        parts.ledger.save_draft(dictation.id, draft, actor=ACTOR, expected_version=0)
    failpoint("draft-saved")
    parts.ledger.move(dictation.id, S.STRUCTURED, S.DRAFTED, actor=ACTOR)
    failpoint("draft-moved")


def _typeset(parts: Parts, dictation: Dictation) -> None:
    """Verify the bytes that were signed, and lay them in outbox/. Nothing is rendered: what was seen is the letter."""
    approved = dictation.approval.pdf_sha256 if dictation.approval else ""
    try:
        pdf = parts.blobs.get(approved)
        parts.verify_letter(pdf, approved)
    except NeedsAPerson as error:
        if error.code == "E_INTEGRITY":
            raise NeedsAPerson(f"dictation {dictation.id}: {error}", code="E_LETTER_ALTERED") from error
        raise
    failpoint("typeset-verified")
    write_durably(parts.outbox / f"{dictation.id}-v{dictation.letter_version}" / "letter.pdf", pdf)
    failpoint("typeset-laid")
    parts.ledger.move(dictation.id, S.APPROVED, S.TYPESET, actor=ACTOR)
    failpoint("typeset-moved")


def _send(parts: Parts, dictation: Dictation) -> None:
    """Sending moves the dictation itself, around the second when the line is open: see send/send.py."""
    failpoint("send-started")
    parts.send(dictation.id)
    failpoint("send-done")


def _archive(parts: Parts, dictation: Dictation) -> None:
    """Write the proof of what happened so far. The state stays what the addressee's side last said."""
    failpoint("archive-started")
    parts.archive(dictation.id)
    failpoint("archive-stored")
    parts.ledger.archive_written(dictation.id, dictation.state)
    failpoint("archive-done")


FLOW: tuple[Step, ...] = (
    Step("intake", "dictation.intake.admit:Admission.consider", frozenset(), S.RECEIVED),
    Step(
        "transcribe",
        "transcribe:transcribe",
        frozenset({S.RECEIVED}),
        S.TRANSCRIBED,
        "prepare",
        _transcribe,
        together=True,
    ),
    Step(
        "structure",
        "dictation.structure:structure",
        frozenset({S.TRANSCRIBED}),
        S.STRUCTURED,
        "prepare",
        _structure,
    ),
    Step("draft", "dictation.draft:write", frozenset({S.STRUCTURED}), S.DRAFTED, "prepare", _draft),
    Step("proofread", "dictation.proofread:hand_over", frozenset({S.DRAFTED}), S.PROOFREAD),
    Step("sign", "dictation.proofread:approve", frozenset({S.PROOFREAD}), S.APPROVED),
    Step("letter", "dictation.letter:verify", frozenset({S.APPROVED}), S.TYPESET, "deliver", _typeset),
    Step("send", "dictation.send.send:send", frozenset({S.TYPESET, S.SENDING, S.UNCERTAIN}), S.SENT, "deliver", _send),
    Step(
        "archive",
        "dictation.archive:Archive.write",
        frozenset({S.SENT, S.DELIVERED, S.ARCHIVED}),
        S.ARCHIVED,
        "deliver",
        _archive,
    ),
)
WORKFLOWS = ("prepare", "deliver")


# what an error means


@dataclass(frozen=True, slots=True)
class End:
    """One way a step may end other than well. `after` None: the dictation stays where it is."""

    error: type[Exception]
    code: str  # the code must begin so
    states: frozenset[State]  # where the dictation stands when it happens
    after: State | None
    counted: bool = False  # whether it uses up one of the attempts


ANYWHERE = frozenset(State)
_HOLDABLE = frozenset(state for state in State if S.HELD in MOVES[state])

# Read from the top: the first line that fits decides. The last is a bug: counted, tried again, then stuck.
ENDS: tuple[End, ...] = (
    End(UnreadableAudio, "", frozenset({S.RECEIVED}), S.QUARANTINED),
    End(Cancelled, "", ANYWHERE, None),  # the service is stopping: begin again at the next start
    End(WeightsMissing, "", ANYWHERE, None),  # every dictation waits for the administrator; none fails for it
    End(Conflict, "", ANYWHERE, None),  # a person was quicker: look again
    End(NeedsAPerson, "E_AUDIO_", frozenset({S.RECEIVED}), S.QUARANTINED),
    End(NeedsAPerson, "E_LETTER_ALTERED", frozenset({S.APPROVED}), S.PROOFREAD),  # to be signed again
    End(NeedsAPerson, "E_OBJECTION", frozenset({S.TYPESET}), S.ARCHIVED),  # kept, not sent
    End(NeedsAPerson, "", _HOLDABLE, S.HELD),
    End(NeedsAPerson, "", frozenset({S.SENDING}), S.RETURNED),
    End(NotAllowed, "", _HOLDABLE, S.HELD),
    End(NotAllowed, "", frozenset({S.SENDING}), S.RETURNED),
    End(OutcomeUnknown, "", frozenset({S.SENDING}), S.UNCERTAIN),
    End(TryAgainLater, "", ANYWHERE, None),
    End(Exception, "", ANYWHERE, None, counted=True),
)


def run_step(parts: Parts, step: Step, dictation_id: str) -> None:
    """Run one step of one dictation, or leave it alone when it is elsewhere. Only a store that is away raises."""
    dictation = parts.ledger.get(dictation_id)
    if step.run is None or dictation.state not in step.before:
        return
    if step.name == "archive" and not parts.ledger.archive_due(dictation_id):
        return
    attempt = parts.ledger.count_attempt(dictation_id)  # before, so that a recording that kills us is counted too
    if attempt > parts.max_attempts and S.STUCK in MOVES[dictation.state]:
        detail = f"{step.name}: {dictation.error_code or 'the program ended each time'}"
        facts = {"error_code": "E_ATTEMPTS", "error_detail": detail}
        parts.ledger.move(dictation_id, dictation.state, S.STUCK, actor=ACTOR, **facts)
        return
    started = time.monotonic()
    try:
        step.run(parts, dictation)
    except Exception as error:
        _end(parts, step, dictation, error)
    else:
        log.info("%s %s: done in %.1f s", step.name, dictation_id, time.monotonic() - started)


def steps(parts: Parts) -> dict[str, tuple[tuple[str, Callable[[str], None]], ...]]:
    """What the workflow engine runs: for each workflow its steps in order, as (name, callable on a dictation id).

    Where the engine runs a workflow on several dictations at once, the steps that are not `together` still take turns.
    """
    found = {}
    for workflow in WORKFLOWS:
        turns, together = _Gate(), _Gate()
        mine = [step for step in FLOW if step.workflow == workflow]
        found[workflow] = tuple((step.name, _bound(parts, step, together if step.together else turns)) for step in mine)
    return found


def _bound(parts: Parts, step: Step, gate: _Gate) -> Callable[[str], None]:
    def run(dictation_id: str) -> None:
        with gate.enter(alone=not step.together or parts.ledger.get(dictation_id).attempts > 0):
            run_step(parts, step, dictation_id)

    return run


class _Gate:
    """Lets dictations into a step side by side, or alone: in turn, and one that was tried before.

    What ends the whole program counts an attempt for everybody inside: the second time it is inside by itself, and no
    other recording ends up stuck for it.
    """

    def __init__(self) -> None:
        self._door = threading.Lock()  # held by who waits to be alone, and while he is
        self._changed = threading.Condition()
        self._inside = 0

    @contextmanager
    def enter(self, *, alone: bool) -> Iterator[None]:
        with self._door:
            if alone:
                with self._changed:
                    self._changed.wait_for(lambda: self._inside == 0)
                yield
                return
            with self._changed:
                self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()


def _end(parts: Parts, step: Step, dictation: Dictation, error: Exception) -> None:
    """Write down what an error means for the dictation. A step that already moved it has said so itself."""
    state = parts.ledger.get(dictation.id).state
    if state not in step.before or (state is S.UNCERTAIN and state is not dictation.state):
        return
    code = _code(error)
    end = next(
        end for end in ENDS if isinstance(error, end.error) and code.startswith(end.code) and state in end.states
    )
    if end.counted:
        _log_bug(step, dictation.id, error)
        detail = f"{step.name}: {type(error).__name__}"  # never the message: it may quote what was dictated
    else:
        log.warning("%s %s: %s", step.name, dictation.id, code)
        detail = str(error)
    if end.after is None:
        first = 0.0 if isinstance(error, Cancelled) else parts.retry_seconds
        parts.ledger.postpone(dictation.id, state, code=code, detail=detail, first_seconds=first, counted=end.counted)
    else:
        facts = {"error_code": code, "error_detail": detail}
        parts.ledger.move(dictation.id, state, end.after, actor=ACTOR, note=step.name, **facts)


def _code(error: Exception) -> str:
    if isinstance(error, DictationError | TranscribeError):
        return error.code
    return "E_STOPPED" if isinstance(error, Cancelled) else "E_BUG"


def _log_bug(step: Step, dictation_id: str, error: Exception) -> None:
    """The whole way to the fault, without the exception's own words: those may quote a patient."""
    chain: BaseException | None = error
    while chain is not None:
        where = "".join(traceback.format_tb(chain.__traceback__))
        log.error("%s %s: %s\n%s", step.name, dictation_id, type(chain).__qualname__, where)
        chain = chain.__cause__ or chain.__context__


# small readers


def _transcript(parts: Parts, dictation: Dictation) -> Transcript:
    return Transcript.from_json(parts.blobs.get(dictation.transcript_sha256).decode())


def _sidecar(dictation: Dictation) -> Sidecar:
    if dictation.sidecar is None:
        raise NeedsAPerson(f"dictation {dictation.id} has no sidecar", code="E_SIDECAR_INVALID")
    return dictation.sidecar


def _at_most_each_second(ledger: Ledger, dictation_id: str) -> ProgressCallback:
    """Progress for the worklist, written seldom: each write is a synced commit."""
    last = -1.0

    def report(share: float, seconds_to_go: float | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= 1.0 or last < 0:
            last = now
            ledger.progress(dictation_id, min(max(share, 0.0), 1.0), seconds_to_go)

    return report
