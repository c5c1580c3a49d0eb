"""What the wheel installs, built once for all the tests that ask for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.once import made_once


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """A folder with what the wheel installs, and nothing else of ours."""

    def build(folder: Path) -> None:
        source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
        for name in ("dictation", "transcribe", "templates", "models"):  # a build leaves traces: not in the checkout
            shutil.copytree(repository / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(repository / name, source)
        build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run([*build, "--wheel-dir", str(built), str(source)], check=True, capture_output=True)
        [wheel] = built.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)

    return made_once(tmp_path_factory, "installed", build)
