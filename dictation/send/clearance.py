"""Clearance: may this letter leave, at this very second?

Dictation and the bytes about to travel in, Clearance out. Touches nothing. Called twice by send.py: before the outbox
row is written, and again inside the claim, when the line is open and only DATA is left: an objection recorded in
between still stops the letter.
"""

from __future__ import annotations

from datetime import datetime

from dictation.domain.consent import Grounds, obstacle
from dictation.domain.exchange import Clearance
from dictation.domain.progress import Dictation, State
from dictation.errors import NeedsAPerson, NotAllowed
from dictation.send.message import is_mailbox

NOTHING_KNOWN = Grounds()
SENDABLE = frozenset({State.TYPESET, State.SENDING})


def clear(
    dictation: Dictation, pdf_sha256: str, *, needs_mailbox: bool, now: datetime, grounds: Grounds = NOTHING_KNOWN
) -> Clearance:
    """Consent, addressee and bytes, checked now.

    pdf_sha256: digest of the PDF that is about to leave. needs_mailbox: False on the print path.
    grounds: what the store knows beyond the sidecar: what the patient said, what is hidden, what the directory says.
    Raises NotAllowed when the dictation is not at this step; NeedsAPerson with E_LETTER_ALTERED (not the bytes that
    were signed), E_OBJECTION (the letter may be signed and archived, not sent), E_NO_CONSENT, E_HIDDEN,
    E_ADDRESSEE_MISSING, and what the directory says: E_MAILBOX_GONE, E_MAILBOX_CHANGED, E_MAILBOX_UNKNOWN.
    """
    if dictation.state not in SENDABLE:
        raise NotAllowed(f"dictation {dictation.id}: {dictation.state} is not a state to send from")
    if dictation.approval is None:
        raise NotAllowed(f"dictation {dictation.id}: nobody has signed")
    if not pdf_sha256 == dictation.approval.pdf_sha256 == dictation.pdf_sha256:
        raise NeedsAPerson(f"dictation {dictation.id}: not the PDF that was signed", code="E_LETTER_ALTERED")
    code = obstacle(dictation, grounds, needs_mailbox=False)
    if code:
        raise NeedsAPerson(f"dictation {dictation.id}: not cleared", code=code)
    addressee = dictation.sidecar.addressee if dictation.sidecar else None
    if addressee is None or (needs_mailbox and not is_mailbox(addressee.mailbox)):
        raise NeedsAPerson(f"dictation {dictation.id}: no addressee, or no mailbox", code="E_ADDRESSEE_MISSING")
    if needs_mailbox and grounds.mailbox_code:
        raise NeedsAPerson(f"dictation {dictation.id}: not cleared", code=grounds.mailbox_code)
    return Clearance(dictation.id, dictation.letter_version, pdf_sha256, addressee.mailbox, now)
