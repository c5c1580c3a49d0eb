"""QR code of a link, drawn on the server: an SVG of two paths, attributes only, so that it passes the pages' policy."""

from __future__ import annotations

import segno
from markupsafe import Markup

QUIET = 4  # modules of white around it: ISO/IEC 18004 asks for four, and a dark page gives none


def svg(text: str) -> Markup:
    """Black on white whatever the theme; its size is the style sheet's. Hidden from screen readers: the link is beside.

    Fifteen per cent of it may be hidden or wrong (level M): screens shine.
    """
    code = segno.make_qr(text, error="m", boost_error=False)
    drawn = code.svg_inline(border=QUIET, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return Markup(drawn.replace("<svg ", '<svg aria-hidden="true" ', 1))
