"""The command line: parse, call, print. No rule lives here, and nothing heavy is imported before it is needed.

One file for each family of commands; each says what it adds in `register`.
Exit codes: 0 done, 1 a person must look, 2 wrong usage or settings.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dictation import __version__
from dictation.cli import (
    accounts,
    archive,
    backup,
    dictations,
    directory,
    feedback,
    patients,
    proof,
    recognition,
    record,
    sending,
    service,
    settings,
    structure,
    text,
)
from dictation.cli.common import Command
from dictation.errors import BadSettings, DictationError
from transcribe.errors import TranscribeError

FAMILIES = (
    *(
        service,
        settings,
        dictations,
        text,
        structure,
        recognition,
        accounts,
        patients,
        record,
        archive,
        backup,
        sending,
    ),
    *(feedback, directory, proof),
)


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    command: Command = arguments.command
    try:
        return command(arguments)
    except BadSettings as error:
        print(f"{error.sentence}\n{error}", file=sys.stderr)
        return 2
    except DictationError as error:
        print(f"{error.code}\u00a0: {error.sentence}\n({error})", file=sys.stderr)
        return 1
    except TranscribeError as error:
        print(f"{error.code}\u00a0: {error.sentence}\n({error.detail})", file=sys.stderr)
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

    def place(of: argparse.ArgumentParser, default: str | None = None) -> None:
        home = "dossier de l’installation (sinon DICTATION_HOME, sinon ici)"
        of.add_argument("--home", type=Path, help=home, default=default)
        settings = "fichier de réglages (sinon <home>/dictation.toml)"
        of.add_argument("--settings", type=Path, help=settings, default=default)

    place(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMANDE")

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        place(sub, default=argparse.SUPPRESS)  # after the command as well as before it
        return sub

    for family in FAMILIES:
        family.register(add)
    return parser
