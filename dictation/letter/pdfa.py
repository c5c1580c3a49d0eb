"""PDF/A-1b: repair what WeasyPrint leaves wrong, check what must be true, read the text back.

PDF bytes in; bytes, findings or text out. Touches nothing. The check is structural, quick enough for every letter
(some 20 ms); a real validator (Apache PDFBox Preflight) runs over the same letters in tests/letter/test_preflight.py.
Source: ISO 19005-1 (the clause is named beside each rule).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    import pikepdf

_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
}
_RDF = "{" + _NAMESPACES["rdf"] + "}"
_PDFAID = "{" + _NAMESPACES["pdfaid"] + "}"
_HEADER = b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
_FOOTER = b'\n</x:xmpmeta>\n<?xpacket end="r"?>'

_FORBIDDEN_ACTIONS = {
    "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript", "/SubmitForm", "/GoToR", "/GoToE",
}  # fmt: skip


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
    descriptions = ElementTree.fromstring(body).iter(_RDF + "Description")
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

    if not re.match(rb"%PDF-1\.4\s+%[\x80-\xff]{4}", pdf):
        return ["6.1.2: the file does not begin with %PDF-1.4 and a binary comment"]
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            return list(_findings(document, fonts))
    except (pikepdf.PdfError, ElementTree.ParseError, AttributeError, KeyError) as error:
        return [f"not a readable PDF: {type(error).__name__}"]


def _findings(document: pikepdf.Pdf, fonts: frozenset[str] | None) -> Iterator[str]:
    import pikepdf

    if document.is_encrypted or "/Encrypt" in document.trailer:
        yield "6.1.3: encrypted"
    if "/ID" not in document.trailer:
        yield "6.1.3: no file identifier"
    yield from _catalog(document.Root)
    yield from _xmp(document)
    for page in document.pages:
        if "/AA" in page.obj:
            yield "6.6.2: additional actions on a page"
        if "/Annots" in page.obj and len(page.obj.Annots):
            yield "a letter has no annotation"
        if "/Group" in page.obj and page.obj.Group.get("/S") == "/Transparency":
            yield "6.4: transparency group on a page"
    for item in document.objects:
        if hasattr(item, "get") and not isinstance(item, pikepdf.Array):
            yield from _object(item, fonts)


def _catalog(root: Any) -> Iterator[str]:
    intents = root.get("/OutputIntents", [])
    if not any(intent.get("/S") == "/GTS_PDFA1" and "/DestOutputProfile" in intent for intent in intents):
        yield "6.2.2: no PDF/A output intent with its colour profile"
    if "/OpenAction" in root and not _is_destination(root.OpenAction):
        yield "6.6.1: an action on opening"
    for key, clause in (("/AA", "6.6.2"), ("/AcroForm", "6.9"), ("/OCProperties", "6.1.13"), ("/AF", "6.1.11")):
        if key in root:
            yield f"{clause}: {key[1:]} in the catalog"
    names = root.get("/Names", {})
    for key, clause in (("/EmbeddedFiles", "6.1.11"), ("/JavaScript", "6.6.1")):
        if key in names:
            yield f"{clause}: {key[1:]} in the name dictionary"
    if "/Lang" not in root:
        yield "no language: a screen reader would guess"


def _is_destination(action: Any) -> bool:
    import pikepdf

    return isinstance(action, pikepdf.Array)


def _object(item: Any, fonts: frozenset[str] | None) -> Iterator[str]:
    import pikepdf

    kind, subtype = str(item.get("/Type", "")), str(item.get("/Subtype", ""))
    if kind == "/FontDescriptor":
        name = str(item.get("/FontName", "/?"))[1:]
        if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(item.keys()):
            yield f"6.3.4: font not embedded: {name}"
        if fonts is not None and not any(name.split("+", 1)[-1].startswith(font) for font in fonts):
            yield f"a font that is not the letter's: {name}"
    if kind == "/Font" and subtype in {"/Type1", "/TrueType"} and "/FontDescriptor" not in item:
        yield f"6.3.4: font without a file: {item.get('/BaseFont', '?')}"
    if kind == "/Font" and subtype == "/Type0" and "/ToUnicode" not in item:
        yield "a font whose text cannot be read back"
    if kind == "/Filespec" or "/EF" in item:
        yield "6.1.11: an embedded file"
    if str(item.get("/SMask", "/None")) != "/None":
        yield "6.4: a soft mask (an image with transparency)"
    for key in ("/CA", "/ca"):
        if kind in {"", "/ExtGState"} and key in item and float(item[key]) != 1:
            yield f"6.4: transparency ({key[1:]} is not 1)"
    if kind in {"", "/ExtGState"} and str(item.get("/BM", "/Normal")) not in {"/Normal", "/Compatible"}:
        yield "6.4: a blend mode"
    if str(item.get("/S", "")) in _FORBIDDEN_ACTIONS or "/JS" in item:
        yield f"6.6.1: a forbidden action: {item.get('/S', '/JavaScript')}"
    if isinstance(item, pikepdf.Stream):
        if "/LZWDecode" in str(item.get("/Filter", "")):
            yield "6.1.10: LZW compression"
        if {"/F", "/FFilter", "/FDecodeParms"} & set(item.keys()):
            yield "6.1.7: a stream kept outside the file"
        if kind == "/Metadata" and "/Filter" in item:
            yield "6.7.2: compressed metadata"
        if subtype == "/PS" or item.get("/PS") is not None:
            yield "6.2.5: PostScript"


def _xmp(document: pikepdf.Pdf) -> Iterator[str]:
    metadata = document.Root.get("/Metadata")
    if metadata is None:
        yield "6.7.2: no XMP metadata"
        return
    packet = metadata.read_bytes()
    root = ElementTree.fromstring(re.sub(rb"<\?xpacket[^>]*\?>", b"", packet).strip())
    parts = {
        (description.get(_PDFAID + "part"), description.get(_PDFAID + "conformance"))
        for description in root.iter(_RDF + "Description")
    } - {(None, None)}
    if parts != {("1", "B")}:
        yield "6.7.11: XMP does not say PDF/A part 1, conformance B"
    rdf_tag = re.search(rb"<rdf:RDF[^>]*>", packet)
    if rdf_tag is None or rdf_tag[0].count(b"xmlns:") != 1:
        yield "7.3: XMP namespaces are declared on rdf:RDF"


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
