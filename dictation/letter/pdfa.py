"""PDF/A-1b: repair what WeasyPrint leaves wrong, check what must be true, read the text back.

PDF bytes in; bytes, findings or text out. Touches nothing. The check is dictation/pdfa.py's and what we ask of a letter
beyond it; a real validator (Apache PDFBox Preflight) runs over the same letters in tests/letter/test_preflight.py.
Source: ISO 19005-1 (the clause is named beside each rule).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from dictation.pdfa import RDF, pdfa_findings

if TYPE_CHECKING:
    import pikepdf

_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
}
_HEADER = b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
_FOOTER = b'\n</x:xmpmeta>\n<?xpacket end="r"?>'


def repair(pdf: bytes, *, fixed_id: bool = False) -> bytes:
    """The same document with XMP that PDF/A readers understand, saved as plain PDF 1.4.

    WeasyPrint 70 declares every namespace on rdf:RDF; strict readers look for them on each rdf:Description. The packet
    is written anew with the declarations where they are looked for; nothing else in the document changes.
    fixed_id: the file identifier comes from the content, so that the same content is the same file.
    """
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        packet = document.Root.Metadata.read_bytes()
        metadata = pikepdf.Stream(document, _namespaces_on_descriptions(packet))
        metadata.Type = pikepdf.Name.Metadata
        metadata.Subtype = pikepdf.Name.XML
        document.Root.Metadata = document.make_indirect(metadata)
        out = io.BytesIO()
        document.save(
            out,
            force_version="1.4",
            object_stream_mode=pikepdf.ObjectStreamMode.disable,  # 6.1.4: no cross-reference streams
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            compress_streams=False,  # 6.7.2: the metadata stays in clear; WeasyPrint has compressed the rest
            linearize=False,
            deterministic_id=fixed_id,
            fix_metadata_version=False,  # our packet, byte for byte
        )
    return out.getvalue()


def _namespaces_on_descriptions(packet: bytes) -> bytes:
    body = re.sub(rb"<\?xpacket[^>]*\?>", b"", packet).strip()
    descriptions = ElementTree.fromstring(body).iter(RDF + "Description")
    for prefix, uri in _NAMESPACES.items():
        ElementTree.register_namespace(prefix, uri)
    # Each description is written as a document of its own: so it declares its own namespaces.
    parts = [ElementTree.tostring(description, encoding="utf-8") for description in descriptions]
    rdf = _NAMESPACES["rdf"].encode()
    return _HEADER + b'<rdf:RDF xmlns:rdf="' + rdf + b'">\n' + b"\n".join(parts) + b"\n</rdf:RDF>" + _FOOTER


def check_pdfa(pdf: bytes, fonts: frozenset[str] | None = None) -> list[str]:
    """What keeps `pdf` from being one of our PDF/A-1b letters: one English line per finding, [] when sound.

    fonts: the family names that may be embedded, as WeasyPrint writes them (`Letter-text`); None allows any.
    """
    import pikepdf

    found = pdfa_findings(pdf)
    if not pdf.startswith(b"%PDF-1.4"):
        found.append("6.1.2: the file does not begin with %PDF-1.4")
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            return [*found, *_findings(document, fonts)]
    except (pikepdf.PdfError, AttributeError, KeyError):
        return found  # it says that the file is not readable


def _findings(document: pikepdf.Pdf, fonts: frozenset[str] | None) -> Iterator[str]:
    if "/Lang" not in document.Root:
        yield "no language: a screen reader would guess"
    for page in document.pages:
        if "/Annots" in page.obj and len(page.obj.Annots):
            yield "a letter has no annotation"
    for item in document.objects:
        if hasattr(item, "get"):
            yield from _font(item, fonts)
    metadata = document.Root.get("/Metadata")
    rdf_tag = None if metadata is None else re.search(rb"<rdf:RDF[^>]*>", metadata.read_bytes())
    if rdf_tag is not None and rdf_tag[0].count(b"xmlns:") != 1:
        yield "7.3: XMP namespaces are declared on rdf:RDF"


def _font(item: Any, fonts: frozenset[str] | None) -> Iterator[str]:
    kind, subtype = str(item.get("/Type", "")), str(item.get("/Subtype", ""))
    if kind == "/FontDescriptor" and fonts is not None:
        name = str(item.get("/FontName", "/?"))[1:]
        if not any(name.split("+", 1)[-1].startswith(font) for font in fonts):
            yield f"a font that is not the letter's: {name}"
    if kind == "/Font" and subtype == "/Type0" and "/ToUnicode" not in item:
        yield "a font whose text cannot be read back"


def text_of(pdf: bytes) -> list[str]:
    """The text of each page, as a reader would copy it; words hyphenated by the layout are joined again."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_joined(page.get_textpage().get_text_range()) for page in document]
    finally:
        document.close()


def _joined(text: str) -> str:
    # At a line's end, the layout hyphenates with U+2010; a hyphen that was written (« vingt-six ») PDFium reports as
    # U+FFFE, or U+0002, without the line break.
    text = re.sub(r"\u2010[\r\n]+", "", text)
    return re.sub(r"[\ufffe\u0002][\r\n]*", "-", text).replace("\r\n", "\n")
