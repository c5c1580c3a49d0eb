"""Commands that run the service and look after it."""

from __future__ import annotations

import argparse
import sys

from dictation.cli.common import Add, installation, print_json


def register(add: Add) -> None:
    add("run", _run, "tout le service\u00a0: surveiller l’inbox, travailler, servir les pages")
    add("watch", _watch, "surveiller l’inbox seulement")
    add("work", _work, "reconnaître, rédiger et envoyer seulement")
    add("serve", _serve, "servir les pages seulement")
    sub = add("check", _check, "vérifier l’installation\u00a0: une ligne par point, oui ou quoi faire")
    sub.add_argument("--json", action="store_true")
    sub = add("verify", _verify, "vérifier la chaîne du journal et les archives")
    sub.add_argument("--json", action="store_true")
    sub = add("demo", _demo, "la démonstration\u00a0: de vrais enregistrements jusqu’à la boîte du médecin")
    sub.add_argument("--json", action="store_true", help="sans terminal\u00a0: un objet JSON, puis fin")
    sub.add_argument("--keep", action="store_true", help="laisser le bureau ouvert jusqu’à Ctrl-C")


def _service(arguments: argparse.Namespace, **parts: bool) -> int:
    from dictation.service import run

    return run(installation(arguments), **parts)


def _run(arguments: argparse.Namespace) -> int:
    return _service(arguments, watch=True, work=True, serve=True)


def _watch(arguments: argparse.Namespace) -> int:
    return _service(arguments, watch=True)


def _work(arguments: argparse.Namespace) -> int:
    return _service(arguments, work=True)


def _serve(arguments: argparse.Namespace) -> int:
    return _service(arguments, serve=True)


def _check(arguments: argparse.Namespace) -> int:
    from dictation.compose import Installation
    from dictation.health import checks
    from dictation.settings import read_settings

    lines = checks(Installation(read_settings(arguments.home, arguments.settings)))
    if arguments.json:
        print_json([{"check": line.name, "ok": line.ok, "text": line.text} for line in lines])
    else:
        for line in lines:
            print(f"{'oui ' if line.ok else 'NON '} {line.name:<16} {line.text}")
    return 0 if all(line.ok for line in lines) else 1


def _verify(arguments: argparse.Namespace) -> int:
    problems = installation(arguments).verify()
    if arguments.json:
        print_json({"problems": problems})
    else:
        print("\n".join(problems) or "Journal et archives\u00a0: chaîne entière, rien n’a changé.")
    return 1 if problems else 0


def _demo(arguments: argparse.Namespace) -> int:
    from dictation.demo.demonstration import demonstrate

    return demonstrate(arguments.home, as_json=arguments.json, keep=arguments.keep or sys.stdout.isatty())
