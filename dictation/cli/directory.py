"""Commands on the national directory: take an extraction in, look somebody up, say how old it is."""

from __future__ import annotations

import argparse
from pathlib import Path

from dictation.cli.common import Add, installation, print_json


def register(add: Add) -> None:
    directory = add("directory", _status, "l’annuaire des professionnels et de leurs boîtes MSSanté")
    directory.add_argument("--json", action="store_true")
    actions = directory.add_subparsers(metavar="ACTION")
    sub = actions.add_parser("import", help="prendre une extraction nationale (.txt ou .zip)")
    sub.add_argument("file", type=Path)
    sub.add_argument("--force", action="store_true", help="même plus ancienne, ou bien plus petite")
    sub.add_argument("--json", action="store_true")
    sub.set_defaults(command=_import)
    sub = actions.add_parser("search", help="chercher par nom\u202f; accents et orthographe sont tolérés")
    sub.add_argument("name")
    sub.add_argument("--town", default="", help="ville, ou début du code postal")
    sub.add_argument("--json", action="store_true")
    sub.set_defaults(command=_search)
    sub = actions.add_parser("status", help="les extractions en place et leur date")
    sub.add_argument("--json", action="store_true")
    sub.set_defaults(command=_status)


def _import(arguments: argparse.Namespace) -> int:
    from dictation.domain.codec import to_plain
    from dictation.send.directory import open_extraction

    directory = installation(arguments).directory
    with open_extraction(arguments.file) as extraction:
        state = directory.take(extraction, actor="cli", force=arguments.force)
    if arguments.json:
        print_json(to_plain(state))
    else:
        print(f"{state.added} ajoutés, {state.changed} modifiés, {state.removed} disparus, {state.unread} illisibles")
    return 0


def _search(arguments: argparse.Namespace) -> int:
    from dictation.domain.codec import to_plain

    found = installation(arguments).directory.search(arguments.name, town=arguments.town)
    if arguments.json:
        print_json([to_plain(one) for one in found])
        return 0
    for one in found:
        entry, homonyms = one.entry, f"  ({one.homonyms + 1} homonymes)" if one.homonyms else ""
        name = f"{entry.last_name} {entry.first_name}".strip() or entry.organisation
        print(f"{name:<32} {entry.profession[:16]:<16} {entry.town[:24]:<24} {entry.mailbox or '-'}{homonyms}")
    return 0 if found else 1


def _status(arguments: argparse.Namespace) -> int:
    from dictation.domain.codec import to_plain

    states = installation(arguments).directory.states()
    if arguments.json:
        print_json([to_plain(state) for state in states])
    else:
        for state in states:
            print(f"{state.source:<14} extraction du {state.extracted_at:%d/%m/%Y}, {state.lines} lignes")
        if not states:
            print("Aucun annuaire\u00a0: «\u00a0dictation directory import FICHIER\u00a0»")
    return 0 if states else 1
