"""Commands about messages on their way."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dictation.cli.common import Add, print_json


def register(add: Add) -> None:
    check = add("check-message", _check_message, "vérifie un message MSSanté (.eml) et explique chaque anomalie")
    check.add_argument("file", type=Path, metavar="FICHIER.eml")
    check.add_argument("--json", action="store_true", help="le résultat en JSON")
    check.add_argument("--production", action="store_true", help="un message réel : une identité de test est refusée")


def _check_message(arguments: argparse.Namespace) -> int:
    from dictation.send.check_message import ERROR, check_message

    try:
        content = arguments.file.read_bytes()
    except OSError as error:
        print(f"{arguments.file} : illisible ({error.strerror})", file=sys.stderr)
        return 2
    faults = check_message(content, production=arguments.production)
    errors = [fault for fault in faults if fault.level == ERROR]
    if arguments.json:
        names = ("rule", "level", "place", "sentence", "action")
        print_json({"ok": not errors, "faults": [{name: getattr(fault, name) for name in names} for fault in faults]})
    else:
        for fault in faults:
            place = f" [{fault.place}]" if fault.place else ""
            print(f"{'erreur' if fault.level == ERROR else 'attention'} {fault.rule}{place} : {fault.sentence}")
            print(f"    {fault.action}")
        print("Le message peut partir." if not errors else f"Le message ne doit pas partir : {len(errors)} erreur(s).")
    return 1 if errors else 0
