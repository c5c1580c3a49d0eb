"""Parts: what the pages need and do not build themselves.

compose calls install() once before the first request; views call parts(). Tests install their own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from dictation import proofread
from dictation.dictaphone import Dictaphone
from dictation.domain.check import Check
from dictation.domain.consent import ConsentWord, Grounds, Scope
from dictation.domain.desk import DeskLock, Level, Question, TextBlock
from dictation.domain.devices import Device
from dictation.domain.directory import DirectoryState, Entry, Found
from dictation.domain.documents import Draft, SectionKind, Sidecar
from dictation.domain.exchange import Consent, Dispatch, Receipt
from dictation.domain.people import Author, Patient
from dictation.domain.postal import Printed
from dictation.domain.progress import Dictation, Standing, State, Tally
from dictation.domain.replies import KeptReply
from dictation.domain.spans import Span
from dictation.figures import Move, Pointed, UnderWay
from dictation.settings import OverdueSettings, WebSettings
from dictation.web.french import PARIS


class Ledger(proofread.Ledger, Protocol):
    """What the pages need of the ledger beyond proofreading; dictation/store/ledger.py satisfies it.

    author, authors: Person.scope, always named: what somebody may not see is left out by the query itself.
    """

    def get(self, dictation_id: str, *, authors: Collection[str] | None = None) -> Dictation: ...
    def list(
        self,
        states: Collection[State] | None = None,
        *,
        author: Any = None,
        text: str = "",
        settled: bool | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> list[Dictation]: ...
    def counts(self, *, author: Any = None, settled: bool | None = None) -> dict[State, int]: ...
    def page(
        self,
        states: Collection[State],
        *,
        authors: Collection[str] | None = None,
        text: str = "",
        urgent_only: bool = False,
        newest: bool = False,
        since_before: Collection[Standing] | None = None,
        settled: bool | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[Dictation]: ...
    def urgent_ids(
        self, states: Collection[State], *, authors: Collection[str] | None, limit: int
    ) -> Sequence[str]: ...
    def tallies(self, wanted: Sequence[Tally], *, authors: Collection[str] | None = None) -> Sequence[int]: ...
    def latest(self) -> tuple[int, int]: ...
    def moves_since(self, since: datetime, services: Mapping[str, str]) -> Sequence[Move]: ...
    def under_way(self, services: Mapping[str, str]) -> Sequence[UnderWay]: ...
    def points_since(self, since: datetime, services: Mapping[str, str]) -> Sequence[Pointed]: ...
    def revisions(self, dictation_id: str) -> Sequence[tuple[int, str, datetime]]: ...
    def take_lock(self, dictation_id: str, account: str, *, by_force: bool = False) -> DeskLock: ...
    def leave_lock(self, dictation_id: str, account: str) -> None: ...
    def locks(self, dictation_ids: Collection[str]) -> Mapping[str, DeskLock]: ...
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
    ) -> Question: ...
    def answer(self, dictation_id: str, question_id: int, answer: str, *, actor: str, sound: str = "") -> Question: ...
    def questions(self, dictation_id: str) -> Sequence[Question]: ...
    def blocks(self, *, sites: Collection[str], services: Collection[str], account: str) -> Sequence[TextBlock]: ...
    def save_block(self, block: TextBlock, *, actor: str) -> int: ...
    def delete_block(self, block_id: int, level: Level, owner: str, *, actor: str) -> bool: ...
    def preferences(self, account: str) -> Mapping[str, Any]: ...
    def set_preferences(self, account: str, choices: dict[str, Any]) -> None: ...
    def dispatches(self, dictation_id: str) -> Sequence[Dispatch]: ...
    def receipts(self, dictation_id: str) -> Sequence[Receipt]: ...
    def verify(self) -> Sequence[str]: ...
    def set_sidecar(self, dictation_id: str, sidecar: Sidecar, *, actor: str) -> None: ...
    def find(self, prefix: str, *, authors: Collection[str] | None = None) -> Dictation: ...
    def grounds(self, dictation: Dictation) -> Grounds: ...
    def consents(self, dictation_id: str) -> Sequence[ConsentWord]: ...
    def say_consent(self, dictation_id: str, verdict: Consent, scope: Scope, *, actor: str, note: str = "") -> None: ...
    def hide(self, dictation_id: str, *, from_patient: bool, from_professionals: bool, actor: str) -> None: ...
    def release(self, dictation_id: str, *, actor: str) -> None: ...


class Replies(Protocol):
    """What came back; dictation/store/replies.py satisfies it."""

    def waiting(self, authors: Collection[str] | None = None) -> Sequence[KeptReply]: ...
    def of(self, dictation_id: str) -> Sequence[KeptReply]: ...
    def attach(
        self, reply_id: str, dictation_id: str, *, actor: str, authors: Collection[str] | None = None
    ) -> None: ...
    def dismiss(self, reply_id: str, *, actor: str, note: str, authors: Collection[str] | None = None) -> None: ...
    def without_news(self, days: float, *, authors: Collection[str] | None = None) -> Sequence[Dictation]: ...


class PostRoom(Protocol):
    """The way by La Poste; dictation/send/postal.py satisfies it."""

    def is_due(self, dictation: Dictation) -> bool: ...
    def prints(self, dictation: Dictation) -> Sequence[Printed]: ...
    def laid(self, dictation: Dictation) -> Path: ...
    def print(self, dictation_id: str, *, actor: str, again: str = "") -> Path: ...
    def settle(self, dictation_id: str, *, actor: str, note: str = "") -> bool: ...
    def reopen(self, dictation_id: str, *, actor: str, note: str) -> bool: ...


class Directory(Protocol):
    """Who practises where; dictation/store/directory.py satisfies it."""

    def search(self, name: str, *, town: str = "", limit: int = 50) -> Sequence[Found]: ...
    def entry(self, key: str) -> Entry | None: ...
    def states(self) -> Sequence[DirectoryState]: ...


class Devices(Protocol):
    """Phones and tablets that may dictate; dictation/store/devices.py satisfies it."""

    def invite(self, account: str, label: str, *, actor: str) -> str: ...
    def enrol(self, link: str) -> str: ...
    def find(self, token: str) -> Device | None: ...
    def list(self, account: str = "") -> Sequence[Device]: ...
    def revoke(self, device: int, *, actor: str, account: str = "") -> bool: ...


class Suggestions(Protocol):
    """Words corrected again and again; dictation/store/suggestions.py satisfies it."""

    def answered(self) -> set[str]: ...
    def answer(self, key: str, *, accepted: bool, actor: str) -> bool: ...
    def corrected(self, authors: Collection[str] | None) -> Sequence[tuple[str, Draft, Draft, str]]: ...


class Corrections(Protocol):
    """Letters replaced after they left; dictation/store/corrections.py satisfies it."""

    def begin(self, dictation_id: str, *, actor: str, reason: str) -> int: ...
    def of(self, dictation_id: str) -> Sequence[Any]: ...


@dataclass(frozen=True, slots=True)
class WebParts:
    """Everything the pages are given."""

    ledger: Ledger
    blobs: proofread.Blobs
    typeset: proofread.Typeset  # (dictation, draft, signatory=RPPS or "", printed_on=date) -> PDF
    playable_wav: Callable[[Dictation], bytes]  # 16-bit mono WAV at 16 kHz: the very samples that were heard
    playback_folder: Path  # where those WAV files are kept, one per recording
    settings: WebSettings
    clock: Callable[[], datetime]  # timezone-aware
    retry: Callable[[str, str], object]  # (dictation id, account): work on it again
    confirm_sent: Callable[[str, str], object]  # (dictation id, account): a person found out that it arrived
    resend: Callable[[str, str], object]  # the same message once more; NotAllowed while the line may still be open
    replies: Replies
    corrections: Corrections
    post_room: PostRoom
    directory: Directory
    hear: Callable[[bytes], str]  # a short WAV: its words, written
    suggestions: Suggestions
    learn: Callable[[Iterable[str], str], object]  # words the recogniser is to be told of; a service, "": all of them
    dictaphone: Dictaphone
    devices: Devices
    expected: Callable[[date, str], Iterable[Patient]]  # (day, RPPS): who is expected that day
    proof_pdf: Callable[[str], bytes]  # dictation id: the proof of its sending, on one page
    # whether the recogniser's model reads those words before it listens; None without a model
    reads_vocabulary: Callable[[], bool | None] = lambda: None
    overdue: OverdueSettings = field(default_factory=OverdueSettings)
    authors: tuple[Author, ...] = ()
    silent_days: float = 7.0  # a letter sent so long ago without news is listed
    recheck: Callable[[str, Draft], Draft] | None = None  # (dictation id, corrected draft): with its points found anew
    # (dictation id, patient): what the voice says of that patient too, in French
    agreements: Callable[[str, Patient], Sequence[str]] = lambda dictation_id, patient: ()
    checks: Callable[[], Iterable[Check]] | None = None  # what `dictation check` looks at

    def author(self, rpps: str) -> Author | None:
        return next((author for author in self.authors if author.rpps == rpps), None)

    @property
    def services(self) -> dict[str, str]:
        """RPPS -> service of every author."""
        return {author.rpps: author.service for author in self.authors}

    def substitutes(self, rpps: str) -> frozenset[str]:
        """The authors this doctor may read and sign for: those of the same service of the same site."""
        own = self.author(rpps)
        if own is None or not own.service:
            return frozenset()
        return frozenset(a.rpps for a in self.authors if (a.site, a.service) == (own.site, own.service)) - {rpps}


_installed: list[WebParts] = []


def install(parts: WebParts) -> None:
    """Give the pages their parts; the last call wins."""
    _installed[:] = [parts]


def parts() -> WebParts:
    if not _installed:
        raise RuntimeError("dictation.web.parts.install() was not called before the first request")
    return _installed[0]


def today() -> date:
    """The date where the hospital is, for what is printed and signed."""
    return parts().clock().astimezone(PARIS).date()
