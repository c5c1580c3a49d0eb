"""Cover: the page that goes with a printed letter into a window envelope.

Addressee, site, date, reference and number of pages in; a PDF out. It says no word of medicine, and not even the
patient's name: it shows through the window, and may be opened at a counter. The signed letter itself is only counted.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from dictation.domain.people import Addressee, Site
from dictation.errors import NeedsAPerson
from dictation.letter import press
from dictation.letter import typography as french
from dictation.letter.pdfa import check_pdfa, repair, text_of
from dictation.letter.typeset import (
    ADDRESS_LINES,
    ADDRESS_SIZE,
    TITLE_FACE,
    refuse_unless_sound,
    refuse_unprintable,
)

# « 69100 Villeurbanne », and those of our neighbours: « B-1000 Bruxelles », « L-1249 Luxembourg », « 1201 Genève ».
_TOWN = re.compile(r"\s*(?:[A-Z]{1,3}-)?\d{4,5}\s+\w")


def cover(
    addressee: Addressee | None, site: Site, letter: bytes, *, letter_id: str, printed_on: date, templates: Path
) -> bytes:
    """The cover page of the signed PDF `letter`.

    Raises NeedsAPerson: E_POSTAL_ADDRESS (no address the post could use), E_LETTER_TEXT, E_PDFA.
    """
    if addressee is None or not any(_TOWN.match(line) for line in addressee.address):
        raise NeedsAPerson(f"letter {letter_id}: no postal address", code="E_POSTAL_ADDRESS")
    faces = press.faces(templates)
    lines, pages = list(french.address_lines(addressee)), len(text_of(letter))
    words: dict[str, Any] = {
        "letter_id": letter_id,
        "site": {"name": site.name, "address": list(site.address), "telephone": french.telephone(site.telephone)},
        "addressee": lines,
        "town": french.town(site.address),
        "printed_on": french.french_date(printed_on),
        "pages": f"{pages}\u00a0page{'s' if pages > 1 else ''}",
    }
    refuse_unprintable(letter_id, words, press.printable(faces))
    title_face = next(face for face in faces if (face.family, face.weight) == TITLE_FACE)
    words["long_address"] = sum(press.lines_of(line, title_face, *ADDRESS_SIZE) for line in lines) > ADDRESS_LINES
    words["logo"] = press.logo(templates, site.key)
    pdf = repair(press.press(press.fill(templates, "cover.html.j2", words), templates, faces, site.key))
    refuse_unless_sound(letter_id, check_pdfa(pdf, press.families(faces)))
    return pdf
