"""Commands on dictations: list, show, retry, hold."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from dictation.cli.common import Add, installation, print_json

if TYPE_CHECKING:
    from dictation.domain.progress import Dictation


def register(add: Add) -> None:
    sub = add("list", _list, "les dictées et leur état")
    sub.add_argument("--state", action="append", default=[], help="seulement cet état (répétable)")
    sub.add_argument("--overdue", action="store_true", help="seulement ce qui est en retard\u202f; code 1 s’il y en a")
    sub.add_argument("--json", action="store_true")
    sub = add("show", _show, "une dictée, son journal, ses envois")
    sub.add_argument("id")
    sub.add_argument("--json", action="store_true")
    sub = add("retry", _retry, "relancer une dictée en erreur ou en quarantaine")
    sub.add_argument("id")
    sub = add("hold", _hold, "suspendre une dictée")
    sub.add_argument("id")
    sub.add_argument("--reason", default="", help="pourquoi (sans nom de patient)")


def _row(dictation: Dictation) -> dict[str, Any]:
    """What a listing says of a dictation: ids and states, no patient."""
    sidecar = dictation.sidecar
    return {
        "id": dictation.id,
        "state": dictation.state.value,
        "label": dictation.state.label,
        "since": dictation.state_since.isoformat(timespec="seconds"),
        "letter_type": sidecar.letter_type.value if sidecar and sidecar.letter_type else None,
        "author": sidecar.author if sidecar else None,
        "priority": sidecar.priority.value if sidecar else None,
        "progress": dictation.progress,
        "seconds_to_go": dictation.seconds_to_go,
        "error": dictation.error_code or None,
    }


def _list(arguments: argparse.Namespace) -> int:
    from dictation.domain.progress import State

    try:
        states = {State(name) for name in arguments.state}
    except ValueError:
        print("États possibles\u00a0: " + ", ".join(state.value for state in State), file=sys.stderr)
        return 2
    if arguments.overdue:
        return _overdue(arguments)
    rows = [_row(dictation) for dictation in installation(arguments).ledger.list(states or None, limit=100_000)]
    if arguments.json:
        print_json(rows)
    else:
        for row in rows:
            print(f"{row['id']}  {row['label']:<18} {row['since']}  {row['letter_type'] or '-'}  {row['error'] or ''}")
    return 0


def _overdue(arguments: argparse.Namespace) -> int:
    """The late ones as a digest: what a daily timer mails, see docs/running.md. 1 when there are any."""
    from dictation import overdue

    found = installation(arguments).overdue()
    if arguments.json:
        print_json([{**_row(one.dictation), "late_hours": round(one.by.total_seconds() / 3600, 1)} for one in found])
    else:
        print(overdue.digest(found))
    return 1 if found else 0


def _show(arguments: argparse.Namespace) -> int:
    from dictation.domain.codec import to_plain
    from dictation.errors import SENTENCES

    parts = installation(arguments)
    ledger = parts.ledger
    dictation = ledger.find(arguments.id)
    shown = {
        **_row(dictation),
        "reason": SENTENCES.get(dictation.error_code) if dictation.error_code else None,
        "detail": dictation.error_detail or None,
        "recording_sha256": dictation.recording.sha256,
        "pdf_sha256": dictation.pdf_sha256 or None,
        "dispatches": [to_plain(dispatch) for dispatch in ledger.dispatches(dictation.id)],
        "receipts": [to_plain(receipt) for receipt in ledger.receipts(dictation.id)],
        "filings": parts.filings.of(dictation.id),
        "journal": [entry.plain() for entry in ledger.journal(dictation.id)],
    }
    if arguments.json:
        print_json(shown)
        return 0
    for key, value in shown.items():
        if key != "journal" and value not in (None, [], ""):
            print(f"{key:<18} {value}")
    for entry in shown["journal"]:
        print(f"  {entry['at'][:19]}  {entry['actor']:<24} {entry['action']}")
    return 0


def _retry(arguments: argparse.Namespace) -> int:
    parts = installation(arguments)
    print(parts.retry(parts.ledger.find(arguments.id).id, actor="cli"))
    return 0


def _hold(arguments: argparse.Namespace) -> int:
    parts = installation(arguments)
    parts.hold(parts.ledger.find(arguments.id).id, actor="cli", reason=arguments.reason)
    return 0
