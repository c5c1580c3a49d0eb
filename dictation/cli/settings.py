"""The command that shows the settings in force, and where each value comes from."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from dictation.cli.common import Add, print_json

if TYPE_CHECKING:
    from dictation.settings import Settings

ORIGINS = {"default": "défaut", "file": "fichier", "environment": "environnement", "command": "ligne de commande"}


def register(add: Add) -> None:
    sub = add("settings", _settings, "les réglages en vigueur et d’où vient chacun, secrets masqués")
    sub.add_argument("--json", action="store_true")


def _settings(arguments: argparse.Namespace) -> int:
    from dictation.settings import read_settings

    settings = read_settings(arguments.home, arguments.settings)
    values, whence = settings.model_dump(mode="json"), _origins(settings, arguments.home, arguments.settings)
    if arguments.json:
        print_json(values | {"origins": whence})
        return 0
    for name, value in values.items():
        told = {f"{name}.{key}": inner for key, inner in value.items()} if isinstance(value, dict) else {name: value}
        for key, inner in told.items():
            print(f"{key} = {inner!r}  ({ORIGINS[whence[key]]})")
    return 0


def _origins(settings: Settings, home: Path | None, file: Path | None) -> dict[str, str]:
    """« section.key » -> which of ORIGINS its value comes from; the last that names it wins, as in read_settings."""
    from dictation.settings import Part, set_in_environment, written_in

    written = written_in(file or settings.home / "dictation.toml")
    found: dict[str, str] = {}
    sources = (("default", settings.model_dump()), ("file", written), ("environment", set_in_environment()))
    for origin, values in sources:
        for name, value in values.items():
            own = isinstance(getattr(settings, name, None), Part)
            found |= dict.fromkeys([f"{name}.{key}" for key in value] if own else [name], origin)
    return found | ({"home": "command"} if home else {})
