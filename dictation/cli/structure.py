"""Commands that show what structure makes of a text, and that take a hospital's list of drugs in."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dictation.cli.common import Add, print_json
from dictation.errors import BadSettings

if TYPE_CHECKING:
    from dictation.domain.documents import Report
    from transcribe.transcript import Transcript

PACE = 0.4  # seconds a word of a text without sound is given: spans stay in order, and none is empty


def register(add: Add) -> None:
    command = add("structure", _structure, "le compte rendu structuré d’un texte dicté ou d’une transcription")
    command.add_argument(
        "file", type=Path, help="texte dicté, ou transcription JSON («\u00a0-\u00a0»\u00a0: l’entrée standard)"
    )
    command.add_argument("--json", action="store_true", help="le compte rendu complet (docs/report.schema.json)")
    command.add_argument("--visit", type=date.fromisoformat, help="jour de la consultation, AAAA-MM-JJ")
    lexicon = add("lexicon", _import_drugs, "ajoute la liste publique des médicaments aux listes de l’établissement")
    lexicon.add_argument("action", choices=("import",))
    lexicon.add_argument("file", type=Path, help="CIS_bdpm.txt, téléchargé de la base publique des médicaments")


def _import_drugs(arguments: argparse.Namespace) -> int:
    from dictation.disk import write_durably
    from dictation.settings import read_settings
    from dictation.structure.bdpm import NotBdpm, drug_lines

    settings = read_settings(arguments.home, arguments.settings)
    if settings.structure.lexicons is None:
        raise BadSettings("structure.lexicons: name the folder of the hospital's own lists first")
    try:
        lines = drug_lines(arguments.file.read_bytes())
    except (OSError, NotBdpm) as error:
        print(f"{arguments.file}\u00a0: {error}", file=sys.stderr)
        return 2
    folder = settings.home / settings.structure.lexicons
    folder.mkdir(parents=True, exist_ok=True)
    write_durably(folder / "drugs.bdpm.tsv", lines.encode())
    print(f"{lines.count(chr(10)) - 1} noms ajoutés à {folder / 'drugs.bdpm.tsv'}")
    return 0


def _structure(arguments: argparse.Namespace) -> int:
    from dictation.domain import codec
    from dictation.domain.documents import Sidecar
    from dictation.settings import read_settings
    from dictation.structure import extend_lexicons, structure

    settings = read_settings(arguments.home, arguments.settings)
    lexicons = settings.structure.lexicons
    extend_lexicons(settings.home / lexicons if lexicons else None)
    try:
        said = sys.stdin.read() if str(arguments.file) == "-" else arguments.file.read_text(encoding="utf-8")
        transcript = _transcript_of(said)
    except (OSError, ValueError, KeyError, TypeError) as error:  # no file, no text, or JSON that is no transcript
        print(f"{arguments.file}\u00a0: ni un texte ni une transcription ({type(error).__name__})", file=sys.stderr)
        return 2
    sidecar = Sidecar(author="", visit_date=arguments.visit) if arguments.visit else None
    report = structure(transcript, sidecar)
    if arguments.json:
        print_json(json.loads(codec.dumps(report)))
    else:
        _print_for_people(report)
    return 0


def _transcript_of(said: str) -> Transcript:
    """A transcript as it was kept, or words without sound given an even pace."""
    from transcribe.transcript import Transcript, Word

    if said.lstrip().startswith("{"):
        return Transcript.from_json(said)
    lines = [line.split() for line in said.splitlines()]
    words: list[str] = []
    for number, line in enumerate(lines):  # a line of a typed text is a line of the letter, an empty one a paragraph
        if line and words:
            words.append("\n\n" if not lines[number - 1] else "\n")
        words += line
    heard = tuple(Word(word, n * PACE, (n + 1) * PACE, 1.0) for n, word in enumerate(words))
    return Transcript(heard, len(words) * PACE, "fr", "text", "none", "0" * 64)


def _print_for_people(report: Report) -> None:
    for number, section in enumerate(report.sections):
        print(f"[{section.kind}] {section.title}".rstrip())
        print(f"    {section.text}".replace("\n", "\n    "))
        for finding in report.findings:
            if finding.section == number:
                told = ", ".join(f"{key}={value}" for key, value in finding.values)
                print(f"  - {finding.kind}: {finding.text}{' (nié)' if finding.negated else ''}  {told}".rstrip())
