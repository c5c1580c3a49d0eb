"""Commands on the archive: is it whole, and what has been kept long enough."""

from __future__ import annotations

import argparse

from dictation.cli.common import Add, installation, print_json


def register(add: Add) -> None:
    archive = add(
        "archive", _verify, "les archives\u00a0: les vérifier, effacer le son qui a été gardé assez longtemps"
    )
    archive.add_argument("--json", action="store_true")
    archive.set_defaults(id=None)
    actions = archive.add_subparsers(metavar="ACTION")
    sub = actions.add_parser("verify", help="vérifier une archive, ou toutes")
    sub.add_argument("id", nargs="?")
    sub.add_argument("--json", action="store_true")
    sub.set_defaults(command=_verify)
    sub = actions.add_parser("erase", help="effacer maintenant le son gardé plus longtemps que le réglage ne le dit")
    sub.add_argument("--json", action="store_true")
    sub.set_defaults(command=_erase)


def _verify(arguments: argparse.Namespace) -> int:
    parts = installation(arguments)
    one = parts.ledger.find(arguments.id).id if arguments.id else None
    problems = parts.archive.verify(one) if one else parts.archive.verify_all(parts.retention.vouched())
    if arguments.json:
        print_json({"problems": problems})
    else:
        print("\n".join(problems) or "Archives entières.")
    return 1 if problems else 0


def _erase(arguments: argparse.Namespace) -> int:
    number = installation(arguments).erase_due()
    if arguments.json:
        print_json({"erased": number})
    else:
        print(f"Son effacé\u00a0: {number} dictées. Lettres et preuves restent.")
    return 0
