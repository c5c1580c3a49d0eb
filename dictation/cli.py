"""The command line: parse, call, print. No rule lives here, and nothing heavy is imported before it is needed.

Exit codes: 0 done, 1 a person must look, 2 wrong usage or settings.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dictation import __version__
from dictation.errors import BadSettings, DictationError
from transcribe.errors import TranscribeError

if TYPE_CHECKING:
    from dictation.compose import Installation
    from dictation.domain.progress import Dictation


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except BadSettings as error:
        print(f"{error.sentence}\n{error}", file=sys.stderr)
        return 2
    except DictationError as error:
        print(f"{error.code} : {error.sentence}\n({error})", file=sys.stderr)
        return 1
    except TranscribeError as error:
        print(f"{error.code} : {error.sentence}\n({error.detail})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:  # `dictation list | head`: the reader has seen enough
        sys.stdout = None
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dictation", description="De la dictée du chirurgien à la lettre dans la messagerie sécurisée du médecin."
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--home", type=Path, help="dossier de l’installation (sinon DICTATION_HOME, sinon ici)")
    parser.add_argument("--settings", type=Path, help="fichier de réglages (sinon <home>/dictation.toml)")
    commands = parser.add_subparsers(required=True, metavar="COMMANDE")

    def add(name: str, command: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        return sub

    add("run", _run, "tout le service : surveiller l’inbox, travailler, servir les pages")
    add("watch", _watch, "surveiller l’inbox seulement")
    add("work", _work, "reconnaître, rédiger et envoyer seulement")
    add("serve", _serve, "servir les pages seulement")
    sub = add("list", _list, "les dictées et leur état")
    sub.add_argument("--state", action="append", default=[], help="seulement cet état (répétable)")
    sub.add_argument("--json", action="store_true")
    sub = add("show", _show, "une dictée, son journal, ses envois")
    sub.add_argument("id")
    sub.add_argument("--json", action="store_true")
    sub = add("retry", _retry, "relancer une dictée en erreur ou en quarantaine")
    sub.add_argument("id")
    sub = add("hold", _hold, "suspendre une dictée")
    sub.add_argument("id")
    sub.add_argument("--reason", default="", help="pourquoi (sans nom de patient)")
    sub = add("check", _check, "vérifier l’installation : une ligne par point, oui ou quoi faire")
    sub.add_argument("--json", action="store_true")
    sub = add("settings", _settings, "les réglages en vigueur, secrets masqués")
    sub.add_argument("--json", action="store_true")
    sub = add("verify", _verify, "vérifier la chaîne du journal et les archives")
    sub.add_argument("--json", action="store_true")
    sub = add("normalise", _normalise, "une phrase dictée par ligne sur l’entrée, sa forme écrite en sortie")
    sub = add("demo", _demo, "la démonstration : de vrais enregistrements jusqu’à la boîte du médecin")
    sub.add_argument("--json", action="store_true", help="sans terminal : un objet JSON, puis fin")
    sub.add_argument("--keep", action="store_true", help="laisser le bureau ouvert jusqu’à Ctrl-C")

    models = add("models", _models_list, "les modèles de reconnaissance")
    models.set_defaults(json=False)
    actions = models.add_subparsers(metavar="ACTION")
    sub = actions.add_parser("list", help="les modèles connus et leur vérification")
    sub.add_argument("--json", action="store_true")
    sub.set_defaults(command=_models_list)
    sub = actions.add_parser("add", help="vérifier et enregistrer un fichier .pt de l’hôpital")
    sub.add_argument("file", type=Path)
    sub.add_argument("--name", help="nom du modèle (sinon celui du fichier)")
    sub.set_defaults(command=_models_add)
    sub = actions.add_parser("fetch", help="télécharger un modèle officiel : la seule commande qui ouvre une connexion")
    sub.add_argument("name")
    sub.set_defaults(command=_models_fetch)

    accounts = add("accounts", _accounts_list, "les comptes du bureau")
    actions = accounts.add_subparsers(metavar="ACTION")
    sub = actions.add_parser("add", help="créer un compte ; le mot de passe est lu sur l’entrée")
    sub.add_argument("name")
    sub.add_argument("--role", choices=("author", "secretary", "administrator"), required=True)
    sub.add_argument("--rpps", default="", help="numéro RPPS de l’auteur")
    sub.set_defaults(command=_accounts_add)
    return parser


def _installation(arguments: argparse.Namespace) -> Installation:
    from dictation.compose import Installation
    from dictation.settings import read_settings

    return Installation(read_settings(arguments.home, arguments.settings))


def _run(arguments: argparse.Namespace) -> int:
    return _installation(arguments).run(watch=True, work=True, serve=True)


def _watch(arguments: argparse.Namespace) -> int:
    return _installation(arguments).run(watch=True)


def _work(arguments: argparse.Namespace) -> int:
    return _installation(arguments).run(work=True)


def _serve(arguments: argparse.Namespace) -> int:
    return _installation(arguments).run(serve=True)


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


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _list(arguments: argparse.Namespace) -> int:
    from dictation.domain.progress import State

    try:
        states = {State(name) for name in arguments.state}
    except ValueError:
        print("États possibles : " + ", ".join(state.value for state in State), file=sys.stderr)
        return 2
    rows = [_row(dictation) for dictation in _installation(arguments).ledger.list(states or None, limit=100_000)]
    if arguments.json:
        _print_json(rows)
    else:
        for row in rows:
            print(f"{row['id']}  {row['label']:<18} {row['since']}  {row['letter_type'] or '-'}  {row['error'] or ''}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from dictation.domain.codec import to_plain
    from dictation.errors import SENTENCES

    ledger = _installation(arguments).ledger
    dictation = ledger.find(arguments.id)
    shown = {
        **_row(dictation),
        "reason": SENTENCES.get(dictation.error_code) if dictation.error_code else None,
        "detail": dictation.error_detail or None,
        "recording_sha256": dictation.recording.sha256,
        "pdf_sha256": dictation.pdf_sha256 or None,
        "dispatches": [to_plain(dispatch) for dispatch in ledger.dispatches(dictation.id)],
        "receipts": [to_plain(receipt) for receipt in ledger.receipts(dictation.id)],
        "journal": [to_plain(entry) for entry in ledger.journal(dictation.id)],
    }
    if arguments.json:
        _print_json(shown)
        return 0
    for key, value in shown.items():
        if key != "journal" and value not in (None, [], ""):
            print(f"{key:<18} {value}")
    for entry in shown["journal"]:
        print(f"  {entry['at'][:19]}  {entry['actor']:<24} {entry['action']}")
    return 0


def _retry(arguments: argparse.Namespace) -> int:
    installation = _installation(arguments)
    print(installation.retry(installation.ledger.find(arguments.id).id, actor="cli"))
    return 0


def _hold(arguments: argparse.Namespace) -> int:
    installation = _installation(arguments)
    installation.hold(installation.ledger.find(arguments.id).id, actor="cli", reason=arguments.reason)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from dictation.compose import Installation
    from dictation.health import checks
    from dictation.settings import read_settings

    lines = checks(Installation(read_settings(arguments.home, arguments.settings)))
    if arguments.json:
        _print_json([{"check": line.name, "ok": line.ok, "text": line.text} for line in lines])
    else:
        for line in lines:
            print(f"{'oui ' if line.ok else 'NON '} {line.name:<16} {line.text}")
    return 0 if all(line.ok for line in lines) else 1


def _settings(arguments: argparse.Namespace) -> int:
    from dictation.settings import read_settings

    values = read_settings(arguments.home, arguments.settings).model_dump(mode="json")
    if arguments.json:
        _print_json(values)
        return 0
    for name, value in values.items():
        if isinstance(value, dict):
            for key, inner in value.items():
                print(f"{name}.{key} = {inner!r}")
        else:
            print(f"{name} = {value!r}")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    problems = _installation(arguments).verify()
    if arguments.json:
        _print_json({"problems": problems})
    else:
        print("\n".join(problems) or "Journal et archives : chaîne entière, rien n’a changé.")
    return 1 if problems else 0


def _normalise(arguments: argparse.Namespace) -> int:
    from dictation.structure import normalise

    for line in sys.stdin:
        print(normalise(line.rstrip("\n")).replace("\n", "\\n"), flush=True)
    return 0


def _models_folder(arguments: argparse.Namespace) -> Path:
    from dictation.settings import read_settings

    return read_settings(arguments.home, arguments.settings).models_folder


def _models_list(arguments: argparse.Namespace) -> int:
    from transcribe import weights
    from transcribe.errors import WeightsMissing

    models = _models_folder(arguments)
    rows: list[dict[str, Any]] = []
    for model in weights.listed(models).values():
        try:
            weights.locate(models, model.name)
            problem = None
        except WeightsMissing as error:
            problem = f"{error.sentence} ({error.detail})"
        rows.append({"name": model.name, "ok": problem is None, "problem": problem, "good_for": model.good_for})
    if arguments.json:
        _print_json(rows)
    else:
        for row in rows:
            print(f"{row['name']:<16} {'vérifié' if row['ok'] else row['problem']}  {row['good_for']}")
    return 0 if all(row["ok"] for row in rows) else 1


def _models_add(arguments: argparse.Namespace) -> int:
    from transcribe import weights

    name = arguments.name or arguments.file.stem.lower().replace("_", "-")
    model = weights.add(_models_folder(arguments), arguments.file, name)
    print(f'{model.name} : enregistré ({model.sha256[:12]}). Réglage à changer : [transcribe] model = "{model.name}"')
    return 0


def _models_fetch(arguments: argparse.Namespace) -> int:
    from transcribe import weights

    model = weights.fetch(_models_folder(arguments), arguments.name)
    print(f"{model.name} : téléchargé et vérifié ({model.sha256[:12]}).")
    return 0


def _accounts_list(arguments: argparse.Namespace) -> int:
    for account in _installation(arguments).accounts():
        print(f"{account.name:<24} {account.role:<14} {account.rpps}")
    return 0


def _accounts_add(arguments: argparse.Namespace) -> int:
    import getpass

    password = getpass.getpass("Mot de passe : ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    _installation(arguments).add_account(arguments.name, password, role=arguments.role, rpps=arguments.rpps)
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from dictation.demo.demonstration import demonstrate

    return demonstrate(arguments.home, as_json=arguments.json, keep=arguments.keep or sys.stdout.isatty())


if __name__ == "__main__":
    raise SystemExit(main())
