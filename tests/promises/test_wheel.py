"""The wheel is the whole program: nothing of it has to lie beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def run(installed: Path, *arguments: str) -> str:
    """What a command of the installed program prints, started far from the checkout."""
    ours = {"PYTHONPATH": str(installed), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=installed.parent, env=ours, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_templates_and_checkpoint_come_with_it(installed, tmp_path):
    places = "import dictation.settings as s; print(s.data_folder('templates')); print(s.data_folder('models'))"
    templates, models = run(installed, "-c", places).split()
    assert Path(templates) == installed / "dictation" / "data" / "templates"
    assert Path(models) == installed / "dictation" / "data" / "models"
    [model] = json.loads(run(installed, "-m", "dictation", "--home", str(tmp_path), "models", "list", "--json"))
    assert (model["name"], model["ok"]) == ("demo-fr", True)


def test_every_page_and_letter_of_the_checkout_is_in_it(installed, repository):
    for folder in ("templates/web", "templates/letter", "templates/mail", "dictation/web/static"):
        target = installed / (folder if folder.startswith("dictation") else f"dictation/data/{folder}")
        wanted = {str(path.relative_to(repository / folder)) for path in (repository / folder).rglob("*.*")}
        assert wanted
        assert wanted <= {str(path.relative_to(target)) for path in target.rglob("*.*")}


def test_no_weights_but_the_shipped_ones_are_in_it(installed):
    assert [path.name for path in installed.rglob("*.pt")] == ["demo-fr.pt"]
