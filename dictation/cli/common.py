"""What every command needs: the installation its options name, and one way to print JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from dictation.compose import Installation

Command = Callable[[argparse.Namespace], int]


class Add(Protocol):
    """Adds one command to the program: its name, what runs it, its French help."""

    def __call__(self, name: str, command: Command, text: str) -> argparse.ArgumentParser: ...


def installation(arguments: argparse.Namespace) -> Installation:
    from dictation.compose import Installation
    from dictation.settings import read_settings

    return Installation(read_settings(arguments.home, arguments.settings))


def models_folder(arguments: argparse.Namespace) -> Path:
    from dictation.settings import read_settings

    return read_settings(arguments.home, arguments.settings).models_folder


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
