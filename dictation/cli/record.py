"""Commands on the patient record: what it took, what it refused."""

from __future__ import annotations

import argparse

from dictation.cli.common import Add, installation, print_json
from dictation.errors import SENTENCES


def register(add: Add) -> None:
    record = add("record", _status, "le dossier patient\u00a0: ce qu’il a pris, ce qui attend, ce qu’il a refusé")
    record.add_argument("--json", action="store_true")
    actions = record.add_subparsers(metavar="ACTION")
    sub = actions.add_parser("file", help="verser maintenant ce qui attend")
    sub.add_argument("--json", action="store_true")
    sub.set_defaults(command=_file)
    sub = actions.add_parser("retry", help="présenter de nouveau ce que le dossier a refusé pour cette dictée")
    sub.add_argument("id")
    sub.set_defaults(command=_retry)


def _status(arguments: argparse.Namespace) -> int:
    filings = installation(arguments).filings
    waiting, refused, oldest = filings.backlog()
    since = oldest.isoformat(timespec="seconds") if oldest else None
    if arguments.json:
        listed = [{"id": dictation_id, "code": code} for dictation_id, code in filings.refused_ids()]
        print_json({"waiting": waiting, "refused": refused, "oldest": since, "refusals": listed})
    else:
        print(f"{waiting} en attente, {refused} refusés" + (f", depuis {since}" if since else ""))
        for dictation_id, code in filings.refused_ids():
            print(f"{dictation_id}  {code}  {SENTENCES.get(code, '')}")
    return 1 if refused else 0


def _file(arguments: argparse.Namespace) -> int:
    filed = installation(arguments).file_due()
    if arguments.json:
        print_json({"acknowledged": filed.acknowledged, "refused": filed.refused, "waiting": filed.waiting})
    else:
        print(f"{filed.acknowledged} versés, {filed.refused} refusés, {filed.waiting} en attente")
    return 1 if filed.refused or filed.waiting else 0


def _retry(arguments: argparse.Namespace) -> int:
    parts = installation(arguments)
    number = parts.filings.retry(parts.ledger.find(arguments.id).id, actor="cli")
    print(f"{number} à présenter de nouveau")
    return 0
