"""Sheets: a PDF as the pictures of its pages. Same bytes in, same pictures out; nothing is written to disk.

Pictures rather than the browser's own viewer: they look the same everywhere, need no plug-in, pass the strict content
policy, and show exactly the bytes whose digest is signed.
"""

from __future__ import annotations

import functools
import io
import threading

_pdfium = threading.Lock()  # PDFium is not thread-safe, and each request has its thread
SCALE = 1.6  # 72 dpi times this: 952 pixels across an A4 page, sharp at the width it is shown


def page_count(pdf: bytes) -> int:
    import pypdfium2

    with _pdfium:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return len(document)
        finally:
            document.close()


@functools.lru_cache(maxsize=24)
def sheet(pdf: bytes, number: int, scale: float = SCALE) -> bytes:
    """Page `number`, from 1, as a PNG. IndexError when there is no such page."""
    import pypdfium2

    if number < 1:
        raise IndexError(number)
    with _pdfium:
        document = pypdfium2.PdfDocument(pdf)
        try:
            if number > len(document):
                raise IndexError(number)
            picture = document[number - 1].render(scale=scale).to_pil()
        finally:
            document.close()
    out = io.BytesIO()
    picture.convert("RGB").save(out, format="PNG")
    return out.getvalue()
