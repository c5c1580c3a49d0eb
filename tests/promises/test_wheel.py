"""The wheel is the whole program: nothing of it has to lie beside it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def installed(tmp_path_factory, repository) -> Path:
    """A folder with what the wheel installs, and nothing else of ours."""
    source, built, folder = (tmp_path_factory.mktemp(name) for name in ("source", "wheel", "installed"))
    for name in ("dictation", "transcribe", "templates", "models"):  # a build leaves traces: not in the checkout
        shutil.copytree(repository / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(repository / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(built), str(source)], check=True, capture_output=True)
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


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
