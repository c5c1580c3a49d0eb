"""Commands on recognition: the models a hospital may choose from, and the words its services say."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from dictation.cli.common import Add, installation, models_folder, print_json


def register(add: Add) -> None:
    models = add("models", _models_list, "les modèles de reconnaissance")
    models.add_argument("--json", action="store_true")
    actions = models.add_subparsers(metavar="ACTION")
    sub = actions.add_parser("list", help="les modèles connus et leur vérification")
    sub.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    sub.set_defaults(command=_models_list)
    sub = actions.add_parser("add", help="vérifier et enregistrer un modèle de l’hôpital")
    sub.add_argument("file", type=Path, help="fichier .pt, ou dossier d’un Whisper au format Hugging Face")
    sub.add_argument("--name", help="nom du modèle (sinon celui du fichier)")
    sub.set_defaults(command=_models_add)
    sub = actions.add_parser(
        "fetch", help="télécharger un modèle officiel\u00a0: la seule commande qui ouvre une connexion"
    )
    sub.add_argument("name")
    sub.set_defaults(command=_models_fetch)
    vocabulary = add("vocabulary", _vocabulary_list, "les mots propres aux services, proposés au modèle")
    vocabulary.add_argument("--json", action="store_true")
    actions = vocabulary.add_subparsers(metavar="ACTION")
    sub = actions.add_parser("list", help="les mots, du plus utile au moins utile")
    sub.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    _of_service(sub, "ceux de ce service\u202f; sans\u00a0: ceux de l’hôpital, puis ceux de chaque service")
    sub.set_defaults(command=_vocabulary_list)
    sub = actions.add_parser("add", help="ajouter des mots")
    _of_service(sub, "pour les dictées de ce service\u202f; sans\u00a0: pour tout l’hôpital")
    sub.add_argument("terms", nargs="+", metavar="MOT")
    sub.set_defaults(command=_vocabulary_add)
    sub = actions.add_parser("import", help="ajouter les mots d’un fichier, un par ligne")
    sub.add_argument("file", type=Path)
    _of_service(sub, "pour les dictées de ce service\u202f; sans\u00a0: pour tout l’hôpital")
    sub.set_defaults(command=_vocabulary_import)


def _of_service(sub: argparse.ArgumentParser, text: str) -> None:
    sub.add_argument("--service", default="", metavar="SERVICE", help=text)


def _models_list(arguments: argparse.Namespace) -> int:
    from transcribe import weights
    from transcribe.errors import WeightsMissing

    models = models_folder(arguments)
    rows: list[dict[str, Any]] = []
    for model in weights.listed(models).values():
        try:
            weights.locate(models, model.name)
            problem = None
        except WeightsMissing as error:
            problem = f"{error.sentence} ({error.detail})"
        rows.append({"name": model.name, "ok": problem is None, "problem": problem, "good_for": model.good_for})
    if arguments.json:
        print_json(rows)
    else:
        for row in rows:
            print(f"{row['name']:<16} {'vérifié' if row['ok'] else row['problem']}  {row['good_for']}")
    return 0 if all(row["ok"] for row in rows) else 1


def _models_add(arguments: argparse.Namespace) -> int:
    from transcribe import weights

    name = arguments.name or arguments.file.stem.lower().replace("_", "-")
    model = weights.add(models_folder(arguments), arguments.file, name)
    print(f"{model.name}\u00a0: enregistré ({model.sha256[:12]}).")
    print(f'Réglage à changer\u00a0: [transcribe] model = "{model.name}"')
    return 0


def _models_fetch(arguments: argparse.Namespace) -> int:
    from transcribe import weights

    model = weights.fetch(models_folder(arguments), arguments.name)
    print(f"{model.name}\u00a0: téléchargé et vérifié ({model.sha256[:12]}).")
    return 0


def _vocabulary_list(arguments: argparse.Namespace) -> int:
    """The words of one service, or the hospital's and then each service's under its name, as in the file."""
    vocabulary, service = installation(arguments).vocabulary, getattr(arguments, "service", "")
    terms = vocabulary.terms(service)
    services = {} if service else {one: vocabulary.terms(one) for one in vocabulary.services()}
    if arguments.json:
        print_json(terms if service else {"hospital": terms, "services": services})
        return 0
    lists = ["\n".join(terms)] + ["\n".join([f"[{one}]", *own]) for one, own in services.items()]
    print("\n\n".join(filter(None, lists)) or "Aucun mot.")
    return 0


def _vocabulary_add(arguments: argparse.Namespace) -> int:
    return _added(arguments, arguments.terms)


def _vocabulary_import(arguments: argparse.Namespace) -> int:
    try:
        lines = arguments.file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        print("Fichier illisible\u00a0: il faut un fichier texte en UTF-8, un mot par ligne.", file=sys.stderr)
        return 1
    return _added(arguments, [line.partition("#")[0] for line in lines])


def _added(arguments: argparse.Namespace, terms: list[str]) -> int:
    from transcribe.vocabulary import LONGEST

    try:
        new = installation(arguments).add_words(terms, arguments.service)
    except ValueError:
        why = f"un mot compte plus de {LONGEST} caractères ou commence par un crochet"
        print(f"Rien n’est ajouté\u00a0: {why}.", file=sys.stderr)
        return 1
    print("1 mot ajouté." if len(new) == 1 else f"{len(new)} mots ajoutés.")
    return 0
