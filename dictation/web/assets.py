"""Static files: our own style sheets and modules, read from the package and served with their version in the address.

The version is a digest of all of them: a new release has new addresses, so browsers may keep a file for a year, and
relative imports between modules stay inside one version. Only files listed at the first request exist.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

FOLDER = Path(__file__).resolve().parent / "static" / "dictation"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@functools.cache
def _files() -> dict[str, bytes]:
    found = sorted(path for path in FOLDER.rglob("*") if path.suffix in TYPES and path.is_file())
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in found}


@functools.cache
def _version() -> str:
    whole = hashlib.sha256()
    for name, data in _files().items():
        whole.update(f"{name}\0{len(data)}\0".encode() + data)
    return whole.hexdigest()[:12]


def address(name: str) -> str:
    """The address of a static file, for templates. KeyError when there is no such file."""
    if name not in _files():
        raise KeyError(name)
    return reverse("static", kwargs={"version": _version(), "name": name})


@login_not_required
@require_safe
def static_file(request: HttpRequest, version: str, name: str) -> HttpResponse:
    data = _files().get(name)
    if data is None or version != _version():
        raise Http404
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return HttpResponse(data, content_type=TYPES[Path(name).suffix], headers=headers)
