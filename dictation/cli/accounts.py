"""Commands on the accounts of the desk."""

from __future__ import annotations

import argparse
import sys

from dictation.cli.common import Add, installation, print_json


def register(add: Add) -> None:
    accounts = add("accounts", _accounts_list, "les comptes du bureau")
    accounts.add_argument("--json", action="store_true")
    actions = accounts.add_subparsers(metavar="ACTION")
    sub = actions.add_parser("add", help="créer un compte\u202f; le mot de passe est lu sur l’entrée")
    sub.add_argument("name")
    sub.add_argument("--role", choices=("author", "secretary", "administrator"), required=True)
    sub.add_argument("--rpps", default="", help="numéro RPPS de l’auteur")
    sub.add_argument(
        "--service",
        action="append",
        default=[],
        help="secrétaire\u00a0: ce service (répétable)\u202f; sans\u00a0: ceux d’avant, tous pour un compte neuf",
    )
    sub.add_argument(
        "--extension", help="poste téléphonique, montré à qui trouve une lettre prise\u202f; sans\u00a0: celui d’avant"
    )
    sub.set_defaults(command=_accounts_add)
    sub = actions.add_parser("extension", help="le poste téléphonique d’un compte")
    sub.add_argument("name")
    sub.add_argument("number", help='le numéro\u202f; "" pour aucun')
    sub.set_defaults(command=_accounts_extension)
    sub = actions.add_parser("services", help="de quels services une secrétaire voit les lettres")
    sub.add_argument("name")
    which = sub.add_mutually_exclusive_group(required=True)
    which.add_argument("--service", action="append", default=[], help="ce service (répétable)")
    which.add_argument("--all", action="store_true", help="tous les services")
    sub.set_defaults(command=_accounts_services)


def _accounts_list(arguments: argparse.Namespace) -> int:
    found = installation(arguments).accounts()
    if arguments.json:
        fields = ("name", "role", "rpps", "services", "extension")
        print_json([{field: getattr(one, field) for field in fields} for one in found])
        return 0
    for account in found:
        print(f"{account.name:<24} {account.role:<14} {account.rpps or ', '.join(account.services)}".rstrip())
    return 0


def _accounts_add(arguments: argparse.Namespace) -> int:
    import getpass

    password = getpass.getpass("Mot de passe\u00a0: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    installation(arguments).add_account(
        arguments.name,
        password,
        role=arguments.role,
        actor="cli",
        rpps=arguments.rpps,
        services=arguments.service or None,
        extension=arguments.extension,
    )
    return 0


def _accounts_services(arguments: argparse.Namespace) -> int:
    installation(arguments).set_services(arguments.name, arguments.service, actor="cli")
    return 0


def _accounts_extension(arguments: argparse.Namespace) -> int:
    installation(arguments).set_extension(arguments.name, arguments.number, actor="cli")
    return 0
