"""Weights: from a name in the manifest to a verified file on this disk.

Reads models/manifest.toml (what ships with the project) and models/local.toml (what this hospital added); `add` and
`fetch` write the latter. Only `fetch` opens a connection, only when a person types it, and the service never calls it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from transcribe.errors import WeightsMissing

MANIFEST, LOCAL = "manifest.toml", "local.toml"
MAX_FILE_BYTES = 8 << 30  # large-v3 weighs 3 GB


@dataclass(frozen=True, slots=True)
class Model:
    """One [[model]] of a manifest."""

    name: str
    file: str  # beside the manifest
    sha256: str
    size_bytes: int
    licence: str = ""
    source: str = ""
    trained_on: str = ""
    good_for: str = ""
    language: str = "fr"
    alignment_heads: tuple[tuple[int, int], ...] = ()  # (decoder layer, head); empty: the upper half of the layers
    max_window_seconds: float = 28.0
    prompts: bool = False  # whether it was trained to read a prompt
    short_windows: bool = False  # whether it was trained on windows without the silence that makes them thirty seconds
    unsure_below: float = 0.6  # mean probability of a window's words under which it is flagged: guards.unsure
    folder: Path = Path("models")

    @property
    def path(self) -> Path:
        return self.folder / self.file


def listed(models: Path) -> dict[str, Model]:
    """Every model of both manifests, by name.

    Raises WeightsMissing when a manifest is wrong. A missing one is empty.
    """
    return {**_read(models, MANIFEST), **_read(models, LOCAL)}


def _read(models: Path, name: str) -> dict[str, Model]:
    file = models / name
    if not file.is_file():
        return {}
    try:
        entries = tomllib.loads(file.read_text("utf-8")).get("model", [])
        return {model.name: model for model in (_from_entry(entry, models) for entry in entries)}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsMissing(detail=f"{name}: {type(error).__name__} {error}") from error


def _from_entry(entry: Mapping[str, Any], models: Path) -> Model:
    known = {name: entry[name] for name in Model.__slots__ if name in entry and name != "folder"}
    heads = tuple((int(layer), int(head)) for layer, head in known.pop("alignment_heads", ()))
    model = Model(**known, alignment_heads=heads, folder=models)
    if Path(model.file).name != model.file or len(model.sha256) != 64:
        raise ValueError(f"{model.name}: a plain file name and 64 hexadecimal digits are needed")
    return model


def locate(models: Path, name: str | None = None, *, verify: bool = True) -> Model:
    """The model of that name, its file checked by size and SHA-256 (1 s for 500 MB; `verify=False` skips it).

    name: None for the default: `default = "..."` at the top of local.toml or of manifest.toml, else the first shipped.
    Raises WeightsMissing: not listed, absent, or not the file it should be.
    """
    known = listed(models)
    name = name or _default(models) or next(iter(known), None)
    if name is None or name not in known:
        raise WeightsMissing(detail=f"{name or 'no model'}: not listed in {MANIFEST}")
    model = known[name]
    if not model.path.is_file():
        raise WeightsMissing(detail=f"{name}: {model.file} is absent")
    size = model.path.stat().st_size
    if size != model.size_bytes:
        raise WeightsMissing(detail=f"{name}: {size} bytes, {model.size_bytes} expected")
    if verify and (digest := file_digest(model.path)) != model.sha256:
        raise WeightsMissing(detail=f"{name}: SHA-256 {digest[:12]}, {model.sha256[:12]} expected")
    return model


def _default(models: Path) -> str | None:
    for name in (LOCAL, MANIFEST):
        file = models / name
        if file.is_file() and (default := tomllib.loads(file.read_text("utf-8")).get("default")):
            return str(default)
    return None


def file_digest(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def add(models: Path, file: Path, name: str, **described: Any) -> Model:
    """Check a hospital's own .pt and list it in local.toml; it is copied to models/ unless it lies there already.

    file: an openai-whisper checkpoint, or the folder of a Whisper in Hugging Face's format (huggingface.py).
    name: small letters, digits, dots and dashes; not the name of a model shipped with the project.
    described: any other field of Model (licence, source, good_for, alignment_heads, max_window_seconds, prompts,
        short_windows, unsure_below).
    Raises WeightsMissing for another name, and when it is not a Whisper checkpoint that loads without running code.
    """
    from transcribe.reference import read_shape

    _check_name(models, name)
    if file.is_dir():
        return _add_folder(models, file, name, described)
    if not file.is_file() or not 0 < file.stat().st_size <= MAX_FILE_BYTES:
        raise WeightsMissing(detail=f"{name}: no file, an empty one, or more than {MAX_FILE_BYTES >> 30} GiB")
    if not read_shape(file).multilingual:
        raise WeightsMissing(detail=f"{name}: reads English only")
    digest = file_digest(file)
    if not described.get("alignment_heads"):
        described["alignment_heads"] = _official_heads(digest)
    target = file if file.resolve().parent == models.resolve() else models / f"{name}.pt"
    if target is not file:
        _copy(file, target, digest)
    size = target.stat().st_size
    entry = {**described, "name": name, "file": target.name, "sha256": digest, "size_bytes": size}
    model = _from_entry(entry, models)
    _list_locally(models, model)
    return model


def _add_folder(models: Path, folder: Path, name: str, described: dict[str, Any]) -> Model:
    from transcribe.huggingface import to_checkpoint

    part = models / f"{name}.folder.pt"  # in models/, so that it is moved to its place and not copied
    target = models / f"{name}.pt"
    try:
        heads = to_checkpoint(folder, part)
        if heads and not described.get("alignment_heads"):
            described["alignment_heads"] = heads
        read_back = add(models, part, name, **described)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    model = replace(read_back, file=target.name)
    _list_locally(models, model)
    return model


def _official_heads(digest: str) -> tuple[tuple[int, int], ...]:
    """The heads OpenAI published for the file of that digest; none for any other file."""
    from transcribe.reference import published

    return next((known.alignment_heads for known in published().values() if known.sha256 == digest), ())


def _check_name(models: Path, name: str) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,63}", name):
        raise WeightsMissing(detail=f"{name!r}: a model's name has small letters, digits, dots and dashes")
    if name in _read(models, MANIFEST):
        raise WeightsMissing(detail=f"{name}: the project ships a model of that name")


def _copy(file: Path, target: Path, digest: str) -> None:
    """All of it or nothing, and the very bytes that were checked."""
    part = target.with_suffix(".part")
    try:
        shutil.copyfile(file, part)
        if file_digest(part) != digest:
            raise WeightsMissing(detail=f"{target.name}: changed while it was copied")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _list_locally(models: Path, model: Model) -> None:
    """Rewrite local.toml with `model` in it, all or nothing. JSON strings, numbers and lists are TOML ones as well."""
    file = models / LOCAL
    entries = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    kept = [entry for entry in entries.get("model", []) if entry.get("name") != model.name]
    fields = {name: getattr(model, name) for name in Model.__slots__ if name != "folder"}
    lines = ["# Models of this hospital. Written by « dictation models add »; safe to edit."]
    if default := entries.get("default"):
        lines.append(f"default = {json.dumps(default, ensure_ascii=False)}")
    for entry in [*kept, fields]:
        lines += ["", "[[model]]"]
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()]
    part = file.with_suffix(".part")
    part.write_text("\n".join(lines) + "\n", "utf-8")
    part.replace(file)


@dataclass(frozen=True, slots=True)
class Published:
    """A model that OpenAI publishes: where, and the digest that its address itself states."""

    url: str
    sha256: str
    alignment_heads: tuple[tuple[int, int], ...]


def fetch(models: Path, name: str, catalogue: Mapping[str, Published] | None = None) -> Model:
    """Download one of OpenAI's models, verify it, list it. The one function here that opens a connection.

    catalogue: what may be fetched; by default openai-whisper's own list, multilingual models only.
    Raises WeightsMissing for an unknown name or a download that is not the promised file, OSError for the network.
    """
    import urllib.request

    if catalogue is None:
        from transcribe.reference import published

        catalogue = published()
    if name not in catalogue:
        raise WeightsMissing(detail=f"{name}: not published; known: {', '.join(catalogue)}")
    _check_name(models, name)
    wanted, target = catalogue[name], models / f"{name}.pt"
    part = target.with_suffix(".download")
    digest, size = hashlib.sha256(), 0
    try:
        with urllib.request.urlopen(wanted.url, timeout=60) as answer, part.open("wb") as file:
            while block := answer.read(1 << 20):
                size += len(block)
                if size > MAX_FILE_BYTES:
                    raise WeightsMissing(detail=f"{name}: more than {MAX_FILE_BYTES >> 30} GiB came")
                digest.update(block)
                file.write(block)
        if digest.hexdigest() != wanted.sha256:
            raise WeightsMissing(detail=f"{name}: SHA-256 {digest.hexdigest()[:12]}, {wanted.sha256[:12]} expected")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    described = {"licence": "MIT", "source": wanted.url, "alignment_heads": wanted.alignment_heads, "prompts": True}
    return add(models, target, name, **described)
