"""Commands that turn text into text, without an installation."""

from __future__ import annotations

import argparse
import sys

from dictation.cli.common import Add


def register(add: Add) -> None:
    add("normalise", _normalise, "une phrase dictée par ligne sur l’entrée, sa forme écrite en sortie")


def _normalise(arguments: argparse.Namespace) -> int:
    from dictation.structure import normalise

    for line in sys.stdin:
        print(normalise(line.rstrip("\n")).replace("\n", "\\n"), flush=True)
    return 0
