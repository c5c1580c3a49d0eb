"""Proofread: a draft becomes a text that a person answers for, and a PDF that nobody renders again.

Draft and people in, corrected drafts and an Approval out. Touches the ledger and the content store, both given by the
caller; `typeset` is given too, so this module knows neither WeasyPrint nor Django.

    drafted --correct, tick--> drafted --hand_over--> proofread --open_for_signing, approve--> approved
       ^------------------------- send_back(reason) -----'

The bytes that were seen are the letter: `open_for_signing` renders the text once, the ledger keeps the digest of the
PDF beside the draft version, and every later opening shows those bytes. `approve` freezes text and PDF together, and
only when the digest the signatory confirms is the one that was shown.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, Protocol

from dictation.domain.documents import Approval, Doubt, Draft, DraftSection, Sidecar
from dictation.domain.journal import JournalEntry
from dictation.domain.progress import MOVES, Dictation, State
from dictation.errors import NotAllowed

log = logging.getLogger(__name__)

Verdict = Literal["heard", "corrected", "asked"]
VERDICTS: tuple[Verdict, ...] = ("heard", "corrected", "asked")
WRONG_PATIENT = "E_WRONG_PATIENT"
HOLE = re.compile(r"\[[^\[\]\n]{2,60}\]")  # « [à compléter] »: something that must not be printed as it stands
RELINKED = "patient-relinked"  # journal action: the letter is about somebody else than its sidecar said
PROOF_MADE = "proof-made"  # journal action: these bytes are what a signatory of this text is shown


class Ledger(Protocol):
    """What proofreading needs of the ledger; dictation/store/ledger.py satisfies it."""

    def get(self, dictation_id: str) -> Dictation: ...
    def draft(self, dictation_id: str, version: int | None = None) -> Draft: ...
    def save_draft(self, dictation_id: str, draft: Draft, *, actor: str, expected_version: int) -> int: ...
    def tick(self, dictation_id: str, doubt_key: str, verdict: Verdict, *, actor: str) -> None: ...
    def ticks(self, dictation_id: str) -> dict[str, str]: ...
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
    ) -> bool: ...
    def resume(self, dictation_id: str, *, actor: str) -> Any: ...
    def set_sidecar(self, dictation_id: str, sidecar: Sidecar, *, actor: str) -> None: ...
    def journal(self, dictation_id: str) -> Sequence[JournalEntry]: ...
    def keep_pdf(self, dictation_id: str, pdf_sha256: str, *, draft_version: int) -> bool: ...
    def record(
        self, action: str, *, actor: str, dictation_id: str = "", details: Mapping[str, str | int | float] | None = None
    ) -> None: ...


class Typeset(Protocol):
    """Prints a draft as the PDF that `signatory` (RPPS) would sign on that day; "" gives a proof nobody may sign."""

    def __call__(
        self, dictation: Dictation, draft: Draft, *, signatory: str, printed_on: date, unread: bool = False
    ) -> bytes: ...


class Blobs(Protocol):
    """What proofreading needs of the content store; dictation/disk.py satisfies it."""

    def put(self, data: bytes) -> str: ...
    def get(self, sha256: str) -> bytes: ...
    def has(self, sha256: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Signer:
    """Who is about to sign: an account, and the doctor it belongs to."""

    account: str
    rpps: str  # "" for an account that is no doctor's: such an account never signs
    substitutes: frozenset[str] = frozenset()  # RPPS of the authors this doctor may sign for

    def may_sign(self, author: str) -> bool:
        return bool(self.rpps) and (self.rpps == author or author in self.substitutes)


@dataclass(frozen=True, slots=True)
class Proof:
    """The PDF of one text, with the name and the day printed under it: what a signatory is shown and confirms."""

    draft_version: int
    text_sha256: str
    pdf_sha256: str
    signatory: str  # RPPS
    printed_on: str  # ISO date
    unread: bool = False  # it says « Signée sans relecture par l’auteur »


class OpenPoints(NotAllowed):
    """Points nobody has answered, placeholders nobody filled in: hand-over asks once, by name, before it goes on."""

    code = "E_OPEN_POINTS"

    def __init__(self, dictation_id: str, keys: Sequence[str]) -> None:
        self.keys = tuple(keys)
        super().__init__(f"dictation {dictation_id}: {len(self.keys)} points still open")


class ProofChanged(NotAllowed):
    """What the signatory confirms is not what is stored: text or PDF changed since the page was opened."""

    code = "E_PROOF_CHANGED"


def text_digest(draft: Draft) -> str:
    return hashlib.sha256(draft.text().encode()).hexdigest()


def open_doubts(draft: Draft, ticks: Mapping[str, str]) -> tuple[Doubt, ...]:
    """The points nobody has answered yet, most dangerous first, then in the order of the draft."""
    waiting = [doubt for doubt in draft.doubts if doubt.key not in ticks]
    return tuple(sorted(waiting, key=lambda doubt: -doubt.risk))


def holes(draft: Draft) -> tuple[str, ...]:
    """Keys of the placeholders nobody has filled in, in the order of the letter: « hole:2:[à compléter] »."""
    return tuple(f"hole:{i}:{hole}" for i, section in enumerate(draft.sections) for hole in HOLE.findall(section.text))


def correct(
    ledger: Ledger,
    dictation_id: str,
    sections: Sequence[DraftSection],
    *,
    actor: str,
    expected_version: int,
    recheck: Callable[[str, Draft], Draft] | None = None,
) -> int:
    """Save a new revision of the text; return its version, or the present one when no word changed.

    recheck: finds the points of the corrected draft; when it fails the text is saved all the same, with the old ones.
    Sections left blank are dropped. NotAllowed with code E_CONFLICT when somebody saved meanwhile (both texts are then
    in the caller's hands: nothing is overwritten), with E_WRONG_STATE when the letter is no longer being proofread.
    """
    _expect(ledger.get(dictation_id), State.DRAFTED)
    current = ledger.draft(dictation_id)
    kept = tuple(_tidied(section) for section in sections if section.text.strip())
    if current.version == expected_version and kept == current.sections:
        return expected_version
    edited = replace(current, sections=kept)
    if recheck is not None:
        try:
            edited = recheck(dictation_id, edited)
        except Exception as error:  # a person's words are never lost to a rule
            log.error("dictation %s: points not checked again: %s", dictation_id, type(error).__name__)
    return ledger.save_draft(dictation_id, edited, actor=actor, expected_version=expected_version)


def tick(ledger: Ledger, dictation_id: str, doubt_key: str, verdict: Verdict, *, actor: str) -> None:
    """Answer one point: heard and right, corrected, or a question for the signatory."""
    _expect(ledger.get(dictation_id), State.DRAFTED)
    if verdict not in VERDICTS:
        raise NotAllowed(f"dictation {dictation_id}: no verdict {verdict!r}", code="E_BAD_REQUEST")
    if doubt_key not in {doubt.key for doubt in ledger.draft(dictation_id).doubts}:
        raise NotAllowed(f"dictation {dictation_id}: no such point", code="E_BAD_REQUEST")
    ledger.tick(dictation_id, doubt_key, verdict, actor=actor)


def hand_over(
    ledger: Ledger, dictation_id: str, *, actor: str, expected_version: int, confirmed: Collection[str] = ()
) -> bool:
    """Proofread: the letter goes to its signatory. False when it had already left the desk.

    confirmed: keys of open points, whatever their risk, and of placeholders left in the text, that the proofreader was
    shown and passes on unanswered. OpenPoints names all that are open, high risk first, when one is missing from it: a
    point that appeared since the question was asked makes it be asked again.
    """
    dictation = ledger.get(dictation_id)
    if dictation.state is State.PROOFREAD:
        return False
    _expect(dictation, State.DRAFTED)
    draft = ledger.draft(dictation_id)
    if draft.version != expected_version:
        raise NotAllowed(f"dictation {dictation_id}: saved meanwhile", code="E_CONFLICT")
    waiting = [*(doubt.key for doubt in open_doubts(draft, ledger.ticks(dictation_id))), *holes(draft)]
    if not set(waiting) <= set(confirmed):
        raise OpenPoints(dictation_id, waiting)
    note = f"{len(waiting)} open points confirmed" if waiting else ""
    return ledger.move(dictation_id, State.DRAFTED, State.PROOFREAD, actor=actor, note=note)


def send_back(ledger: Ledger, dictation_id: str, reason: str, *, actor: str) -> bool:
    """The signatory wants changes: back to the proofreader, with the reason."""
    expect_reason(dictation_id, reason)
    return ledger.move(dictation_id, State.PROOFREAD, State.DRAFTED, actor=actor, note=reason.strip())


def open_for_signing(
    ledger: Ledger,
    blobs: Blobs,
    typeset: Typeset,
    dictation_id: str,
    *,
    signer: Signer,
    today: date,
    unread: bool = False,
) -> Proof:
    """The PDF this person may sign today: rendered at the first opening, the same bytes at every later one.

    The letter prints who signs it and when, so another person or another day has it rendered anew. The ledger
    remembers the last one beside the draft version, and forgets it when text or letterhead change. unread: the
    signatory says that they sign without reading it again: the letter itself says so, hence other bytes.
    NotAllowed with E_NOT_SIGNATORY for somebody who may not sign it.
    """
    dictation = ledger.get(dictation_id)
    _expect_signer(dictation, signer)
    _expect(dictation, State.PROOFREAD)
    draft = ledger.draft(dictation_id)
    proof = proof_of(ledger, dictation)
    if proof is not None and _signable(proof, signer, today) and proof.unread == unread:
        return proof
    pdf_sha256 = blobs.put(typeset(dictation, draft, signatory=signer.rpps, printed_on=today, unread=unread))
    if not ledger.keep_pdf(dictation_id, pdf_sha256, draft_version=draft.version):
        raise ProofChanged(f"dictation {dictation_id}: draft {draft.version} is no longer the last")
    made = Proof(draft.version, text_digest(draft), pdf_sha256, signer.rpps, today.isoformat(), unread)
    ledger.record(PROOF_MADE, actor=signer.account, dictation_id=dictation_id, details=asdict(made))
    return made


def proof_of(ledger: Ledger, dictation: Dictation) -> Proof | None:
    """The PDF the ledger holds for the present text, and who may sign it on which day; None when there is none."""
    for entry in reversed(ledger.journal(dictation.id)):
        if entry.action == PROOF_MADE and entry.details.get("pdf_sha256") == dictation.pdf_sha256:
            text = {name: str(entry.details[name]) for name in ("text_sha256", "pdf_sha256", "signatory", "printed_on")}
            unread = bool(entry.details.get("unread", False))
            return Proof(draft_version=int(entry.details["draft_version"]), unread=unread, **text)
    return None


def _signable(proof: Proof, signer: Signer, today: date) -> bool:
    return (proof.signatory, proof.printed_on) == (signer.rpps, today.isoformat())


def approve(
    ledger: Ledger,
    blobs: Blobs,
    dictation_id: str,
    *,
    signer: Signer,
    seen_pdf_sha256: str,
    at: datetime,
    today: date,
    as_substitute: bool = False,
) -> bool:
    """Sign: text and PDF are frozen together. False when this letter was already signed with these bytes.

    seen_pdf_sha256: the digest the signatory's page showed and sent back. at, today: the moment, and its date where
    the hospital is. ProofChanged unless it is the PDF of the present text, printed for this person and this day.
    NotAllowed with E_NOT_SIGNATORY unless the signer dictated the letter, or may sign for who did and says so.
    NeedsAPerson (E_INTEGRITY) when the stored bytes are missing or changed.
    """
    dictation = ledger.get(dictation_id)
    author = _expect_signer(dictation, signer)
    if signer.rpps != author and not as_substitute:
        raise NotAllowed(f"dictation {dictation_id}: signing for another was not declared", code="E_NOT_SIGNATORY")
    if dictation.approval is not None and dictation.approval.pdf_sha256 == seen_pdf_sha256:
        return False
    _expect(dictation, State.PROOFREAD)
    proof, draft = proof_of(ledger, dictation), ledger.draft(dictation_id)
    present = proof is not None and (proof.draft_version, proof.text_sha256) == (draft.version, text_digest(draft))
    if proof is None or not present or proof.pdf_sha256 != seen_pdf_sha256 or not _signable(proof, signer, today):
        raise ProofChanged(f"dictation {dictation_id}: not the PDF of draft {draft.version} for this person today")
    blobs.get(proof.pdf_sha256)
    return ledger.move(
        dictation_id,
        State.PROOFREAD,
        State.APPROVED,
        actor=signer.account,
        note=" ".join(word for word in ("substitute" * (signer.rpps != author), "unread" * proof.unread) if word),
        version=dictation.version,
        approval=Approval(proof.draft_version, proof.text_sha256, proof.pdf_sha256, signer.rpps, at),
    )


def _expect_signer(dictation: Dictation, signer: Signer) -> str:
    """The RPPS of the author, when this signer may sign for them."""
    author = dictation.sidecar.author if dictation.sidecar else ""
    if not signer.may_sign(author):
        raise NotAllowed(f"dictation {dictation.id}: not for this account to sign", code="E_NOT_SIGNATORY")
    return author


def hold(ledger: Ledger, dictation_id: str, reason: str, *, actor: str) -> bool:
    """Put aside until a person decides; `resume` takes it back where it was."""
    expect_reason(dictation_id, reason)
    state = _expect_move(ledger.get(dictation_id), State.HELD)
    return ledger.move(dictation_id, state, State.HELD, actor=actor, note=reason.strip())


def hold_wrong_patient(ledger: Ledger, dictation_id: str, reason: str, *, compared: str, actor: str) -> bool:
    """The letter is about somebody else: nothing moves it on until a person decides, with what was compared kept."""
    expect_reason(dictation_id, reason)
    state = _expect_move(ledger.get(dictation_id), State.HELD)
    note = f"Mauvais patient\u00a0: {reason.strip()} ({compared})"
    return ledger.move(dictation_id, state, State.HELD, actor=actor, note=note, error_code=WRONG_PATIENT)


def resume(ledger: Ledger, dictation_id: str, *, actor: str) -> None:
    """Back where it was, with its attempts counted from nothing."""
    _expect(ledger.get(dictation_id), State.HELD, State.STUCK)
    ledger.resume(dictation_id, actor=actor)


def cancel(ledger: Ledger, dictation_id: str, reason: str, *, actor: str) -> bool:
    """Given up by a person, with a reason; nothing is erased."""
    expect_reason(dictation_id, reason)
    state = _expect_move(ledger.get(dictation_id), State.CANCELLED)
    return ledger.move(dictation_id, state, State.CANCELLED, actor=actor, note=reason.strip())


def _tidied(section: DraftSection) -> DraftSection:
    """The text as it is stored: browsers send CR LF, and blank ends are nobody's words."""
    return replace(section, text=section.text.replace("\r\n", "\n").replace("\r", "\n").strip())


def _expect(dictation: Dictation, *states: State) -> None:
    if dictation.state not in states:
        raise NotAllowed(f"dictation {dictation.id} is {dictation.state}", code="E_WRONG_STATE")


def _expect_move(dictation: Dictation, after: State) -> State:
    if after not in MOVES[dictation.state]:
        raise NotAllowed(f"dictation {dictation.id} is {dictation.state}", code="E_WRONG_STATE")
    return dictation.state


def expect_reason(dictation_id: str, reason: str) -> None:
    if not reason.strip():
        raise NotAllowed(f"dictation {dictation_id}: a reason is needed", code="E_REASON_MISSING")
