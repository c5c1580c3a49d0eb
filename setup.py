"""Building the wheel: templates/ and models/ lie beside the packages in a checkout, inside `dictation/data` in a wheel.

Everything else is in pyproject.toml. dictation/settings.py looks in the same two places.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
DATA = {
    "templates": ("**/*",),
    "models": ("README.md", "manifest.toml", "demo-fr.pt"),  # never a hospital's own weights beside them
}


class BuildWithData(build_py):
    """The usual build, and our data folders."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:  # a checkout reads them where they lie
            return
        for folder, patterns in DATA.items():
            for pattern in patterns:
                for source in sorted((HERE / folder).glob(pattern)):
                    if source.is_file():
                        target = Path(self.build_lib) / "dictation" / "data" / source.relative_to(HERE)
                        target.parent.mkdir(parents=True, exist_ok=True)
                        shutil.copyfile(source, target)


setup(cmdclass={"build_py": BuildWithData})
