"""Nothing from outside ever enters a letter: each address is refused, none is opened, and the letter stops."""

from __future__ import annotations

import dataclasses
import http.server
import io
import re
import shutil
import threading
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from dictation.errors import NeedsAPerson
from dictation.letter import text_of, typeset
from dictation.letter.sample import AUTHOR, DAY, SIDECAR, SITE
from tests.letter.paper import one_section

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>SHAPE</svg>"


@pytest.fixture(scope="module")
def server():
    """A web server on this machine that counts who asks."""

    class Counter(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.server.hits.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/css")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counter) as server:
        server.hits = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(templates: Path, tmp_path: Path) -> Path:
    """The templates, to be spoiled."""
    copy = tmp_path / "letter"
    shutil.copytree(templates, copy)
    return copy


def _typeset(folder: Path, **changes: object):
    return typeset(
        one_section("Rien."), SIDECAR, AUTHOR, dataclasses.replace(SITE, **changes),
        signatory=AUTHOR, letter_id="L1", printed_on=DAY, templates=folder,
    )  # fmt: skip


def _in_body(markup: str):
    def spoil(folder: Path) -> None:
        base = folder / "base.html.j2"
        base.write_text(base.read_text(encoding="utf-8").replace("<main>", "<main>" + markup), encoding="utf-8")

    return spoil


def _in_css(rule: str):
    def spoil(folder: Path) -> None:
        css = folder / "letter.css"
        css.write_text(rule + css.read_text(encoding="utf-8"), encoding="utf-8")

    return spoil


ADDRESSES = {
    "picture by http": _in_body('<img src="HTTP/a.png">'),
    "picture by https": _in_body('<img src="https://127.0.0.1:9/a.png">'),
    "picture by ftp": _in_body('<img src="ftp://127.0.0.1:9/a.png">'),
    "picture from a file": _in_body('<img src="file:///etc/passwd">'),
    "picture beside the template": _in_body('<img src="a.png">'),
    "picture by a share": _in_body('<img src="\\\\\\\\127.0.0.1\\\\share\\\\a.png">'),
    "picture without a scheme": _in_body('<img src="//127.0.0.1:9/a.png">'),
    "picture in the address": _in_body(f'<img src="{PIXEL}">'),
    "picture with a font's address of another letter": _in_body('<img src="letter:font-99">'),
    "cloud metadata": _in_body('<img src="http://169.254.169.254/latest/meta-data/">'),
    "object": _in_body('<object data="HTTP/a.svg"></object>'),
    "embed": _in_body('<embed src="HTTP/a.svg">'),
    "style sheet": _in_body('<link rel="stylesheet" href="HTTP/a.css">'),
    "attachment": _in_body('<link rel="attachment" href="file:///etc/passwd">'),
    "attachment by a link": _in_body('<a rel="attachment" href="file:///etc/passwd">x</a>'),
    "import in the page": _in_body("<style>@import url(HTTP/a.css);</style>"),
    "import": _in_css('@import "HTTP/a.css";\n'),
    "background": _in_css('body { background: url("HTTP/a.png") }\n'),
    "background, relative": _in_css('body { background: url("a.png") }\n'),
    "list mark": _in_css('main { display: list-item; list-style-image: url("HTTP/a.png") }\n'),
    "content": _in_css('h1::before { content: url("HTTP/a.png") }\n'),
    "font": _in_css('@font-face { font-family: "X"; src: url("HTTP/a.ttf") }\n'),
    "font of the system": _in_css('@font-face { font-family: "X"; src: local("DejaVu Sans") }\n'),
    "colour profile": _in_css('@color-profile --x { src: url("HTTP/a.icc") }\nbody { color: color(--x 1 0 0) }\n'),
    "picture in a drawing": _in_body(SVG.replace("SHAPE", "<image href='HTTP/a.png' width='9' height='9'/>")),
    "file in a drawing": _in_body(SVG.replace("SHAPE", "<image href='file:///etc/passwd' width='9' height='9'/>")),
}


# Never asked for by this version of WeasyPrint: harmless, as long as it stays so.
IGNORED = {
    "piece of another drawing": _in_body(SVG.replace("SHAPE", "<use href='HTTP/a.svg#x'/>")),
    "script": _in_body('<script src="HTTP/a.js"></script>'),
    "frame": _in_body('<iframe src="HTTP/a.html"></iframe>'),
    "icon": _in_body('<link rel="icon" href="HTTP/a.ico">'),
}


def _point_at(server: http.server.HTTPServer, folder: Path) -> None:
    for path in (folder / "base.html.j2", folder / "letter.css"):
        text = path.read_text(encoding="utf-8").replace("HTTP", f"http://127.0.0.1:{server.server_port}")
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_from_outside_stops_the_letter_unopened(folder, server, name):
    spoil = ADDRESSES[name]
    spoil(folder)
    _point_at(server, folder)
    with pytest.raises(NeedsAPerson) as refusal:
        _typeset(folder)
    assert refusal.value.code == "E_RESOURCE_BLOCKED"
    assert "127.0.0.1" not in str(refusal.value)
    assert server.hits == []


def test_what_is_not_asked_for_is_not_opened(folder, server):
    for spoil in IGNORED.values():
        spoil(folder)
    _point_at(server, folder)
    assert "Rien." in text_of(_typeset(folder).pdf)[0]
    assert server.hits == []


def test_the_logo_of_the_site_is_printed(folder):
    without = _typeset(folder, key="nord")
    drawing = SVG.replace("SHAPE", "<rect width='9' height='9' fill='#1d4e6b'/>")
    (folder / "logos" / "nord.svg").write_text(drawing, encoding="utf-8")
    assert _rectangles(_typeset(folder, key="nord").pdf) > _rectangles(without.pdf)
    assert _rectangles(_typeset(folder, key="sud").pdf) == _rectangles(without.pdf)


def test_a_logo_with_transparency_stops_the_letter(folder):
    Image.new("RGBA", (40, 20), (0, 80, 120, 128)).save(folder / "logos" / "nord.png")
    with pytest.raises(NeedsAPerson) as refusal:
        _typeset(folder, key="nord")
    assert refusal.value.code == "E_PDFA"


def test_an_opaque_picture_is_a_fine_logo(folder):
    Image.new("RGB", (40, 20), (0, 80, 120)).save(folder / "logos" / "nord.png")
    assert _typeset(folder, key="nord").pages == 1


@pytest.mark.parametrize("key", ["../secret", "/etc/passwd", "..", "", "a/b", "nord.svg\0"])
def test_the_key_of_a_site_is_never_a_path(folder, key):
    (folder / "secret.svg").write_text(SVG.replace("SHAPE", "<text>secret</text>"), encoding="utf-8")
    assert "secret" not in text_of(_typeset(folder, key=key).pdf)[0].replace("Secret médical", "")


def _rectangles(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        streams = [item for item in document.objects if isinstance(item, pikepdf.Stream)]
        content = [stream.read_bytes() for stream in streams if stream.get("/Subtype", "/Form") == "/Form"]
        return sum(len(re.findall(rb"\bre\b", stream)) for stream in content if b" re" in stream)
