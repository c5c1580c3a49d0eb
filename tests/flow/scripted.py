"""Parts of the flow that answer at once: what surrounds them (ledger, blobs, disk, engine) stays real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from dictation.disk import ContentStore, digest
from dictation.domain.documents import Draft, DraftSection, LetterType, Report, Section, SectionKind, Sentence, Sidecar
from dictation.domain.exchange import Receipt, ReceiptKind
from dictation.domain.progress import Dictation, State
from dictation.errors import NeedsAPerson
from dictation.pipeline import Parts, ProgressCallback
from tests.ledgers import taken
from transcribe.transcript import Transcript, Word


def hear(dictation: Dictation, sound: IO[bytes], report: ProgressCallback) -> Transcript:
    report(0.5, 1.0)
    words = tuple(Word(text, float(i), i + 0.5, 0.9) for i, text in enumerate(sound.read().decode().split()))
    return Transcript(words, float(len(words)), "fr", "scripted", "scripted", "0" * 64)


def structure(transcript: Transcript, sidecar: Sidecar) -> Report:
    sentence = Sentence(transcript.text, None, 0, len(transcript.words) - 1)
    return Report((Section(SectionKind.CONCLUSION, "Conclusion", (sentence,)),))


def write(report: Report, sidecar: Sidecar, letter_type: LetterType | None, transcript: Transcript) -> Draft:
    sections = tuple(DraftSection(section.kind, section.title, section.text) for section in report.sections)
    return Draft(letter_type or LetterType.CONSULTATION, sections)


def verify(pdf: bytes, sha256: str) -> None:
    if digest(pdf) != sha256:
        raise NeedsAPerson("not the bytes that were signed", code="E_LETTER_ALTERED")


def sender(ledger: Any, clock: Callable[[], Any]) -> Callable[[str], Receipt]:
    """Sends at once, the way send/send.py moves a dictation."""

    def send(dictation_id: str) -> Receipt:
        ledger.move(dictation_id, State.TYPESET, State.SENDING, actor="send")
        taken(ledger, dictation_id)
        receipt = Receipt(ReceiptKind.ACCEPTED, "250 Ok", clock())
        ledger.add_receipt(dictation_id, receipt)
        ledger.move(dictation_id, {State.SENDING, State.UNCERTAIN}, State.SENT, actor="send")
        return receipt

    return send


def parts(ledger: Any, folder: Path, clock: Callable[[], Any], **instead: Any) -> Parts:
    """Scripted parts around a real ledger and real blobs; `instead` replaces some of them."""
    chosen: dict[str, Any] = {
        "ledger": ledger,
        "blobs": ContentStore(folder / ".state" / "blobs"),
        "outbox": folder / "outbox",
        "transcribe": hear,
        "structure": structure,
        "draft": write,
        "verify_letter": verify,
        "send": sender(ledger, clock),
        "archive": lambda dictation_id: None,
        "retry_seconds": 60.0,
        **instead,
    }
    return Parts(**chosen)
