"""Proof page: a ProofSheet on one sheet of paper, PDF/A-1b like the letters; the same sheet gives the same bytes.

ProofSheet and site in, PDF out. Unlike a letter, which is set once and kept, a proof may be printed again by anybody:
two prints can only be compared when nothing in them depends on the moment.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from dictation.domain.people import Site
from dictation.domain.proof import ProofSheet, ProofTable
from dictation.errors import NeedsAPerson
from dictation.letter import press
from dictation.letter import typography as french
from dictation.letter.pdfa import check_pdfa, repair, text_of
from dictation.letter.typeset import may_print, refuse_unless_sound

ROWS = (12, 8, 5, 3, 2, 1)  # of each table, most recent; fewer until it all stands on one page


def proof_page(sheet: ProofSheet, site: Site, *, templates: Path) -> bytes:
    """One page. What finds no room is counted, never dropped in silence: the journal holds it.

    Raises NeedsAPerson: E_PDFA, also when even one row a table does not fit.
    """
    faces = press.faces(templates)
    printable = press.printable(faces)

    def clean(text: str) -> str:
        """What a server or a reply said may hold anything; a mark says that a character was left out."""
        return "".join(letter if may_print(letter, printable) else "?" for letter in re.sub(r"[\r\n\t]+", " ", text))

    for rows in ROWS:
        words: dict[str, Any] = {
            "reference": sheet.reference,
            "site": {"name": site.name, "address": list(site.address), "telephone": french.telephone(site.telephone)},
            "logo": press.logo(templates, site.key),
            "lines": [clean(line) for line in sheet.lines],
            "tables": [_table(table, rows, clean) for table in sheet.tables],
            "foot": clean(sheet.foot),
        }
        html = press.fill(templates, "proof.html.j2", words)
        pdf = repair(press.press(html, templates, faces, site.key), fixed_id=True)
        if len(text_of(pdf)) == 1:
            refuse_unless_sound(sheet.reference, check_pdfa(pdf, press.families(faces)))
            return pdf
    raise NeedsAPerson(f"proof {sheet.reference}: more than one page", code="E_PDFA")


def _table(table: ProofTable, rows: int, clean: Any) -> dict[str, Any]:
    left_out = max(0, len(table.rows) - rows)
    lines = "ligne antérieure" if left_out == 1 else "lignes antérieures"
    return {
        "title": table.title,
        "heads": table.heads,
        "rows": [
            [(clean(cell), column in table.codes) for column, cell in enumerate(row)] for row in table.rows[left_out:]
        ],
        "empty": table.empty,
        "left_out": f"et {left_out}\u00a0{lines}, au journal" if left_out else "",
    }
