"""Press: template and words to PDF, with nothing from outside.

A folder of templates and a dictionary of strings in, raw PDF bytes out. Reads templates/letter/ and the font files that
fonts/fonts.toml names; opens no connection. WeasyPrint and Jinja2 are met here only.

Every address in a template or style sheet comes to one fetcher. It knows `letter:` addresses it made itself (fonts,
logo), held in memory before the work begins; it refuses all others and the letter fails (E_RESOURCE_BLOCKED): a letter
without its logo or with another font must not leave.
"""

from __future__ import annotations

import functools
import math
import re
import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dictation.errors import NeedsAPerson

# Where distributions put font files; a hospital's own files in templates/letter/fonts/ come first.
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")  # a site's key, safe as a file name


@dataclass(frozen=True, slots=True)
class Face:
    """One font file as the style sheet calls it."""

    family: str
    weight: int
    style: str
    path: Path


@dataclass(frozen=True, slots=True)
class Asset:
    """One resource the letter may ask for, already read."""

    content: bytes
    media_type: str


def faces(templates: Path, folders: tuple[Path, ...] = FONT_FOLDERS) -> tuple[Face, ...]:
    """The faces of fonts/fonts.toml, each with a file that exists. Raises NeedsAPerson (E_PDFA) when one is absent."""
    table = tomllib.loads((templates / "fonts" / "fonts.toml").read_text(encoding="utf-8"))
    return tuple(
        Face(row["family"], int(row["weight"]), row["style"], _font_file(row["files"], templates, folders))
        for row in table["face"]
    )


def _font_file(names: list[str], templates: Path, folders: tuple[Path, ...]) -> Path:
    # Sorted: the same machine always picks the same file.
    for name in names:
        for folder in (templates / "fonts", *folders):
            if found := sorted(folder.rglob(name)):
                return found[0]
    raise NeedsAPerson(f"font file absent: {' or '.join(names)}", code="E_PDFA")


def families(faces: tuple[Face, ...]) -> frozenset[str]:
    """Family names as they appear in the PDF."""
    return frozenset(face.family.replace(" ", "-") for face in faces)


def printable(faces: tuple[Face, ...]) -> frozenset[int]:
    """The code points of the fallback family, the last one named: what it holds can be printed anywhere."""
    fallback = tuple(face.path for face in faces if face.family == faces[-1].family)
    return frozenset.intersection(*(frozenset(_advances(path, path.stat().st_mtime_ns)[0]) for path in fallback))


def lines_of(text: str, face: Face, size_pt: float, width_pt: float) -> int:
    """How many lines `text` takes, words kept whole: so that the template knows a heading that needs room."""
    advances, units = _advances(face.path, face.path.stat().st_mtime_ns)
    room, count = 0.0, 0
    for word in text.split(" "):
        width = sum(advances.get(ord(letter), units) for letter in word) * size_pt / units
        space = advances[ord(" ")] * size_pt / units
        if count and space + width <= room:
            room -= space + width
        else:
            count, room = count + max(1, math.ceil(width / width_pt)), width_pt - width
    return count


@functools.lru_cache(maxsize=8)
def _advances(path: Path, modified_ns: int) -> tuple[dict[int, int], int]:
    """The width of each code point the font has, and the units it is in. Raises NeedsAPerson (E_PDFA) if broken."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    try:
        with TTFont(path) as font:
            widths = font["hmtx"].metrics
            # unitsPerEm, 18 bytes into the table: decoded whole, fontTools complains of the date in some fonts.
            units = int.from_bytes(font.reader["head"][18:20], "big")
            return {code: widths[name][0] for code, name in font.getBestCmap().items()}, units
    except Exception as error:  # whatever a damaged file makes of the reader
        raise NeedsAPerson(f"font file damaged: {path.name}", code="E_PDFA") from error


def logo(templates: Path, site_key: str) -> str | None:
    """The address of the site's logo for the template; None when it has none."""
    found = _logo_file(templates, site_key)
    return f"letter:logo{found.suffix}" if found else None


def _logo_file(templates: Path, site_key: str) -> Path | None:
    if not _NAME.fullmatch(site_key):
        return None
    candidates = (templates / "logos" / f"{site_key}{suffix}" for suffix in _LOGO_TYPES)
    return next((path for path in candidates if path.is_file()), None)


def fill(templates: Path, name: str, words: Mapping[str, Any]) -> str:
    """The HTML of one template. Words come out literally: escaped, never read as template or markup."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(words)


def press(html: str, templates: Path, faces: tuple[Face, ...], site_key: str) -> bytes:
    """The PDF of `html` with letter.css. Raises NeedsAPerson (E_RESOURCE_BLOCKED) on any address that is not ours."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    assets = _assets(templates, faces, site_key)
    refused: list[str] = []

    class OnlyOurs(URLFetcher):  # type: ignore[misc]
        """Serves what was read beforehand; never opens anything."""

        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
            if url not in assets:
                refused.append(url)
                raise ValueError("not an asset of the letter")
            return URLFetcherResponse(url, assets[url].content, {"Content-Type": assets[url].media_type})

    fetcher = OnlyOurs(allowed_protocols=("letter",), allow_redirects=False, fail_on_errors=True)
    fonts = FontConfiguration()
    try:
        styles = [
            CSS(string=text, base_url="letter:", url_fetcher=fetcher, font_config=fonts)
            for text in (_font_rules(faces), (templates / "letter.css").read_text(encoding="utf-8"))
        ]
        document = HTML(string=html, base_url="letter:", url_fetcher=fetcher)
        with warnings.catch_warnings():  # WeasyPrint 70 leaves closing its colour profile to the garbage collector
            warnings.filterwarnings("ignore", message=r"unclosed file .*\.icc", category=ResourceWarning)
            pdf: bytes = document.write_pdf(stylesheets=styles, font_config=fonts, pdf_variant="pdf/a-1b")
    except FatalURLFetchingError:
        raise _blocked(refused) from None
    if refused:  # asked for in a place where WeasyPrint goes on without
        raise _blocked(refused)
    return pdf


def _blocked(refused: list[str]) -> NeedsAPerson:
    # Only the scheme: the rest of an address could hold words of the letter.
    schemes = sorted({found[0] if (found := re.match(r"[a-z]{2,10}:", url)) else "none" for url in refused})
    return NeedsAPerson(f"refused address, scheme {' '.join(schemes)}", code="E_RESOURCE_BLOCKED")


def _assets(templates: Path, faces: tuple[Face, ...], site_key: str) -> dict[str, Asset]:
    assets = {f"letter:font-{i}": Asset(face.path.read_bytes(), "font/ttf") for i, face in enumerate(faces)}
    if file := _logo_file(templates, site_key):
        assets[f"letter:logo{file.suffix}"] = Asset(file.read_bytes(), _LOGO_TYPES[file.suffix])
    return assets


def _font_rules(faces: tuple[Face, ...]) -> str:
    return "\n".join(
        f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight}; font-style: {face.style}; '
        f'src: url("letter:font-{i}") }}'
        for i, face in enumerate(faces)
    )
