"""A letter small enough to travel thousands of times, and a PDF/A-1b all the same: one ruled page, no font."""

from __future__ import annotations

import functools
import importlib.util
import io
from pathlib import Path

import pikepdf

_WEASYPRINT = importlib.util.find_spec("weasyprint")  # found, not imported: each sender process reads this module
assert _WEASYPRINT is not None and _WEASYPRINT.origin is not None
PROFILE = Path(_WEASYPRINT.origin).parent / "pdf" / "sRGB2014.icc"
XMP = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" rdf:about="" pdfaid:part="1" pdfaid:conformance="B"/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


@functools.cache
def ruled_page(words: bytes) -> bytes:
    """`words` stand in clear inside, with ten times every byte there is: nothing on the way may change one."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.pages[0].Contents = pdf.make_stream(b"0 0 0 RG 50 700 m 545 700 l S")
        profile = pdf.make_stream(PROFILE.read_bytes(), N=3)
        intent = pikepdf.Dictionary(
            Type=pikepdf.Name.OutputIntent, S=pikepdf.Name.GTS_PDFA1, OutputConditionIdentifier="sRGB",
            DestOutputProfile=profile,
        )  # fmt: skip
        pdf.Root.OutputIntents = pikepdf.Array([intent])
        pdf.Root.Metadata = pdf.make_stream(XMP, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
        pdf.Root.Essai = pdf.make_stream(words + bytes(range(256)) * 40)
        return saved(pdf)


def saved(pdf: pikepdf.Pdf) -> bytes:
    """As PDF/A-1 wants a file: version 1.4, no object streams, metadata in clear; the same each time."""
    out = io.BytesIO()
    pdf.save(
        out, force_version="1.4", object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none, deterministic_id=True, fix_metadata_version=False,
    )  # fmt: skip
    return out.getvalue()
