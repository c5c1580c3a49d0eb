"""Postal: the way by La Poste, for a letter that came back, that perhaps left, or that nobody read.

Dictation id in; a folder of the print folder out, named after the letter: cover.pdf for the window of the envelope, and
letter.pdf, byte for byte what was signed. Touches the ledger, the content store and that folder. A person decides,
never the program: the addressee may have the letter already, and paper cannot be called back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dictation.disk import ContentStore, digest, write_durably
from dictation.domain.consent import Grounds, obstacle
from dictation.domain.postal import Printed
from dictation.domain.progress import Dictation
from dictation.errors import Conflict, NeedsAPerson, NotAllowed, TryAgainLater

COVER, LETTER = "cover.pdf", "letter.pdf"


class Ledger(Protocol):
    """What printing needs of the ledger."""

    def get(self, dictation_id: str) -> Dictation: ...
    def grounds(self, dictation: Dictation) -> Grounds: ...


class Book(Protocol):
    """Where prints are written down; dictation/store/postal.py satisfies it."""

    def stopped(self, quiet_seconds: float, *, dictation_id: str = "") -> Sequence[Dictation]: ...
    def unread(self, hours: float, *, dictation_id: str = "") -> Sequence[Dictation]: ...
    def prints(self, dictation_id: str) -> Sequence[Printed]: ...
    def write_down(self, dictation_id: str, letter_version: int, details: dict[str, str], *, actor: str,
                   lay: Callable[[bool], None]) -> None: ...  # fmt: skip
    def settle(self, dictation_id: str, *, actor: str, note: str = "") -> bool: ...
    def reopen(self, dictation_id: str, *, actor: str, note: str) -> bool: ...


@dataclass(frozen=True)
class PostRoom:
    """What printing for La Poste works with; compose fills it once."""

    ledger: Ledger
    book: Book
    store: ContentStore
    cover: Callable[[Dictation, bytes], bytes]  # (dictation, signed PDF): the cover page, a PDF too
    folder: Path
    unread_hours: float
    quiet_seconds: float = 900.0  # a letter that perhaps left: longer than any line stays open, as for sending again

    def to_print(self) -> Sequence[Dictation]:
        """Letters a person may print: those that came back or perhaps left, then those nobody read for too long."""
        return [*self.book.stopped(self.quiet_seconds), *self.book.unread(self.unread_hours)]

    def is_due(self, dictation: Dictation) -> bool:
        """Whether this one is among them."""
        id = dictation.id
        stopped = self.book.stopped(self.quiet_seconds, dictation_id=id)
        return bool(stopped or self.book.unread(self.unread_hours, dictation_id=id))

    def prints(self, dictation: Dictation) -> Sequence[Printed]:
        """Who printed the present version, oldest first."""
        found = self.book.prints(dictation.id)
        return [one for one in found if one.letter_version == dictation.letter_version]

    def laid(self, dictation: Dictation) -> Path:
        """The folder of the present version's two files, there or not."""
        return self.folder / f"{dictation.id}-{dictation.letter_version}"

    def print(self, dictation_id: str, *, actor: str, again: str = "") -> Path:
        """Lay cover and letter in the print folder and write down who asked; the folder.

        again: why a letter that was printed before is printed once more. Raises NotAllowed: E_NOT_SIGNED,
        E_POSTAL_TOO_SOON, E_ALREADY_PRINTED; NeedsAPerson: E_LETTER_ALTERED, what the patient said (E_OBJECTION,
        E_NO_CONSENT, E_HIDDEN), E_POSTAL_ADDRESS and whatever the cover page cannot print.
        """
        dictation = self.ledger.get(dictation_id)
        self._refuse_unless_allowed(dictation)
        assert dictation.approval is not None
        pdf = self.store.get(dictation.approval.pdf_sha256)  # read by its digest: altered bytes do not come back
        cover, folder = self.cover(dictation, pdf), self.laid(dictation)

        def lay(printed_before: bool) -> None:
            now = self.ledger.get(dictation_id)
            if (now.letter_version, now.pdf_sha256) != (dictation.letter_version, dictation.pdf_sha256):
                raise Conflict(f"dictation {dictation_id}: replaced meanwhile")
            self._refuse_unless_allowed(now)  # again: the second of printing is this one
            if printed_before and not again.strip():
                raise NotAllowed(f"dictation {dictation_id}: was printed before", code="E_ALREADY_PRINTED")
            try:
                write_durably(folder / LETTER, pdf)
                write_durably(folder / COVER, cover)
            except OSError as error:
                raise TryAgainLater(f"dictation {dictation_id}: print folder not writable") from error

        self.book.write_down(
            dictation_id,
            dictation.letter_version,
            {"pdf_sha256": dictation.pdf_sha256, "cover_sha256": digest(cover), "note": again.strip()},
            actor=actor,
            lay=lay,
        )
        return folder

    def settle(self, dictation_id: str, *, actor: str, note: str = "") -> bool:
        """The printed copy was posted: the letter is no longer late. False when somebody had said so already.

        Raises NotAllowed: E_WRONG_STATE, E_NOT_PRINTED.
        """
        return self.book.settle(dictation_id, actor=actor, note=note.strip())

    def reopen(self, dictation_id: str, *, actor: str, note: str) -> bool:
        """It was not posted after all, or La Poste brought it back; False when it was not settled."""
        if not note.strip():
            raise NotAllowed(f"dictation {dictation_id}: a reason is needed", code="E_REASON_MISSING")
        return self.book.reopen(dictation_id, actor=actor, note=note.strip())

    def _refuse_unless_allowed(self, dictation: Dictation) -> None:
        approval = dictation.approval
        if approval is None:
            raise NotAllowed(f"dictation {dictation.id}: nobody has signed", code="E_NOT_SIGNED")
        if approval.pdf_sha256 != dictation.pdf_sha256:
            raise NeedsAPerson(f"dictation {dictation.id}: not the PDF that was signed", code="E_LETTER_ALTERED")
        if not self.is_due(dictation):
            raise NotAllowed(f"dictation {dictation.id}: {dictation.state}, not due", code="E_POSTAL_TOO_SOON")
        code = obstacle(dictation, self.ledger.grounds(dictation), needs_mailbox=False)
        if code:
            raise NeedsAPerson(f"dictation {dictation.id}: not cleared", code=code)
