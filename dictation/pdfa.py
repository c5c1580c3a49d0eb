"""PDF/A-1: what keeps a file from being one.

PDF bytes in; findings out, each beginning with its clause of ISO 19005-1. Touches nothing. A structural check, quick
enough for every letter (some 20 ms): what a file declares, carries and asks for, not what each of its pages draws.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    import pikepdf

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
_FORBIDDEN_ACTIONS = {
    "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript", "/SubmitForm", "/GoToR", "/GoToE",
}  # fmt: skip


def pdfa_findings(pdf: bytes) -> list[str]:
    """What keeps `pdf` from being PDF/A-1 (level A or B): one English line per finding, [] when sound."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            return [*_file(pdf), *_document(document)]
    except pikepdf.PasswordError:
        return ["6.1.3: encrypted"]
    except (pikepdf.PdfError, ElementTree.ParseError, AttributeError, KeyError, TypeError, ValueError) as error:
        return [f"6.1.1: not a readable PDF: {type(error).__name__}"]


def _file(pdf: bytes) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[1-7][\r\n]+%[\x80-\xff]{4}", pdf):
        yield "6.1.2: the file does not begin with its version and a binary comment"
    if re.search(rb"/Type\s*/(XRef|ObjStm)\b", pdf):
        yield "6.1.4: cross-reference or object streams, of PDF 1.5"


def _document(document: pikepdf.Pdf) -> Iterator[str]:
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
        if "/Group" in page.obj and page.obj.Group.get("/S") == "/Transparency":
            yield "6.4: transparency group on a page"
    for item in document.objects:
        if hasattr(item, "get") and not isinstance(item, pikepdf.Array):
            yield from _object(item)


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


def _is_destination(action: Any) -> bool:
    import pikepdf

    return isinstance(action, pikepdf.Array)


def _object(item: Any) -> Iterator[str]:
    import pikepdf

    kind, subtype = str(item.get("/Type", "")), str(item.get("/Subtype", ""))
    if kind == "/FontDescriptor":
        name = str(item.get("/FontName", "/?"))[1:]
        if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(item.keys()):
            yield f"6.3.4: font not embedded: {name}"
    if kind == "/Font" and subtype in {"/Type1", "/TrueType"} and "/FontDescriptor" not in item:
        yield f"6.3.4: font without a file: {item.get('/BaseFont', '?')}"
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


def _said(description: ElementTree.Element, name: str) -> str:
    """A property of the PDF/A identification, written as an attribute or as an element."""
    return (description.get(_PDFAID + name) or description.findtext(_PDFAID + name) or "").strip()


def _xmp(document: pikepdf.Pdf) -> Iterator[str]:
    metadata = document.Root.get("/Metadata")
    if metadata is None:
        yield "6.7.2: no XMP metadata"
        return
    packet = metadata.read_bytes()
    root = ElementTree.fromstring(re.sub(rb"<\?xpacket[^>]*\?>", b"", packet).strip())
    parts = {(_said(one, "part"), _said(one, "conformance")) for one in root.iter(RDF + "Description")} - {("", "")}
    if parts not in ({("1", "B")}, {("1", "A")}):
        yield "6.7.11: XMP does not say PDF/A part 1, conformance A or B"
