"""Rows to domain records: the only translation between the database and the rest of the program."""

from __future__ import annotations

import json
import unicodedata

from dictation.domain import codec
from dictation.domain.documents import Approval, Attachment, Priority, Recording, Sidecar
from dictation.domain.exchange import Dispatch, OutboxState, Receipt, ReceiptKind
from dictation.domain.progress import Dictation, State
from dictation.store.tables import DictationRow, OutboxRow, ReceiptRow


def dictation(row: DictationRow) -> Dictation:
    return Dictation(
        id=row.id,
        state=State(row.state),
        version=row.version,
        recording=Recording(row.sha256, row.name, row.size_bytes, row.duration),
        sidecar=codec.loads(Sidecar, row.sidecar) if row.sidecar else None,
        received_at=row.received_at,
        state_since=row.state_since,
        resume_state=State(row.resume_state) if row.resume_state else None,
        attempts=row.attempts,
        error_code=row.error_code,
        error_detail=row.error_detail,
        progress=row.progress,
        seconds_to_go=row.seconds_to_go,
        transcript_sha256=row.transcript_sha256,
        report_sha256=row.report_sha256,
        draft_version=row.draft_version,
        points=row.points,
        points_open=row.points_open,
        letter_version=row.letter_version,
        pdf_sha256=row.pdf_sha256,
        approval=codec.loads(Approval, row.approval) if row.approval else None,
        attachments=tuple(codec.from_plain(Attachment, plain) for plain in json.loads(row.attachments)),
        settled_at=row.settled_at,
        settled_by=row.settled_by,
    )


def dispatch(row: OutboxRow) -> Dispatch:
    return Dispatch(
        id=row.id,
        dictation_id=row.dictation_id,
        letter_version=row.letter_version,
        mailbox=row.mailbox,
        carrier=row.carrier,
        message_id=row.message_id,
        pdf_sha256=row.pdf_sha256,
        message_sha256=row.message_sha256,
        state=OutboxState(row.state),
        attempts=row.attempts,
    )


def receipt(row: ReceiptRow) -> Receipt:
    return Receipt(ReceiptKind(row.kind), row.words, row.at)


def sidecar_columns(sidecar: Sidecar | None) -> dict[str, str | bool | None]:
    """The sidecar, and the columns that sort and search by it."""
    if sidecar is None:
        return {"sidecar": None, "author": "", "urgent": False}
    return {
        "sidecar": codec.dumps(sidecar),
        "author": sidecar.author,
        "urgent": sidecar.priority is Priority.URGENT,
    }


def search_text(name: str, sidecar: Sidecar | None) -> str:
    """What a word typed into the worklist's search is looked for in."""
    words = [name]
    if sidecar and sidecar.patient:
        patient = sidecar.patient
        words += [patient.last_name, patient.first_name, patient.hospital_number or ""]
        words += [patient.ins.value if patient.ins else ""]
    if sidecar and sidecar.addressee:
        words += [sidecar.addressee.last_name, sidecar.addressee.mailbox]
    return folded(" ".join(words))


def folded(text: str) -> str:
    """Lower case, without accents nor ligatures: « Évrard » is found by « evrard », « Le Bœuf » by « boeuf »."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(character for character in apart if not unicodedata.combining(character))
