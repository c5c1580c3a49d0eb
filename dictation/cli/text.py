"""Commands that turn text into text, without an installation."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from dictation.cli.common import Add

if TYPE_CHECKING:
    from dictation.structure import Written


def register(add: Add) -> None:
    normalise = add("normalise", _normalise, "une phrase dictée par ligne sur l’entrée, sa forme écrite en sortie")
    normalise.add_argument(
        "--json", action="store_true", help="un objet JSON par ligne\u00a0: forme écrite, alignement, avertissements"
    )


def _normalise(arguments: argparse.Namespace) -> int:
    from dictation.structure import write

    for line in sys.stdin:
        written = write(line.rstrip("\n"))
        if arguments.json:
            print(json.dumps(_plain(written), ensure_ascii=False), flush=True)
        else:
            print(written.text.replace("\n", "\\n"), flush=True)
    return 0


def _plain(written: Written) -> dict[str, Any]:
    """The shape published in docs/normalise.md."""
    return {
        "text": written.text,
        "words": list(written.words),
        "alignment": [
            {"start": p.start, "end": p.end, "first_word": p.first, "last_word": p.last} for p in written.pieces
        ],
        "commands": [{"first_word": first, "last_word": last} for first, last in written.commands],
        "warnings": [
            {"rule_id": w.rule_id, "text": w.text, "first_word": w.first, "last_word": w.last} for w in written.warnings
        ],
    }
