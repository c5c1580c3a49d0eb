"""Commands on the patients the administration told us of."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path

from dictation.cli.common import Add, installation, print_json


def register(add: Add) -> None:
    patients = add("patients", _expected, "les patients attendus un jour, et leurs identités")
    patients.set_defaults(date=None, author="", json=False)
    actions = patients.add_subparsers(metavar="ACTION")
    sub = actions.add_parser("list", help="la liste d’un jour (aujourd’hui si rien n’est dit)")
    sub.add_argument("--date", type=date.fromisoformat, metavar="AAAA-MM-JJ")
    sub.add_argument("--author", default="", metavar="RPPS")
    sub.add_argument("--json", action="store_true")
    sub.set_defaults(command=_expected)
    sub = actions.add_parser("import", help="prendre la liste des patients dans un fichier CSV")
    sub.add_argument("file", type=Path)
    sub.add_argument("--json", action="store_true")
    sub.set_defaults(command=_import)


def _expected(arguments: argparse.Namespace) -> int:
    on = arguments.date or datetime.now(UTC).astimezone().date()
    found = installation(arguments).patients.expected(on, arguments.author)
    if arguments.json:
        print_json([{"visit": v.number, "hospital_number": v.hospital_number, "author": v.author} for v, _ in found])
    else:
        for visit, patient in found:
            born = f"{patient.birth_date:%d/%m/%Y}"
            print(f"{visit.hospital_number:<14} {patient.last_name} {patient.first_name}  {born}")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from dictation.record.day_list import read

    unread: list[int] = []
    register, taken = installation(arguments).patients, 0
    for news in read(arguments.file.read_bytes()):
        if isinstance(news, int):
            unread.append(news)
        else:
            register.learn(news)
            taken += 1
    if arguments.json:
        print_json({"taken": taken, "unread_lines": unread})
    else:
        print(f"{taken} lignes prises")
        if unread:
            lines = ", ".join(map(str, unread[:20]))
            print(f"{len(unread)} lignes illisibles\u00a0: {lines}. Corrigez-les, puis recommencez.")
    return 1 if unread else 0
