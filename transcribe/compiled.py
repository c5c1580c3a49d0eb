"""Compiled: OpenVINO's graphs in the form made for this processor, kept so that the next start need not make them.

A converted model that was checked in, a compiled one out. What is kept lies beside the converted model and holds no
weights: they stay in the file that is checked at each start. It is named by what it was made from and by its own
digest, and never read when that digest is another. Where nothing can be written, starts only take longer.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transcribe.convert import RECORD
from transcribe.processor import this_processor

KEPT = 4  # of each graph: other settings, other releases of OpenVINO


def compiled(folder: Path, part: str, settings: Mapping[str, Any]) -> Any:
    """`part`.xml and `part`.bin of a folder as an openvino.CompiledModel."""
    import openvino

    core, told = openvino.Core(), {**settings, "CACHE_MODE": "OPTIMIZE_SIZE"}  # that is, without weights
    if not (folder / RECORD).is_file():  # being made, not checked yet
        return core.compile_model(folder / f"{part}.xml", "CPU", told)
    name = f"{part}-{_made_from(folder, openvino.get_version(), told)}"
    for file in sorted(folder.glob(f"{name}-*.blob")):
        with contextlib.suppress(OSError, ValueError, RuntimeError):  # RuntimeError: OpenVINO's own refusal
            return core.import_model(_checked(file), "CPU", {**told, "WEIGHTS_PATH": str(folder / f"{part}.bin")})
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)
    made = core.compile_model(folder / f"{part}.xml", "CPU", told)
    with contextlib.suppress(OSError):
        _keep(made.export_model(), folder, name)
        _clear(folder, part)
    return made


def _made_from(folder: Path, release: str, settings: Mapping[str, Any]) -> str:
    """A digest of all that decides how a compiled graph looks: the weights' own digests are in the record."""
    processor = this_processor()
    told = [processor.name, *sorted(processor.flags)]
    said = [(folder / RECORD).read_text("utf-8"), release, told, settings]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:20]


def _checked(file: Path) -> bytes:
    """What is in it. Raises ValueError when that is not what was kept, OSError."""
    held = file.read_bytes()
    if file.stem.rpartition("-")[2] != hashlib.sha256(held).hexdigest():
        raise ValueError(f"{file.name} was altered")
    return held


def _keep(graph: Any, folder: Path, name: str) -> None:
    """Whole or not at all: under its name only when all of it is on the disk."""
    held = graph.getvalue()
    with tempfile.NamedTemporaryFile(prefix=f".{name}-", dir=folder, delete=False) as file:
        part = Path(file.name)
        try:
            file.write(held)
            file.flush()
            os.fsync(file.fileno())
            part.replace(folder / f"{name}-{hashlib.sha256(held).hexdigest()}.blob")
        except OSError:
            part.unlink(missing_ok=True)
            raise


def _clear(folder: Path, part: str) -> None:
    """Of each graph the newest stay."""
    for old in sorted(folder.glob(f"{part}-*.blob"), key=lambda file: -file.stat().st_mtime)[KEPT:]:
        old.unlink(missing_ok=True)
