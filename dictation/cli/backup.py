"""Commands that keep an installation from being lost: backup, restore."""

from __future__ import annotations

import argparse
from pathlib import Path

from dictation.cli.common import Add, installation, print_json


def register(add: Add) -> None:
    sub = add("backup", _backup, "sauvegarder l’installation pendant qu’elle travaille")
    sub.add_argument("target", type=Path, metavar="DOSSIER", help="où garder les sauvegardes\u00a0: un autre disque")
    sub.add_argument("--json", action="store_true")
    sub = add("restore", _restore, "remettre une sauvegarde dans une installation vide\u202f; rien ne repart tout seul")
    sub.add_argument("backup", type=Path, metavar="SAUVEGARDE")
    sub.add_argument("--check", action="store_true", help="vérifier seulement la sauvegarde, sans rien écrire")
    sub.add_argument("--json", action="store_true")


def _backup(arguments: argparse.Namespace) -> int:
    folder = installation(arguments).back_up(arguments.target.resolve())
    if arguments.json:
        print_json({"backup": str(folder)})
    else:
        print(f"Sauvegarde terminée et relue\u00a0: {folder}")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    from dictation.backup import verify

    if arguments.check:
        problems = verify(arguments.backup)
        if arguments.json:
            print_json({"problems": problems})
        else:
            print("\n".join(problems) or "Sauvegarde entière.")
        return 1 if problems else 0
    files, held = installation(arguments).restore(arguments.backup)
    if arguments.json:
        print_json({"files": files, "held": held})
    else:
        print(
            f"{files} fichiers remis en place. {held} dictées attendent une personne\u00a0: pour chacune, vérifiez que "
            "la lettre n’est pas déjà partie, puis «\u00a0dictation retry ID\u00a0»."
        )
    return 0
